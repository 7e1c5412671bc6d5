// Package record brings run records in line with Step Functions: from the status
// change events, which may come late, twice, out of order or not at all, and from
// DescribeExecution, which is asked when an event does not fit and by the sweep.
package record

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Store is what the package needs of package store.
type Store interface {
	approval.Store
	Run(ctx context.Context, id string) (run.Run, error)
	MoveRun(ctx context.Context, m run.Move) (run.Run, bool, error)
	MarkStarted(ctx context.Context, runID, executionArn string) (run.Run, error)
	ReleaseWaits(ctx context.Context, runID string) error
	Workflow(ctx context.Context, id string) (workflow.Head, error)
	Settings(ctx context.Context) (desk.Settings, error)
	Failing(ctx context.Context, workflowID string) (failing.State, error)
	SwitchOff(ctx context.Context, workflowID string, since time.Time, reason string, e audit.Entry) (h workflow.Head, done bool, err error)
}

// Engine reads executions.
type Engine interface {
	Describe(ctx context.Context, executionArn string) (engine.Execution, error)
}

// Recorder keeps run records true.
type Recorder struct {
	Store  Store
	Engine Engine
	NewID  func(prefix string) string
	Now    func() time.Time
}

var open = []run.Status{run.Starting, run.Running, run.Waiting, run.Paused}

// detail of a status change event.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
type detail struct {
	ExecutionArn string `json:"executionArn"`
	Name         string `json:"name"`
	Status       string `json:"status"`
	StopDate     *int64 `json:"stopDate"` // epoch milliseconds
	Error        string `json:"error"`
	Cause        string `json:"cause"`
}

// Status takes in one event.
func (r *Recorder) Status(ctx context.Context, raw []byte) error {
	var d detail
	if err := json.Unmarshal(raw, &d); err != nil {
		return fault.New(fault.Invalid, "status change event: %s", err)
	}
	rec, err := r.Store.Run(ctx, d.Name)
	if fault.Is(err, fault.NotFound) {
		return nil // an execution that was not started by us
	}
	if err != nil {
		return err
	}
	ctx = trail.With(ctx, trail.Run, rec.ID, trail.Workflow, rec.WorkflowID, trail.Event, rec.Trigger.EventID)
	if d.Status == "RUNNING" && !rec.Status.Ended() && (rec.Status == run.Starting || rec.ExecutionArn == "") {
		_, err := r.Store.MarkStarted(ctx, rec.ID, d.ExecutionArn) // as who started it does at this moment: one of the two writes
		return err
	}
	x := engine.Execution{Status: d.Status, Error: d.Error, Cause: d.Cause}
	if d.StopDate != nil {
		t := time.UnixMilli(*d.StopDate).UTC()
		x.EndedAt = &t
	}
	if doubtful(rec, x) {
		if x, err = r.Engine.Describe(ctx, d.ExecutionArn); err != nil {
			return err
		}
	}
	rec.ExecutionArn = d.ExecutionArn
	_, err = r.Apply(ctx, rec, x)
	return err
}

// doubtful tells whether an event may be an old one. A success is final, and so is
// nothing else: a failed, stopped or timed out execution may have been redriven since,
// and only DescribeExecution knows how often and how it stands now.
func doubtful(rec run.Run, x engine.Execution) bool {
	switch x.Status {
	case "RUNNING":
		return rec.Status.Ended()
	case "SUCCEEDED":
		return rec.Status == run.Failed || rec.Status == run.Stopped
	}
	return true
}

// Repair compares a run with its execution; it reports whether the run is still open.
func (r *Recorder) Repair(ctx context.Context, rec run.Run) (bool, error) {
	arn := rec.ExecutionArn
	if arn == "" { // whoever started it broke off before that was noted
		arn = run.ExecutionArn(rec.VersionArn, rec.ID)
	}
	x, err := r.Engine.Describe(ctx, arn)
	if fault.Is(err, fault.NotFound) {
		x = engine.Execution{Status: "FAILED", Error: "execution_gone", Cause: "Step Functions does not know the execution any more"}
		err = nil
	}
	if err != nil {
		return true, err
	}
	rec.ExecutionArn = arn
	rec, err = r.Apply(ctx, rec, x)
	return !rec.Status.Ended(), err
}

// Apply moves the run to where its execution is. A redrive that nobody recorded opens
// an ended run first, also when the redriven execution has ended by now.
func (r *Recorder) Apply(ctx context.Context, rec run.Run, x engine.Execution) (run.Run, error) {
	if rec.Status.Ended() && x.RedriveCount > rec.Redrives {
		var err error
		rec, _, err = r.Store.MoveRun(ctx, run.Move{RunID: rec.ID, From: []run.Status{run.Failed, run.Stopped}, To: run.Running, At: r.Now(), Redrive: x.RedriveCount})
		if err != nil {
			return rec, err
		}
	}
	m := run.Move{RunID: rec.ID, ExecutionArn: rec.ExecutionArn, From: open, At: r.Now(), Error: x.Error, Reason: reason(x), Redrive: x.RedriveCount}
	if x.EndedAt != nil {
		m.At = *x.EndedAt
	}
	switch x.Status {
	case "SUCCEEDED":
		m.To, m.Reason, m.Error = run.Succeeded, "", ""
	case "FAILED", "TIMED_OUT":
		m.To = run.Failed
		if x.Error == compile.EndError {
			m.EndedBy = "end"
		}
	case "ABORTED":
		m.To = run.Stopped
	case "RUNNING":
		if rec.Status != run.Starting {
			return rec, nil
		}
		m.To, m.From = run.Running, []run.Status{run.Starting}
	default:
		return rec, nil
	}
	moved, did, err := r.Store.MoveRun(ctx, m)
	if err == nil && did {
		slog.InfoContext(ctx, "run "+string(moved.Status), "error", moved.Error)
	}
	if err != nil || !moved.Status.Ended() || !m.To.Ended() {
		return moved, err
	}
	// Also when it was moved before: then the call that did may have broken off here.
	if err := r.withdraw(ctx, rec.ID); err != nil {
		return moved, err
	}
	if err := r.Store.ReleaseWaits(ctx, rec.ID); err != nil || moved.Status != run.Failed {
		return moved, err
	}
	// At once, because more runs start every moment; who is to be told is told by the sweep.
	if _, err := r.Standing(ctx, rec.WorkflowID); err != nil && !fault.Is(err, fault.NotFound) {
		return moved, err
	}
	return moved, nil
}

func (r *Recorder) withdraw(ctx context.Context, runID string) error {
	s := approval.Service{Store: r.Store, NewID: r.NewID, Now: r.Now}
	return s.WithdrawAll(ctx, runID)
}

// reason is the cause in words.
func reason(x engine.Execution) string {
	if x.Status == "TIMED_OUT" && x.Cause == "" {
		return "the run took longer than Step Functions allows"
	}
	return run.CauseText(x.Cause)
}
