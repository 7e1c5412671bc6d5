package states

import (
	"slices"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// maxTags is per resource.
const maxTags = 50

func checkTags(have, more []tag) error {
	keys := map[string]bool{}
	for _, t := range have {
		keys[t.Key] = true
	}
	for _, t := range more {
		if t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256 {
			return fail("ValidationException", "a tag needs a key of 1 to 128 characters and a value of at most 256")
		}
		keys[t.Key] = true
	}
	if len(keys) > maxTags {
		return fail("TooManyTags", "Number of tags exceeds the limit of %d", maxTags)
	}
	return nil
}

// tagged finds the machine of a tag call and lets change alter it.
func (s *Service) tagged(c *awshttp.Call, action, arn string, change func(*machine) error) (*machine, error) {
	name, number, err := s.parseMachine(arn)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:"+action, s.machineARN(name), nil); err != nil {
		return nil, err
	}
	missing := fail("ResourceNotFound", "Resource not found: '%s'", arn)
	if number != 0 {
		return nil, missing
	}
	s.machines.Lock()
	defer s.machines.Unlock()
	var m *machine
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		if m, err = get[machine](tx, inMachines, name); err != nil {
			return err
		}
		if m == nil {
			return missing
		}
		if change == nil {
			return nil
		}
		if err := change(m); err != nil {
			return err
		}
		return put(tx, inMachines, name, m)
	})
	return m, err
}

func (s *Service) tagResource(c *awshttp.Call) (any, error) {
	var in struct {
		ARN  string `json:"resourceArn"`
		Tags []tag  `json:"tags"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	_, err := s.tagged(c, "TagResource", in.ARN, func(m *machine) error {
		if err := checkTags(m.Tags, in.Tags); err != nil {
			return err
		}
		for _, t := range in.Tags {
			if i := slices.IndexFunc(m.Tags, func(have tag) bool { return have.Key == t.Key }); i >= 0 {
				m.Tags[i] = t
			} else {
				m.Tags = append(m.Tags, t)
			}
		}
		return nil
	})
	return nil, err
}

func (s *Service) untagResource(c *awshttp.Call) (any, error) {
	var in struct {
		ARN  string   `json:"resourceArn"`
		Keys []string `json:"tagKeys"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	_, err := s.tagged(c, "UntagResource", in.ARN, func(m *machine) error {
		m.Tags = slices.DeleteFunc(m.Tags, func(t tag) bool { return slices.Contains(in.Keys, t.Key) })
		return nil
	})
	return nil, err
}

func (s *Service) listTagsForResource(c *awshttp.Call) (any, error) {
	var in struct {
		ARN string `json:"resourceArn"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	m, err := s.tagged(c, "ListTagsForResource", in.ARN, nil)
	if err != nil {
		return nil, err
	}
	tags := m.Tags
	if tags == nil {
		tags = []tag{}
	}
	return map[string]any{"tags": tags}, nil
}
