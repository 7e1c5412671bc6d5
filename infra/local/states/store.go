package states

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/shared/interp"
)

// The buckets and their keys. \x00 separates, numbers are eight bytes, big-endian.
const (
	inMachines    = "states.machines"    // name
	inVersions    = "states.versions"    // machine \x00 version
	inDefinitions = "states.definitions" // SHA-256 of the text → the text
	inExecutions  = "states.executions"  // machine \x00 name
	inList        = "states.list"        // machine \x00 start, inverted, and a sequence, inverted → summary
	inHistory     = "states.history"     // machine \x00 name \x00 incarnation \x00 event id → event
	inOpen        = "states.open"        // machine \x00 name, while running
	inTokens      = "states.tokens"      // token → ticket
	inOutbox      = "states.outbox"      // sequence → StatusChange
)

var buckets = []string{inMachines, inVersions, inDefinitions, inExecutions, inList, inHistory, inOpen, inTokens, inOutbox}

// machine is a state machine at its current revision.
type machine struct {
	Name       string
	ID         string // of this incarnation; a machine made again under the name is another
	Definition string // its hash
	RoleARN    string
	Revision   string // empty for the first one, as AWS shows it
	Created    time.Time
	Updated    time.Time
	Versions   int // the number of the last version made
	Tags       []tag
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// version is a published revision.
type version struct {
	Number      int
	Definition  string
	RoleARN     string
	Revision    string
	Description string
	Created     time.Time
}

// record is an execution.
type record struct {
	interp.Execution
	Machine     string
	MachineID   string
	Definition  string
	Revision    string
	Updated     time.Time // of the revision
	TraceHeader string    `json:",omitempty"`
	ListKey     []byte
	Redrives    []redriven    `json:",omitempty"`
	Told        interp.Status // the last status in the outbox
	ToldRedrive int           `json:",omitempty"`
}

func (r *record) key() string { return executionKey(r.Machine, r.Name) }

type redriven struct {
	Token string
	At    time.Time
}

// summary is what ListExecutions shows.
type summary struct {
	Name         string
	Version      string `json:",omitempty"`
	Status       interp.Status
	Start        time.Time
	Stop         time.Time `json:",omitzero"`
	RedriveCount int       `json:",omitempty"`
	RedriveTime  time.Time `json:",omitzero"`
}

// ticket says which task a token belongs to.
type ticket struct {
	Key  string // of the execution
	ID   string // incarnation of the machine
	Task int64
}

func number(n uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, n))
}

func versionKey(machine string, n int) string { return machine + "\x00" + number(uint64(n)) }

func listKey(machine string, start time.Time, seq uint64) string {
	return machine + "\x00" + number(^uint64(start.UnixNano())) + number(^seq)
}

func (r *record) historyPrefix() string { return r.key() + "\x00" + r.MachineID + "\x00" }

func hash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// keep stores a definition once.
func keep(tx *bbolt.Tx, text string) (string, error) {
	h := hash(text)
	b := tx.Bucket([]byte(inDefinitions))
	if b.Get([]byte(h)) != nil {
		return h, nil
	}
	return h, b.Put([]byte(h), []byte(text))
}

func definition(tx *bbolt.Tx, h string) string {
	return string(tx.Bucket([]byte(inDefinitions)).Get([]byte(h)))
}

func get[V any](tx *bbolt.Tx, bucket, key string) (*V, error) {
	v := new(V)
	ok, err := disk.GetJSON(tx.Bucket([]byte(bucket)), key, v)
	if err != nil || !ok {
		return nil, err
	}
	return v, nil
}

func put(tx *bbolt.Tx, bucket, key string, v any) error {
	return disk.PutJSON(tx.Bucket([]byte(bucket)), key, v)
}

// view reads one value on its own; nil when there is none.
func view[V any](s *Service, bucket, key string) (v *V, err error) {
	err = s.DB.View(func(tx *bbolt.Tx) error {
		v, err = get[V](tx, bucket, key)
		return err
	})
	return v, err
}

// save writes an execution after a step: the record, its new events, its place in the
// lists, its new token and its status change, all in one transaction.
func (s *Service) save(tx *bbolt.Tx, r *record, task *interp.Task) error {
	key := r.key()
	history := tx.Bucket([]byte(inHistory))
	prefix := r.historyPrefix()
	for i := range r.Events {
		text, err := json.Marshal(&r.Events[i])
		if err != nil {
			return err
		}
		if err := history.Put([]byte(prefix+number(uint64(r.Events[i].ID))), text); err != nil {
			return err
		}
	}
	if r.Told != r.Status || r.ToldRedrive != r.RedriveCount {
		first := r.Told == ""
		if r.Status != interp.Running && (first || r.ToldRedrive != r.RedriveCount) { // it ran and ended in one go
			began := *r
			began.Status, began.StopTime, began.Output, began.Error, began.Cause = interp.Running, time.Time{}, nil, "", ""
			if err := s.tell(tx, &began); err != nil {
				return err
			}
		}
		r.Told, r.ToldRedrive = r.Status, r.RedriveCount
		if err := s.tell(tx, r); err != nil {
			return err
		}
		// a list entry that is gone belongs to a machine that was deleted
		if len(r.ListKey) > 0 && (first || tx.Bucket([]byte(inList)).Get(r.ListKey) != nil) {
			if err := put(tx, inList, string(r.ListKey), r.summary()); err != nil {
				return err
			}
		}
		open := tx.Bucket([]byte(inOpen))
		if r.Status == interp.Running {
			if err := open.Put([]byte(key), []byte{}); err != nil {
				return err
			}
		} else if err := open.Delete([]byte(key)); err != nil {
			return err
		}
	}
	if task != nil && task.Token != "" {
		if err := put(tx, inTokens, task.Token, ticket{key, r.MachineID, task.ID}); err != nil {
			return err
		}
	}
	return put(tx, inExecutions, key, r)
}

func (r *record) summary() summary {
	return summary{Name: r.Name, Version: r.VersionARN, Status: r.Status, Start: r.StartTime, Stop: r.StopTime, RedriveCount: r.RedriveCount, RedriveTime: r.RedriveTime}
}

// scan calls each for the keys that start with prefix, in order, from the key after
// `after` on, until it answers false.
func scan(b *bbolt.Bucket, prefix, after string, each func(key string, value []byte) (bool, error)) error {
	c := b.Cursor()
	k, v := c.Seek([]byte(max(prefix, after)))
	if after != "" && string(k) == after {
		k, v = c.Next()
	}
	for ; k != nil && strings.HasPrefix(string(k), prefix); k, v = c.Next() {
		if v == nil {
			continue
		}
		more, err := each(string(k), v)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// nextToken and its reverse hide a key in a page token.
func nextToken(key string) string { return hex.EncodeToString([]byte(key)) }

func (p page) after(prefix string) (string, error) {
	if p.NextToken == nil || *p.NextToken == "" {
		return "", nil
	}
	b, err := hex.DecodeString(*p.NextToken)
	if err != nil || !strings.HasPrefix(string(b), prefix) {
		return "", fail("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	return string(b), nil
}

func corrupt(what string, err error) error { return fmt.Errorf("read %s: %w", what, err) }
