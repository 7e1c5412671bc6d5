package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// reported are the statuses that have an event.
var reported = map[run.Status]string{
	run.Waiting: event.RunWaiting, run.Succeeded: event.RunSucceeded, run.Failed: event.RunFailed, run.Stopped: event.RunStopped,
}

// MoveRun changes the status of a run, the counters of its workflow and the event that
// reports it in one transaction. moved is false, with the run as it is, when its status
// is not in m.From, may not be followed by m.To, or the redrive is an old one.
func (s *Store) MoveRun(ctx context.Context, m run.Move) (r run.Run, moved bool, err error) {
	return s.changeRun(ctx, m.RunID, func(r *run.Run) ([]write, error) {
		if !slices.Contains(m.From, r.Status) || !run.May(r.Status, m.To, m.Redrive > 0) {
			return nil, errGone
		}
		if r.Status.Ended() && m.Redrive <= r.Redrives {
			return nil, errGone
		}
		from := r.Status
		apply(r, m)
		self, err := runWrite(*r, m.At)
		if err != nil {
			return nil, err
		}
		writes := []write{self}
		if add := recount(*r, from); len(add) > 0 {
			c := statsColumns(r.WorkflowID)
			if m.To == run.Succeeded {
				c[okColumn] = str(stampOf(m.At))
			}
			writes = append(writes, update(statsKey(r.WorkflowID), c).adding(add))
		}
		var more []write
		switch {
		case m.To == run.Failed && from != run.Failed:
			more, err = s.failedWrites(ctx, *r)
		case from == run.Failed:
			more, err = s.reopenedWrites(ctx, *r)
		}
		if err != nil {
			return nil, err
		}
		writes = append(writes, more...)
		if typ := reported[m.To]; typ != "" && from != m.To {
			w, err := s.runEvent(*r, typ, m.At)
			if err != nil {
				return nil, err
			}
			writes = append(writes, w)
		}
		return writes, nil
	})
}

// apply makes the move on the record.
func apply(r *run.Run, m run.Move) {
	r.Status = m.To
	r.ExecutionArn = cmp.Or(r.ExecutionArn, m.ExecutionArn)
	r.Redrives = max(r.Redrives, m.Redrive)
	r.SeenEvent = max(r.SeenEvent, m.SeenEvent)
	r.WaitingFor, r.PausedUntil = nil, nil
	switch {
	case m.To == run.Waiting:
		r.WaitingFor = m.WaitingFor
	case m.To == run.Paused:
		r.PausedUntil = m.PausedUntil
	}
	if m.To.Ended() {
		at := m.At
		r.EndedAt, r.Reason, r.Error, r.Ended = &at, m.Reason, m.Error, m.EndedBy
		return
	}
	r.EndedAt, r.Reason, r.Error, r.Ended = nil, m.Reason, "", ""
}

// MarkStarted records that Step Functions has the execution. A run that was moved on in
// the meantime keeps its status.
func (s *Store) MarkStarted(ctx context.Context, runID, executionArn string) (run.Run, error) {
	r, _, err := s.changeRun(ctx, runID, func(r *run.Run) ([]write, error) {
		if r.Status != run.Starting && r.ExecutionArn == executionArn {
			return nil, errGone
		}
		r.ExecutionArn = executionArn
		starting := r.Status == run.Starting
		if starting {
			r.Status = run.Running // counted as running since it was recorded
		}
		self, err := runWrite(*r, s.now())
		// When the sweep looks stays as it is: the mark of a start does for the first look
		// at the run as well, and moving it costs two writes of the index.
		delete(self.set, "duePk")
		delete(self.set, "dueAt")
		return []write{self}, err
	})
	return r, err
}

// changeRun reads a run, changes it and writes it with what else the change needs; it
// begins again when somebody else wrote the run in between. With errGone from change
// nothing is written and changed is false.
func (s *Store) changeRun(ctx context.Context, runID string, change func(*run.Run) ([]write, error)) (r run.Run, changed bool, err error) {
	for try := 0; ; try++ {
		r, err = s.Run(ctx, runID)
		if err != nil {
			return r, false, err
		}
		before := r
		writes, err := change(&r)
		if errors.Is(err, errGone) {
			return before, false, nil
		}
		if err != nil {
			return before, false, err
		}
		err = s.write(ctx, writes...)
		if err == nil {
			r.Revision++
			return r, true, nil
		}
		if !fault.Is(err, fault.Stale) {
			return before, false, err
		}
		if try+1 == maxTries {
			return before, false, fault.New(fault.Unavailable, "run %q keeps changing; try again", runID)
		}
		if err := pause(ctx, try); err != nil {
			return before, false, err
		}
	}
}
