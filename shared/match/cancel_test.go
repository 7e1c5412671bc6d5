package match_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
)

func TestCancels(t *testing.T) {
	const byPerson = `[{"type":"ticket.created"},{"type":"message.received","when":{"all":[{"field":"message.isAutomatic","op":"is_false"}]}}]`
	wait := run.Wait{RunID: "run_1", WorkflowID: "wf_1", SeenEvent: "evt_4", Entities: []string{"conv_1"}}
	automatic := map[string]any{"id": "msg_1", "isAutomatic": true}
	for _, c := range []struct {
		name     string
		cancelOn string
		e        *event.Stored
		message  map[string]any
		seen     string
		want     bool
	}{
		{"the customer replied", byPerson, received(nil), refund, "evt_4", true},
		{"an automatic answer", byPerson, received(nil), automatic, "evt_4", false},
		{"without a condition", `[{"type":"message.received"}]`, received(nil), automatic, "evt_4", true},
		{"a condition on the conversation", `[{"type":"message.received","when":{"all":[{"field":"conversation.status","op":"is","value":"closed"}]}}]`, received(nil), refund, "evt_4", false},
		{"of another type", `[{"type":"conversation.closed"}]`, received(nil), refund, "evt_4", false},
		{"seen before", byPerson, received(nil), refund, "evt_5", false},
		{"older", byPerson, received(nil), refund, "evt_6", false},
		{"made by the run itself", byPerson, received(&event.Cause{RunID: "run_1"}), refund, "evt_4", false},
		{"made by another run", byPerson, received(&event.Cause{RunID: "run_2"}), refund, "evt_4", true},
		{"listens to nothing", ``, received(nil), refund, "evt_4", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := wait
			w.CancelOn, w.SeenEvent = json.RawMessage(c.cancelOn), c.seen
			got, err := match.Cancels(w, c.e, func() (map[string]any, error) { return c.message, nil }, condition.Env{Now: now})
			if err != nil || got != c.want {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
	wait.CancelOn = json.RawMessage(byPerson)
	down := errors.New("down")
	if _, err := match.Cancels(wait, received(nil), func() (map[string]any, error) { return nil, down }, condition.Env{Now: now}); !errors.Is(err, down) {
		t.Errorf("a message that cannot be read: %v", err)
	}
}
