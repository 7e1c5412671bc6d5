package scheduler

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

const ticksBucket = "scheduler.ticks" // name → tick

// Ticks calls functions at the due times of their schedules. The last due time of
// each is kept, so that a restart fires what was missed once and goes on.
type Ticks struct {
	db *disk.DB
	c  *clock.Clock

	mu    sync.Mutex
	names map[string]*ticker
}

// tick is what is kept: a changed expression starts anew.
type tick struct {
	Expression string    `json:"expression"`
	Last       time.Time `json:"last"` // last due time that fired, at first when the schedule was made
}

type ticker struct {
	name  string
	e     *Expression
	fire  func(due time.Time) error
	timer *clock.Timer
	tries int
}

// NewTicks makes an empty set of schedules.
func NewTicks(db *disk.DB, c *clock.Clock) (*Ticks, error) {
	if err := db.Buckets(ticksBucket); err != nil {
		return nil, err
	}
	return &Ticks{db: db, c: c, names: map[string]*ticker{}}, nil
}

// Add starts (or replaces) the schedule of a name. fire must hand on durably what a
// tick means; after an error it is called again, some seconds later, for the same due
// time. A rate's first tick is one period after the schedule was first added.
func (t *Ticks) Add(name string, e *Expression, fire func(due time.Time) error) error {
	return t.AddFrom(name, e, t.c.Now(), fire)
}

// AddFrom is Add with the time from which a new schedule counts.
func (t *Ticks) AddFrom(name string, e *Expression, from time.Time, fire func(due time.Time) error) error {
	var kept tick
	if err := t.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(ticksBucket))
		ok, err := disk.GetJSON(b, name, &kept)
		if err != nil || ok && kept.Expression == e.String() {
			return err
		}
		kept = tick{Expression: e.String(), Last: from}
		return disk.PutJSON(b, name, kept)
	}); err != nil {
		return fmt.Errorf("schedule %s: %w", name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.names[name]; old != nil && old.timer != nil {
		old.timer.Stop()
	}
	k := &ticker{name: name, e: e, fire: fire}
	t.names[name] = k
	t.set(k, e.Next(kept.Last))
	return nil
}

// Remove stops a schedule and forgets its last tick.
func (t *Ticks) Remove(name string) error {
	t.mu.Lock()
	if k := t.names[name]; k != nil && k.timer != nil {
		k.timer.Stop()
	}
	delete(t.names, name)
	t.mu.Unlock()
	return t.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(ticksBucket)).Delete([]byte(name)) })
}

// set arms the timer for due; t.mu is held.
func (t *Ticks) set(k *ticker, due time.Time) {
	if !due.IsZero() {
		k.timer = t.c.At(due, "schedule "+k.name, func() { t.run(k, due) })
	}
}

func (t *Ticks) current(k *ticker) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.names[k.name] == k
}

func (t *Ticks) run(k *ticker, due time.Time) {
	if !t.current(k) {
		return
	}
	err := k.fire(due)
	if !t.current(k) { // it was removed or replaced, perhaps by what it fired
		return
	}
	if err == nil {
		err = t.db.Update(func(tx *bbolt.Tx) error {
			return disk.PutJSON(tx.Bucket([]byte(ticksBucket)), k.name, tick{Expression: k.e.String(), Last: due})
		})
	}
	now := t.c.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.names[k.name] != k {
		return
	}
	if err != nil {
		k.tries++
		slog.Error("schedule", "name", k.name, "due", due, "error", err.Error())
		k.timer = t.c.At(now.Add(min(time.Duration(k.tries)*time.Second, time.Minute)), "schedule "+k.name, func() { t.run(k, due) })
		return
	}
	k.tries = 0
	t.set(k, t.after(k.e, due, now))
}

// Hurry fires every rate now and counts its next tick from now on: a rate promises no
// phase, and whoever has moved the clock wants to see what is due by now.
func (t *Ticks) Hurry() {
	now := t.c.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.names {
		if k.e.Rate() == 0 || k.timer == nil || !k.timer.Stop() {
			continue // one that is being fired comes by itself
		}
		done := t.c.Busy("schedule " + k.name)
		go func() {
			defer done()
			t.run(k, now)
		}()
	}
}

// after is the next due time: missed ones are passed over, and a rate is thinned out
// while the clock makes a long advance.
func (t *Ticks) after(e *Expression, due, now time.Time) time.Time {
	rate := e.Rate()
	if rate == 0 {
		if now.After(due) {
			return e.Next(now)
		}
		return e.Next(due)
	}
	if late := now.Sub(due); late >= rate {
		due = due.Add(late / rate * rate)
	}
	if pace := t.c.Pace(rate); pace > rate {
		rate = (pace + rate - 1) / rate * rate
	}
	return due.Add(rate)
}
