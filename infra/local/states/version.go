package states

import (
	"encoding/json"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func (s *Service) versionARN(machine string, n int) string {
	return s.machineARN(machine) + ":" + strconv.Itoa(n)
}

// publish makes a version of the machine's revision, or finds the newest one when it is
// of this revision already. The machine must be stored afterwards. now is given: the
// clock must not be asked within a transaction, because an advance of it may be waiting
// for one.
func (s *Service) publish(tx *bbolt.Tx, m *machine, description string, now time.Time) (*version, error) {
	v, err := get[version](tx, inVersions, versionKey(m.Name, m.Versions))
	if err != nil {
		return nil, err
	}
	if v != nil && v.Revision == m.Revision {
		return v, nil
	}
	m.Versions++
	v = &version{Number: m.Versions, Definition: m.Definition, RoleARN: m.RoleARN, Revision: m.Revision, Description: description, Created: now}
	return v, put(tx, inVersions, versionKey(m.Name, v.Number), v)
}

func (s *Service) publishStateMachineVersion(c *awshttp.Call) (any, error) {
	var in struct {
		ARN         string  `json:"stateMachineArn"`
		RevisionID  *string `json:"revisionId"`
		Description string  `json:"description"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:PublishStateMachineVersion", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	if number != 0 {
		return nil, noMachine(in.ARN)
	}
	s.machines.Lock()
	defer s.machines.Unlock()
	var v *version
	now := s.Clock.Now()
	err = s.DB.Update(func(tx *bbolt.Tx) error {
		m, err := get[machine](tx, inMachines, name)
		if err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		if in.RevisionID != nil && *in.RevisionID != m.Revision && !(m.Revision == "" && *in.RevisionID == "INITIAL") {
			return fail("ConflictException", "Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.", *in.RevisionID, m.Revision)
		}
		if v, err = s.publish(tx, m, in.Description, now); err != nil {
			return err
		}
		return put(tx, inMachines, name, m)
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"creationDate": seconds(v.Created), "stateMachineVersionArn": s.versionARN(name, v.Number)}, nil
}

func (s *Service) listStateMachineVersions(c *awshttp.Call) (any, error) {
	var in struct {
		page
		ARN string `json:"stateMachineArn"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	n, err := in.size(1024)
	if err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.Allow("states:ListStateMachineVersions", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	if number != 0 {
		return nil, noMachine(in.ARN)
	}
	prefix := name + "\x00"
	before, err := in.after(prefix)
	if err != nil {
		return nil, err
	}
	list := []any{}
	out := map[string]any{}
	err = s.DB.View(func(tx *bbolt.Tx) error {
		m, err := get[machine](tx, inMachines, name)
		if err != nil {
			return err
		}
		if m == nil {
			return noMachine(in.ARN)
		}
		last := ""
		return newestFirst(tx.Bucket([]byte(inVersions)), prefix, before, func(key string, text []byte) (bool, error) {
			if len(list) == n {
				out["nextToken"] = nextToken(last)
				return false, nil
			}
			var v version
			if err := json.Unmarshal(text, &v); err != nil {
				return false, corrupt("version of "+name, err)
			}
			list = append(list, map[string]any{"creationDate": seconds(v.Created), "stateMachineVersionArn": s.versionARN(name, v.Number)})
			last = key
			return true, nil
		})
	})
	out["stateMachineVersions"] = list
	return out, err
}

// newestFirst is scan backwards; before is the key to go on before.
func newestFirst(b *bbolt.Bucket, prefix, before string, each func(key string, value []byte) (bool, error)) error {
	c := b.Cursor()
	if before == "" {
		before = prefix + "\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	}
	k, v := c.Seek([]byte(before))
	if k == nil {
		k, v = c.Last()
	}
	for ; k != nil && string(k) >= prefix; k, v = c.Prev() {
		if string(k) >= before || v == nil || len(k) < len(prefix) || string(k[:len(prefix)]) != prefix {
			continue
		}
		more, err := each(string(k), v)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (s *Service) deleteStateMachineVersion(c *awshttp.Call) (any, error) {
	var in struct {
		ARN string `json:"stateMachineVersionArn"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name, number, err := s.parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if number == 0 {
		return nil, fail("ValidationException", "%s is not the ARN of a state machine version", in.ARN)
	}
	if err := c.Allow("states:DeleteStateMachineVersion", s.machineARN(name), nil); err != nil {
		return nil, err
	}
	return nil, s.DB.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(inVersions)).Delete([]byte(versionKey(name, number)))
	})
}
