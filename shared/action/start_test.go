package action_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

// executions are those that were started, by run id.
type executions struct {
	mu      sync.Mutex
	started map[string]json.RawMessage
	fail    error
}

func (e *executions) Start(_ context.Context, versionArn, runID string, input []byte) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail != nil {
		return "", e.fail
	}
	e.started[runID] = input
	return versionArn + ":" + runID, nil
}

// launching lets the world start workflows.
func (w *world) launching() *executions {
	e := &executions{started: map[string]json.RawMessage{}}
	w.desk.Launcher = &launch.Launcher{Store: w.Store, Engine: e, NewID: w.NewID, Now: w.Now}
	return e
}

// target makes a workflow with one published version.
func (w *world) target(tb testing.TB, trigger string, enabled bool) string {
	tb.Helper()
	def := json.RawMessage(fmt.Sprintf(`{"trigger":%s,"nodes":[],"edges":[]}`, trigger))
	var tr workflow.Trigger
	if err := json.Unmarshal([]byte(trigger), &tr); err != nil {
		tb.Fatal(err)
	}
	ctx := context.Background()
	h, err := w.CreateWorkflow(ctx, workflow.Head{ID: w.NewID(id.Workflow), Name: "Target", TriggerType: tr.Type}, def)
	if err == nil {
		_, err = w.ReserveVersion(ctx, h.ID, workflow.Version{TriggerType: tr.Type}, def)
	}
	if err == nil {
		_, err = w.FinishVersion(ctx, h.ID, 1, "arn:aws:states:us-east-1:1:stateMachine:x:1", []byte("{}"), []byte("{}"))
	}
	if err == nil {
		h, err = w.Activate(ctx, h.ID, 1, workflow.Route{WorkflowID: h.ID, Name: h.Name, Enabled: enabled, Version: 1, VersionArn: "arn:aws:states:us-east-1:1:stateMachine:x:1", Trigger: json.RawMessage(trigger)})
	}
	if err == nil {
		_, err = w.SetEnabled(ctx, h.ID, enabled)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return h.ID
}

func (w *world) starting(target string) *action.Request {
	return w.request("workflow.start", fmt.Sprintf(`{"workflow":%q,"detail":{"order":"A-1"}}`, target))
}

func TestStartOnce(t *testing.T) {
	for n := 0; n <= 40; n++ { // dies after its n-th call; 0 never
		w := open(t, false)
		e := w.launching()
		target := w.target(t, `{"type":"message.received"}`, true)
		w.refs.Depth = 1
		w.Fuse.Set(n)
		_, err := w.do(t, w.starting(target))
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if (err != nil) != died {
			t.Fatalf("call %d: died %v, error %v", n, died, err)
		}
		first := w.must(t, w.starting(target))
		again := w.starting(target)
		again.Redrive = 1
		same(t, "redriven", first, w.must(t, again))
		runID, _ := first["runId"].(string)
		runs, _, err := w.Runs(t.Context(), store.RunFilter{Workflow: target}, desk.Page{})
		if err != nil || len(runs) != 1 || len(e.started) != 1 || runs[0].ID != runID {
			t.Fatalf("after call %d: %d runs, %d executions, %v, %v", n, len(runs), len(e.started), first, err)
		}
		if r := runs[0]; r.Status != run.Running || r.Depth != 2 || r.ConversationID != w.refs.Conversation || r.Trigger.Type != event.Manual {
			t.Errorf("run %+v", r)
		}
		ev, err := w.Event(t.Context(), first["eventId"].(string))
		if err != nil || !ev.Dispatched || len(ev.Matches) != 1 || ev.Matches[0].RunID != runID {
			t.Fatalf("event %+v, %v", ev, err)
		}
		same(t, "cause", &event.Cause{RunID: w.run.ID, Depth: 2}, ev.CausedBy)
		var in struct {
			Event   struct{ CausedBy event.Cause }
			Message struct{ Text string }
			Contact struct{ Email string }
			Detail  struct{ Order string }
		}
		if err := json.Unmarshal(e.started[runID], &in); err != nil || in.Message.Text != "I want a refund." || in.Contact.Email != "anna@example.com" || in.Detail.Order != "A-1" || in.Event.CausedBy.Depth != 2 {
			t.Errorf("input %s, %v", e.started[runID], err)
		}
		same(t, "timeline", []string{"started workflow Target"}, w.lines(t))
		if n > 0 && !died {
			if n < 8 {
				t.Errorf("only %d calls", n)
			}
			return
		}
	}
	t.Error("it always dies")
}

func TestStartRefused(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(w *world) string
		want    string
	}{
		"unknown":     {func(w *world) string { return "wf_none" }, "workflow_not_startable"},
		"disabled":    {func(w *world) string { return w.target(t, `{"type":"manual"}`, false) }, "workflow_not_startable"},
		"unpublished": {func(w *world) string { return w.draft(t) }, "workflow_not_startable"},
		"archived": {func(w *world) string {
			target := w.target(t, `{"type":"manual"}`, true)
			if err := w.Archive(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			return target
		}, "workflow_not_startable"},
		"conditions": {func(w *world) string {
			return w.target(t, `{"type":"manual","conditions":{"field":"contact.name","op":"is","value":"Bert"}}`, true)
		}, "workflow_not_startable"},
		"no ticket":  {func(w *world) string { return w.target(t, `{"type":"ticket.created"}`, true) }, "workflow_not_startable"},
		"automation": {func(w *world) string { w.halt(t); return w.target(t, `{"type":"manual"}`, true) }, "workflow_not_startable"},
		"too deep": {func(w *world) string {
			w.refs.Depth = match.MaxDepth
			return w.target(t, `{"type":"manual"}`, true)
		}, "depth"},
		"Step Functions is busy": {func(w *world) string { return w.target(t, `{"type":"manual"}`, true) }, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, false)
			e := w.launching()
			if c.want == "unavailable" {
				e.fail = fault.New(fault.Unavailable, "busy")
			}
			target := c.prepare(w)
			_, err := w.do(t, w.starting(target))
			wantName(t, err, c.want)
			if len(e.started) != 0 {
				t.Error("it was started")
			}
			if c.want == "unavailable" {
				e.fail = nil
				w.must(t, w.starting(target))
				if runs, _, _ := w.Runs(t.Context(), store.RunFilter{Workflow: target}, desk.Page{}); len(runs) != 1 || len(e.started) != 1 {
					t.Errorf("%d runs, %d executions", len(runs), len(e.started))
				}
				return
			}
			if n := w.events(t, event.Manual); n != 0 {
				t.Errorf("%d events", n)
			}
		})
	}
	w := open(t, false)
	w.launching()
	w.refs.Depth = match.MaxDepth - 1
	w.must(t, w.starting(w.target(t, `{"type":"manual"}`, true)))
}

func (w *world) draft(tb testing.TB) string {
	tb.Helper()
	h, err := w.CreateWorkflow(context.Background(), workflow.Head{ID: w.NewID(id.Workflow), Name: "Draft"}, json.RawMessage(`{}`))
	if err != nil {
		tb.Fatal(err)
	}
	return h.ID
}

func (w *world) halt(tb testing.TB) {
	tb.Helper()
	set := desk.DefaultSettings()
	set.Automation = "off"
	if err := w.PutSettings(context.Background(), set); err != nil {
		tb.Fatal(err)
	}
}
