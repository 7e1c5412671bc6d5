package match

import (
	"encoding/json"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/run"
)

// Cancels tells whether an event ends a wait before its time: its type is one of
// cancelOn, the condition there holds, and it is news to the run (not older than what
// the run has seen, and not made by the run itself). message gives the view of the
// event's message, nil when it has none; it is asked for only when it matters.
func Cancels(w run.Wait, e *event.Stored, message func() (map[string]any, error), env condition.Env) (bool, error) {
	if e.ID <= w.SeenEvent || (e.CausedBy != nil && e.CausedBy.RunID == w.RunID) || !about(w, e) {
		return false, nil
	}
	var on []struct {
		Type string          `json:"type"`
		When json.RawMessage `json:"when"`
	}
	if len(w.CancelOn) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(w.CancelOn, &on); err != nil {
		return false, err
	}
	for _, c := range on {
		if c.Type != e.Type {
			continue
		}
		var view map[string]any
		if len(c.When) > 0 && e.MessageID() != "" {
			var err error
			if view, err = message(); err != nil {
				return false, err
			}
		}
		ctx, err := event.NewInput(e, view, event.WorkflowRef{ID: w.WorkflowID}, w.RunID).Context()
		if err != nil {
			return false, err
		}
		holds, _, err := conditions(c.When, ctx, env)
		if err != nil {
			return false, err
		}
		if holds {
			return true, nil
		}
	}
	return false, nil
}
