package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// A workflow that fails has an item with one column per failed run, so that a run counts
// once in whatever order and however often its end is told. Success costs nothing: the
// time of it goes into the counters, which are written anyway.
const (
	failedColumn = "failed_" // and the run's id: when it ended and started
	okColumn     = "okAt"    // of the counters
)

// Failing is what the ends of a workflow's runs have left.
func (s *Store) Failing(ctx context.Context, workflowID string) (failing.State, error) {
	it, err := s.get(ctx, failingKey(workflowID))
	if err != nil {
		return failing.State{}, err
	}
	stats, err := s.get(ctx, statsKey(workflowID))
	if err != nil {
		return failing.State{}, err
	}
	st := failing.State{SucceededAt: timeOf(stats, okColumn), ToldAt: timeOf(it, "toldAt"), OffTold: yes(it, "offTold"),
		SendingAt: timeOf(it, "sendingAt"), Revision: number(it, "revision")}
	for column := range it {
		runID, ok := strings.CutPrefix(column, failedColumn)
		if !ok {
			continue
		}
		f := failing.Failure{RunID: runID}
		ended, started, _ := strings.Cut(text(it, column), " ")
		if f.EndedAt, err = time.Parse(stamp, ended); err == nil {
			f.StartedAt, err = time.Parse(stamp, started)
		}
		if err != nil {
			return st, fmt.Errorf("failure of run %s: %w", runID, err)
		}
		st.Failures = append(st.Failures, f)
	}
	return st, nil
}

func timeOf(it item, column string) time.Time {
	t, err := time.Parse(stamp, text(it, column))
	if err != nil {
		return time.Time{}
	}
	return t
}

// failedWrites remember that a run has failed, forget what cannot count any more, and
// tell the sweep. Beyond failing.Kept nothing is added: the workflow fails, and that is
// known.
func (s *Store) failedWrites(ctx context.Context, r run.Run) ([]write, error) {
	st, err := s.Failing(ctx, r.WorkflowID)
	if err != nil {
		return nil, err
	}
	stale := st.Stale()
	if len(st.Failures)-len(stale) >= failing.Kept {
		return nil, nil
	}
	c := columns{"kind": str("failing"), "v": num(version("failing")), failedColumn + r.ID: str(stampOf(*r.EndedAt) + " " + stampOf(r.StartedAt))}.dueAt(s.now())
	for _, runID := range stale {
		if runID != r.ID {
			c[failedColumn+runID] = nil
		}
	}
	return []write{update(failingKey(r.WorkflowID), c)}, nil
}

// reopenedWrites forget the failure of a run that is open again.
func (s *Store) reopenedWrites(ctx context.Context, r run.Run) ([]write, error) {
	it, err := s.get(ctx, failingKey(r.WorkflowID))
	if err != nil || it[failedColumn+r.ID] == nil {
		return nil, err
	}
	return []write{update(failingKey(r.WorkflowID), columns{failedColumn + r.ID: nil})}, nil
}

// ClaimNotice is the right to tell of what st says, for one: false when somebody else has
// it, or had it. toldAt and off are what will have been told.
func (s *Store) ClaimNotice(ctx context.Context, workflowID string, st failing.State, toldAt time.Time, off bool) (bool, error) {
	return s.notice(ctx, workflowID, st.Revision, columns{"toldAt": str(stampOf(toldAt)), "offTold": flag(off), "sendingAt": str(stampOf(s.now()))})
}

// FinishNotice notes that the notice has left, or gives it up (sent false), so that it is
// told later. st is what was claimed with.
func (s *Store) FinishNotice(ctx context.Context, workflowID string, st failing.State, sent bool) error {
	c := columns{"sendingAt": nil}
	if !sent {
		c["toldAt"], c["offTold"] = nil, flag(st.OffTold)
		if !st.ToldAt.IsZero() {
			c["toldAt"] = str(stampOf(st.ToldAt))
		}
	}
	_, err := s.notice(ctx, workflowID, st.Revision+1, c)
	return err
}

func (s *Store) notice(ctx context.Context, workflowID string, revision int, c columns) (bool, error) {
	c["revision"] = num(revision + 1)
	same := equals("revision", num(revision))
	if revision == 0 { // runs have failed, and nobody was told yet
		same = present.And(expression.AttributeNotExists(expression.Name("revision")))
	}
	err := s.write(ctx, update(failingKey(workflowID), c).onlyIf(same, always(errTaken)))
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}

// SwitchOff disables a workflow by the system, with the reason and the entry of the audit
// log, unless somebody has disabled it, or enabled it after since.
func (s *Store) SwitchOff(ctx context.Context, workflowID string, since time.Time, reason string, e audit.Entry) (h workflow.Head, done bool, err error) {
	note, err := s.auditWrite(e)
	if err != nil {
		return h, false, err
	}
	h, err = s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		if !h.Enabled || h.Archived || !h.EnabledAt.Equal(since) {
			return nil, errGone
		}
		h.Enabled, h.DisabledBy, h.DisabledReason = false, workflow.BySystem, reason
		writes := []write{note}
		if h.RouteType != "" {
			writes = append(writes, routeColumns(*h, columns{"enabled": flag(false)})...)
		}
		return writes, nil
	})
	if errors.Is(err, errGone) || fault.Is(err, fault.NotFound) {
		return h, false, nil
	}
	return h, err == nil, err
}
