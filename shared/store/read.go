package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/shared/fault"
)

// get reads one item, strongly consistent; nil when there is none.
func (s *Store) get(ctx context.Context, k key) (item, error) {
	var out *dynamodb.GetItemOutput
	err := s.retry(ctx, func() (err error) {
		out, err = s.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, ConsistentRead: aws.Bool(true),
			Key: item{"pk": str(k.pk), "sk": str(k.sk)}})
		return err
	})
	if err != nil || len(out.Item) == 0 {
		return nil, err
	}
	return out.Item, known(out.Item)
}

// find is get for a thing that has to be there; what and name are for the error.
func (s *Store) find(ctx context.Context, k key, what, name string) (item, error) {
	it, err := s.get(ctx, k)
	if err == nil && it == nil {
		err = missing(what, name)
	}
	return it, err
}

func missing(what, name string) error {
	return fault.New(fault.NotFound, "there is no %s %q", what, name)
}

// maxBatch is how many items one BatchGetItem may name.
const maxBatch = 100

// batch reads many items, in any order, those that are there.
func (s *Store) batch(ctx context.Context, keys []key) ([]item, error) {
	var all []item
	for len(keys) > 0 {
		n := min(len(keys), maxBatch)
		ask := make([]map[string]types.AttributeValue, n)
		for i, k := range keys[:n] {
			ask[i] = item{"pk": str(k.pk), "sk": str(k.sk)}
		}
		keys = keys[n:]
		for try := 0; len(ask) > 0; try++ {
			if try == maxTries {
				return nil, fault.Throttled(nil, "the table takes no more at this rate")
			}
			if try > 0 {
				if err := pause(ctx, try); err != nil {
					return nil, err
				}
			}
			var out *dynamodb.BatchGetItemOutput
			err := s.retry(ctx, func() (err error) {
				out, err = s.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
					s.table: {Keys: ask, ConsistentRead: aws.Bool(true)}}})
				return err
			})
			if err != nil {
				return nil, err
			}
			if err := allKnown(out.Responses[s.table]); err != nil {
				return nil, err
			}
			all = append(all, out.Responses[s.table]...)
			ask = out.UnprocessedKeys[s.table].Keys
		}
	}
	return all, nil
}

// span is a part of one partition of the table or of an index.
type span struct {
	index       string // "" is the table itself, read strongly consistent
	pk          string
	prefix      string // of the sort key
	low, high   string // of the sort key, both inclusive; "" is open
	newestFirst bool
	filter      *expression.ConditionBuilder
	sifted      bool // entries are left out after reading, so that a page takes more items
}

// names of the index's key attributes.
func (p span) names() (pk, sk string) {
	switch p.index {
	case indexList:
		return "listPk", "listSk"
	case indexOf:
		return "ofPk", "ofSk"
	case indexDue:
		return "duePk", "dueAt"
	}
	return "pk", "sk"
}

// highest is greater than every sort key that is made here.
const highest = "\U0010ffff"

func (s *Store) queryInput(p span) (*dynamodb.QueryInput, error) {
	pk, sk := p.names()
	k := expression.Key(pk).Equal(expression.Value(str(p.pk)))
	switch {
	case p.low != "" || p.high != "":
		high := p.high
		if high == "" {
			high = highest
		}
		low := p.low
		if low == "" {
			low = " "
		}
		k = k.And(expression.Key(sk).Between(expression.Value(str(low)), expression.Value(str(high))))
	case p.prefix != "":
		k = k.And(expression.Key(sk).BeginsWith(p.prefix))
	}
	b := expression.NewBuilder().WithKeyCondition(k)
	if p.filter != nil {
		b = b.WithFilter(*p.filter)
	}
	e, err := b.Build()
	if err != nil {
		return nil, err
	}
	in := &dynamodb.QueryInput{TableName: &s.table, KeyConditionExpression: e.KeyCondition(), FilterExpression: e.Filter(),
		ExpressionAttributeNames: e.Names(), ExpressionAttributeValues: e.Values(), ScanIndexForward: aws.Bool(!p.newestFirst)}
	if p.index == "" {
		in.ConsistentRead = aws.Bool(true)
	} else {
		in.IndexName = aws.String(p.index)
	}
	return in, nil
}

// query reads one page of DynamoDB's.
func (s *Store) query(ctx context.Context, in *dynamodb.QueryInput) (out *dynamodb.QueryOutput, err error) {
	err = s.retry(ctx, func() (err error) {
		out, err = s.db.Query(ctx, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, allKnown(out.Items)
}

// all reads a whole span, or its first limit items when limit > 0.
func (s *Store) all(ctx context.Context, p span, limit int) ([]item, error) {
	in, err := s.queryInput(p)
	if err != nil {
		return nil, err
	}
	var found []item
	for {
		if limit > 0 {
			in.Limit = aws.Int32(int32(limit - len(found)))
		}
		out, err := s.query(ctx, in)
		if err != nil {
			return nil, err
		}
		found = append(found, out.Items...)
		if len(out.LastEvaluatedKey) == 0 || limit > 0 && len(found) >= limit {
			return found, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// decodeAll reads the docs of items.
func decodeAll[T any](items []item, one func(item) (T, error)) ([]T, error) {
	out := make([]T, 0, len(items))
	for _, it := range items {
		v, err := one(it)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
