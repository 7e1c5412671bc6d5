package outbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/outbox"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// target refuses with err while it is set, and notes what came.
type target struct {
	mu  sync.Mutex
	err error
	got []string
}

func (t *target) deliver(it outbox.Item) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	t.got = append(t.got, string(it.Data))
	return nil
}

func (t *target) dead(it outbox.Item, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.got = append(t.got, "dead "+string(it.Data)+": "+err.Error())
}

func (t *target) want(tb testing.TB, want ...string) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if diff := cmp.Diff(want, t.got); diff != "" {
		tb.Error(diff)
	}
	t.got = nil
}

func MustNew(tb testing.TB, db *disk.DB, c *clock.Clock, to *target) *outbox.Outbox {
	tb.Helper()
	o, err := outbox.New(outbox.Config{DB: db, Clock: c, Bucket: "out", Deliver: to.deliver, Dead: to.dead})
	if err == nil {
		err = o.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func item(s string, retries int) outbox.Item {
	return outbox.Item{Data: json.RawMessage(s), Retries: retries, MaxAge: 24 * time.Hour}
}

func advance(tb testing.TB, c *clock.Clock, d time.Duration) {
	tb.Helper()
	if err := c.Advance(context.Background(), d); err != nil {
		tb.Fatal(err)
	}
}

func TestDelivery(t *testing.T) {
	t.Run("at once and in order", func(t *testing.T) {
		c, to := clock.Manual(start), &target{}
		o := MustNew(t, disk.OpenT(t), c, to)
		if err := o.Add([]outbox.Item{item("1", 0), item("2", 0)}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 0)
		to.want(t, "1", "2")
	})
	t.Run("again after a pause, also in the next process", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		db, err := disk.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c, to := clock.Manual(start), &target{err: errors.New("down")}
		if err := MustNew(t, db, c, to).Add([]outbox.Item{item("1", 5)}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 0)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if db, err = disk.Open(path); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		c, to = clock.Manual(start), &target{}
		MustNew(t, db, c, to)
		to.want(t)
		advance(t, c, time.Second)
		to.want(t, "1")
		advance(t, c, time.Hour)
		to.want(t)
	})
	t.Run("dead after the retries", func(t *testing.T) {
		c, to := clock.Manual(start), &target{err: errors.New("down")}
		if err := MustNew(t, disk.OpenT(t), c, to).Add([]outbox.Item{item("1", 3)}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 6*time.Second)
		to.want(t)
		advance(t, c, time.Second)
		to.want(t, "dead 1: down")
	})
	t.Run("dead after its age", func(t *testing.T) {
		c, to := clock.Manual(start), &target{err: errors.New("down")}
		it := item("1", 185)
		it.MaxAge = time.Minute
		if err := MustNew(t, disk.OpenT(t), c, to).Add([]outbox.Item{it}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, time.Minute)
		to.want(t, "dead 1: down")
	})
	t.Run("dead at once when permanent", func(t *testing.T) {
		c, to := clock.Manual(start), &target{err: outbox.Permanent(errors.New("forbidden"))}
		if err := MustNew(t, disk.OpenT(t), c, to).Add([]outbox.Item{item("1", 185)}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 0)
		to.want(t, "dead 1: forbidden")
	})
}
