package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// perTick bounds what one tick looks at; the rest waits for the next minute.
const perTick = 300

// How long until something is looked at again.
const (
	againEvent = 5 * time.Minute // of what failed, too; an event that stays undispatched is carried ever less often
	firstCheck = time.Hour       // of an open run, after the first one
	dailyCheck = 24 * time.Hour  // of a run that is open for longer than an hour
	overdue    = 10 * time.Minute
)

type sweepStore interface {
	Due(ctx context.Context, before time.Time, limit int) ([]store.DueItem, error)
	SetDue(ctx context.Context, d store.DueItem, next time.Time) error
	Event(ctx context.Context, id string) (*event.Stored, error)
	Run(ctx context.Context, id string) (run.Run, error)
	Approval(ctx context.Context, id string) (*approval.Request, error)
	SaveApproval(ctx context.Context, r *approval.Request, events ...event.Event) error
	Inboxes(ctx context.Context) ([]desk.Inbox, error)
	Conversation(ctx context.Context, id string) (*desk.Conversation, error)
	Secret(ctx context.Context, name string) ([]byte, error)
	Settings(ctx context.Context) (desk.Settings, error)
	Workflows(ctx context.Context) ([]workflow.Head, error)
	WorkflowStats(ctx context.Context, workflowIDs []string) (map[string]run.Counters, error)
	OpenApprovals(ctx context.Context, limit int) (n int, oldest time.Time, err error)
	Allow(ctx context.Context, kind, of, id string, caps ...desk.Cap) (past *desk.Cap, err error)
	ClaimNotice(ctx context.Context, workflowID string, st failing.State, toldAt time.Time, off bool) (bool, error)
	FinishNotice(ctx context.Context, workflowID string, st failing.State, sent bool) error
}

// executions reads what executions did.
type executions interface {
	History(ctx context.Context, executionArn, cursor string, limit int, newestFirst bool) (events []run.HistoryEvent, next string, err error)
}

// schedules are those of workflows that run on one.
type schedules interface {
	Remove(ctx context.Context, workflowID string) error
}

type sweeper struct {
	store     sweepStore
	bus       *bus.Bus
	launcher  *launch.Launcher
	recorder  *record.Recorder
	approvals *approval.Service
	mailer    action.Mailer
	desk      *action.Desk // asks those to whom a request is escalated
	engine    executions
	schedules schedules
	ager      *erase.Ager // removes what is too old to keep
	publicURL string
	now       func() time.Time
	held      bool // Step Functions takes no more starts in this tick
}

// tally says what a tick did.
type tally struct {
	Looked    int `json:"looked"`
	Published int `json:"published"` // events carried to the bus again
	Started   int `json:"started"`   // starts made again
	Repaired  int `json:"repaired"`  // runs brought in line
	Delivered int `json:"delivered"` // decisions told to Step Functions again
	Reminded  int `json:"reminded"`
	Escalated int `json:"escalated"` // requests that went to others too
	Told      int `json:"told"`      // notices that a workflow fails
	Failed    int `json:"failed"`
}

// sweep looks at everything that is due. One thing that fails does not keep the others.
func (s *sweeper) sweep(ctx context.Context) (tally, error) {
	var t tally
	s.held = false
	items, err := s.store.Due(ctx, s.now(), perTick)
	if err != nil {
		return t, err
	}
	for _, it := range items {
		ctx := trail.With(ctx, idOf[it.Kind], it.ID)
		t.Looked++
		var err error
		switch it.Kind {
		case "event":
			err = s.event(ctx, it, &t)
		case "run":
			err = s.run(ctx, it, &t)
		case "approval":
			err = s.approval(ctx, it, &t)
		case "failing":
			err = s.failing(ctx, it, &t)
		case "retention":
			err = s.ager.Tick(ctx)
		}
		if errors.Is(err, errGone) {
			err = s.store.SetDue(ctx, it, time.Time{})
		}
		if err == nil {
			continue
		}
		t.Failed++
		slog.ErrorContext(ctx, "sweep", "kind", it.Kind, "error", err)
		// To the end of the line, so that what keeps failing does not keep the others waiting.
		if err := s.store.SetDue(ctx, it, s.now().Add(againEvent)); err != nil {
			slog.ErrorContext(ctx, "sweep: it is looked at again at once", "kind", it.Kind, "error", err)
		}
	}
	s.measure(ctx)
	if t.Looked > 0 {
		slog.InfoContext(ctx, "swept", "looked", t.Looked, "published", t.Published, "started", t.Started, "repaired", t.Repaired,
			"delivered", t.Delivered, "reminded", t.Reminded, "escalated", t.Escalated, "told", t.Told, "failed", t.Failed)
	}
	return t, nil
}

// idOf names the id of a thing by its kind.
var idOf = map[string]string{"event": trail.Event, "run": trail.Run, "approval": trail.Approval, "failing": trail.Workflow}

// errGone says that the thing with the mark is not there any more.
var errGone = errors.New("gone")

func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errGone
	}
	return err
}

// event carries an event to the bus again that has no match record yet.
func (s *sweeper) event(ctx context.Context, it store.DueItem, t *tally) error {
	e, err := s.store.Event(ctx, it.ID)
	if err != nil {
		return gone(err)
	}
	if e.Dispatched {
		return s.store.SetDue(ctx, it, time.Time{})
	}
	data, err := json.Marshal(e.Event)
	if err != nil {
		return err
	}
	failed, err := s.bus.Publish(ctx, []json.RawMessage{data})
	if err != nil {
		return err
	}
	if len(failed) > 0 {
		return fault.New(fault.Unavailable, "the bus did not take event %s", e.ID)
	}
	t.Published++
	age := s.now().Sub(e.Time)
	return s.store.SetDue(ctx, it, s.now().Add(min(max(age, againEvent), dailyCheck)))
}

// run makes a start again that was not acknowledged, or compares an open run with its
// execution.
func (s *sweeper) run(ctx context.Context, it store.DueItem, t *tally) error {
	rec, err := s.store.Run(ctx, it.ID)
	if err != nil {
		return gone(err)
	}
	if rec.Status.Ended() {
		return s.store.SetDue(ctx, it, time.Time{})
	}
	if rec.Status == run.Starting && s.held { // the others have to wait as well
		return s.store.SetDue(ctx, it, s.now().Add(againEvent))
	}
	if rec.Status == run.Starting {
		t.Started++
		_, err := s.launcher.Finish(ctx, rec) // it stays due: the next tick looks at the run
		s.held = fault.IsThrottled(err)
		return err
	}
	open, err := s.recorder.Repair(ctx, rec)
	if err != nil {
		return err
	}
	if !open {
		t.Repaired++
		return nil
	}
	next := s.now().Add(firstCheck)
	if s.now().Sub(rec.StartedAt) >= firstCheck {
		next = s.now().Add(dailyCheck)
	}
	return s.store.SetDue(ctx, it, next)
}

// approval delivers a decision that Step Functions does not know of, reminds, and
// settles a request whose run never came back for it.
func (s *sweeper) approval(ctx context.Context, it store.DueItem, t *tally) error {
	r, err := s.store.Approval(ctx, it.ID)
	if err != nil {
		return gone(err)
	}
	if r.Status == approval.Pending {
		rec, err := s.store.Run(ctx, r.RunID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil || rec.Status.Ended() { // and who ended it broke off before this
			return s.approvals.WithdrawAll(ctx, r.RunID)
		}
	}
	now := s.now()
	switch {
	case r.Status != approval.Pending && r.Delivered:
		return s.store.SetDue(ctx, it, time.Time{})
	case r.Status != approval.Pending:
		t.Delivered++
		return s.approvals.Deliver(ctx, r)
	case !now.Before(r.ExpiresAt.Add(overdue)):
		r.Expire(now)
		return s.store.SaveApproval(ctx, r)
	case !now.Before(r.ExpiresAt):
		return s.store.SetDue(ctx, it, r.ExpiresAt.Add(overdue)) // Step Functions times the task out itself
	}
	if r.EscalateAt != nil && !r.EscalateAt.After(now) {
		t.Escalated++
		return s.desk.Escalate(ctx, r) // which sets when to look next
	}
	due := 0
	for due < len(r.RemindAt) && !r.RemindAt[due].After(now) {
		due++
	}
	if due == 0 {
		return s.store.SetDue(ctx, it, r.Due(now))
	}
	r.RemindAt = r.RemindAt[due:]
	if err := s.store.SaveApproval(ctx, r); err != nil { // first, so that nobody is reminded twice
		return err
	}
	before := t.Reminded
	err = s.remind(ctx, r, t)
	if fault.Is(err, fault.Unavailable) && t.Reminded == before { // nobody was: the reminder is not lost
		r.RemindAt = slices.Insert(r.RemindAt, 0, now.Add(againEvent))
		err = errors.Join(err, s.store.SaveApproval(ctx, r))
	}
	return err
}
