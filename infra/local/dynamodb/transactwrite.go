package dynamodb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Transaction limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
const (
	maxTransactItems = 100
	maxTransactBytes = 4 << 20
	sameItemTwice    = attribute.Invalid("Transaction request cannot include multiple operations on one item")
)

// reason is one CancellationReason.
type reason struct {
	Code    string
	Message string   `json:",omitempty"`
	Item    wireItem `json:",omitempty"`
}

func cancelled(reasons []reason) error {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.Code
	}
	text := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"
	return &awshttp.Error{Code: "TransactionCanceledException", Message: text,
		Members: map[string]any{"Message": text, "CancellationReasons": reasons}}
}

// why is the reason that an error of one item gives; an internal error gives none.
func why(err error, w *write) (reason, bool) {
	var failed conditionFailed
	var invalid attribute.Invalid
	switch {
	case errors.As(err, &failed):
		r := reason{Code: "ConditionalCheckFailed", Message: failed.Error()}
		if w.in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
			r.Item = wireItem(failed.old)
		}
		return r, true
	case errors.As(err, &invalid):
		return reason{Code: "ValidationError", Message: string(invalid)}, true
	}
	return reason{}, false
}

func checkTransactLength(n int) error {
	if n < 1 {
		return invalidf("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	if n > maxTransactItems {
		return constraint(fmt.Sprintf("[%d items]", n), "transactItems", fmt.Sprintf("Member must have length less than or equal to %d", maxTransactItems))
	}
	return nil
}

func (s *Service) transactWriteItems(c *awshttp.Call) (any, error) {
	type member struct {
		ConditionCheck *request
		Put            *request
		Update         *request
		Delete         *request
	}
	var in struct {
		TransactItems               []member
		ClientRequestToken          string
		ReturnConsumedCapacity      string
		ReturnItemCollectionMetrics string
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := checkTransactLength(len(in.TransactItems)); err != nil {
		return nil, err
	}
	if len(in.ClientRequestToken) > 36 {
		return nil, constraint(in.ClientRequestToken, "clientRequestToken", "Member must have length less than or equal to 36")
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "write")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var writes []*write
	for _, item := range in.TransactItems {
		var chosen *request
		action := ""
		n := 0
		for _, o := range []struct {
			name string
			r    *request
		}{{"ConditionCheckItem", item.ConditionCheck}, {"PutItem", item.Put}, {"UpdateItem", item.Update}, {"DeleteItem", item.Delete}} {
			if o.r != nil {
				action, chosen = o.name, o.r
				n++
			}
		}
		if n != 1 {
			return nil, invalidf("TransactItems can only contain one of Check, Put, Update or Delete")
		}
		key := chosen.Key
		if action == "PutItem" {
			key = chosen.Item
		}
		if err := s.allow(c, action, chosen.TableName, "", key); err != nil {
			return nil, err
		}
		w, err := s.prepare(action, chosen)
		if err != nil {
			return nil, err
		}
		if err := w.checkReturns(); err != nil {
			return nil, err
		}
		if action == "ConditionCheckItem" && w.condition == nil {
			return nil, missing("transactItems.member.conditionCheck.conditionExpression")
		}
		if action == "UpdateItem" && w.updates == nil {
			return nil, missing("transactItems.member.update.updateExpression")
		}
		writes = append(writes, w)
	}
	reasons := make([]reason, len(writes))
	failed := false
	seen := map[string]bool{}
	for i, w := range writes {
		reasons[i].Code = "None"
		if err := w.place(); err != nil {
			reasons[i], failed = reason{Code: "ValidationError", Message: err.Error()}, true
			continue
		}
		id := w.t.spec.Name + "\x00" + string(w.key)
		if seen[id] {
			return nil, sameItemTwice
		}
		seen[id] = true
	}
	if failed {
		return nil, cancelled(reasons)
	}
	if s.forcedConflict() {
		reasons[0] = reason{Code: "TransactionConflict", Message: "Transaction is ongoing for the item"}
		return nil, cancelled(reasons)
	}
	err = s.update(func(tx *writer) error {
		done, err := tx.seen(in.ClientRequestToken, c.Body)
		if err != nil {
			return err
		}
		if done {
			return replayed(tx, writes, m)
		}
		return transact(tx, writes, reasons, m)
	})
	if err != nil {
		return nil, err
	}
	return struct {
		ConsumedCapacity []consumed `json:",omitempty"`
	}{m.all()}, nil
}

// replayed counts what it costs to find that a request was done before: reads.
func replayed(tx *writer, writes []*write, m *meter) error {
	m.split = "read"
	for _, w := range writes {
		_, size, err := w.t.read(tx.root, w.key)
		if err != nil {
			return err
		}
		m.add(w.t.spec.Name, units{table: readUnits(size, true)}, 2)
	}
	return nil
}

// transact decides every write before it makes any.
func transact(tx *writer, writes []*write, reasons []reason, m *meter) error {
	changes := make([]change, len(writes))
	failed := false
	total := 0
	for i, w := range writes {
		var err error
		changes[i], err = w.decide(tx)
		if err != nil {
			r, ok := why(err, w)
			if !ok {
				return err
			}
			reasons[i], failed = r, true
		}
		if w.action != "ConditionCheckItem" {
			total += attribute.ItemSize(changes[i].new)
		}
	}
	if failed {
		return cancelled(reasons)
	}
	if total > maxTransactBytes {
		return invalidf("Transaction request exceeds the maximum aggregated item size of %d bytes", maxTransactBytes)
	}
	for i, c := range changes {
		if writes[i].action == "ConditionCheckItem" {
			m.add(c.t.spec.Name, units{table: writeUnits(c.oldSize)}, 2)
			continue
		}
		cost, err := tx.apply(c)
		if err != nil {
			return err
		}
		m.add(c.t.spec.Name, cost, 2)
	}
	return nil
}
