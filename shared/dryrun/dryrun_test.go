package dryrun_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/dryrun"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/workflow"
)

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) // a Monday

var desk = check.Options{AI: true, Inboxes: []string{"support", "billing"}, Groups: []string{"support", "billing", "vip"}, Managed: []string{"support", "billing", "vip"}}

const everything = `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":"refund"}]}},
"nodes":[
 {"id":"way","type":"branch","params":{"cases":[{"id":"vip","when":{"field":"contact.tags","op":"has_any","value":["vip"]}}]}},
 {"id":"tag","type":"conversation.tag","params":{"add":["refund"]}},
 {"id":"again","type":"branch","params":{"cases":[{"id":"tagged","when":{"field":"conversation.tags","op":"has_any","value":["refund"]}}]}},
 {"id":"draft","type":"ai.reply","params":{"instructions":"Be polite to {{contact.name}}."}},
 {"id":"ok","type":"approval","params":{"approvers":[{"email":"bea@example.com"}],"subject":"Reply to {{contact.name}}","draft":"{{steps.draft.text}}","timeout":"48h"}},
 {"id":"send","type":"message.reply","params":{"body":"Hello {{contact.name}}, {{steps.ok.text}}"}},
 {"id":"nap","type":"wait","params":{"for":"24h","cancelOn":[{"type":"message.received"}]}},
 {"id":"bad","type":"end","params":{"result":"failed","reason":"no answer to {{contact.name}}"}}],
"edges":[{"from":"trigger","to":"way"},{"from":"way","output":"vip","to":"draft"},{"from":"way","output":"otherwise","to":"tag"},{"from":"tag","to":"again"},
 {"from":"again","output":"tagged","to":"nap"},{"from":"nap","output":"elapsed","to":"bad"},
 {"from":"draft","to":"ok"},{"from":"draft","output":"error","to":"tag"},
 {"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"tag"},{"from":"ok","output":"timed_out","to":"tag"}]}`

func parse(tb testing.TB, source string) *workflow.Definition {
	tb.Helper()
	def, problems := check.Source([]byte(source), desk)
	if workflow.HasErrors(problems) {
		tb.Fatal(problems)
	}
	return def
}

func order(tb testing.TB, source, tags, steps string) dryrun.Order {
	tb.Helper()
	o := dryrun.Order{Workflow: event.WorkflowRef{ID: "wf_1", Name: "Refunds"}, Definition: parse(tb, source), RunID: "run_1", Now: now,
		Message: map[string]any{"id": "msg_1", "text": "I want a refund", "from": "anna@example.com"},
		Event: &event.Stored{Event: event.Event{ID: "evt_1", Type: "message.received", Time: now}, Snapshot: event.Snapshot{
			Conversation: json.RawMessage(`{"id":"conv_1","status":"open","tags":[]}`), Contact: json.RawMessage(`{"id":"con_1","name":"Anna","tags":` + tags + `}`)}}}
	if steps != "" {
		if err := json.Unmarshal([]byte(steps), &o.Steps); err != nil {
			tb.Fatal(err)
		}
	}
	return o
}

func path(rep dryrun.Report) string {
	var parts []string
	for _, s := range rep.Path {
		parts = append(parts, s.Node+">"+s.Output)
	}
	return strings.Join(parts, " ")
}

func TestPath(t *testing.T) {
	for _, c := range []struct{ name, tags, steps, path, status, reason string }{
		{"everything works by itself", `["vip"]`, "", "way>vip draft>next ok>approved send>next", "succeeded", ""},
		{"the run sees its own changes", `[]`, "", "way>otherwise tag>next again>tagged nap>elapsed bad>", "failed", "no answer to Anna"},
		{"a wait that is cancelled", `[]`, `{"nap":{"output":"cancelled"}}`, "way>otherwise tag>next again>tagged nap>cancelled", "succeeded", ""},
		{"a rejection", `["vip"]`, `{"ok":{"decision":"reject"},"nap":{"output":"cancelled"}}`, "way>vip draft>next ok>rejected tag>next again>tagged nap>cancelled", "succeeded", ""},
		{"nobody decides", `["vip"]`, `{"ok":{"output":"timed_out"},"nap":{"output":"cancelled"}}`, "way>vip draft>next ok>timed_out tag>next again>tagged nap>cancelled", "succeeded", ""},
		{"an error with an edge", `["vip"]`, `{"draft":{"error":{"code":"ai_failed","message":"the model is down"}},"nap":{"output":"cancelled"}}`, "way>vip draft>error tag>next again>tagged nap>cancelled", "succeeded", ""},
		{"an error without one", `["vip"]`, `{"send":{"error":{"code":"mail_refused","message":"no"}}}`, "way>vip draft>next ok>approved send>", "failed", "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rep, err := dryrun.Play(t.Context(), order(t, everything, c.tags, c.steps))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.path, c.status, c.reason}, []string{path(rep), rep.Status, rep.Reason}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStep(t *testing.T) {
	rep, err := dryrun.Play(t.Context(), order(t, everything, `["vip"]`, `{"draft":{"text":"we are sorry"},"ok":{"output":"approved","text":"we are very sorry","comment":"nicer"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]any{}
	for _, s := range rep.Path {
		var params, result any
		_ = json.Unmarshal(s.Params, &params)
		_ = json.Unmarshal(s.Result, &result)
		got[s.Node] = map[string]any{"result": result, "simulated": s.Simulated}
		if s.Type != "branch" {
			got[s.Node]["params"] = params
		}
	}
	want := map[string]map[string]any{
		"way":   {"result": map[string]any{"output": "vip"}, "simulated": ""},
		"draft": {"params": map[string]any{"instructions": "Be polite to Anna."}, "result": map[string]any{"text": "we are sorry"}, "simulated": "given"},
		"ok": {"params": map[string]any{"approvers": []any{map[string]any{"email": "bea@example.com"}}, "subject": "Reply to Anna", "draft": "we are sorry", "timeout": "48h"},
			"result": map[string]any{"output": "approved", "decision": "approved", "by": "bea@example.com", "comment": "nicer", "text": "we are very sorry", "edited": true}, "simulated": "given"},
		"send": {"params": map[string]any{"body": "Hello Anna, we are very sorry"}, "result": map[string]any{"sent": true, "messageId": "msg_00000000000000000000000000"}, "simulated": "standin"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVerdict(t *testing.T) {
	o := order(t, everything, `[]`, "")
	o.Message["text"] = "hello"
	rep, err := dryrun.Play(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Verdict.Matched || rep.Verdict.Reason != event.ReasonConditions || rep.Verdict.Failed.Actual != "hello" || len(rep.Path) != 0 || rep.Status != "" {
		t.Errorf("%+v", rep)
	}
	if !strings.Contains(string(rep.Verdict.Conditions), `"actual":"hello"`) {
		t.Errorf("conditions are %s", rep.Verdict.Conditions)
	}
}

func TestRefused(t *testing.T) {
	for name, steps := range map[string]string{
		"no such node":                `{"nobody":{}}`,
		"a branch decides itself":     `{"way":{"output":"vip"}}`,
		"no such output":              `{"ok":{"output":"maybe"}}`,
		"no object":                   `{"draft":"text"}`,
		"a name of Step Functions":    `{"draft":{"error":{"code":"States.Timeout"}}}`,
		"an approval without outcome": `{"ok":{"text":"x"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dryrun.Play(t.Context(), order(t, everything, `[]`, steps))
			if !fault.Is(err, fault.Unprocessable) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestGallery plays every example of the ready-made workflows.
func TestGallery(t *testing.T) {
	for _, tpl := range gallery.All() {
		for _, ex := range tpl.Examples {
			t.Run(tpl.ID+"/"+ex.Name, func(t *testing.T) {
				var in struct {
					Event                         event.Event
					Message                       map[string]any
					Conversation, Contact, Ticket json.RawMessage
				}
				if err := json.Unmarshal(ex.Input, &in); err != nil {
					t.Fatal(err)
				}
				rep, err := dryrun.Play(t.Context(), dryrun.Order{Workflow: event.WorkflowRef{ID: "wf_1"}, Definition: parse(t, string(tpl.Definition)), RunID: "run_1", Now: now, Message: in.Message,
					Event: &event.Stored{Event: in.Event, Snapshot: event.Snapshot{Conversation: in.Conversation, Contact: in.Contact, Ticket: in.Ticket}}})
				if err != nil {
					t.Fatal(err)
				}
				if rep.Verdict.Matched != ex.Matches || ex.Matches && (rep.Status != "succeeded" || len(rep.Path) == 0) {
					t.Errorf("matched %v, %s %s, %s", rep.Verdict.Matched, rep.Status, rep.Reason, path(rep))
				}
			})
		}
	}
}

// TestHours asks for the desk's hours in a branch, which compiles to a task.
func TestHours(t *testing.T) {
	const source = `{"trigger":{"type":"message.received"},"nodes":[{"id":"open","type":"branch","params":{"cases":[{"id":"yes","when":{"field":"event.time","op":"within_hours"}}]}}],"edges":[{"from":"trigger","to":"open"}]}`
	for at, want := range map[time.Time]string{now: "open>yes", now.Add(12 * time.Hour): "open>otherwise"} {
		o := order(t, source, `[]`, "")
		o.Event.Time = at
		rep, err := dryrun.Play(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if path(rep) != want || rep.Path[0].Simulated != "" {
			t.Errorf("%s: %s %+v", at, path(rep), rep)
		}
	}
}
