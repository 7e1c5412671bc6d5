package states

import (
	"errors"
	"log/slog"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/shared/interp"
)

func (s *Service) env() interp.Env {
	return interp.Env{Context: s.ctx, Now: s.Clock.Now(), Token: newToken, UUID: uuid, Region: s.Region}
}

func isClosed(err error) bool {
	return errors.Is(err, interp.ErrClosed) || errors.Is(err, interp.ErrStale)
}

// signal applies one signal to an execution: reads the record, advances it, writes it
// back with everything that follows from it, and sets off what comes next. change may
// alter the record before it is written.
func (s *Service) signal(key string, sig interp.Signal, change func(*record) error) (*record, error) {
	defer s.lock(key)()
	r, err := view[record](s, inExecutions, key)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, noExecution(key)
	}
	p, err := s.program(r.Definition)
	if err != nil {
		return nil, err
	}
	effects, refused := p.Advance(&r.Execution, sig, s.env())
	if refused != nil && !isClosed(refused) {
		return nil, refused
	}
	if refused != nil && len(r.Events) == 0 {
		return r, refused
	}
	if refused == nil && change != nil {
		if err := change(r); err != nil {
			return nil, err
		}
	}
	if err := s.DB.Update(func(tx *bbolt.Tx) error { return s.save(tx, r, effects.Task) }); err != nil {
		return nil, err
	}
	s.follow(r, effects)
	return r, refused
}

// follow sets off what a stored step asks for; the execution's lock is held.
func (s *Service) follow(r *record, effects interp.Effects) {
	s.arm(r)
	if effects.Task != nil {
		s.carryOut(r.key(), r.RoleARN, *effects.Task)
	}
	s.drain()
}

// arm sets the execution's timer to the time it is next due.
func (s *Service) arm(r *record) {
	key, due := r.key(), r.Due()
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.timers[key]; t != nil {
		t.Stop()
		delete(s.timers, key)
	}
	if due.IsZero() || s.closed {
		return
	}
	s.timers[key] = s.Clock.At(due, "states "+r.Machine, func() { s.tick(key) })
}

func (s *Service) tick(key string) {
	if s.ctx.Err() != nil {
		return
	}
	if _, err := s.signal(key, interp.Tick(), nil); err != nil && !isClosed(err) && s.ctx.Err() == nil {
		slog.Error("step of an execution", "execution", key, "error", err)
		s.Clock.At(s.Clock.Now().Add(time.Minute), "states again", func() { s.tick(key) })
	}
}

// Resume goes on with the executions that were running when the file was last in use:
// their timers are set, their tasks carried out again, and status changes that were not
// told are told.
func (s *Service) Resume() error {
	done := s.Clock.Busy("states resume")
	defer done()
	var keys []string
	err := s.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(inOpen)).ForEach(func(k, _ []byte) error {
			keys = append(keys, string(k))
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.resume(key); err != nil {
			return err
		}
	}
	s.drain()
	return nil
}

func (s *Service) resume(key string) error {
	defer s.lock(key)()
	r, err := view[record](s, inExecutions, key)
	if err != nil || r == nil {
		return err
	}
	t := r.Task()
	if t != nil && !t.Submitted && !t.WaitsForToken() {
		// It is a new request, with the whole of its time: otherwise a process that is
		// stopped and started often enough would time out what AWS never would.
		if t.Timeout > 0 {
			t.Deadline = s.Clock.Now().Add(t.Timeout)
		}
		if t.Heartbeat > 0 {
			t.BeatDeadline = s.Clock.Now().Add(t.Heartbeat)
		}
		if err := s.DB.Update(func(tx *bbolt.Tx) error { return s.save(tx, r, nil) }); err != nil {
			return err
		}
	}
	s.arm(r)
	if t != nil && !t.Submitted {
		s.carryOut(key, r.RoleARN, *t)
	}
	return nil
}
