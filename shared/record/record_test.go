package record_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
)

// executions plays DescribeExecution.
type executions struct {
	now   engine.Execution
	err   error
	asked []string
}

func (e *executions) Describe(_ context.Context, arn string) (engine.Execution, error) {
	e.asked = append(e.asked, arn)
	return e.now, e.err
}

type world struct {
	*testdesk.Desk
	sfn *executions
	rec *record.Recorder
	run run.Run
}

func open(tb testing.TB) *world {
	d := testdesk.Open(tb)
	w := &world{Desk: d, sfn: &executions{}}
	w.rec = &record.Recorder{Store: d.Store, Engine: w.sfn, NewID: d.NewID, Now: d.Now}
	w.run = d.Started(tb, run.Run{})
	return w
}

var ends = map[string]bool{"SUCCEEDED": true, "FAILED": true, "TIMED_OUT": true, "ABORTED": true}

// is makes the execution what it says, as in "FAILED 1": after one redrive.
func (w *world) is(state string) {
	status, redrives, _ := strings.Cut(state, " ")
	x := engine.Execution{Status: status, StartedAt: testdesk.Start}
	if redrives != "" {
		_, _ = fmt.Sscan(redrives, &x.RedriveCount)
	}
	if ends[status] {
		at := w.Now()
		x.EndedAt = &at
	}
	if status == "FAILED" {
		x.Error, x.Cause = "mail_refused", `{"errorMessage":"no such address","errorType":"mail_refused"}`
	}
	w.sfn.now = x
}

// hears takes in a status event; one that EventBridge delivers says neither how often
// the execution was redriven nor, for long causes, why it failed.
func (w *world) hears(tb testing.TB, status string) {
	tb.Helper()
	d := map[string]any{"executionArn": w.run.ExecutionArn, "name": w.run.ID, "status": status}
	if ends[status] {
		d["stopDate"] = w.Now().UnixMilli()
	}
	data, err := json.Marshal(d)
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.rec.Status(tb.Context(), data); err != nil {
		tb.Fatal(err)
	}
}

func (w *world) now(tb testing.TB) run.Run {
	tb.Helper()
	r, err := w.Run(tb.Context(), w.run.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func (w *world) count(tb testing.TB, typ string) int {
	tb.Helper()
	list, _, err := w.Events(tb.Context(), event.Filter{Type: typ}, desk.Page{Limit: 100})
	if err != nil {
		tb.Fatal(err)
	}
	return len(list)
}

// Each story is a list of "is X" (how the execution stands from then on), "hears X" (an
// event that arrives) and "repair" (the sweep looks).
func TestStories(t *testing.T) {
	for _, c := range []struct {
		name   string
		story  []string
		status run.Status
		events string // succeeded, failed, stopped
	}{
		{"as it should be", []string{"is RUNNING", "hears RUNNING", "is SUCCEEDED", "hears SUCCEEDED"}, run.Succeeded, "1 0 0"},
		{"each twice", []string{"is RUNNING", "hears RUNNING", "hears RUNNING", "is FAILED", "hears FAILED", "hears FAILED"}, run.Failed, "0 1 0"},
		{"started after it ended", []string{"is SUCCEEDED", "hears SUCCEEDED", "hears RUNNING"}, run.Succeeded, "1 0 0"},
		{"failed, then an old start", []string{"is FAILED", "hears FAILED", "hears RUNNING"}, run.Failed, "0 1 0"},
		{"the end is lost", []string{"is RUNNING", "hears RUNNING", "is SUCCEEDED", "repair"}, run.Succeeded, "1 0 0"},
		{"still open", []string{"is RUNNING", "repair"}, run.Running, "0 0 0"},
		{"timed out whole", []string{"is TIMED_OUT", "hears TIMED_OUT"}, run.Failed, "0 1 0"},
		{"stopped", []string{"is ABORTED", "hears ABORTED"}, run.Stopped, "0 0 1"},
		{"redriven", []string{"is FAILED", "hears FAILED", "is RUNNING 1", "hears RUNNING", "is SUCCEEDED 1", "hears SUCCEEDED"}, run.Succeeded, "1 1 0"},
		{"redriven, and failed again", []string{"is FAILED", "hears FAILED", "is RUNNING 1", "hears RUNNING", "is FAILED 1", "hears FAILED", "hears FAILED"}, run.Failed, "0 2 0"},
		{"redriven, and the restart is lost", []string{"is FAILED", "hears FAILED", "is SUCCEEDED 1", "hears SUCCEEDED"}, run.Succeeded, "1 1 0"},
		{"redriven, and the first failure comes late", []string{"is RUNNING 1", "hears RUNNING", "hears FAILED", "is SUCCEEDED 1", "hears SUCCEEDED"}, run.Succeeded, "1 0 0"},
		{"redriven, and only the last failure comes, twice", []string{"is FAILED 1", "hears FAILED", "hears FAILED"}, run.Failed, "0 1 0"},
		{"redriven twice, the middle lost", []string{"is FAILED", "hears FAILED", "is RUNNING 2", "hears RUNNING"}, run.Running, "0 1 0"},
		{"stopped, redriven, the first end again", []string{"is ABORTED", "hears ABORTED", "is RUNNING 1", "hears RUNNING", "hears ABORTED"}, run.Running, "0 0 1"},
		{"gone", []string{"gone", "repair"}, run.Failed, "0 1 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			for _, line := range c.story {
				verb, what, _ := strings.Cut(line, " ")
				w.Advance(time.Second)
				switch verb {
				case "is":
					w.is(what)
				case "hears":
					w.hears(t, what)
				case "gone":
					w.sfn.err = fault.New(fault.NotFound, "gone")
				case "repair":
					still, err := w.rec.Repair(t.Context(), w.now(t))
					if err != nil || still != !c.status.Ended() {
						t.Fatalf("repair: open %v, %v", still, err)
					}
				}
			}
			r := w.now(t)
			if r.Status != c.status {
				t.Errorf("it is %s, want %s", r.Status, c.status)
			}
			if got := fmt.Sprint(w.count(t, event.RunSucceeded), w.count(t, event.RunFailed), w.count(t, event.RunStopped)); got != c.events {
				t.Errorf("events %s, want %s", got, c.events)
			}
			if r.Status == run.Failed && r.Reason == "" {
				t.Error("it does not say why")
			}
			counters, err := w.WorkflowCounters(t.Context(), "wf_1")
			if err != nil {
				t.Fatal(err)
			}
			s := counters.Stats(w.Now())
			if n := s.Running + s.Succeeded + s.Failed + s.Stopped; n != 1 {
				t.Errorf("one run counts as %+v", s)
			}
		})
	}
}

func TestWhy(t *testing.T) {
	w := open(t)
	w.is("FAILED")
	w.hears(t, "FAILED")
	if r := w.now(t); r.Error != "mail_refused" || r.Reason != "no such address" || r.Ended != "" {
		t.Errorf("%+v", r)
	}
	w = open(t)
	w.is("FAILED")
	w.sfn.now.Error, w.sfn.now.Cause = "ended", "not for us"
	w.hears(t, "FAILED")
	if r := w.now(t); r.Ended == "" || r.Reason != "not for us" {
		t.Errorf("%+v", r)
	}
}

func TestNotOurs(t *testing.T) {
	w := open(t)
	if err := w.rec.Status(t.Context(), []byte(`{"name":"somebody-elses","status":"SUCCEEDED","stopDate":1}`)); err != nil {
		t.Error(err)
	}
	if err := w.rec.Status(t.Context(), []byte(`{"name":7}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	w.sfn.err = fault.New(fault.Unavailable, "busy")
	data := fmt.Appendf(nil, `{"name":%q,"status":"FAILED","stopDate":1}`, w.run.ID)
	if err := w.rec.Status(t.Context(), data); !fault.Is(err, fault.Unavailable) || w.now(t).Status != run.Running {
		t.Errorf("%v, and the run is %s", err, w.now(t).Status)
	}
}

// What a run asks for and waits for ends with it, also when the function dies at any
// call of that and is called again.
func TestEndTakesAllWithIt(t *testing.T) {
	for n := 0; ; n++ {
		w := open(t)
		_, conv, _ := w.Talk(t, false)
		req := approval.Request{ID: w.NewID("apr_"), RunID: w.run.ID, Node: "ok", Status: approval.Pending, Approvers: []string{"lead@demo.test"}, Quorum: 1,
			ExpiresAt: w.Now().Add(time.Hour), Votes: []approval.Vote{}}
		if _, _, err := w.CreateApproval(t.Context(), req, nil, "token"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.PutWait(t.Context(), run.Wait{RunID: w.run.ID, Node: "pause", Token: "t", Until: w.Now(), Entities: []string{conv.ID}}); err != nil {
			t.Fatal(err)
		}
		w.is("ABORTED")
		if n > 0 {
			w.Fuse.Set(n)
			_ = w.rec.Status(t.Context(), fmt.Appendf(nil, `{"name":%q,"status":"ABORTED","stopDate":1}`, w.run.ID))
		}
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		w.hears(t, "ABORTED")
		got, err := w.Approval(t.Context(), req.ID)
		if err != nil || got.Status != approval.Withdrawn {
			t.Errorf("after call %d: the request is %s, %v", n, got.Status, err)
		}
		waits, err := w.WaitsOn(t.Context(), conv.ID)
		if err != nil || len(waits) != 0 {
			t.Errorf("after call %d: waits %+v, %v", n, waits, err)
		}
		if w.count(t, event.RunStopped) != 1 {
			t.Errorf("after call %d: %d events", n, w.count(t, event.RunStopped))
		}
		if n > 0 && !died {
			return
		}
	}
}

func TestRepairWithoutArn(t *testing.T) {
	w := open(t)
	w.is("SUCCEEDED")
	r := w.now(t)
	arn := r.ExecutionArn
	r.ExecutionArn = ""
	if _, err := w.rec.Repair(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(w.sfn.asked) != 1 || w.sfn.asked[0] != arn {
		t.Errorf("asked for %v, want %s", w.sfn.asked, arn)
	}
}

// TestUnnotedStart: whoever started the execution died before it noted its ARN.
func TestUnnotedStart(t *testing.T) {
	for _, status := range []string{"RUNNING", "SUCCEEDED", "FAILED", "ABORTED"} {
		t.Run(status, func(t *testing.T) {
			w := open(t)
			w.run = w.Starting(t, run.Run{})
			w.run.ExecutionArn = run.ExecutionArn(w.run.VersionArn, w.run.ID)
			w.is(status)
			w.hears(t, status)
			if got := w.now(t).ExecutionArn; got != w.run.ExecutionArn {
				t.Errorf("%q, want %q", got, w.run.ExecutionArn)
			}
		})
	}
}
