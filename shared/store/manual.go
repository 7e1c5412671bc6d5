package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/event"
)

// PutEvent writes an event that reports no change of the table, with its snapshot.
func (s *Store) PutEvent(ctx context.Context, e event.Stored) error {
	e.Source = event.Source
	w, err := s.eventWrite(e)
	if err != nil {
		return err
	}
	return s.write(ctx, w)
}

// PutManualEvent writes the event of a start by hand. Whoever makes it starts the run
// too, so that it does not wait for dispatch.
func (s *Store) PutManualEvent(ctx context.Context, e event.Stored) error {
	w, err := s.eventWrite(e)
	if err != nil {
		return err
	}
	delete(w.put, "duePk")
	delete(w.put, "dueAt")
	w.put["dispatched"] = flag(true)
	return s.write(ctx, w)
}
