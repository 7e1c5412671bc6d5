package store

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/deskhand/deskhand/shared/fault"
)

// maxWrites is how many writes one transaction may have.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const maxWrites = 100

// write is one conditional write of one item: a whole item put, columns changed, or the
// item removed.
type write struct {
	key    key
	put    item
	set    columns
	add    map[string]int
	remove bool
	when   *expression.ConditionBuilder
	failed func(old item) error // why the condition did not hold; old is nil when there is no item
}

func put(it item) write { return write{key: key{text(it, "pk"), text(it, "sk")}, put: it} }

func update(k key, set columns) write { return write{key: k, set: set} }

func remove(k key) write { return write{key: k, remove: true} }

// adding adds numbers to columns; one that is not there counts as 0.
func (w write) adding(n map[string]int) write {
	w.add = n
	return w
}

// onlyIf makes the write conditional; failed says why it was not done.
func (w write) onlyIf(c expression.ConditionBuilder, failed func(old item) error) write {
	w.when, w.failed = &c, failed
	return w
}

var (
	absent  = expression.AttributeNotExists(expression.Name("pk"))
	present = expression.AttributeExists(expression.Name("pk"))
)

func equals(name string, v types.AttributeValue) expression.ConditionBuilder {
	return expression.Name(name).Equal(expression.Value(v))
}

// always gives the same error whatever the item is.
func always(err error) func(item) error { return func(item) error { return err } }

// write does all writes or none. When a condition does not hold the error is what that
// write's failed says; with several it is the first write's.
func (s *Store) write(ctx context.Context, writes ...write) error {
	if len(writes) == 0 {
		return nil
	}
	if len(writes) > maxWrites {
		return fault.New(fault.Unprocessable, "the change needs %d records at once, and %d are possible; split it", len(writes), maxWrites)
	}
	var mine string
	if len(writes) == 1 {
		var w write
		w, mine = writes[0].signed()
		writes = []write{w}
	}
	items := make([]types.TransactWriteItem, len(writes))
	for i, w := range writes {
		t, err := s.item(w)
		if err != nil {
			return err
		}
		items[i] = t
	}
	var err error
	if len(items) == 1 {
		err = s.retry(ctx, func() error { return s.single(ctx, items[0], mine) })
	} else {
		err = s.retry(ctx, func() error {
			_, err := s.db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
			return err
		})
	}
	return outcome(err, writes)
}

// signed gives a conditional write an id of its own. When an answer is lost on the way
// the SDK sends the request again, and the condition fails by what the first one wrote:
// the id tells. Transactions have ClientRequestToken for that.
func (w write) signed() (signed write, id string) {
	if w.when == nil || w.remove {
		return w, ""
	}
	id = rand.Text()
	if w.put != nil {
		w.put = maps.Clone(w.put)
		w.put["by"] = str(id)
	} else {
		w.set = merge(w.set, columns{"by": str(id)})
	}
	return w, id
}

// item is the write as DynamoDB's API has it.
func (s *Store) item(w write) (types.TransactWriteItem, error) {
	if w.set["doc"] != nil && w.set["v"] == nil { // then it would be taken for one of the version that was there
		return types.TransactWriteItem{}, fault.New(fault.Internal, "item %s %s: a document is written without its version", w.key.pk, w.key.sk)
	}
	b, used := expression.NewBuilder(), false
	if w.when != nil {
		b, used = b.WithCondition(*w.when), true
	}
	if w.put == nil && !w.remove {
		b, used = b.WithUpdate(w.updates()), true
	}
	var e expression.Expression
	if used {
		var err error
		if e, err = b.Build(); err != nil {
			return types.TransactWriteItem{}, err
		}
	}
	old := types.ReturnValuesOnConditionCheckFailureAllOld
	primary := item{"pk": str(w.key.pk), "sk": str(w.key.sk)}
	switch {
	case w.put != nil:
		return types.TransactWriteItem{Put: &types.Put{TableName: &s.table, Item: w.put, ConditionExpression: e.Condition(),
			ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(), ReturnValuesOnConditionCheckFailure: old}}, nil
	case w.remove:
		return types.TransactWriteItem{Delete: &types.Delete{TableName: &s.table, Key: primary, ConditionExpression: e.Condition(),
			ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(), ReturnValuesOnConditionCheckFailure: old}}, nil
	}
	return types.TransactWriteItem{Update: &types.Update{TableName: &s.table, Key: primary, ConditionExpression: e.Condition(), UpdateExpression: e.Update(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(), ReturnValuesOnConditionCheckFailure: old}}, nil
}

func (w write) updates() expression.UpdateBuilder {
	var u expression.UpdateBuilder
	for _, name := range slices.Sorted(maps.Keys(w.set)) {
		if v := w.set[name]; v != nil {
			u = u.Set(expression.Name(name), expression.Value(v))
		} else {
			u = u.Remove(expression.Name(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.add)) {
		u = u.Add(expression.Name(name), expression.Value(num(w.add[name])))
	}
	return u
}

// single does one write outside a transaction, at half the price.
func (s *Store) single(ctx context.Context, t types.TransactWriteItem, mine string) error {
	err := s.one(ctx, t)
	var refused *types.ConditionalCheckFailedException
	if mine != "" && errors.As(err, &refused) && text(refused.Item, "by") == mine {
		return nil
	}
	return err
}

func (s *Store) one(ctx context.Context, t types.TransactWriteItem) error {
	switch {
	case t.Put != nil:
		p := t.Put
		_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: p.TableName, Item: p.Item, ConditionExpression: p.ConditionExpression,
			ExpressionAttributeNames: p.ExpressionAttributeNames, ExpressionAttributeValues: p.ExpressionAttributeValues,
			ReturnValuesOnConditionCheckFailure: p.ReturnValuesOnConditionCheckFailure})
		return err
	case t.Delete != nil:
		d := t.Delete
		_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: d.TableName, Key: d.Key, ConditionExpression: d.ConditionExpression,
			ExpressionAttributeNames: d.ExpressionAttributeNames, ExpressionAttributeValues: d.ExpressionAttributeValues,
			ReturnValuesOnConditionCheckFailure: d.ReturnValuesOnConditionCheckFailure})
		return err
	}
	u := t.Update
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: u.TableName, Key: u.Key, ConditionExpression: u.ConditionExpression,
		UpdateExpression: u.UpdateExpression, ExpressionAttributeNames: u.ExpressionAttributeNames,
		ExpressionAttributeValues: u.ExpressionAttributeValues, ReturnValuesOnConditionCheckFailure: u.ReturnValuesOnConditionCheckFailure})
	return err
}

// conditionFailed is the reason code of a write whose condition did not hold.
const conditionFailed = "ConditionalCheckFailed"

// outcome turns DynamoDB's refusal into the failed write's own words.
func outcome(err error, writes []write) error {
	if err == nil {
		return nil
	}
	var one *types.ConditionalCheckFailedException
	if errors.As(err, &one) {
		return writes[0].refused(one.Item, err)
	}
	var many *types.TransactionCanceledException
	if errors.As(err, &many) {
		for i, r := range many.CancellationReasons {
			if r.Code != nil && *r.Code == conditionFailed && i < len(writes) {
				return writes[i].refused(r.Item, err)
			}
		}
		for _, r := range many.CancellationReasons {
			if r.Message != nil && tooLarge(*r.Message) {
				return fault.New(fault.Unprocessable, "a record of the change is larger than the %d bytes that one may have", maxItem)
			}
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" && tooLarge(api.ErrorMessage()) {
		return fault.New(fault.Unprocessable, "the record is larger than the %d bytes that one may have", maxItem)
	}
	return err
}

func tooLarge(message string) bool {
	return strings.Contains(strings.ToLower(message), "item size")
}

func (w write) refused(old item, err error) error {
	if w.failed == nil {
		return err
	}
	if len(old) == 0 {
		old = nil
	}
	if ours := w.failed(old); ours != nil {
		return ours
	}
	return err
}
