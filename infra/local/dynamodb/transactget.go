package dynamodb

import (
	"encoding/json"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func (s *Service) transactGetItems(c *awshttp.Call) (any, error) {
	var in struct {
		TransactItems          []struct{ Get *request }
		ReturnConsumedCapacity string
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	if err := checkTransactLength(len(in.TransactItems)); err != nil {
		return nil, err
	}
	m, err := newMeter(c, in.ReturnConsumedCapacity, "read")
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var gets []*get
	reasons := make([]reason, len(in.TransactItems))
	failed := false
	seen := map[string]bool{}
	for i, item := range in.TransactItems {
		if item.Get == nil {
			return nil, missing("transactItems.member.get")
		}
		if err := s.allow(c, "GetItem", item.Get.TableName, "", item.Get.Key); err != nil {
			return nil, err
		}
		g, err := s.prepareGet(item.Get)
		if err != nil {
			return nil, err
		}
		gets = append(gets, g)
		reasons[i].Code = "None"
		if err := g.place(item.Get.Key); err != nil {
			reasons[i], failed = reason{Code: "ValidationError", Message: err.Error()}, true
			continue
		}
		id := g.t.spec.Name + "\x00" + string(g.key)
		if seen[id] {
			return nil, sameItemTwice
		}
		seen[id] = true
	}
	if failed {
		return nil, cancelled(reasons)
	}
	type response struct {
		Item json.Marshaler `json:",omitempty"`
	}
	responses := make([]response, len(gets))
	total := 0
	err = s.view(func(root *bbolt.Bucket) error {
		for i, g := range gets {
			item, size, err := g.item(root)
			if err != nil {
				return err
			}
			if item != nil {
				responses[i].Item = wireItem(item)
			}
			total += size
			m.add(g.t.spec.Name, units{table: readUnits(size, true)}, 2)
		}
		return nil
	})
	if err == nil && total > maxTransactBytes {
		err = invalidf("Transaction request exceeds the maximum aggregated item size of %d bytes", maxTransactBytes)
	}
	return struct {
		Responses        []response
		ConsumedCapacity []consumed `json:",omitempty"`
	}{responses, m.all()}, err
}
