package store

import (
	"context"
	"time"

	"github.com/deskhand/deskhand/shared/event"
)

// PutManualEvent writes the event of a start by hand, with its snapshot. Whoever makes it
// starts the run too, so that it does not wait for dispatch.
func (s *Store) PutManualEvent(ctx context.Context, e event.Stored) error {
	w, err := s.eventWrite(e)
	if err != nil {
		return err
	}
	w.set(columns{"dispatched": flag(true)}.dueAt(time.Time{}))
	return s.write(ctx, w)
}
