package match_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/workflow"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func received(cause *event.Cause) *event.Stored {
	return &event.Stored{Source: event.Source, Event: event.Event{ID: "evt_5", Type: event.MessageReceived, Time: now, CausedBy: cause,
		Subject: event.Subject{MessageID: "msg_1", ConversationID: "conv_1", ContactID: "con_1"}},
		Snapshot: event.Snapshot{Conversation: json.RawMessage(`{"id":"conv_1","status":"open","tags":["vip"]}`)}}
}

var refund = map[string]any{"id": "msg_1", "text": "I want a refund", "isAutomatic": false}

func TestEvaluate(t *testing.T) {
	const about = `{"all":[{"field":"message.text","op":"contains","value":"refund"},{"field":"conversation.tags","op":"has_any","value":["vip"]}]}`
	const other = `{"all":[{"field":"conversation.status","op":"is","value":"open"},{"field":"message.text","op":"contains","value":"invoice"},{"field":"detail.x","op":"is","value":1}]}`
	failed := &event.Failed{Field: "message.text", Op: "contains", Value: "invoice", Actual: "I want a refund"}
	for _, c := range []struct {
		name       string
		s          match.Subject
		conditions string
		enabled    bool
		want       event.Match
	}{
		{"matches", match.Subject{Event: received(nil)}, about, true, event.Match{Matched: true, Reason: "matched"}},
		{"no conditions", match.Subject{Event: received(nil)}, "", true, event.Match{Matched: true, Reason: "matched"}},
		{"a condition does not hold", match.Subject{Event: received(nil)}, other, true, event.Match{Reason: "conditions", Failed: failed}},
		{"disabled is said first", match.Subject{Event: received(nil), OwnMail: true}, other, false, event.Match{Reason: "disabled"}},
		{"automation is off", match.Subject{Event: received(nil), Halted: true}, about, true, event.Match{Reason: "disabled"}},
		{"conditions before the loop guard", match.Subject{Event: received(&event.Cause{RunID: "run_1", Depth: 9}), OwnMail: true}, other, true, event.Match{Reason: "conditions", Failed: failed}},
		{"own mail", match.Subject{Event: received(nil), OwnMail: true}, about, true, event.Match{Reason: "own_mail"}},
		{"as deep as may be", match.Subject{Event: received(&event.Cause{RunID: "run_1", Depth: match.MaxDepth})}, about, true, event.Match{Matched: true, Reason: "matched"}},
		{"too deep", match.Subject{Event: received(&event.Cause{RunID: "run_1", Depth: match.MaxDepth + 1})}, about, true, event.Match{Reason: "depth"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.s.Now, c.s.Message = now, refund
			got, err := match.Evaluate(c.s, match.Candidate{WorkflowID: "wf_1", Name: "W", Version: 3, Enabled: c.enabled,
				Trigger: workflow.Trigger{Type: event.MessageReceived, Conditions: json.RawMessage(c.conditions)}})
			if err != nil {
				t.Fatal(err)
			}
			if (got.Detail == "") != got.Matched {
				t.Errorf("in words: %q", got.Detail)
			}
			if c.conditions != "" && len(got.Conditions) == 0 {
				t.Error("the conditions are not explained")
			}
			c.want.WorkflowID, c.want.WorkflowName, c.want.Version = "wf_1", "W", 3
			if d := cmp.Diff(c.want, got, cmpopts.IgnoreFields(event.Match{}, "Detail", "Conditions")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestEvaluateBroken(t *testing.T) {
	_, err := match.Evaluate(match.Subject{Event: received(nil), Now: now}, match.Candidate{WorkflowID: "wf_1", Enabled: true, Trigger: workflow.Trigger{Conditions: json.RawMessage(`{"all":7}`)}})
	if err == nil {
		t.Error("conditions that cannot be read hold")
	}
}
