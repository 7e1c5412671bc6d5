package action_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

const askBoth = `{"approvers":[{"group":"billing"}],"subject":"Reply to\r\nAnna?","message":[{"text":"Please **check**: "},{"value":"<script>"}],"draft":"Dear Anna","timeout":"48h","reminders":["24h","1h","72h"]}`

func (w *world) ask() *action.Request { return w.request("approval", askBoth) }

func (w *world) service() *approval.Service {
	return &approval.Service{Store: w.Store, Answer: w.answers, Gone: testdesk.ErrGone, NewID: w.NewID, Now: w.Now}
}

func (w *world) resume(of string) *action.Request {
	r := w.request("resume", `{}`)
	r.Of, r.Token = of, ""
	return r
}

func (w *world) approvalOf(tb testing.TB) *approval.Request {
	tb.Helper()
	r, err := w.ApprovalOf(tb.Context(), w.run.ID, "n1", 0)
	if err != nil || r == nil {
		tb.Fatalf("the step's request: %v, %v", r, err)
	}
	return r
}

func (w *world) status(tb testing.TB) run.Run {
	tb.Helper()
	r, err := w.Run(tb.Context(), w.run.ID)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

var linkIn = regexp.MustCompile(`https://desk\.test/a/[A-Za-z0-9_-]+`)

// links are the links of all mails to an address, each once.
func (w *world) links(to string) (out []string) {
	for _, m := range w.mails.Sent {
		if m.To[0] != to {
			continue
		}
		for _, l := range linkIn.FindAllString(strings.ReplaceAll(m.Raw, "=\r\n", ""), -1) {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

func TestApprovalAsks(t *testing.T) {
	w := open(t, false)
	w.must(t, w.ask())
	req := w.approvalOf(t)
	now := w.Now()
	want := &approval.Request{ID: req.ID, RunID: w.run.ID, Node: "n1", WorkflowID: "wf_1", WorkflowName: "Refunds", Version: 1, Status: approval.Pending,
		Approvers: []string{"lead@demo.test", "dora@demo.test"}, Quorum: 1, Subject: "Reply to Anna?", Message: "Please **check**: <script>", MessageHTML: "<p>Please <strong>check</strong>: &lt;script&gt;</p>\n",
		Draft: "Dear Anna", HasDraft: true, ConversationID: w.refs.Conversation, MessageID: w.refs.Message, CreatedAt: now, ExpiresAt: now.Add(48 * time.Hour),
		Votes: []approval.Vote{}, RemindAt: []time.Time{now.Add(time.Hour), now.Add(24 * time.Hour)}, Revision: 1}
	if d := cmp.Diff(want, req); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
	r := w.status(t)
	if r.Status != run.Waiting || r.WaitingFor == nil || r.WaitingFor.ApprovalID != req.ID || !r.WaitingFor.Until.Equal(req.ExpiresAt) {
		t.Errorf("the run is %s, %+v", r.Status, r.WaitingFor)
	}
	if len(w.mails.Sent) != 2 || w.events(t, event.ApprovalRequested) != 1 {
		t.Fatalf("%d mails, %d events", len(w.mails.Sent), w.events(t, event.ApprovalRequested))
	}
	lead, dora := w.links("lead@demo.test"), w.links("dora@demo.test")
	if len(lead) != 1 || len(dora) != 1 || lead[0] == dora[0] {
		t.Fatalf("links %v and %v", lead, dora)
	}
	l, of, err := w.ApprovalByLink(t.Context(), approval.Hash(strings.TrimPrefix(lead[0], "https://desk.test/a/")))
	if err != nil || of.ID != req.ID || l.Approver != "lead@demo.test" {
		t.Errorf("the link leads to %+v, %v", l, err)
	}
	raw := w.mails.Sent[0].Raw
	for _, want := range []string{"Subject: Reply to Anna?", "> Dear Anna", "&lt;script&gt;", "<strong>check</strong>", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
	for _, secret := range []string{"token-1", req.ID, w.run.ID} {
		if strings.Contains(raw, secret) {
			t.Errorf("the mail tells %s", secret)
		}
	}
}

// Wherever the function dies, a retry with a new token ends in one request, one link per
// person and the newest token.
func TestApprovalOnce(t *testing.T) {
	dying(t, func(w *world) error { _, err := w.do(t, w.ask()); return err }, func(t *testing.T, w *world) {
		again := w.ask()
		again.Token = "token-2"
		w.must(t, again)
		list, err := w.ApprovalsOfRun(t.Context(), w.run.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d requests, %v", len(list), err)
		}
		token, err := w.Token(t.Context(), list[0].ID)
		if err != nil || token != "token-2" {
			t.Errorf("token %q, %v", token, err)
		}
		for _, who := range list[0].Approvers {
			if l := w.links(who); len(l) != 1 {
				t.Errorf("%s has links %v", who, l)
			}
		}
		if n := len(w.mails.Sent); n < 2 || n > 3 {
			t.Errorf("%d mails", n)
		}
		if w.events(t, event.ApprovalRequested) != 1 || w.status(t).Status != run.Waiting {
			t.Errorf("%d events, run %s", w.events(t, event.ApprovalRequested), w.status(t).Status)
		}
	})
}

func TestNoApprovers(t *testing.T) {
	for _, c := range []struct{ name, approvers, more, actor, want string }{
		{"only who started it", `[{"email":"Anna@example.com"}]`, ``, "anna@example.com", "no_approvers"},
		{"who started it may", `[{"email":"anna@example.com"}]`, `,"allowSelf":true`, "anna@example.com", ""},
		{"written in another case", `[{"email":"anna@example.com"}]`, ``, "Anna@Example.com", "no_approvers"},
		{"one of the group is left", `[{"group":"billing"}]`, ``, "lead@demo.test", ""},
		{"fewer than the quorum are left", `[{"group":"billing"}]`, `,"quorum":2`, "lead@demo.test", "no_approvers"},
		{"the same person twice is one", `[{"email":"lead@demo.test"},{"user":"lead@demo.test"}]`, `,"quorum":2`, "anna@example.com", "no_approvers"},
		{"no group", `[{"group":"nobody"}]`, ``, "anna@example.com", "no_such_group"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, false)
			r := w.request("approval", `{"approvers":`+c.approvers+`,"subject":"s","timeout":"1h"`+c.more+`}`)
			r.Refs.Actor = c.actor
			_, err := w.do(t, r)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantName(t, err, c.want)
			if len(w.mails.Sent) > 0 {
				t.Error("somebody was asked")
			}
		})
	}
}

func TestApprovalToRefusedAddress(t *testing.T) {
	refuse := func(who string) func(string) error {
		return func(to string) error {
			if who == "" || to == who {
				return fault.Named(fault.Unprocessable, "mail_refused", "%s is not taken", to)
			}
			return nil
		}
	}
	w := open(t, false)
	w.mails.Fail = refuse("lead@demo.test")
	w.must(t, w.ask())
	if len(w.mails.Sent) != 1 || w.mails.Sent[0].To[0] != "dora@demo.test" {
		t.Errorf("asked %v", w.mails.Sent)
	}
	w = open(t, false)
	w.mails.Fail = refuse("")
	_, err := w.do(t, w.ask())
	wantName(t, err, "mail_refused")
	w = open(t, false)
	w.mails.Fail = refuse("lead@demo.test")
	_, err = w.do(t, w.request("approval", `{"approvers":[{"group":"billing"}],"quorum":2,"subject":"s","timeout":"1h"}`))
	wantName(t, err, "mail_refused")
}

// meanwhile lets something happen in the middle of a store's call.
type meanwhile struct {
	action.Store
	created func()
	saving  func()
}

func (m *meanwhile) CreateApproval(ctx context.Context, r approval.Request, links []approval.Link, token string, events ...event.Event) (*approval.Request, bool, error) {
	req, created, err := m.Store.CreateApproval(ctx, r, links, token, events...)
	if m.created != nil {
		m.created()
	}
	return req, created, err
}

func (m *meanwhile) SaveApproval(ctx context.Context, r *approval.Request, events ...event.Event) error {
	if f := m.saving; f != nil {
		m.saving = nil
		f()
	}
	return m.Store.SaveApproval(ctx, r, events...)
}

func (w *world) decide(tb testing.TB, decision string) {
	tb.Helper()
	if _, err := w.service().Decide(tb.Context(), w.approvalOf(tb).ID, approval.Decision{By: "lead@demo.test", Decision: decision, Via: "link"}); err != nil {
		tb.Fatal(err)
	}
}

// A decision between two tries of the step is told to the newest token, whichever of
// the two read first.
func TestDecidedWhileTheStepIsRetried(t *testing.T) {
	for _, c := range []struct {
		name   string
		before bool
	}{{"before the retry", true}, {"during the retry", false}} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, false)
			w.must(t, w.ask())
			asked := len(w.mails.Sent)
			old := func() { // the token of the first try waits no more
				w.answers.Fail = testdesk.ErrGone
				w.decide(t, "approve")
				w.answers.Fail = nil
			}
			m := &meanwhile{Store: w.Store}
			if c.before {
				old()
			} else {
				m.created = old
			}
			w.with(m)
			r := w.ask()
			r.Token = "token-2"
			w.must(t, r)
			if d := cmp.Diff([]string{`token-2 {"result":{"output":"approved"}}`}, w.answers.Got); d != "" {
				t.Errorf("told (-want +got):\n%s", d)
			}
			if len(w.mails.Sent) != asked {
				t.Error("somebody was asked again")
			}
		})
	}
}

func TestResumeApproval(t *testing.T) {
	approved := map[string]any{"output": "approved", "decision": "approved", "by": "lead@demo.test", "text": "Dear Anna", "edited": false}
	timedOut := map[string]any{"output": "timed_out", "decision": "timed_out", "text": "Dear Anna", "edited": false}
	t.Run("decided", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.ask())
		w.decide(t, "approve")
		if d := cmp.Diff([]string{`token-1 {"result":{"output":"approved"}}`}, w.answers.Got); d != "" {
			t.Errorf("told (-want +got):\n%s", d)
		}
		for range 2 {
			if d := cmp.Diff(approved, w.must(t, w.resume("approval"))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		}
		if r := w.status(t); r.Status != run.Running || r.WaitingFor != nil {
			t.Errorf("the run is %s", r.Status)
		}
	})
	t.Run("decided, and Step Functions was never told", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.ask())
		w.answers.Fail = fault.New(fault.Unavailable, "busy")
		w.decide(t, "approve")
		w.Advance(48*time.Hour + time.Minute)
		if d := cmp.Diff(approved, w.must(t, w.resume("approval"))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("timed out", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.ask())
		w.Advance(48*time.Hour + time.Minute)
		if d := cmp.Diff(timedOut, w.must(t, w.resume("approval"))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		_, err := w.service().Decide(t.Context(), w.approvalOf(t).ID, approval.Decision{By: "lead@demo.test", Decision: "approve"})
		wantName(t, err, "expired")
	})
	t.Run("decided at the last moment, while it times out", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.ask())
		w.Advance(48*time.Hour - time.Second)
		w.with(&meanwhile{Store: w.Store, saving: func() { w.decide(t, "approve") }})
		if d := cmp.Diff(approved, w.must(t, w.resume("approval"))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("timed out before anything was recorded", func(t *testing.T) {
		w := open(t, false)
		got := w.must(t, w.resume("approval"))
		if got["output"] != "timed_out" {
			t.Errorf("%v", got)
		}
	})
	t.Run("entities afresh", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.ask())
		conv := w.conversation(t)
		conv.Tags = []string{"changed"}
		ev := event.Event{ID: w.NewID("evt_"), Type: event.ConversationTagged, Time: w.Now(), Subject: event.Subject{ConversationID: conv.ID}}
		if err := w.Commit(t.Context(), desk.Change{Conversation: conv, Events: []event.Event{ev}}); err != nil {
			t.Fatal(err)
		}
		w.decide(t, "reject")
		resp, err := w.actions.Do(t.Context(), w.resume("approval"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"changed"}, resp.Conversation.Tags); d != "" || resp.Contact == nil || resp.Ticket != nil {
			t.Errorf("%+v (-want +got):\n%s", resp, d)
		}
		if r := w.status(t); r.SeenEvent != ev.ID {
			t.Errorf("the run has seen %q, want %q", r.SeenEvent, ev.ID)
		}
	})
}

func (w *world) pause(cancelOn string) *action.Request {
	return w.request("wait", `{"for":"24h","cancelOn":`+cancelOn+`}`)
}

// happens makes an event about the run's conversation.
func (w *world) happens(tb testing.TB, typ string, cause *event.Cause) string {
	tb.Helper()
	conv := w.conversation(tb)
	conv.UpdatedAt = w.Now()
	e := event.Event{ID: w.NewID("evt_"), Type: typ, Time: w.Now(), CausedBy: cause,
		Subject: event.Subject{ConversationID: conv.ID, ContactID: conv.ContactID, MessageID: conv.LastMessageID}}
	if err := w.Commit(tb.Context(), desk.Change{Conversation: conv, Events: []event.Event{e}}); err != nil {
		tb.Fatal(err)
	}
	return e.ID
}

func TestWait(t *testing.T) {
	const replied = `[{"type":"message.received","when":{"all":[{"field":"message.isAutomatic","op":"is_false"}]}}]`
	cancelled := []string{`token-1 {"result":{"output":"cancelled"}}`}
	for _, c := range []struct {
		name      string
		automatic bool
		cancelOn  string
		before    func(w *world)
		told      []string
		output    string
	}{
		{"nothing happens", false, replied, nil, nil, "elapsed"},
		{"listens to nothing", false, `null`, func(w *world) { w.happens(t, event.MessageReceived, nil) }, nil, "elapsed"},
		{"it happened before the wait registered", false, replied, func(w *world) { w.happens(t, event.MessageReceived, nil) }, cancelled, "cancelled"},
		{"something else happened", false, replied, func(w *world) { w.happens(t, event.ConversationAssigned, nil) }, nil, "elapsed"},
		{"an automatic answer came", true, replied, func(w *world) { w.happens(t, event.MessageReceived, nil) }, nil, "elapsed"},
		{"the run did it itself", false, `[{"type":"conversation.tagged"}]`, func(w *world) {
			w.happens(t, event.ConversationTagged, &event.Cause{RunID: w.run.ID, Depth: 1})
		}, nil, "elapsed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, c.automatic)
			if c.before != nil {
				c.before(w)
			}
			w.must(t, w.pause(c.cancelOn))
			if r := w.status(t); r.Status != run.Paused || r.PausedUntil == nil || !r.PausedUntil.Equal(w.Now().Add(24*time.Hour)) {
				t.Errorf("the run is %s until %v", r.Status, r.PausedUntil)
			}
			if d := cmp.Diff(c.told, w.answers.Got); d != "" {
				t.Errorf("told (-want +got):\n%s", d)
			}
			w.Advance(24 * time.Hour)
			for range 2 {
				if got := w.must(t, w.resume("wait")); got["output"] != c.output {
					t.Errorf("%v, want %s", got, c.output)
				}
			}
			if r := w.status(t); r.Status != run.Running || r.PausedUntil != nil {
				t.Errorf("the run is %s", r.Status)
			}
		})
	}
	t.Run("cancelled between two tries of the step", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.pause(replied))
		by := w.happens(t, event.MessageReceived, nil)
		if _, _, err := w.SettleWait(t.Context(), w.run.ID, "n1", 0, run.Cancelled, by); err != nil {
			t.Fatal(err)
		}
		r := w.pause(replied)
		r.Token = "token-2"
		w.must(t, r)
		if d := cmp.Diff([]string{`token-2 {"result":{"output":"cancelled"}}`}, w.answers.Got); d != "" {
			t.Errorf("told (-want +got):\n%s", d)
		}
		if got := w.must(t, w.resume("wait")); got["event"] != by {
			t.Errorf("%v", got)
		}
	})
	t.Run("timed out before anything was recorded", func(t *testing.T) {
		w := open(t, false)
		if got := w.must(t, w.resume("wait")); got["output"] != "elapsed" {
			t.Errorf("%v", got)
		}
	})
	t.Run("what the run saw at its last look is not news", func(t *testing.T) {
		w := open(t, false)
		w.must(t, w.pause(`null`))
		w.happens(t, event.MessageReceived, nil)
		w.must(t, w.resume("wait"))
		next := w.pause(replied)
		next.Node = "n2"
		w.must(t, next)
		if len(w.answers.Got) != 0 {
			t.Errorf("told %v", w.answers.Got)
		}
	})
}

func TestWaitOnce(t *testing.T) {
	dying(t, func(w *world) error { _, err := w.do(t, w.pause(`[{"type":"conversation.closed"}]`)); return err }, func(t *testing.T, w *world) {
		r := w.pause(`[{"type":"conversation.closed"}]`)
		r.Token = "token-2"
		w.must(t, r)
		waits, err := w.WaitsOn(t.Context(), w.refs.Conversation)
		if err != nil || len(waits) != 1 || waits[0].Token != "token-2" || waits[0].SeenEvent != w.refs.Event {
			t.Errorf("%+v, %v", waits, err)
		}
		if w.conversation(t).Waits != 1 {
			t.Errorf("%d waits are counted", w.conversation(t).Waits)
		}
		w.must(t, w.resume("wait"))
		if w.conversation(t).Waits != 0 {
			t.Errorf("%d waits are counted at the end", w.conversation(t).Waits)
		}
	})
}

func TestWaitUntil(t *testing.T) {
	w := open(t, false)
	for _, c := range []struct {
		until string
		want  time.Time
		name  string
	}{
		{"2026-02-01T09:00:00+01:00", time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC), ""},
		{"2020-01-01T00:00:00Z", w.Now().Add(time.Second), ""},
		{"tomorrow", time.Time{}, "invalid"},
	} {
		r := w.request("wait", `{"until":"`+c.until+`"}`)
		r.Node = "n" + c.until[:4]
		resp, err := w.actions.Do(t.Context(), r)
		if c.name != "" {
			wantName(t, err, c.name)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(resp.Result)
		if want := `{"until":"` + c.want.Format(time.RFC3339Nano) + `"}`; string(data) != want {
			t.Errorf("%s: %s, want %s", c.until, data, want)
		}
	}
}
