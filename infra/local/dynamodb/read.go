package dynamodb

import (
	"encoding/json"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// get is one read by key: a call of its own, or a part of a batch or transaction.
type get struct {
	t          *table
	key        []byte
	projection *expression.Projection
}

// prepareGet checks all of a read but its key; s.mu is held.
func (s *Service) prepareGet(in *request) (*get, error) {
	if err := in.refuse(); err != nil {
		return nil, err
	}
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, err
	}
	g := &get{t: t}
	p, err := in.placeholders(t, map[string]*string{"ProjectionExpression": in.ProjectionExpression})
	if err != nil {
		return nil, err
	}
	if in.ProjectionExpression != nil {
		if g.projection, err = p.Projection(*in.ProjectionExpression); err != nil {
			return nil, err
		}
	}
	return g, p.Unused()
}

func (g *get) place(key attribute.Item) error {
	if key == nil {
		return missing("key")
	}
	if err := g.t.checkKey(key); err != nil {
		return err
	}
	g.key = g.t.key.of(key)
	return nil
}

// item reads the item, as projected, and its full size; nil when there is none.
func (g *get) item(root *bbolt.Bucket) (attribute.Item, int, error) {
	item, size, err := g.t.read(root, g.key)
	if item != nil && g.projection != nil {
		item = g.projection.Apply(item)
	}
	return item, size, err
}

func (s *Service) view(f func(root *bbolt.Bucket) error) error {
	return s.db.View(func(tx *bbolt.Tx) error { return f(tx.Bucket([]byte(rootBucket))) })
}

func (s *Service) getItem(c *awshttp.Call) (any, error) {
	var in request
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.allow(c, "GetItem", in.TableName, "", in.Key); err != nil {
		return nil, err
	}
	g, err := s.prepareGet(&in)
	if err != nil {
		return nil, err
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "")
	if err != nil {
		return nil, err
	}
	if err := g.place(in.Key); err != nil {
		return nil, err
	}
	var out struct {
		Item             json.Marshaler `json:",omitempty"`
		ConsumedCapacity *consumed      `json:",omitempty"`
	}
	err = s.view(func(root *bbolt.Bucket) error {
		item, size, err := g.item(root)
		if item != nil {
			out.Item = wireItem(item)
		}
		m.add(g.t.spec.Name, units{table: readUnits(size, in.ConsistentRead)}, 1)
		return err
	})
	out.ConsumedCapacity = m.single()
	return out, err
}
