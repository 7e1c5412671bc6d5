package record

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Standing is how a workflow stands that has failed runs.
type Standing struct {
	Head     workflow.Head
	State    failing.State
	Streak   []failing.Failure // in a row, oldest first
	Settings failing.Settings  // that hold for it
}

// Standing of a workflow; one whose last runs fail as often as is allowed is switched off
// first. Asked again it finds that done.
func (r *Recorder) Standing(ctx context.Context, workflowID string) (Standing, error) {
	var out Standing
	var err error
	if out.Head, err = r.Store.Workflow(ctx, workflowID); err != nil {
		return out, err
	}
	if out.State, err = r.Store.Failing(ctx, workflowID); err != nil {
		return out, err
	}
	desk, err := r.Store.Settings(ctx)
	if err != nil {
		return out, err
	}
	out.Settings = failing.Of(out.Head.Failures, desk.Failures)
	out.Streak = out.State.Streak(out.Head.EnabledAt)
	n := len(out.Streak)
	if limit := out.Settings.SwitchOffAfter; limit == 0 || n < limit || !out.Head.Enabled || out.Head.Archived {
		return out, nil
	}
	reason, err := r.why(ctx, out.Streak)
	if err != nil {
		return out, err
	}
	entryID := r.NewID(id.Audit)
	head, done, err := r.Store.SwitchOff(ctx, workflowID, out.Head.EnabledAt, reason, audit.Entry{ID: entryID, At: id.Time(entryID).Truncate(time.Millisecond), Who: workflow.BySystem,
		Role: workflow.BySystem, Action: "workflow.switch_off", What: audit.What{Kind: "workflow", ID: workflowID}, Summary: reason})
	if err != nil {
		return out, err
	}
	if done {
		slog.WarnContext(ctx, "workflow switched off", "reason", reason)
		out.Head = head
	}
	return out, nil
}

// why is the reason in words that hold nothing of a customer's.
func (r *Recorder) why(ctx context.Context, streak []failing.Failure) (string, error) {
	last, err := r.Store.Run(ctx, streak[len(streak)-1].RunID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	words := fmt.Sprintf("%d runs in a row failed", len(streak))
	if len(streak) == 1 {
		words = "a run failed"
	}
	if last.Error != "" {
		words += fmt.Sprintf(", the last one with %s", last.Error)
	}
	return "switched off by the system: " + words, nil
}
