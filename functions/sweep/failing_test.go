package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

// History plays Step Functions: the failed step was the one named book.
func (w *world) History(context.Context, string, string, int, bool) ([]run.HistoryEvent, string, error) {
	return []run.HistoryEvent{{Type: "ExecutionFailed"}, {Type: "TaskFailed"}, {Type: "TaskStateEntered", State: "book.resume"}, {Type: "TaskStateEntered", State: "first"}}, "", nil
}

func (w *world) Remove(_ context.Context, workflowID string) error {
	w.unscheduled = append(w.unscheduled, workflowID)
	return nil
}

// flow is a published, enabled workflow whose failures the lead is told of.
type flow struct {
	*world
	t  *testing.T
	id string
	n  int
}

func newFlow(t *testing.T, trigger string, desk, own *failing.Settings) *flow {
	t.Helper()
	w := open(t)
	f := &flow{world: w, t: t, id: w.NewID("wf_")}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	def := json.RawMessage(fmt.Sprintf(`{"trigger":{"type":%q},"nodes":[],"edges":[]}`, trigger))
	_, err := w.CreateWorkflow(t.Context(), workflow.Head{ID: f.id, Name: "Book\n<appointments>"}, def)
	must(err)
	v, err := w.ReserveVersion(t.Context(), f.id, workflow.Version{PublishedBy: "ed@demo.test", PublishedAt: w.Now()}, def)
	must(err)
	_, err = w.FinishVersion(t.Context(), f.id, v.N, "arn:aws:states:us-east-1:1:stateMachine:x:1", []byte(`{}`), []byte(`{}`))
	must(err)
	_, err = w.Activate(t.Context(), f.id, v.N, workflow.Route{Trigger: json.RawMessage(fmt.Sprintf(`{"type":%q}`, trigger))})
	must(err)
	_, err = w.SetEnabled(t.Context(), f.id, true)
	must(err)
	settings, err := w.Store.Settings(t.Context())
	must(err)
	settings.Failures = desk
	must(w.PutSettings(t.Context(), settings))
	if own != nil {
		_, err = w.PatchWorkflow(t.Context(), f.id, workflow.Patch{Failures: &own})
		must(err)
	}
	w.Advance(time.Second)
	return f
}

// begins starts a run now.
func (f *flow) begins() run.Run {
	f.t.Helper()
	f.n++
	r := f.Started(f.t, run.Run{WorkflowID: f.id, WorkflowName: "Book", Version: 1})
	f.Advance(time.Second)
	return r
}

// ends tells what Step Functions says of a run, some times over: it ended before now.
func (f *flow) ends(r run.Run, status string, ago time.Duration, times int) {
	f.t.Helper()
	at := f.Now().Add(-ago)
	f.status[r.ID] = engine.Execution{Status: status, EndedAt: &at}
	if status == "FAILED" {
		f.status[r.ID] = engine.Execution{Status: status, EndedAt: &at, Error: "mail_refused", Cause: "no such mailbox <b>"}
	}
	raw := fmt.Appendf(nil, `{"executionArn":%q,"name":%q,"status":%q,"stopDate":%d}`, r.ExecutionArn, r.ID, status, at.UnixMilli())
	for range times {
		if err := f.recorder.Status(f.t.Context(), raw); err != nil {
			f.t.Fatal(err)
		}
	}
	f.Advance(time.Second)
}

// gives is one run that ends now.
func (f *flow) gives(status string) run.Run {
	f.t.Helper()
	r := f.begins()
	f.ends(r, status, 0, 1)
	return r
}

// mails sweeps, thrice, and demands the subjects of all notices so far.
func (f *flow) wantMails(want ...string) {
	f.t.Helper()
	for range 3 {
		f.tick(f.t, time.Minute)
	}
	var got []string
	for _, m := range f.mails.Sent {
		for line := range strings.SplitSeq(m.Raw, "\r\n") {
			if s, ok := strings.CutPrefix(line, "Subject: "); ok {
				got = append(got, strings.TrimSuffix(s, ": Book <appointments>"))
			}
		}
	}
	if g, w := strings.Join(got, ", "), strings.Join(want, ", "); g != w {
		f.t.Fatalf("notices: %s; want %s", g, w)
	}
}

func (f *flow) head() workflow.Head {
	f.t.Helper()
	h, err := f.Workflow(f.t.Context(), f.id)
	if err != nil {
		f.t.Fatal(err)
	}
	return h
}

var lead = &failing.Settings{Notify: &failing.Person{ManagerOf: "billing"}}

func after(n int) *failing.Settings {
	return &failing.Settings{Notify: &failing.Person{Group: "billing"}, SwitchOffAfter: n}
}

func TestNoticeOncePerEpisode(t *testing.T) {
	f := newFlow(t, "message.received", lead, nil)
	f.gives("SUCCEEDED")
	f.wantMails()
	bad := f.begins()
	f.ends(bad, "FAILED", 0, 3)
	f.wantMails("Failing")
	f.ends(bad, "FAILED", 0, 3)
	f.gives("FAILED")
	f.gives("FAILED")
	f.wantMails("Failing")
	f.gives("ABORTED") // by a person: neither ends the episode nor belongs to it
	f.gives("FAILED")
	f.wantMails("Failing")
	f.gives("SUCCEEDED")
	f.wantMails("Failing")
	f.gives("FAILED")
	f.wantMails("Failing", "Failing")
	m := f.mails.Sent[0]
	if strings.Join(m.To, " ") != "boss@demo.test" || m.From != "support@demo.test" || !strings.Contains(m.Raw, "Auto-Submitted: auto-generated") {
		t.Errorf("%+v", m)
	}
	plain := unfolded(m.Raw)
	for _, want := range []string{bad.ID, "version 1", `step "book"`, "mail_refused: no such mailbox <b>", "https://desk.test/runs/" + bad.ID, "To retry", "no such mailbox &lt;b&gt;"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the notice does not say %q:\n%s", want, plain)
		}
	}
}

// unfolded undoes quoted-printable.
func unfolded(raw string) string {
	return strings.ReplaceAll(strings.ReplaceAll(raw, "=\r\n", ""), "=3D", "=")
}

func TestNoticeWhateverTheOrder(t *testing.T) {
	t.Run("it succeeded since", func(t *testing.T) {
		f := newFlow(t, "message.received", lead, nil)
		bad, good := f.begins(), f.begins()
		f.ends(good, "SUCCEEDED", 0, 1)
		f.ends(bad, "FAILED", time.Minute, 2)
		f.wantMails()
	})
	t.Run("an older success comes late", func(t *testing.T) {
		f := newFlow(t, "message.received", lead, nil)
		good := f.begins()
		f.Advance(10 * time.Minute)
		f.gives("FAILED")
		f.wantMails("Failing")
		f.ends(good, "SUCCEEDED", 12*time.Minute, 2)
		f.gives("FAILED")
		f.wantMails("Failing")
	})
	t.Run("failures come late, and count", func(t *testing.T) {
		f := newFlow(t, "message.received", after(3), nil)
		a, b, c := f.begins(), f.begins(), f.begins()
		f.Advance(time.Hour)
		f.ends(c, "FAILED", 10*time.Minute, 2)
		f.ends(a, "FAILED", 30*time.Minute, 2)
		if !f.head().Enabled {
			t.Fatal("off after two runs")
		}
		f.ends(b, "FAILED", 20*time.Minute, 1)
		if f.head().Enabled {
			t.Fatal("on after three")
		}
		f.wantMails("Switched off")
	})
	t.Run("a run that was redriven", func(t *testing.T) {
		f := newFlow(t, "message.received", after(2), nil)
		bad := f.gives("FAILED")
		f.wantMails("Failing")
		f.status[bad.ID] = engine.Execution{Status: "RUNNING", RedriveCount: 1}
		if _, moved, err := f.MoveRun(t.Context(), run.Move{RunID: bad.ID, From: []run.Status{run.Failed}, To: run.Running, At: f.Now(), Redrive: 1}); err != nil || !moved {
			t.Fatal(moved, err)
		}
		f.gives("FAILED") // the first one is open: it is one in a row
		f.wantMails("Failing")
		if !f.head().Enabled {
			t.Error("off")
		}
	})
}

func TestSwitchOff(t *testing.T) {
	f := newFlow(t, "schedule", nil, after(3))
	f.gives("FAILED")
	f.gives("SUCCEEDED")
	old := f.begins()
	f.gives("FAILED")
	f.gives("FAILED")
	f.wantMails("Failing")
	if h := f.head(); !h.Enabled || len(f.unscheduled) != 0 {
		t.Fatalf("%+v, unscheduled %q", h, f.unscheduled)
	}
	last := f.begins()
	f.ends(last, "FAILED", 0, 3)
	h := f.head()
	if h.Enabled || h.DisabledBy != "system" || h.DisabledReason != "switched off by the system: 3 runs in a row failed, the last one with mail_refused" {
		t.Errorf("%+v", h)
	}
	routes, err := f.Routes(t.Context(), "schedule")
	if err != nil || len(routes) != 1 || routes[0].Enabled {
		t.Errorf("routes %+v, %v", routes, err)
	}
	f.wantMails("Failing", "Switched off")
	if m := f.mails.Sent[1]; strings.Join(m.To, " ") != "lead@demo.test dora@demo.test" || !strings.Contains(unfolded(m.Raw), last.ID) || !strings.Contains(unfolded(m.Raw), "/workflows/"+f.id) {
		t.Errorf("%+v", m)
	}
	if len(f.unscheduled) == 0 || f.unscheduled[0] != f.id {
		t.Errorf("unscheduled %q", f.unscheduled)
	}
	entries, _, err := f.Audit(t.Context(), audit.Filter{Kind: "workflow", ID: f.id}, store.Page{})
	if err != nil || len(entries) != 1 || entries[0].Who != "system" || entries[0].Action != "workflow.switch_off" || entries[0].Summary != h.DisabledReason {
		t.Errorf("audit %+v, %v", entries, err)
	}
	f.wantMails("Failing", "Switched off")

	// Enabled again, it starts afresh: neither what failed before counts, nor a run that
	// had begun before.
	if h, err = f.SetEnabled(t.Context(), f.id, true); err != nil || h.DisabledBy != "" || h.DisabledReason != "" {
		t.Fatalf("%+v, %v", h, err)
	}
	f.Advance(time.Second)
	f.ends(old, "FAILED", 0, 1)
	f.gives("FAILED")
	f.gives("FAILED")
	f.wantMails("Failing", "Switched off", "Failing")
	if !f.head().Enabled {
		t.Error("off after two")
	}
	f.gives("FAILED")
	f.wantMails("Failing", "Switched off", "Failing", "Switched off")
}

func TestSwitchOffAtOnce(t *testing.T) {
	f := newFlow(t, "message.received", after(1), nil)
	f.gives("FAILED")
	f.wantMails("Switched off") // says both
	f.gives("FAILED")
	f.wantMails("Switched off")
}

func TestWhoIsTold(t *testing.T) {
	for _, c := range []struct {
		name      string
		desk, own *failing.Settings
		want      []string
	}{
		{"nobody", nil, nil, nil},
		{"of the desk", lead, nil, []string{"Failing"}},
		{"not of this workflow", lead, &failing.Settings{}, nil},
		{"of this workflow", nil, lead, []string{"Failing"}},
		{"switched off in silence", &failing.Settings{SwitchOffAfter: 1}, nil, nil},
		{"a group that is not there", &failing.Settings{Notify: &failing.Person{Group: "nobody"}}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFlow(t, "message.received", c.desk, c.own)
			f.gives("FAILED")
			f.wantMails(c.want...)
		})
	}
}

func TestNoticeThatCannotBeSent(t *testing.T) {
	f := newFlow(t, "message.received", lead, nil)
	f.mails.Fail = func(string) error { return fault.New(fault.Unavailable, "busy") }
	f.gives("FAILED")
	f.wantMails()
	f.mails.Fail = nil
	f.Advance(5 * time.Minute)
	f.wantMails("Failing")
	f.gives("SUCCEEDED")
	f.mails.Fail = func(string) error { return fault.Named(fault.Unprocessable, "mail_refused", "no") }
	f.gives("FAILED")
	f.wantMails("Failing")
	f.mails.Fail = nil
	f.Advance(time.Hour)
	f.wantMails("Failing") // a refusal for good is not tried for ever
}

// A sweep that dies anywhere loses no notice, and at most one leaves twice: its sender
// did not live to note it.
func TestNoticeThroughCrashes(t *testing.T) {
	for n := 1; ; n++ {
		f := newFlow(t, "message.received", after(1), nil)
		f.mails.Fuse = f.Fuse
		f.gives("FAILED")
		f.Advance(time.Minute)
		f.Fuse.Set(n)
		_, _ = f.sweep(t.Context())
		blown := f.Fuse.Blown()
		f.Fuse.Set(0)
		for range 8 {
			f.tick(t, time.Minute)
		}
		if got := len(f.mails.Sent); got < 1 || got > 2 || !blown && got != 1 {
			t.Errorf("dead after %d calls: %d notices", n, got)
		}
		if !blown {
			t.Logf("%d calls of one sweep", n-1)
			return
		}
	}
}
