package dynamodb

import (
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Batch limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const (
	maxBatchGet        = 100
	maxBatchWrite      = 25
	maxBatchBytes      = 16 << 20
	mapLengthRule      = "Map value must satisfy constraint: [Member must have length less than or equal to %d, Member must have length greater than or equal to 1]"
	duplicateKeys      = attribute.Invalid("Provided list of item keys contains duplicates")
	batchGetOverloaded = attribute.Invalid("Too many items requested for the BatchGetItem call")
)

// batchKeys is one table's part of a BatchGetItem, in the request and in UnprocessedKeys.
type batchKeys struct {
	Keys                     []attribute.Item
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
	AttributesToGet          []string          `json:",omitempty"`
}

func (s *Service) batchGetItem(c *awshttp.Call) (any, error) {
	var in struct {
		RequestItems           map[string]batchKeys
		ReturnConsumedCapacity string
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if len(in.RequestItems) == 0 {
		return nil, invalidf("1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	type part struct {
		name string
		keys batchKeys
		get  *get
		at   [][]byte
	}
	var parts []part
	total := 0
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		k := in.RequestItems[name]
		for _, key := range k.Keys {
			if err := s.allow(c, "BatchGetItem", name, "", key); err != nil {
				return nil, err
			}
		}
		if len(k.Keys) == 0 {
			return nil, invalidf("1 validation error detected: Value at 'requestItems.%s.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1", name)
		}
		if total += len(k.Keys); total > maxBatchGet {
			return nil, batchGetOverloaded
		}
		if len(k.AttributesToGet) > 0 {
			return nil, legacy{AttributesToGet: []byte("[]")}.refuse()
		}
		g, err := s.prepareGet(&request{TableName: name, ProjectionExpression: k.ProjectionExpression, ExpressionAttributeNames: k.ExpressionAttributeNames})
		if err != nil {
			return nil, err
		}
		p := part{name: name, keys: k, get: g}
		seen := map[string]bool{}
		for _, key := range k.Keys {
			if err := g.place(key); err != nil {
				return nil, err
			}
			if seen[string(g.key)] {
				return nil, duplicateKeys
			}
			seen[string(g.key)] = true
			p.at = append(p.at, g.key)
		}
		parts = append(parts, p)
	}
	out := struct {
		Responses        map[string][]wireItem
		UnprocessedKeys  map[string]batchKeys
		ConsumedCapacity []consumed `json:",omitempty"`
	}{Responses: map[string][]wireItem{}, UnprocessedKeys: map[string]batchKeys{}}
	read := 0
	err = s.view(func(root *bbolt.Bucket) error {
		for _, p := range parts {
			found := []wireItem{}
			for i, at := range p.at {
				p.get.key = at
				item, size, err := p.get.item(root)
				if err != nil {
					return err
				}
				if read+size > maxBatchBytes {
					left := p.keys
					left.Keys = p.keys.Keys[i:]
					out.UnprocessedKeys[p.name] = left
					break
				}
				read += size
				m.add(p.get.t.spec.Name, units{table: readUnits(size, p.keys.ConsistentRead)}, 1)
				if item != nil {
					found = append(found, wireItem(item))
				}
			}
			out.Responses[p.name] = found
		}
		return nil
	})
	out.ConsumedCapacity = m.all()
	return out, err
}

func (s *Service) batchWriteItem(c *awshttp.Call) (any, error) {
	type action struct {
		PutRequest    *struct{ Item attribute.Item }
		DeleteRequest *struct{ Key attribute.Item }
	}
	var in struct {
		RequestItems                map[string][]action
		ReturnConsumedCapacity      string
		ReturnItemCollectionMetrics string
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "")
	if err != nil {
		return nil, err
	}
	total := 0
	for _, actions := range in.RequestItems {
		total += len(actions)
		if len(actions) == 0 {
			total = maxBatchWrite + 1
		}
	}
	if total == 0 || total > maxBatchWrite {
		return nil, constraint(fmt.Sprintf("{%d write requests}", total), "requestItems", fmt.Sprintf(mapLengthRule, maxBatchWrite))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(c.Body) > maxBatchBytes {
		return nil, invalidf("1 validation error detected: the request is larger than %d bytes, the limit of BatchWriteItem", maxBatchBytes)
	}
	var writes []*write
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		for _, a := range in.RequestItems[name] {
			r, kind := &request{TableName: name}, "PutItem"
			switch {
			case (a.PutRequest == nil) == (a.DeleteRequest == nil):
				return nil, invalidf("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
			case a.PutRequest != nil:
				r.Item = a.PutRequest.Item
			default:
				r.Key, kind = a.DeleteRequest.Key, "DeleteItem"
			}
			key := r.Key
			if key == nil {
				key = r.Item
			}
			if err := s.allow(c, "BatchWriteItem", name, "", key); err != nil {
				return nil, err
			}
			w, err := s.prepare(kind, r)
			if err != nil {
				return nil, err
			}
			if err := w.place(); err != nil {
				return nil, err
			}
			id := w.t.spec.Name + "\x00" + string(w.key)
			if seen[id] {
				return nil, duplicateKeys
			}
			seen[id] = true
			writes = append(writes, w)
		}
	}
	err = s.update(func(tx *writer) error {
		for _, w := range writes {
			done, err := w.decide(tx)
			if err != nil {
				return err
			}
			cost, err := tx.apply(done)
			if err != nil {
				return err
			}
			m.add(w.t.spec.Name, cost, 1)
		}
		return nil
	})
	return struct {
		UnprocessedItems map[string]any
		ConsumedCapacity []consumed `json:",omitempty"`
	}{map[string]any{}, m.all()}, err
}
