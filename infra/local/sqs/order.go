package sqs

import (
	"container/heap"
	"time"
)

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
