// Package outbox delivers things at least once: what is added is in the database
// before Add returns, is tried at once and then with growing pauses on the stack's
// clock, and is given to the dead-letter function when its retries or its age are
// used up. It knows nothing of what it delivers; infra/local/eventbridge and
// infra/local/scheduler do.
package outbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// Item is one thing to deliver.
type Item struct {
	Data     json.RawMessage `json:"data"`    // the user's own
	Retries  int             `json:"retries"` // after the first attempt
	MaxAge   time.Duration   `json:"maxAge"`
	Attempts int             `json:"attempts"`
	First    time.Time       `json:"first"` // when it was added
	Next     time.Time       `json:"next"`

	seq uint64
}

// Config is what New needs, all of it.
type Config struct {
	DB     *disk.DB
	Clock  *clock.Clock
	Bucket string // of the database
	// Deliver tries an item; a Permanent error is not tried again.
	Deliver func(Item) error
	// Dead is called with the last error instead of a further try.
	Dead func(Item, error)
}

// Outbox is safe for concurrent use.
type Outbox struct{ cfg Config }

// permanent marks an error that trying again cannot mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks err as one that trying again cannot mend.
func Permanent(err error) error { return permanent{err} }

// New opens the outbox; Start lets it go.
func New(cfg Config) (*Outbox, error) {
	if err := cfg.DB.Buckets(cfg.Bucket); err != nil {
		return nil, err
	}
	return &Outbox{cfg: cfg}, nil
}

// Start sets the timers of what an earlier process left; call it once, when what
// Deliver needs is there.
func (o *Outbox) Start() error {
	cfg := o.cfg
	var left []Item
	err := cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(cfg.Bucket)).ForEach(func(k, v []byte) error {
			it := Item{seq: binary.BigEndian.Uint64(k)}
			if err := json.Unmarshal(v, &it); err != nil {
				return err
			}
			left = append(left, it)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", cfg.Bucket, err)
	}
	for _, it := range left {
		o.later(it)
	}
	return nil
}

// Add stores the items in one commit and starts to deliver them, in their order.
func (o *Outbox) Add(items []Item) error {
	if len(items) == 0 {
		return nil
	}
	now := o.cfg.Clock.Now()
	for i := range items {
		items[i].First, items[i].Next = now, now
	}
	done := o.cfg.Clock.Busy(o.cfg.Bucket)
	err := o.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(o.cfg.Bucket))
		for i := range items {
			seq, err := b.NextSequence()
			if err != nil {
				return err
			}
			items[i].seq = seq
			if err := disk.PutJSON(b, key(seq), items[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		done()
		return err
	}
	go func() {
		defer done()
		o.run(items)
	}()
	return nil
}

func key(seq uint64) string { return string(binary.BigEndian.AppendUint64(nil, seq)) }

func (o *Outbox) later(it Item) {
	o.cfg.Clock.At(it.Next, o.cfg.Bucket, func() { o.run([]Item{it}) })
}

// run tries each item once; what is over is deleted in one commit.
func (o *Outbox) run(items []Item) {
	var over, again []Item
	for _, it := range items {
		err := o.cfg.Deliver(it)
		if err == nil {
			over = append(over, it)
			continue
		}
		it.Attempts++
		now := o.cfg.Clock.Now()
		it.Next = now.Add(pause(it.Attempts))
		if errors.As(err, new(permanent)) || it.Attempts > it.Retries || it.Next.Sub(it.First) > it.MaxAge {
			o.cfg.Dead(it, err)
			over = append(over, it)
			continue
		}
		slog.Warn("delivery failed, will be tried again", "outbox", o.cfg.Bucket, "attempt", it.Attempts, "next", it.Next, "error", err.Error())
		again = append(again, it)
	}
	err := o.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(o.cfg.Bucket))
		for _, it := range over {
			if err := b.Delete([]byte(key(it.seq))); err != nil {
				return err
			}
		}
		for _, it := range again {
			if err := disk.PutJSON(b, key(it.seq), it); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // what stays in the file is delivered once more after the next start
		slog.Error("outbox", "outbox", o.cfg.Bucket, "error", err.Error())
	}
	for _, it := range again {
		o.later(it)
	}
}

// pause grows from a second to eight minutes, which makes 185 attempts fill a day.
func pause(attempt int) time.Duration {
	return min(time.Second<<min(attempt-1, 20), 8*time.Minute)
}
