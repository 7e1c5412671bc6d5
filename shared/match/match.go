// Package match decides which published workflows an event starts, and says of each
// why, or why not: the first blocking reason, and every condition with the actual
// value. It starts nothing; dispatch does, and a dry run does not.
package match

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/workflow"
)

// MaxDepth is how many runs may lie between an event and the outside world: a run
// whose event was made by a run whose event … is a loop sooner or later.
const MaxDepth = 5

// Subject is what is matched: an event with what a run of it would see.
type Subject struct {
	Event   *event.Stored
	Message map[string]any // view of its message; nil when it has none
	OwnMail bool           // the message was sent by the desk itself
	Now     time.Time
	Halted  bool         // automation is switched off for the whole desk
	Hours   *hours.Hours // the desk's opening hours; nil: hours.Default
}

// Candidate is one published workflow of the event's type.
type Candidate struct {
	WorkflowID string
	Name       string
	Version    int
	Enabled    bool
	Trigger    workflow.Trigger
}

// Evaluate gives the verdict of one workflow. A Match with Matched true has no run yet.
func Evaluate(s Subject, c Candidate) (event.Match, error) {
	m := event.Match{WorkflowID: c.WorkflowID, WorkflowName: c.Name, Version: c.Version}
	in := event.NewInput(s.Event, s.Message, event.WorkflowRef{ID: c.WorkflowID, Name: c.Name, Version: c.Version}, "")
	ctx, err := in.Context()
	if err != nil {
		return m, err
	}
	delete(ctx, "run")
	holds, why, err := conditions(c.Trigger.Conditions, ctx, condition.Env{Now: s.Now, Hours: s.Hours})
	if err != nil {
		return m, fmt.Errorf("workflow %s version %d: %w", c.WorkflowID, c.Version, err)
	}
	m.Conditions = why.tree
	switch {
	case s.Halted:
		m.Reason, m.Detail = event.ReasonDisabled, "automation is switched off for the whole desk"
	case !c.Enabled:
		m.Reason, m.Detail = event.ReasonDisabled, "the workflow is disabled"
	case !holds:
		m.Reason, m.Failed = event.ReasonConditions, why.failed
		m.Detail = "the trigger's conditions do not hold"
	case s.OwnMail:
		m.Reason, m.Detail = event.ReasonOwnMail, "the desk sent this message itself"
	case s.Event.CausedBy != nil && s.Event.CausedBy.Depth > MaxDepth:
		m.Reason = event.ReasonDepth
		m.Detail = fmt.Sprintf("%d runs lie between this event and the outside world; the limit is %d", s.Event.CausedBy.Depth, MaxDepth)
	default:
		m.Matched, m.Reason = true, event.ReasonMatched
	}
	return m, nil
}

type explained struct {
	tree   json.RawMessage
	failed *event.Failed
}

func conditions(raw json.RawMessage, ctx map[string]any, env condition.Env) (bool, explained, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return true, explained{}, nil
	}
	cond, problems := condition.Parse(raw)
	if cond == nil {
		return false, explained{}, fmt.Errorf("published conditions cannot be read: %v", problems)
	}
	holds, tree := cond.EvalIn(ctx, env)
	data, err := json.Marshal(tree)
	if err != nil {
		return false, explained{}, err
	}
	out := explained{tree: data}
	if f := tree.FirstFailed(); f != nil && !holds {
		out.failed = &event.Failed{Field: f.Field, Op: f.Op, Value: f.Value, Actual: f.Actual}
	}
	return holds, out, nil
}
