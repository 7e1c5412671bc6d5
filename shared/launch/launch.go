// Package launch starts runs: first the run's record, in one transaction with the mark
// that there is one for this event and workflow, then the execution under the run's id.
// Whatever breaks in between, doing it again ends in one run. Dispatch, the API (by
// hand) and the sweep (for starts that broke off) use it.
package launch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Store is what the package needs of package store.
type Store interface {
	StartRun(ctx context.Context, r run.Run, input []byte) (existing *run.Run, err error)
	RunInput(ctx context.Context, runID string) ([]byte, error)
	MarkStarted(ctx context.Context, runID, executionArn string) (run.Run, error)
	MoveRun(ctx context.Context, m run.Move) (run.Run, bool, error)
}

// Engine starts executions.
type Engine interface {
	Start(ctx context.Context, versionArn, runID string, input []byte) (executionArn string, err error)
}

// ErrRecorded is wrapped by the error of a start that Step Functions did not take at this
// rate: the run is there, and the sweep starts it if nobody does before.
var ErrRecorded = errors.New("the run is recorded")

// Launcher starts runs.
type Launcher struct {
	Store  Store
	Engine Engine
	NewID  func(prefix string) string
	Now    func() time.Time
}

// Launch starts the run of a workflow for an event; message is the view of the event's
// message. existed tells that there was one already: then that one is returned, and
// started if it was not yet.
func (l *Launcher) Launch(ctx context.Context, e *event.Stored, message map[string]any, rt workflow.Route, retryOf string) (r run.Run, existed bool, err error) {
	runID := l.NewID(id.Run)
	in := event.NewInput(e, message, event.WorkflowRef{ID: rt.WorkflowID, Name: rt.Name, Version: rt.Version}, runID)
	input, err := event.Encode(in)
	if err != nil {
		return r, false, err
	}
	depth := 0
	if e.CausedBy != nil {
		depth = e.CausedBy.Depth
	}
	r = run.Run{ID: runID, WorkflowID: rt.WorkflowID, WorkflowName: rt.Name, Version: rt.Version, Status: run.Starting, StartedAt: l.Now(),
		Trigger: run.Trigger{EventID: e.ID, Type: e.Type}, VersionArn: rt.VersionArn, CostMicroUSD: rt.CostMicroUSD, Depth: depth, RetryOf: retryOf,
		ConversationID: e.Subject.ConversationID, ContactID: e.Subject.ContactID, TicketID: e.Subject.TicketID}
	existing, err := l.Store.StartRun(ctx, r, input)
	if existing != nil {
		ctx = Trail(ctx, *existing)
		if existing.Status == run.Starting {
			done, err := l.Finish(ctx, *existing)
			return done, true, err
		}
		return *existing, true, nil
	}
	if err != nil {
		return r, false, err
	}
	r, err = l.start(Trail(ctx, r), r, input)
	return r, false, err
}

// Trail puts a run's ids on the lines of the log.
func Trail(ctx context.Context, r run.Run) context.Context {
	return trail.With(ctx, trail.Run, r.ID, trail.Workflow, r.WorkflowID, trail.Event, r.Trigger.EventID)
}

// Finish starts the execution of a run that is recorded but was not seen to start.
func (l *Launcher) Finish(ctx context.Context, r run.Run) (run.Run, error) {
	ctx = Trail(ctx, r)
	input, err := l.Store.RunInput(ctx, r.ID)
	if fault.Is(err, fault.NotFound) {
		return l.fail(ctx, r, "the run's input is not kept any more, so that it cannot be started")
	}
	if err != nil {
		return r, err
	}
	return l.start(ctx, r, input)
}

// start makes the execution. What no second try can mend fails the run with the reason.
func (l *Launcher) start(ctx context.Context, r run.Run, input []byte) (run.Run, error) {
	arn, err := l.Engine.Start(ctx, r.VersionArn, r.ID, input)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unprocessable) {
		return l.fail(ctx, r, fault.Message(err))
	}
	if fault.IsThrottled(err) {
		return r, fault.Throttled(errors.Join(ErrRecorded, err), "run %s is recorded, and starts as soon as Step Functions takes it", r.ID)
	}
	if err != nil {
		return r, err
	}
	slog.InfoContext(ctx, "run started", "version", r.Version)
	return l.Store.MarkStarted(ctx, r.ID, arn)
}

// fail ends a run that no second try can start.
func (l *Launcher) fail(ctx context.Context, r run.Run, why string) (run.Run, error) {
	failed, _, err := l.Store.MoveRun(ctx, run.Move{RunID: r.ID, From: []run.Status{run.Starting}, To: run.Failed, At: l.Now(),
		Error: "start_failed", Reason: why})
	slog.WarnContext(ctx, "run cannot be started", "reason", why)
	return failed, err
}
