package launch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// machine plays StartExecution: one execution per name.
type machine struct {
	mu      sync.Mutex
	started map[string]string
	fail    error
	calls   int
}

func (m *machine) Start(_ context.Context, versionArn, runID string, input []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.fail != nil {
		return "", m.fail
	}
	if was, ok := m.started[runID]; ok && was != string(input) {
		return "", errors.New("the same name with another input")
	}
	m.started[runID] = string(input)
	return "arn:" + runID, nil
}

type world struct {
	*testdesk.Desk
	sfn *machine
	l   *launch.Launcher
	e   *event.Stored
}

var route = workflow.Route{WorkflowID: "wf_1", Name: "Refunds", Version: 4, VersionArn: "arn:v4", Enabled: true}

func open(tb testing.TB) *world {
	d := testdesk.Open(tb)
	w := &world{Desk: d, sfn: &machine{started: map[string]string{}}}
	w.l = &launch.Launcher{Store: d.Store, Engine: w.sfn, NewID: d.NewID, Now: d.Now}
	w.e = &event.Stored{Source: event.Source, Event: event.Event{ID: d.NewID("evt_"), Type: event.MessageReceived, Time: d.Now(),
		CausedBy: &event.Cause{RunID: "run_0", Depth: 2}, Subject: event.Subject{ConversationID: "conv_1", ContactID: "con_1", TicketID: "tkt_1"}}}
	return w
}

func (w *world) launch(tb testing.TB) (run.Run, bool, error) {
	return w.l.Launch(tb.Context(), w.e, map[string]any{"id": "msg_1", "text": "<b> & \u2028"}, route, "")
}

func TestLaunch(t *testing.T) {
	w := open(t)
	r, existed, err := w.launch(t)
	if err != nil || existed {
		t.Fatal(existed, err)
	}
	if r.Status != run.Running || r.ExecutionArn != "arn:"+r.ID || r.Version != 4 || r.Depth != 2 || r.ConversationID != "conv_1" || r.TicketID != "tkt_1" || r.Trigger.EventID != w.e.ID {
		t.Errorf("%+v", r)
	}
	var in event.Input
	if err := json.Unmarshal([]byte(w.sfn.started[r.ID]), &in); err != nil || in.Run.ID != r.ID || in.V != 1 || in.Message["text"] != "<b> & \u2028" {
		t.Errorf("input %s, %v", w.sfn.started[r.ID], err)
	}
	again, existed, err := w.launch(t)
	if err != nil || !existed || again.ID != r.ID || w.sfn.calls != 1 {
		t.Errorf("a second launch: %s, %v, %v, %d calls", again.ID, existed, err, w.sfn.calls)
	}
}

// Wherever the process dies, launching again ends in one run and one execution, under
// the id and with the input that were recorded.
func TestLaunchOnce(t *testing.T) {
	for n := 1; ; n++ {
		w := open(t)
		w.Fuse.Set(n)
		_, _, err := w.launch(t)
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if died != (err != nil) {
			t.Fatalf("after call %d: %v", n, err)
		}
		r, _, err := w.launch(t)
		if err != nil || r.Status != run.Running || len(w.sfn.started) != 1 || w.sfn.started[r.ID] == "" {
			t.Fatalf("after call %d: %+v, %v, started %v", n, r, err, w.sfn.started)
		}
		c, err := w.WorkflowCounters(t.Context(), "wf_1")
		if err != nil || c.Running != 1 {
			t.Fatalf("after call %d: %d runs are counted, %v", n, c.Running, err)
		}
		if !died {
			return
		}
	}
}

func TestLaunchAtOnce(t *testing.T) {
	w := open(t)
	var wg sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = w.launch(t) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil || len(w.sfn.started) != 1 {
		t.Errorf("%d executions, %v", len(w.sfn.started), err)
	}
}

func TestStartThatFails(t *testing.T) {
	for _, c := range []struct {
		err    error
		status run.Status
		code   fault.Code
	}{
		{fault.New(fault.NotFound, "the version is gone"), run.Failed, ""},
		{fault.New(fault.Unprocessable, "too large"), run.Failed, ""},
		{fault.New(fault.Unavailable, "busy"), run.Starting, fault.Unavailable},
		{fmt.Errorf("denied"), run.Starting, fault.Internal},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			w := open(t)
			w.sfn.fail = c.err
			r, _, err := w.launch(t)
			if fault.CodeOf(err) != c.code {
				t.Fatalf("%v", err)
			}
			stored, err := w.Run(t.Context(), r.ID)
			if err != nil || stored.Status != c.status {
				t.Fatalf("%s, %v", stored.Status, err)
			}
			if c.status == run.Failed {
				if stored.Error != "start_failed" || stored.Reason != c.err.Error() {
					t.Errorf("%+v", stored)
				}
				return
			}
			w.sfn.fail = nil
			done, err := w.l.Finish(t.Context(), stored)
			if err != nil || done.Status != run.Running {
				t.Errorf("finished: %s, %v", done.Status, err)
			}
		})
	}
}

// A run that its own first step has moved on already keeps its status.
func TestFinishLate(t *testing.T) {
	w := open(t)
	w.sfn.fail = errors.New("the answer is lost")
	r, _, _ := w.launch(t)
	w.sfn.fail = nil
	if _, _, err := w.MoveRun(t.Context(), run.Move{RunID: r.ID, From: []run.Status{run.Starting}, To: run.Waiting, At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	done, err := w.l.Finish(t.Context(), r)
	if err != nil || done.Status != run.Waiting || done.ExecutionArn == "" {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestFinishWithoutInput(t *testing.T) {
	w := open(t)
	w.l.Store = forgetful{w.Store}
	w.sfn.fail = errors.New("x")
	r, _, _ := w.launch(t)
	w.sfn.fail = nil
	done, err := w.l.Finish(t.Context(), r)
	if err != nil || done.Status != run.Failed || done.Reason == "" {
		t.Errorf("%+v, %v", done, err)
	}
}

type forgetful struct{ launch.Store }

func (forgetful) RunInput(context.Context, string) ([]byte, error) {
	return nil, fault.New(fault.NotFound, "gone")
}
