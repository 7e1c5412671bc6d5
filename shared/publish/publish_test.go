package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/workflow"
)

// machines plays Step Functions: one machine per workflow, a version per publish.
type machines struct {
	made []engine.Publication
	fail error
}

func (m *machines) Publish(_ context.Context, p engine.Publication) (string, string, error) {
	if m.fail != nil {
		return "", "", m.fail
	}
	m.made = append(m.made, p)
	return "arn:m", fmt.Sprintf("arn:m:%d", len(m.made)), nil
}

const good = `{"trigger":{"type":"message.received"},"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["a < b & c"]}}],"edges":[{"from":"trigger","to":"tag"}]}`

type world struct {
	*testdesk.Desk
	sfn  *machines
	p    *publish.Publisher
	head workflow.Head
}

func open(tb testing.TB, definition string) *world {
	tb.Helper()
	d := testdesk.Open(tb)
	w := &world{Desk: d, sfn: &machines{}}
	w.p = &publish.Publisher{Store: d.Store, Engine: w.sfn, Now: d.Now, ActArn: "arn:act", ReachArn: "arn:reach", RoleArn: "arn:role"}
	var err error
	if w.head, err = d.CreateWorkflow(tb.Context(), workflow.Head{ID: d.NewID("wf_"), Name: "W", CreatedAt: d.Now()}, json.RawMessage(definition)); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w *world) order(activate bool) publish.Order {
	return publish.Order{WorkflowID: w.head.ID, Revision: w.head.DraftRevision, Note: "note", By: "anna@demo.test", Activate: activate}
}

func (w *world) route(tb testing.TB) workflow.Route {
	tb.Helper()
	list, err := w.Routes(tb.Context(), "message.received")
	if err != nil {
		tb.Fatal(err)
	}
	if len(list) == 0 {
		return workflow.Route{}
	}
	return list[0]
}

func TestPublish(t *testing.T) {
	w := open(t, good)
	v, head, err := w.p.Publish(t.Context(), w.order(true))
	if err != nil || v.N != 1 || v.VersionArn != "arn:m:1" || v.Note != "note" || v.PublishedBy != "anna@demo.test" || v.Status != workflow.Published || head.ActiveVersion != 1 || head.HasUnpublishedChanges() {
		t.Fatalf("%+v, %+v, %v", v, head, err)
	}
	if r := w.route(t); r.Version != 1 || r.VersionArn != "arn:m:1" || r.Enabled {
		t.Errorf("route %+v", r)
	}
	source, places, err := w.VersionASL(t.Context(), w.head.ID, 1)
	if err != nil || string(source) != string(w.sfn.made[0].Definition) || !strings.Contains(string(source), "a < b & c") || !strings.Contains(string(places), `"tag"`) {
		t.Errorf("%s\n%s\n%v", source, places, err)
	}
	// The same draft again is one more version, and its machine's text differs.
	again, head, err := w.p.Publish(t.Context(), w.order(false))
	if err != nil || again.N != 2 || head.ActiveVersion != 1 || string(w.sfn.made[0].Definition) == string(w.sfn.made[1].Definition) || w.sfn.made[1].MachineArn != "arn:m" {
		t.Errorf("%+v, %+v, %v", again, head, err)
	}
	if head, err = w.p.Activate(t.Context(), w.head.ID, 2); err != nil || head.ActiveVersion != 2 || w.route(t).VersionArn != "arn:m:2" {
		t.Errorf("%+v, %v", head, err)
	}
	if head, err = w.p.Activate(t.Context(), w.head.ID, 1); err != nil || head.ActiveVersion != 1 || w.route(t).VersionArn != "arn:m:1" {
		t.Errorf("back: %+v, %v", head, err)
	}
	if _, err = w.p.Activate(t.Context(), w.head.ID, 9); !fault.Is(err, fault.NotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
}

func TestRefused(t *testing.T) {
	w := open(t, good)
	o := w.order(true)
	o.Revision++
	if _, _, err := w.p.Publish(t.Context(), o); !fault.Is(err, fault.Stale) {
		t.Errorf("another revision: %v", err)
	}
	o.WorkflowID = "wf_none"
	if _, _, err := w.p.Publish(t.Context(), o); !fault.Is(err, fault.NotFound) {
		t.Errorf("no workflow: %v", err)
	}
	for _, c := range []struct{ name, definition, rule string }{
		{"a group that is not there", `{"trigger":{"type":"message.received"},"nodes":[{"id":"a","type":"conversation.assign","params":{"group":"nobody"}}],"edges":[{"from":"trigger","to":"a"}]}`, ""},
		{"AI is off", `{"trigger":{"type":"message.received"},"nodes":[{"id":"a","type":"ai.reply","params":{"instructions":"x"}}],"edges":[{"from":"trigger","to":"a"}]}`, "ai_disabled"},
		{"no definition", `{}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, c.definition)
			_, _, err := w.p.Publish(t.Context(), w.order(true))
			var r *publish.Rejected
			if !errors.As(err, &r) || !workflow.HasErrors(r.Problems) || !fault.Is(err, fault.Unprocessable) {
				t.Fatalf("%v", err)
			}
			if c.rule != "" && r.Problems[0].Rule != c.rule {
				t.Errorf("%+v", r.Problems)
			}
			if len(w.sfn.made) > 0 || w.route(t).Version != 0 {
				t.Error("something was published")
			}
			if list, err := w.Versions(t.Context(), w.head.ID); err != nil || len(list) != 0 {
				t.Errorf("versions %v, %v", list, err)
			}
		})
	}
}

func TestStepFunctionsFails(t *testing.T) {
	w := open(t, good)
	w.sfn.fail = fault.New(fault.Unavailable, "busy")
	if _, _, err := w.p.Publish(t.Context(), w.order(true)); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	if _, err := w.p.Activate(t.Context(), w.head.ID, 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("a version that broke off was activated: %v", err)
	}
	w.sfn.fail = nil
	if v, head, err := w.p.Publish(t.Context(), w.order(true)); err != nil || v.N != 2 || head.ActiveVersion != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// Wherever it breaks off, what events start is whole: no version or a published one; and
// publishing again works.
func TestBrokenOff(t *testing.T) {
	for n := 1; ; n++ {
		w := open(t, good)
		w.Fuse.Set(n)
		_, _, err := w.p.Publish(t.Context(), w.order(true))
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if died != (err != nil) {
			t.Fatalf("after call %d: %v", n, err)
		}
		if r := w.route(t); r.Version != 0 {
			if v, err := w.Version(t.Context(), w.head.ID, r.Version); err != nil || v.Status != workflow.Published || v.VersionArn != r.VersionArn {
				t.Fatalf("after call %d: route %+v of %+v, %v", n, r, v, err)
			}
		}
		v, head, err := w.p.Publish(t.Context(), w.order(true))
		if err != nil || head.ActiveVersion != v.N || w.route(t).Version != v.N {
			t.Fatalf("after call %d: %+v, %+v, %v", n, v, head, err)
		}
		if !died {
			return
		}
	}
}
