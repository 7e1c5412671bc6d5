package sqs

import (
	"container/heap"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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

// add takes a stored message into the memory's order.
func (q *queue) add(e *entry, now time.Time) {
	q.entries[e.seq] = e
	heap.Push(&q.due, dueItem{e.Sent.Add(q.spec.Retention), e.seq})
	q.place(e, now)
}

// place files e as visible or hidden by its Visible time.
func (q *queue) place(e *entry, now time.Time) {
	e.hidden = e.Visible.After(now)
	if e.hidden {
		heap.Push(&q.due, dueItem{e.Visible, e.seq})
	} else {
		heap.Push(&q.ready, e.seq)
	}
}

// settle moves what is due at now: hidden messages become visible, expired ones are
// returned for deletion. It tells whether something became visible.
func (q *queue) settle(now time.Time) (expired []uint64, visible bool) {
	for len(q.due) > 0 && !q.due[0].at.After(now) {
		item := heap.Pop(&q.due).(dueItem)
		e := q.entries[item.seq]
		switch {
		case e == nil:
		case !e.Sent.Add(q.spec.Retention).After(now):
			delete(q.entries, e.seq)
			expired = append(expired, e.seq)
		case e.hidden && !e.Visible.After(now):
			e.hidden = false
			heap.Push(&q.ready, e.seq)
			visible = true
		}
	}
	return expired, visible
}

// next is the earliest time at which something of the queue is due; stale items go.
func (q *queue) next() (time.Time, bool) {
	for len(q.due) > 0 {
		item := q.due[0]
		e := q.entries[item.seq]
		if e != nil && (e.hidden && e.Visible.Equal(item.at) || e.Sent.Add(q.spec.Retention).Equal(item.at)) {
			return item.at, true
		}
		heap.Pop(&q.due)
	}
	return time.Time{}, false
}

// pop takes the oldest visible message; nil when there is none.
func (q *queue) pop() *entry {
	for len(q.ready) > 0 {
		seq := heap.Pop(&q.ready).(uint64)
		if e := q.entries[seq]; e != nil && !e.hidden {
			return e
		}
	}
	return nil
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

// put stores messages, all or none, and returns their ids.
func (s *Service) put(q *queue, list []outgoing) ([]string, error) {
	s.mu.Lock()
	now := s.cfg.Clock.Now()
	var ids []string
	var entries []*entry
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		ids, entries = nil, nil
		for _, o := range list {
			delay := q.spec.Delay
			if o.delaySet {
				delay = o.Delay
			}
			c := content{ID: newID(), Body: o.Body, Attributes: o.Attributes, Trace: o.Trace, SenderID: o.SenderID}
			e, err := store(tx, q, c, entry{Sent: now, Visible: now.Add(delay)})
			if err != nil {
				return err
			}
			ids, entries = append(ids, c.ID), append(entries, e)
		}
		return nil
	})
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	visible := s.refresh(q)
	for _, e := range entries {
		q.add(e, now)
		visible = visible || !e.hidden
	}
	s.arm(q)
	s.mu.Unlock()
	if visible {
		s.announce(q)
	}
	return ids, nil
}

// take receives up to max messages and hides them for d.
func (s *Service) take(q *queue, max int, d time.Duration) ([]Message, error) {
	s.mu.Lock()
	visible := s.refresh(q)
	now := s.cfg.Clock.Now()
	dead := s.byARN(q.spec.DeadLetterARN)
	var picked, moved []*entry
	for len(picked) < max {
		e := q.pop()
		if e == nil {
			break
		}
		if q.spec.MaxReceiveCount > 0 && dead != nil && e.Count >= q.spec.MaxReceiveCount {
			moved = append(moved, e)
			continue
		}
		picked = append(picked, e)
	}
	if len(picked)+len(moved) == 0 {
		s.arm(q)
		s.mu.Unlock()
		return nil, nil
	}
	var out []Message
	var buried []*entry
	next := make([]entry, len(picked))
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		out, buried = nil, nil
		b := bucketOf(tx, q)
		if b == nil {
			return errNoQueue()
		}
		for i, e := range picked {
			n := *e
			n.Count++
			n.Token = rand.Text()
			n.Visible = now.Add(d)
			if n.First.IsZero() {
				n.First = now
			}
			next[i] = n
			if err := disk.PutJSON(b.Bucket(statesName), string(seqKey(e.seq)), n); err != nil {
				return err
			}
			var c content
			if ok, err := disk.GetJSON(b.Bucket(contentsName), string(seqKey(e.seq)), &c); err != nil || !ok {
				return errors.Join(fmt.Errorf("message %d of %s has no content", e.seq, q.spec.Name), err)
			}
			out = append(out, q.message(c, &n))
		}
		for _, e := range moved {
			var c content
			if _, err := disk.GetJSON(b.Bucket(contentsName), string(seqKey(e.seq)), &c); err != nil {
				return err
			}
			c.DeadFrom = q.spec.ARN
			m, err := store(tx, dead, c, entry{Sent: e.Sent, Visible: now})
			if err != nil {
				return err
			}
			buried = append(buried, m)
		}
		return erase(tx, q, seqsOf(moved))
	})
	if err != nil {
		for _, e := range append(picked, moved...) {
			heap.Push(&q.ready, e.seq)
		}
		s.arm(q)
		s.mu.Unlock()
		return nil, err
	}
	for i, e := range picked {
		*e = next[i]
		q.place(e, now)
	}
	for _, e := range moved {
		delete(q.entries, e.seq)
	}
	for _, e := range buried {
		dead.add(e, now)
	}
	s.arm(q)
	if len(buried) > 0 {
		s.arm(dead)
	}
	visible = visible && len(q.ready) > 0
	s.mu.Unlock()
	if len(buried) > 0 {
		s.announce(dead)
	}
	if visible {
		s.announce(q)
	}
	return out, nil
}

func seqsOf(entries []*entry) []uint64 {
	var out []uint64
	for _, e := range entries {
		out = append(out, e.seq)
	}
	return out
}

// message is what a receiver sees.
func (q *queue) message(c content, e *entry) Message {
	m := Message{
		MessageID: c.ID, ReceiptHandle: receipt(q, e.seq, e.Token), Body: c.Body, MD5OfBody: digest(c.Body),
		MessageAttributes: c.Attributes, MD5OfMessageAttributes: digestAttributes(c.Attributes),
		Attributes: map[string]string{
			"ApproximateReceiveCount":          strconv.Itoa(e.Count),
			"SentTimestamp":                    strconv.FormatInt(e.Sent.UnixMilli(), 10),
			"ApproximateFirstReceiveTimestamp": strconv.FormatInt(e.First.UnixMilli(), 10),
			"SenderId":                         c.SenderID,
		},
	}
	if c.Trace != "" {
		m.Attributes["AWSTraceHeader"] = c.Trace
	}
	if c.DeadFrom != "" {
		m.Attributes["DeadLetterQueueSourceArn"] = c.DeadFrom
	}
	return m
}

// current finds the message that a receipt handle is the latest of.
func (q *queue) current(handle string) (*entry, error) {
	seq, token, err := readReceipt(q, handle)
	if err != nil {
		return nil, err
	}
	if e := q.entries[seq]; e != nil && e.Token == token {
		return e, nil
	}
	return nil, nil
}

// remove deletes messages by receipt handle, in one commit.
func (s *Service) remove(q *queue, handles []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gone []uint64
	for _, h := range handles {
		e, err := q.current(h)
		if err != nil {
			return err
		}
		if e != nil {
			gone = append(gone, e.seq)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return erase(tx, q, gone) }); err != nil {
		return err
	}
	for _, seq := range gone {
		delete(q.entries, seq)
	}
	s.arm(q)
	return nil
}

// hide changes how long a message in flight stays hidden.
func (s *Service) hide(q *queue, handle string, d time.Duration) error {
	s.mu.Lock()
	visible := s.refresh(q)
	now := s.cfg.Clock.Now()
	err := func() error {
		e, err := q.current(handle)
		if err != nil {
			return err
		}
		if e == nil || !e.hidden {
			return errNotInFlight()
		}
		n := *e
		n.Visible = now.Add(d)
		if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
			b := bucketOf(tx, q)
			if b == nil {
				return errNoQueue()
			}
			return disk.PutJSON(b.Bucket(statesName), string(seqKey(e.seq)), n)
		}); err != nil {
			return err
		}
		*e = n
		q.place(e, now)
		visible = visible || !e.hidden
		return nil
	}()
	s.arm(q)
	s.mu.Unlock()
	if visible {
		s.announce(q)
	}
	return err
}

// purge deletes every message.
func (s *Service) purge(q *queue) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seqs := make([]uint64, 0, len(q.entries))
	for seq := range q.entries {
		seqs = append(seqs, seq)
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return erase(tx, q, seqs) }); err != nil {
		return err
	}
	q.entries, q.ready, q.due = map[uint64]*entry{}, nil, nil
	s.arm(q)
	return nil
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

type seqHeap []uint64

func (h seqHeap) Len() int           { return len(h) }
func (h seqHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h seqHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *seqHeap) Push(x any)        { *h = append(*h, x.(uint64)) }
func (h *seqHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

type dueItem struct {
	at  time.Time
	seq uint64
}

type dueHeap []dueItem

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueItem)) }
func (h *dueHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
