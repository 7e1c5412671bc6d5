// Package clock is the one clock of the local stack: wall time plus an offset that
// can be advanced, timers that fire in order of their due time, and a count of the
// work in hand, so that an advance can wait until everything it set off has settled.
// It knows nothing of the services that use it; what a timer stands for is kept,
// durably, by the service that set it and set again after a restart.
package clock

import (
	"container/heap"
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// MaxAdvance bounds one call of Advance.
const MaxAdvance = 400 * 24 * time.Hour

// paceSteps is how many ticks of one recurring schedule an advance plays at most.
const paceSteps = 360

// Clock tells the time of the stack. The zero value is not usable; see New and Manual.
type Clock struct {
	wall func() time.Time
	live bool
	save func(time.Duration) error

	mu      sync.Mutex
	offset  time.Duration
	timers  timerHeap
	seq     uint64
	busy    map[uint64]string
	settled chan struct{} // closed when busy becomes empty; replaced when work begins
	wake    chan struct{}
	span    time.Duration // of the advance under way
	advance sync.Mutex
	closed  chan struct{}
	once    sync.Once
}

// New starts a clock on wall time. offset is what earlier advances added; save is
// called with every new offset before it takes effect (nil: not kept).
func New(offset time.Duration, save func(time.Duration) error) *Clock {
	c := newClock(time.Now, offset, save)
	c.live = true
	go c.run()
	return c
}

// Manual is a clock for tests: it stands at start and moves only by Advance.
func Manual(start time.Time) *Clock {
	return newClock(func() time.Time { return start }, 0, nil)
}

func newClock(wall func() time.Time, offset time.Duration, save func(time.Duration) error) *Clock {
	idle := make(chan struct{})
	close(idle)
	return &Clock{
		wall: wall, offset: offset, save: save,
		busy: map[uint64]string{}, settled: idle,
		wake: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// Close stops the timers; it does not wait for work in hand.
func (c *Clock) Close() { c.once.Do(func() { close(c.closed) }) }

// Now is the stack's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return c.wall().Add(c.offset).UTC() }

// Offset is how far the stack is ahead of wall time.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Timer is one pending call.
type Timer struct {
	c     *Clock
	at    time.Time
	seq   uint64
	name  string
	fire  func()
	index int // in the heap, -1 when out of it
}

// At calls fire once, in its own goroutine and counted as work in hand, when the
// stack's time reaches t (at once if it has). name is for diagnosis.
func (c *Clock) At(t time.Time, name string, fire func()) *Timer {
	c.mu.Lock()
	c.seq++
	tm := &Timer{c: c, at: t, seq: c.seq, name: name, fire: fire}
	heap.Push(&c.timers, tm)
	if !c.live && !t.After(c.now()) && c.span == 0 {
		c.fireDue()
	}
	c.mu.Unlock()
	c.poke()
	return tm
}

// Stop takes the timer back; false when it has fired or was stopped before.
func (t *Timer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&t.c.timers, t.index)
	return true
}

// Busy counts a piece of work that must be done before an advance may return; the
// caller calls done exactly when it is finished or handed on (hand on first, then done).
func (c *Clock) Busy(what string) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begin(what)
}

func (c *Clock) begin(what string) (done func()) {
	c.seq++
	id := c.seq
	if len(c.busy) == 0 {
		c.settled = make(chan struct{})
	}
	c.busy[id] = what
	var once sync.Once
	return func() {
		once.Do(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.busy, id)
			if len(c.busy) == 0 {
				close(c.settled)
			}
		})
	}
}

// Idle waits until no work is in hand; the error of an ended ctx names what is left.
func (c *Clock) Idle(ctx context.Context) error {
	for {
		c.mu.Lock()
		if len(c.busy) == 0 {
			c.mu.Unlock()
			return nil
		}
		settled := c.settled
		c.mu.Unlock()
		select {
		case <-settled:
		case <-ctx.Done():
			return fmt.Errorf("work still in hand: %s: %w", strings.Join(c.Work(), ", "), ctx.Err())
		}
	}
}

// Work lists what is in hand, with counts.
func (c *Clock) Work() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := map[string]int{}
	for _, w := range c.busy {
		n[w]++
	}
	out := make([]string, 0, len(n))
	for w, k := range n {
		out = append(out, fmt.Sprintf("%s ×%d", w, k))
	}
	sort.Strings(out)
	return out
}

// Advance moves the clock by d, firing what falls due in order and letting each
// settle before the next; it returns when nothing is left in hand.
func (c *Clock) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 || d > MaxAdvance {
		return fmt.Errorf("advance by 0s to %s, not %s", MaxAdvance, d)
	}
	c.advance.Lock()
	defer c.advance.Unlock()
	if err := c.Idle(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	target := c.now().Add(d)
	c.span = max(d, 1)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.span = 0
		c.mu.Unlock()
		c.poke()
	}()
	for {
		c.mu.Lock()
		var to time.Time
		if len(c.timers) > 0 && !c.timers[0].at.After(target) {
			to = c.timers[0].at
		}
		more := !to.IsZero()
		if !more {
			to = target
		}
		if ahead := to.Sub(c.now()); ahead > 0 {
			next := c.offset + ahead
			if c.save != nil {
				if err := c.save(next); err != nil {
					c.mu.Unlock()
					return fmt.Errorf("keep the clock's offset: %w", err)
				}
			}
			c.offset = next
		}
		c.fireDue()
		c.mu.Unlock()
		if err := c.Idle(ctx); err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
}

// Pace is how long a recurring schedule waits until its next tick: its rate, or
// longer during a long advance, which then plays a few hundred ticks and not all.
func (c *Clock) Pace(rate time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(rate, c.span/paceSteps)
}

// fireDue starts every timer that is due; c.mu is held.
func (c *Clock) fireDue() {
	now := c.now()
	for len(c.timers) > 0 && !c.timers[0].at.After(now) {
		t := heap.Pop(&c.timers).(*Timer)
		done := c.begin("timer " + t.name)
		go func() {
			defer done()
			t.fire()
		}()
	}
}

func (c *Clock) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run fires timers as wall time passes; an advance under way fires its own.
func (c *Clock) run() {
	sleep := time.NewTimer(time.Hour)
	defer sleep.Stop()
	for {
		c.mu.Lock()
		wait := time.Hour
		if c.span == 0 {
			c.fireDue()
			if len(c.timers) > 0 {
				wait = max(c.timers[0].at.Sub(c.now()), time.Millisecond)
			}
		}
		c.mu.Unlock()
		sleep.Reset(wait)
		select {
		case <-sleep.C:
		case <-c.wake:
		case <-c.closed:
			return
		}
	}
}

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
