package sqs

import (
	"container/heap"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/disk"
)

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
