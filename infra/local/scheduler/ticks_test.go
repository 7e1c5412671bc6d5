package scheduler_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/scheduler"
)

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

type log struct {
	mu   sync.Mutex
	due  []string
	fail int
}

func (l *log) fire(due time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail > 0 {
		l.fail--
		return errors.New("not now")
	}
	l.due = append(l.due, due.Format("02 15:04"))
	return nil
}

func (l *log) want(tb testing.TB, want ...string) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.due); diff != "" {
		tb.Error(diff)
	}
	l.due = nil
}

func MustTicks(tb testing.TB, db *disk.DB, c *clock.Clock, expression string, l *log) *scheduler.Ticks {
	tb.Helper()
	t, err := scheduler.NewTicks(db, c)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := scheduler.Parse(expression, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if err := t.Add("x", e, l.fire); err != nil {
		tb.Fatal(err)
	}
	return t
}

func advance(tb testing.TB, c *clock.Clock, d time.Duration) {
	tb.Helper()
	if err := c.Advance(context.Background(), d); err != nil {
		tb.Fatal(err)
	}
}

func TestHurry(t *testing.T) {
	c, l := clock.Manual(start), &log{}
	ticks := MustTicks(t, disk.OpenT(t), c, "rate(10 minutes)", l)
	advance(t, c, 13*time.Minute)
	l.want(t, "01 00:10")
	ticks.Hurry()
	advance(t, c, 0)
	l.want(t, "01 00:13")
	advance(t, c, 10*time.Minute)
	l.want(t, "01 00:23")
}

func TestTicks(t *testing.T) {
	t.Run("rate", func(t *testing.T) {
		c, l := clock.Manual(start), &log{}
		ticks := MustTicks(t, disk.OpenT(t), c, "rate(1 minute)", l)
		advance(t, c, 3*time.Minute)
		l.want(t, "01 00:01", "01 00:02", "01 00:03")
		if err := ticks.Remove("x"); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 3*time.Minute)
		l.want(t)
	})
	t.Run("a long advance thins out a rate", func(t *testing.T) {
		c, l := clock.Manual(start), &log{}
		MustTicks(t, disk.OpenT(t), c, "rate(1 minute)", l)
		advance(t, c, 30*24*time.Hour)
		if n := len(l.due); n < 100 || n > 400 {
			t.Errorf("%d ticks", n)
		}
	})
	t.Run("missed ticks fire once after a restart", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		db, err := disk.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c, l := clock.Manual(start), &log{}
		MustTicks(t, db, c, "rate(10 minutes)", l)
		advance(t, c, 10*time.Minute)
		l.want(t, "01 00:10")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if db, err = disk.Open(path); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		c = clock.Manual(start.Add(65 * time.Minute))
		MustTicks(t, db, c, "rate(10 minutes)", l)
		advance(t, c, 0)
		l.want(t, "01 00:20")
		advance(t, c, 10*time.Minute)
		l.want(t, "01 01:10")
	})
	t.Run("a failed tick is tried again", func(t *testing.T) {
		c, l := clock.Manual(start), &log{fail: 2}
		MustTicks(t, disk.OpenT(t), c, "cron(0 1 * * ? *)", l)
		advance(t, c, 24*time.Hour)
		l.want(t, "01 01:00")
	})
	t.Run("once", func(t *testing.T) {
		c, l := clock.Manual(start), &log{}
		MustTicks(t, disk.OpenT(t), c, "at(2030-01-01T12:00:00)", l)
		advance(t, c, 48*time.Hour)
		l.want(t, "01 12:00")
	})
}
