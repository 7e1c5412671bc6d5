package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
)

// world is a desk with a sweeper, and the services that it can lose things to.
type world struct {
	*testdesk.Desk
	*sweeper
	mails     *testdesk.Mails
	answers   *testdesk.Answers
	published []string // ids of events
	refuse    func(id string) bool
	starts    []string
	startFail error
	status    map[string]engine.Execution // by run

	unscheduled []string // workflows
}

func (w *world) Start(_ context.Context, _, runID string, _ []byte) (string, error) {
	if w.startFail != nil {
		return "", w.startFail
	}
	w.starts = append(w.starts, runID)
	return "arn:aws:states:us-east-1:123456789012:execution:deskhand-wf-wf_1:" + runID, nil
}

func (w *world) Describe(_ context.Context, arn string) (engine.Execution, error) {
	id := arn[strings.LastIndex(arn, ":")+1:]
	x, ok := w.status[id]
	if !ok {
		return x, fault.New(fault.Unavailable, "busy")
	}
	return x, nil
}

func open(tb testing.TB) *world {
	d := testdesk.Open(tb)
	w := &world{Desk: d, mails: &testdesk.Mails{}, answers: &testdesk.Answers{}, status: map[string]engine.Execution{}}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var in struct{ Entries []struct{ Detail string } }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			tb.Error(err)
		}
		out := struct {
			FailedEntryCount int
			Entries          []map[string]string
		}{}
		for _, e := range in.Entries {
			var env event.Event
			if err := json.Unmarshal([]byte(e.Detail), &env); err != nil {
				tb.Error(err)
			}
			if w.refuse != nil && w.refuse(env.ID) {
				out.FailedEntryCount++
				out.Entries = append(out.Entries, map[string]string{"ErrorCode": "InternalFailure", "ErrorMessage": "no"})
				continue
			}
			w.published = append(w.published, env.ID)
			out.Entries = append(out.Entries, map[string]string{"EventId": "x"})
		}
		rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(rw).Encode(out)
	}))
	tb.Cleanup(server.Close)
	client := eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	w.sweeper = &sweeper{store: d.Store, engine: w, schedules: w, now: d.Now, publicURL: "https://desk.test", bus: &bus.Bus{Client: client, Name: "desk"},
		launcher:  &launch.Launcher{Store: d.Store, Engine: w, NewID: d.NewID, Now: d.Now},
		recorder:  &record.Recorder{Store: d.Store, Engine: w, NewID: d.NewID, Now: d.Now},
		approvals: &approval.Service{Store: d.Store, Answer: w.answers, Gone: testdesk.ErrGone, NewID: d.NewID, Now: d.Now},
		mailer:    w.mails}
	w.desk = &action.Desk{Store: d.Store, Mailer: w.mails, Answerer: w.answers, Gone: testdesk.ErrGone, NewID: d.NewID, Now: d.Now, PublicURL: w.publicURL}
	return w
}

// tick advances the clock and sweeps.
func (w *world) tick(tb testing.TB, by time.Duration) tally {
	tb.Helper()
	w.Advance(by)
	t, err := w.sweep(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func (w *world) wants(tb testing.TB, by time.Duration, want tally) {
	tb.Helper()
	if d := cmp.Diff(want, w.tick(tb, by)); d != "" {
		tb.Fatalf("tick after %s (-want +got):\n%s", by, d)
	}
}

func (w *world) event(tb testing.TB) string {
	tb.Helper()
	e := event.Event{ID: w.NewID("evt_"), Type: "order.paid", Time: w.Now()}
	if err := w.PutEvents(tb.Context(), e); err != nil {
		tb.Fatal(err)
	}
	return e.ID
}

func TestUndispatchedEvent(t *testing.T) {
	w := open(t)
	id := w.event(t)
	w.wants(t, time.Minute, tally{})
	w.wants(t, 2*time.Minute, tally{Looked: 1, Published: 1})
	w.wants(t, time.Minute, tally{})
	w.wants(t, 5*time.Minute, tally{Looked: 1, Published: 1})
	if d := cmp.Diff([]string{id, id}, w.published); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
	if err := w.RecordMatches(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	w.wants(t, 48*time.Hour, tally{})
}

// An event that is never dispatched comes ever less often: not 8,640 times in 30 days.
func TestUndispatchedForEver(t *testing.T) {
	w := open(t)
	w.event(t)
	for range 30 * 24 {
		w.tick(t, time.Hour)
	}
	if n := len(w.published); n < 20 || n > 50 {
		t.Errorf("published %d times", n)
	}
}

// Things that keep failing do not keep the others waiting, though they are more than
// one tick looks at and due for longer.
func TestFailuresMakeRoom(t *testing.T) {
	w := open(t)
	bad := map[string]bool{}
	for range perTick {
		bad[w.event(t)] = true
	}
	w.refuse = func(id string) bool { return bad[id] }
	w.Advance(time.Second)
	good := w.event(t)
	w.wants(t, 3*time.Minute, tally{Looked: perTick, Failed: perTick})
	w.wants(t, time.Minute, tally{Looked: 1, Published: 1})
	if d := cmp.Diff([]string{good}, w.published); d != "" {
		t.Errorf("published (-want +got):\n%s", d)
	}
	w.refuse = nil
	w.wants(t, 5*time.Minute, tally{Looked: perTick, Published: perTick})
}

func (w *world) newRun(tb testing.TB) run.Run {
	tb.Helper()
	r := run.Run{ID: w.NewID("run_"), WorkflowID: "wf_1", WorkflowName: "W", Version: 1, StartedAt: w.Now(), VersionArn: "arn:aws:states:us-east-1:123456789012:stateMachine:deskhand-wf-wf_1:1",
		Trigger: run.Trigger{EventID: w.NewID("evt_"), Type: "order.paid"}}
	if _, err := w.StartRun(tb.Context(), r, []byte(`{}`)); err != nil {
		tb.Fatal(err)
	}
	return r
}

func (w *world) is(tb testing.TB, id string, want run.Status) {
	tb.Helper()
	r, err := w.Run(tb.Context(), id)
	if err != nil || r.Status != want {
		tb.Fatalf("the run is %s (%v), want %s", r.Status, err, want)
	}
}

func TestRunThatNeverStarted(t *testing.T) {
	w := open(t)
	r := w.newRun(t)
	w.startFail = fault.New(fault.Unavailable, "busy")
	w.wants(t, 61*time.Second, tally{Looked: 1, Started: 1, Failed: 1})
	w.is(t, r.ID, run.Starting)
	w.startFail = nil
	w.wants(t, time.Minute, tally{})
	w.wants(t, 5*time.Minute, tally{Looked: 1, Started: 1})
	w.is(t, r.ID, run.Running)
	gone := w.newRun(t)
	w.startFail = fault.New(fault.NotFound, "the version is gone")
	w.tick(t, 61*time.Second)
	w.is(t, gone.ID, run.Failed)
}

// Whoever started the run died before that was noted, and its first step waits already.
func TestRunThatWasNotNoted(t *testing.T) {
	w := open(t)
	r := w.newRun(t)
	until := w.Now().Add(time.Hour)
	if _, _, err := w.MoveRun(t.Context(), run.Move{RunID: r.ID, From: []run.Status{run.Starting}, To: run.Paused, At: w.Now(), PausedUntil: &until}); err != nil {
		t.Fatal(err)
	}
	w.status[r.ID] = engine.Execution{Status: "RUNNING"}
	w.wants(t, 63*time.Minute, tally{Looked: 1}) // it is known where it runs: nothing is started again
	w.is(t, r.ID, run.Paused)
	if got, err := w.Run(t.Context(), r.ID); err != nil || got.ExecutionArn == "" {
		t.Errorf("%+v, %v", got, err)
	}
	w.wants(t, time.Minute, tally{})
}

func TestOpenRun(t *testing.T) {
	w := open(t)
	r := w.Started(t, run.Run{})
	w.wants(t, 3*time.Minute, tally{Looked: 1, Failed: 1}) // Step Functions is busy
	w.status[r.ID] = engine.Execution{Status: "RUNNING"}
	w.wants(t, 6*time.Minute, tally{Looked: 1})
	w.wants(t, 59*time.Minute, tally{})
	w.wants(t, 2*time.Minute, tally{Looked: 1})
	looked := 0
	for range 72 {
		looked += w.tick(t, 61*time.Minute).Looked
	}
	if looked < 2 || looked > 4 { // after an hour, then daily
		t.Errorf("looked %d times in three days", looked)
	}
	at := w.Now()
	w.status[r.ID] = engine.Execution{Status: "FAILED", Error: "x", Cause: "y", EndedAt: &at}
	w.wants(t, 25*time.Hour, tally{Looked: 1, Repaired: 1})
	w.is(t, r.ID, run.Failed)
	w.wants(t, 100*time.Hour, tally{Looked: 1}) // at the workflow, of which nobody wants to know
	w.wants(t, 100*time.Hour, tally{})
}

// approval of a run that waits for it, with reminders after one and two hours and a day
// to decide.
func (w *world) asked(tb testing.TB) (run.Run, approval.Request) {
	tb.Helper()
	r := w.Started(tb, run.Run{})
	now := w.Now()
	req := approval.Request{ID: w.NewID("apr_"), RunID: r.ID, Node: "ok", WorkflowID: "wf_1", WorkflowName: "W", Version: 1, Status: approval.Pending, Approvers: []string{"lead@demo.test", "dora@demo.test"},
		Quorum: 2, Subject: "Reply?", CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour), RemindAt: []time.Time{now.Add(time.Hour), now.Add(2 * time.Hour)}, Votes: []approval.Vote{}}
	secret, err := w.Secret(tb.Context(), approval.SecretName)
	if err != nil {
		tb.Fatal(err)
	}
	if _, _, err := w.CreateApproval(tb.Context(), req, approval.Links(secret, &req), "token"); err != nil {
		tb.Fatal(err)
	}
	until := req.ExpiresAt
	if _, _, err := w.MoveRun(tb.Context(), run.Move{RunID: r.ID, From: []run.Status{run.Running}, To: run.Waiting, At: now, WaitingFor: &run.WaitingFor{ApprovalID: req.ID, Until: until}}); err != nil {
		tb.Fatal(err)
	}
	w.status[r.ID] = engine.Execution{Status: "RUNNING"}
	return r, req
}

func (w *world) vote(tb testing.TB, id, who, decision string) error {
	tb.Helper()
	_, err := w.approvals.Decide(tb.Context(), id, approval.Decision{By: who, Decision: decision})
	return err
}

func TestReminders(t *testing.T) {
	w := open(t)
	_, req := w.asked(t)
	w.wants(t, 59*time.Minute, tally{})
	w.mails.Fail = func(to string) error {
		if to == "lead@demo.test" {
			return fault.New(fault.Unavailable, "busy")
		}
		return nil
	}
	w.wants(t, 2*time.Minute, tally{Looked: 2, Reminded: 1, Failed: 1}) // the run that waits is looked at hourly
	w.wants(t, 30*time.Minute, tally{})
	w.mails.Fail = nil
	if err := w.vote(t, req.ID, "dora@demo.test", "approve"); err != nil {
		t.Fatal(err)
	}
	w.wants(t, 30*time.Minute, tally{Looked: 1, Reminded: 1})
	w.wants(t, 10*time.Hour, tally{})
	w.wants(t, 14*time.Hour, tally{Looked: 2}) // then daily; and the time to decide is over
	if len(w.mails.Sent) != 2 || w.mails.Sent[0].To[0] != "dora@demo.test" || w.mails.Sent[1].To[0] != "lead@demo.test" {
		t.Errorf("%+v", w.mails.Sent)
	}
	secret, _ := w.Secret(t.Context(), approval.SecretName)
	raw := strings.ReplaceAll(w.mails.Sent[1].Raw, "=\r\n", "")
	if !strings.Contains(raw, "https://desk.test/a/"+approval.LinkID(secret, req.ID, "lead@demo.test")) || !strings.Contains(raw, "Subject: Reminder: Reply?") {
		t.Errorf("%s", raw)
	}
}

func TestDecisionThatWasNotDelivered(t *testing.T) {
	w := open(t)
	_, req := w.asked(t)
	w.answers.Fail = fault.New(fault.Unavailable, "busy")
	if err := w.vote(t, req.ID, "lead@demo.test", "reject"); err != nil {
		t.Fatal(err)
	}
	w.wants(t, 2*time.Minute, tally{Looked: 1, Delivered: 1, Failed: 1})
	w.answers.Fail = nil
	w.wants(t, time.Minute, tally{})
	w.wants(t, 5*time.Minute, tally{Looked: 1, Delivered: 1})
	w.wants(t, 10*time.Hour, tally{Looked: 1}) // the run
	if d := cmp.Diff([]string{`token {"result":{"output":"rejected"}}`}, w.answers.Got); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}

func TestRequestThatNobodyCameBackFor(t *testing.T) {
	w := open(t)
	r, req := w.asked(t)
	w.tick(t, 3*time.Hour)
	w.tick(t, 21*time.Hour+time.Minute)
	got, err := w.Approval(t.Context(), req.ID)
	if err != nil || got.Status != approval.Pending {
		t.Fatalf("a minute after its time it is %s, %v: the run settles it", got.Status, err)
	}
	w.tick(t, 15*time.Minute)
	if got, err = w.Approval(t.Context(), req.ID); err != nil || got.Status != approval.TimedOut {
		t.Fatalf("it is %s, %v", got.Status, err)
	}
	w.is(t, r.ID, run.Waiting) // as long as the execution runs
}

// The request of a run that has ended is withdrawn, not reminded of.
func TestRequestOfEndedRun(t *testing.T) {
	w := open(t)
	r, req := w.asked(t)
	if _, _, err := w.MoveRun(t.Context(), run.Move{RunID: r.ID, From: []run.Status{run.Waiting}, To: run.Stopped, At: w.Now()}); err != nil {
		t.Fatal(err)
	}
	w.wants(t, 61*time.Minute, tally{Looked: 1})
	got, err := w.Approval(t.Context(), req.ID)
	if err != nil || got.Status != approval.Withdrawn || len(w.mails.Sent) > 0 {
		t.Errorf("it is %s, %v, %d mails", got.Status, err, len(w.mails.Sent))
	}
	if err := w.vote(t, req.ID, "lead@demo.test", "approve"); !fault.Is(err, fault.Conflict) || !strings.Contains(fmt.Sprint(err), "withdrawn") {
		t.Errorf("a late vote: %v", err)
	}
}
