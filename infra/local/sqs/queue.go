package sqs

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// queue is one queue: its messages' contents and states are in the database, the
// order of what is visible and the times of what is not are in memory.
type queue struct {
	spec     QueueSpec
	made     time.Time
	entries  map[uint64]*entry
	ready    seqHeap // visible, oldest first
	due      dueHeap // when hidden ones become visible and old ones expire; stale items are passed over
	timer    *clock.Timer
	armed    time.Time
	watchers []func()
	wake     chan struct{} // closed when messages become visible
	closed   bool
}

// entry is the changing state of a message.
type entry struct {
	Sent    time.Time `json:"sent"`
	Visible time.Time `json:"visible"`
	Token   string    `json:"token,omitempty"` // of the last receive; empty: never received
	Count   int       `json:"count,omitempty"`
	First   time.Time `json:"first,omitzero"`

	seq    uint64
	hidden bool
}

var (
	contentsName = []byte("content")
	statesName   = []byte("state")
	madeName     = []byte("made")
)

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func openQueue(cfg Config, spec QueueSpec) (*queue, error) {
	q := &queue{spec: spec, entries: map[uint64]*entry{}, wake: make(chan struct{})}
	now := cfg.Clock.Now()
	err := cfg.DB.Update(func(tx *bbolt.Tx) error {
		b, err := tx.Bucket([]byte(rootBucket)).CreateBucketIfNotExists([]byte(spec.Name))
		if err != nil {
			return err
		}
		for _, n := range [][]byte{contentsName, statesName} {
			if _, err := b.CreateBucketIfNotExists(n); err != nil {
				return err
			}
		}
		if ok, err := disk.GetJSON(b, string(madeName), &q.made); err != nil {
			return err
		} else if !ok {
			q.made = now
			if err := disk.PutJSON(b, string(madeName), now); err != nil {
				return err
			}
		}
		return b.Bucket(statesName).ForEach(func(k, v []byte) error {
			e := &entry{seq: binary.BigEndian.Uint64(k)}
			if err := json.Unmarshal(v, e); err != nil {
				return err
			}
			q.add(e, now)
			return nil
		})
	})
	return q, err
}

// arm sets the queue's one timer to its next due time. s.mu is held.
func (s *Service) arm(q *queue) {
	at, ok := q.next()
	if ok && q.timer != nil && q.armed.Equal(at) {
		return
	}
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
	if ok && !q.closed {
		q.armed = at
		q.timer = s.cfg.Clock.At(at, "sqs "+q.spec.Name, func() { s.fire(q) })
	}
}

func (s *Service) fire(q *queue) {
	s.mu.Lock()
	q.timer = nil
	visible := s.refresh(q)
	s.arm(q)
	s.mu.Unlock()
	if visible {
		s.announce(q)
	}
}

// refresh settles the queue and deletes what has expired. s.mu is held.
func (s *Service) refresh(q *queue) (visible bool) {
	expired, visible := q.settle(s.cfg.Clock.Now())
	if len(expired) > 0 {
		// An expired message that is not deleted now is found again, and expired, at the next start.
		_ = s.cfg.DB.Update(func(tx *bbolt.Tx) error { return erase(tx, q, expired) })
	}
	return visible
}

func erase(tx *bbolt.Tx, q *queue, seqs []uint64) error {
	b := bucketOf(tx, q)
	if b == nil {
		return nil
	}
	for _, seq := range seqs {
		if err := errors.Join(b.Bucket(contentsName).Delete(seqKey(seq)), b.Bucket(statesName).Delete(seqKey(seq))); err != nil {
			return err
		}
	}
	return nil
}

func bucketOf(tx *bbolt.Tx, q *queue) *bbolt.Bucket {
	return tx.Bucket([]byte(rootBucket)).Bucket([]byte(q.spec.Name))
}

// announce tells watchers and long polls; no lock is held.
func (s *Service) announce(q *queue) {
	s.mu.Lock()
	watchers := q.watchers
	close(q.wake)
	q.wake = make(chan struct{})
	s.mu.Unlock()
	for _, f := range watchers {
		f()
	}
}

// store writes a new message and returns its entry, not yet in the memory's order.
func store(tx *bbolt.Tx, q *queue, c content, e entry) (*entry, error) {
	b := bucketOf(tx, q)
	if b == nil {
		return nil, errNoQueue()
	}
	seq, err := b.NextSequence()
	if err != nil {
		return nil, err
	}
	e.seq = seq
	if err := disk.PutJSON(b.Bucket(contentsName), string(seqKey(seq)), c); err != nil {
		return nil, err
	}
	return &e, disk.PutJSON(b.Bucket(statesName), string(seqKey(seq)), e)
}

// counts are the numbers of visible, in-flight and delayed messages.
func (q *queue) counts() (visible, inFlight, delayed int) {
	for _, e := range q.entries {
		switch {
		case !e.hidden:
			visible++
		case e.Token != "":
			inFlight++
		default:
			delayed++
		}
	}
	return visible, inFlight, delayed
}
