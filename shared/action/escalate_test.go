package action_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/fault"
)

// asked makes a request of two approvers that goes to the manager after an hour.
func (w *world) asked(tb testing.TB, more string) *approval.Request {
	tb.Helper()
	got := w.must(tb, w.request("approval", `{"approvers":[{"group":"billing"}],"subject":"Pay?","message":[{"text":"Look: "},{"value":"<b>"}],"timeout":"4h","reminders":["3h"]`+more+`}`))
	return w.approvalBy(tb, got["approvalId"].(string))
}

func (w *world) approvalBy(tb testing.TB, id string) *approval.Request {
	tb.Helper()
	req, err := w.Approval(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

// mailsTo counts the mails to an address whose subject is as given.
func (w *world) mailsTo(who, subject string) int {
	n := 0
	for _, m := range w.mails.Sent {
		if slices.Contains(m.To, who) && strings.Contains(m.Raw, "Subject: "+subject+"\r\n") {
			n++
		}
	}
	return n
}

func (w *world) vote(req *approval.Request, by, decision string) error {
	s := approval.Service{Store: w.Store, Answer: w.answers, NewID: w.NewID, Now: w.Now}
	_, err := s.Decide(context.Background(), req.ID, approval.Decision{By: by, Decision: decision, Comment: "so be it"})
	return err
}

const escalation = `,"escalateTo":{"to":{"managerOf":"billing"},"after":"1h"}`

func TestEscalate(t *testing.T) {
	for n := 0; n <= 40; n++ { // dies after its n-th call; 0 never
		w := open(t, false)
		req := w.asked(t, escalation)
		if due := req.Due(w.Now()); !due.Equal(req.CreatedAt.Add(time.Hour)) {
			t.Fatalf("due at %s", due)
		}
		if err := w.vote(req, "boss@demo.test", "approve"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("too early: %v", err)
		}
		w.Advance(time.Hour)
		req = w.approvalBy(t, req.ID)
		w.Fuse.Set(n)
		err := w.desk.Escalate(t.Context(), req)
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if (err != nil) != died {
			t.Fatalf("call %d: died %v, error %v", n, died, err)
		}
		if req = w.approvalBy(t, req.ID); died && req.EscalateAt == nil {
			t.Logf("after call %d nothing was left to do", n)
		} else if died {
			if !req.Due(w.Now()).Before(w.Now().Add(time.Second)) {
				t.Fatalf("after call %d it is due at %s", n, req.Due(w.Now()))
			}
			if err := w.desk.Escalate(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			req = w.approvalBy(t, req.ID)
		}
		same(t, "approvers", []string{"lead@demo.test", "dora@demo.test", "boss@demo.test"}, req.Approvers)
		if got := w.mailsTo("boss@demo.test", "Escalated: Pay?"); got < 1 || got > 2 || !died && got != 1 {
			t.Errorf("after call %d: %d mails", n, got)
		}
		if w.mailsTo("lead@demo.test", "Pay?") != 1 || !req.Due(w.Now()).Equal(req.CreatedAt.Add(3*time.Hour)) || req.EscalateAt != nil {
			t.Errorf("request %+v, due %s", req, req.Due(w.Now()))
		}
		if r, err := w.Run(t.Context(), w.run.ID); err != nil || r.WaitingFor == nil || len(r.WaitingFor.Approvers) != 3 {
			t.Errorf("run %+v, %v", r, err)
		}
		secret, err := w.Secret(t.Context(), approval.SecretName)
		if err != nil {
			t.Fatal(err)
		}
		link, _, err := w.ApprovalByLink(t.Context(), approval.Hash(approval.LinkID(secret, req.ID, "boss@demo.test")))
		if err != nil || link.Approver != "boss@demo.test" {
			t.Errorf("link %+v, %v", link, err)
		}
		if err := w.vote(req, "boss@demo.test", "approve"); err != nil {
			t.Fatal(err)
		}
		if n > 0 && !died {
			return
		}
	}
	t.Error("it always dies")
}

func TestEscalateOrNot(t *testing.T) {
	for name, c := range map[string]struct {
		more, actor string
		want        []string
	}{
		"to the manager":         {escalation, "anna@example.com", []string{"boss@demo.test"}},
		"to somebody asked":      {`,"escalateTo":{"to":{"user":"dora@demo.test"},"after":"1h"}`, "anna@example.com", nil},
		"to a group":             {`,"escalateTo":{"to":{"group":"billing"},"after":"1h"}`, "anna@example.com", nil},
		"to who started it":      {escalation, "Boss@demo.test", nil},
		"to who may decide it":   {escalation + `,"allowSelf":true`, "boss@demo.test", []string{"boss@demo.test"}},
		"when the time is over":  {`,"escalateTo":{"to":{"managerOf":"billing"},"after":"4h"}`, "anna@example.com", nil},
		"not at all":             {"", "anna@example.com", nil},
		"null as a missing step": {`,"escalateTo":null`, "anna@example.com", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, false)
			w.refs.Actor = c.actor
			req := w.asked(t, c.more)
			same(t, "escalateTo", c.want, req.EscalateTo)
			if (req.EscalateAt != nil) != (c.want != nil) {
				t.Errorf("at %v", req.EscalateAt)
			}
		})
	}
	w := open(t, false)
	_, err := w.do(t, w.request("approval", `{"approvers":[{"group":"billing"}],"timeout":"4h","escalateTo":{"to":{"group":"nobody"},"after":"1h"}}`))
	wantName(t, err, "no_such_group")
}

func TestEscalateTooLate(t *testing.T) {
	w := open(t, false)
	req := w.asked(t, escalation)
	if err := w.vote(req, "lead@demo.test", "reject"); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Escalate(t.Context(), req); err != nil { // as the sweep read it before
		t.Fatal(err)
	}
	got := w.approvalBy(t, req.ID)
	if got.Status != approval.Rejected || got.EscalateAt != nil || len(got.Approvers) != 2 || w.mailsTo("boss@demo.test", "Escalated: Pay?") != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTold(t *testing.T) {
	resume := func(w *world) *action.Request {
		r := w.request("resume", `{}`)
		r.Of = "approval"
		return r
	}
	for n := 0; n <= 30; n++ { // dies after its n-th call; 0 never
		w := open(t, false)
		req := w.asked(t, "")
		if err := w.vote(req, "lead@demo.test", "approve"); err != nil {
			t.Fatal(err)
		}
		w.Fuse.Set(n)
		_, err := w.do(t, resume(w))
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if err != nil && !died {
			t.Fatal(err)
		}
		for range 2 {
			same(t, "output", "approved", w.must(t, resume(w))["output"])
		}
		if got := w.mailsTo("dora@demo.test", "Decided: Pay?"); got < 1 || got > 2 || !died && got != 1 {
			t.Errorf("after call %d dora has %d mails", n, got)
		}
		if w.mailsTo("lead@demo.test", "Decided: Pay?") != 0 {
			t.Error("who decided is told")
		}
		last := w.mails.Sent[len(w.mails.Sent)-1].Raw
		for _, part := range []string{"lead@demo.test approved", "Comment: so be it"} {
			if !strings.Contains(last, part) {
				t.Errorf("no %q in %s", part, last)
			}
		}
		if n > 0 && !died {
			break
		}
	}
	t.Run("only one approver", func(t *testing.T) {
		w := open(t, false)
		got := w.must(t, w.request("approval", `{"approvers":[{"user":"dora@demo.test"}],"subject":"Pay?","timeout":"4h"}`))
		if err := w.vote(w.approvalBy(t, got["approvalId"].(string)), "dora@demo.test", "approve"); err != nil {
			t.Fatal(err)
		}
		before := len(w.mails.Sent)
		w.must(t, resume(w))
		if len(w.mails.Sent) != before {
			t.Error("somebody was told")
		}
	})
	t.Run("nobody decided", func(t *testing.T) {
		w := open(t, false)
		w.asked(t, "")
		w.Advance(5 * time.Hour)
		before := len(w.mails.Sent)
		same(t, "output", "timed_out", w.must(t, resume(w))["output"])
		if len(w.mails.Sent) != before {
			t.Error("somebody was told")
		}
	})
	t.Run("a mail that is refused keeps nothing", func(t *testing.T) {
		w := open(t, false)
		if err := w.vote(w.asked(t, ""), "lead@demo.test", "reject"); err != nil {
			t.Fatal(err)
		}
		w.mails.Fail = func(string) error { return fmt.Errorf("broken") }
		same(t, "output", "rejected", w.must(t, resume(w))["output"])
	})
}
