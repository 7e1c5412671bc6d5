package dynamodb

import (
	"encoding/json"
	"slices"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// write is one write: a call of its own, or a part of a batch or transaction.
type write struct {
	action    string // PutItem, UpdateItem, DeleteItem or ConditionCheckItem
	in        *request
	t         *table
	key       []byte
	condition *expression.Condition
	updates   *expression.Update
}

// conditionFailed is a condition that did not hold of the item that was there.
type conditionFailed struct{ old attribute.Item }

func (conditionFailed) Error() string { return "The conditional request failed" }

// prepare checks all of a write that its table's data has no say in; s.mu is held.
func (s *Service) prepare(action string, in *request) (*write, error) {
	if err := in.refuse(); err != nil {
		return nil, err
	}
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	if action == "PutItem" && in.Item == nil {
		return nil, missing("item")
	}
	if action != "PutItem" && in.Key == nil {
		return nil, missing("key")
	}
	members := map[string]*string{"ConditionExpression": in.ConditionExpression}
	if action == "UpdateItem" {
		members["UpdateExpression"] = in.UpdateExpression
	}
	p, err := in.placeholders(t, members)
	if err != nil {
		return nil, err
	}
	w := &write{action: action, in: in, t: t}
	if in.UpdateExpression != nil && action == "UpdateItem" {
		if w.updates, err = p.Update(*in.UpdateExpression); err != nil {
			return nil, err
		}
	}
	if in.ConditionExpression != nil {
		if w.condition, err = p.Condition("ConditionExpression", *in.ConditionExpression); err != nil {
			return nil, err
		}
	}
	return w, p.Unused()
}

// place checks the key against the table's and finds the item's place.
func (w *write) place() error {
	if w.action == "PutItem" {
		if err := w.t.checkItemKeys(w.in.Item); err != nil {
			return err
		}
		if attribute.ItemSize(w.in.Item) > attribute.MaxItemBytes {
			return invalidf("Item size has exceeded the maximum allowed size")
		}
		if err := w.t.checkIndexKeys(w.in.Item, false); err != nil {
			return err
		}
		w.key = w.t.key.of(w.in.Item)
		return nil
	}
	if err := w.t.checkKey(w.in.Key); err != nil {
		return err
	}
	if w.updates != nil {
		for _, name := range w.updates.Roots() {
			if slices.Contains(w.t.key.names(), name) {
				return invalidf("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", name)
			}
		}
	}
	w.key = w.t.key.of(w.in.Key)
	return nil
}

// decide works out the change without making it.
func (w *write) decide(tx *writer) (change, error) {
	c := change{t: w.t, key: w.key}
	var err error
	if c.old, c.oldSize, err = w.t.read(tx.root, w.key); err != nil {
		return c, err
	}
	if !w.condition.Holds(c.old) {
		return c, conditionFailed{c.old}
	}
	switch w.action {
	case "PutItem":
		c.new = w.in.Item
	case "ConditionCheckItem":
		c.new = c.old
	case "UpdateItem":
		c.new, err = w.updated(c.old)
	}
	return c, err
}

// updated is the item that an update makes of the old one, or of none.
func (w *write) updated(old attribute.Item) (attribute.Item, error) {
	base := old
	if old == nil {
		base = w.t.key.pick(w.in.Key)
	}
	if w.updates == nil {
		return base, nil
	}
	item, err := w.updates.Apply(base)
	if err != nil {
		return nil, err
	}
	if old == nil && w.updates.OnlyRemoves() {
		return nil, nil // an update that only takes away makes no item
	}
	if attribute.ItemSize(item) > attribute.MaxItemBytes {
		return nil, invalidf("Item size to update has exceeded the maximum allowed size")
	}
	for _, name := range w.updates.Roots() {
		if item[name].Depth() > attribute.MaxDepth {
			return nil, invalidf("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
		}
	}
	return item, w.t.checkIndexKeys(item, true)
}

// returned is the answer's Attributes.
func (w *write) returned(c change) attribute.Item {
	switch w.in.ReturnValues {
	case "ALL_OLD":
		return c.old
	case "ALL_NEW":
		return c.new
	case "UPDATED_OLD":
		if w.updates != nil {
			return w.updates.Touched(c.old)
		}
	case "UPDATED_NEW":
		if w.updates != nil {
			return w.updates.Touched(c.new)
		}
	}
	return nil
}

func (w *write) checkReturns() error {
	all := []string{"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"}
	if err := oneOf(w.in.ReturnValues, "returnValues", all...); err != nil {
		return err
	}
	if w.action != "UpdateItem" {
		switch w.in.ReturnValues {
		case "", "NONE", "ALL_OLD":
		default:
			return invalidf("ReturnValues can only be ALL_OLD or NONE")
		}
	}
	if err := oneOf(w.in.ReturnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE"); err != nil {
		return err
	}
	return oneOf(w.in.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE")
}

// writeItem is PutItem, UpdateItem and DeleteItem.
func (s *Service) writeItem(c *awshttp.Call) (any, error) {
	var in request
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	key := in.Key
	if c.Action == "PutItem" {
		key = in.Item
	}
	if err := s.allow(c, c.Action, in.TableName, "", key); err != nil {
		return nil, err
	}
	w, err := s.prepare(c.Action, &in)
	if err != nil {
		return nil, err
	}
	if err := w.checkReturns(); err != nil {
		return nil, err
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "")
	if err != nil {
		return nil, err
	}
	if err := w.place(); err != nil {
		return nil, err
	}
	var done change
	err = s.update(func(tx *writer) error {
		if done, err = w.decide(tx); err != nil {
			return err
		}
		cost, err := tx.apply(done)
		m.add(w.t.spec.Name, cost, 1)
		return err
	})
	if err != nil {
		if failed, ok := err.(conditionFailed); ok { // it costs what the item that was looked at would
			c.Consume(writeUnits(attribute.ItemSize(failed.old)))
		}
		return nil, w.failure(err)
	}
	var out struct {
		Attributes       json.Marshaler `json:",omitempty"`
		ConsumedCapacity *consumed      `json:",omitempty"`
	}
	if a := w.returned(done); len(a) > 0 {
		out.Attributes = wireItem(a)
	}
	out.ConsumedCapacity = m.single()
	return out, nil
}

// failure words a failed condition.
func (w *write) failure(err error) error {
	failed, ok := err.(conditionFailed)
	if !ok {
		return err
	}
	e := &awshttp.Error{Code: "ConditionalCheckFailedException", Message: failed.Error()}
	if w.in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" && failed.old != nil {
		e.Members = map[string]any{"Item": wireItem(failed.old)}
	}
	return e
}
