package states

import (
	"encoding/json"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func (s *Service) getExecutionHistory(c *awshttp.Call) (any, error) {
	var in struct {
		page
		ARN     string `json:"executionArn"`
		Reverse bool   `json:"reverseOrder"`
		Data    *bool  `json:"includeExecutionData"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n, err := in.size(1024 << 10)
	if err != nil {
		return nil, err
	}
	r, err := s.execution(c, "GetExecutionHistory", in.ARN)
	if err != nil {
		return nil, err
	}
	prefix := r.historyPrefix()
	after, err := in.after(prefix)
	if err != nil {
		return nil, err
	}
	events := []json.RawMessage{}
	out := map[string]any{}
	last := ""
	each := func(key string, v []byte) (bool, error) {
		if len(events) == n {
			out["nextToken"] = nextToken(last)
			return false, nil
		}
		text := append(json.RawMessage(nil), v...)
		if in.Data != nil && !*in.Data {
			var err error
			if text, err = bare(text); err != nil {
				return false, corrupt("history", err)
			}
		}
		events = append(events, text)
		last = key
		return true, nil
	}
	err = s.DB.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(inHistory))
		if in.Reverse {
			return newestFirst(b, prefix, after, each)
		}
		return scan(b, prefix, after, each)
	})
	out["events"] = events
	return out, err
}

// bare takes inputs and outputs out of an event.
func bare(text json.RawMessage) (json.RawMessage, error) {
	var e map[string]any
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, err
	}
	for _, v := range e {
		d, ok := v.(map[string]any)
		if !ok {
			continue
		}
		for _, k := range []string{"input", "inputDetails", "output", "outputDetails", "assignedVariables", "assignedVariablesDetails"} {
			delete(d, k)
		}
		if _, ok := d["parameters"]; ok { // the API's model requires it
			d["parameters"] = ""
		}
	}
	return json.Marshal(e)
}
