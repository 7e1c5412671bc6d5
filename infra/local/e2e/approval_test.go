package e2e_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// asking makes a workflow with one approval and brings a message in; it gives the
// waiting run.
func (d *desk) asking(params string) runRead {
	d.t.Helper()
	inbox, care := d.inbox("ask")
	w := d.publish("ask", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"ok","type":"approval","params":{"subject":"Shall we?","draft":"Dear {{contact.name}}",%s}},
		 {"id":"yes","type":"conversation.tag","params":{"add":["yes"]}},{"id":"no","type":"conversation.tag","params":{"add":["no"]}}],
		"edges":[{"from":"trigger","to":"ok"},{"from":"ok","output":"approved","to":"yes"},{"from":"ok","output":"rejected","to":"no"},{"from":"ok","output":"timed_out","to":"no"}]}`, d.in(inbox), params))
	d.deliver(letter{file: "question.eml", from: "priya@" + d.domain("raman"), to: care})
	return d.oneRun(w, "waiting")
}

func (d *desk) approval(id string) (a approvalRead) {
	d.t.Helper()
	d.admin().get("/v1/approvals/"+id).is(d.t, 200).into(d.t, &a)
	return a
}

func TestApprovalPage(t *testing.T) {
	d := sharedDesk(t)
	team := d.group("team", d.staff("boss"), d.staff("sam"), d.staff("sofia"))
	d.group("outside", "", d.staff("otto"))
	r := d.asking(fmt.Sprintf(`"approvers":[{"group":%q}],"timeout":"2h"`, team))
	before := d.approval(r.WaitingFor.ApprovalID)
	if !slices.Equal(before.Approvers, []string{d.staff("sam"), d.staff("sofia")}) {
		t.Errorf("approvers %q", before.Approvers)
	}
	sam, sofia := d.oneSent(d.staff("sam")), d.oneSent(d.staff("sofia"))
	for _, nobody := range []string{"boss", "otto"} {
		if got := d.sent(d.staff(nobody)); len(got) != 0 {
			t.Errorf("%s got %+v", nobody, got)
		}
	}
	link, hers := approvalLink(t, sam), approvalLink(t, sofia)
	if link == hers {
		t.Error("the link is not personal")
	}
	for _, secret := range []string{r.ID, before.ID, "approve", "reject"} {
		if strings.Contains(strings.ToLower(link), strings.ToLower(secret)) {
			t.Errorf("the link says %q: %s", secret, link)
		}
	}
	same := func(what string) {
		t.Helper()
		d.settle()
		now := d.approval(before.ID)
		if now.Status != "pending" || len(now.Votes) != 0 || d.run(r.ID).Status != "waiting" {
			t.Fatalf("after %s: %+v, the run is %s", what, now, d.run(r.ID).Status)
		}
	}
	page := readPage(t, link, d.anybody().get(link).is(t, 200))
	t.Run("opening decides nothing", func(t *testing.T) {
		for range 20 {
			got := d.anybody().get(link).is(t, 200)
			for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"} {
				if got.header.Get(name) != want {
					t.Errorf("%s is %q", name, got.header.Get(name))
				}
			}
			d.anybody().call("HEAD", link, nil).is(t, 200)
			d.anybody().get(link+"?decision=approve&nonce="+page.hidden.Get("nonce")).is(t, 200)
		}
		same("60 openings")
	})
	t.Run("an unknown link", func(t *testing.T) {
		d.anybody().get("/a/"+strings.Repeat("x", 32)).is(t, 404)
		d.anybody().form("/a/"+strings.Repeat("x", 32), page.hidden).is(t, 404)
		d.anybody().get(link[:len(link)-1]).is(t, 404)
	})
	t.Run("another method", func(t *testing.T) { d.anybody().call("DELETE", link, nil).is(t, 405); same("DELETE") })
	t.Run("nothing chosen", func(t *testing.T) {
		d.inSub(t).decide(page, "", "kept text", "").is(t, 422).has(t, "kept text", "Choose")
		d.inSub(t).decide(page, "maybe", "", "").is(t, 422)
		same("no choice")
	})
	t.Run("a form that is not the page's", func(t *testing.T) {
		for _, nonce := range []string{"", "wrong", readPage(t, hers, d.anybody().get(hers)).hidden.Get("nonce")} {
			d.anybody().form(link, url.Values{"decision": {"approve"}, "text": {"x"}, "nonce": {nonce}}).is(t, 403)
		}
		same("a wrong nonce")
	})
	t.Run("an empty text", func(t *testing.T) { d.inSub(t).decide(page, "approve", " ", "").is(t, 422); same("an empty text") })
	t.Run("decided once", func(t *testing.T) {
		d := d.inSub(t)
		d.decide(page, "approve", "", "").is(t, 200)
		for name, l := range map[string]string{"the same link": link, "the other's": hers} {
			d.anybody().get(l).is(t, 409).has(t, d.staff("sam"), "approved")
			d.decide(approvalPage{link: l, hidden: page.hidden, text: "late"}, "reject", "", "").is(t, 409).has(t, d.staff("sam"), "approved")
			if a := d.approval(before.ID); a.Status != "approved" || len(a.Votes) != 1 || a.Edited {
				t.Errorf("after %s: %+v", name, a)
			}
		}
		d.readsBack(d.runAt(r.ID, "succeeded"), "ok succeeded", "yes succeeded")
	})
}

func TestApprovalExpires(t *testing.T) {
	d := sharedDesk(t)
	r := d.asking(fmt.Sprintf(`"approvers":[{"email":%q}],"timeout":"45m","reminders":["20m"]`, d.staff("sam")))
	page := d.openPage(d.oneSent(d.staff("sam")))
	d.pass(25 * time.Minute)
	mails := d.sent(d.staff("sam"))
	if len(mails) != 2 || !strings.HasPrefix(mails[0].Subject, "Reminder: ") || approvalLink(t, mails[0]) != page.link {
		t.Errorf("reminded with %+v", mails)
	}
	d.anybody().get(page.link).is(t, 200)
	d.pass(20 * time.Minute) // to the minute
	d.anybody().get(page.link).is(t, 410)
	d.decide(page, "approve", "", "").is(t, 410)
	d.admin().post("/v1/approvals/"+r.WaitingFor.ApprovalID+"/decision", map[string]any{"decision": "approve"}).is(t, 409)
	d.readsBack(d.runAt(r.ID, "succeeded"), "ok succeeded", "no succeeded")
	if a := d.approval(r.WaitingFor.ApprovalID); a.Status != "timed_out" || len(a.Votes) != 0 {
		t.Errorf("%+v", a)
	}
	if n := len(d.sent(d.staff("sam"))); n != 2 {
		t.Errorf("%d mails in the end, want two", n)
	}
}

func TestApprovalWithdrawn(t *testing.T) {
	d := sharedDesk(t)
	r := d.asking(fmt.Sprintf(`"approvers":[{"email":%q}],"timeout":"2h"`, d.staff("sam")))
	page := d.openPage(d.oneSent(d.staff("sam")))
	d.admin().post("/v1/runs/"+r.ID+"/stop", nil).is(t, 200)
	stopped := d.runAt(r.ID, "stopped")
	if !strings.Contains(stopped.Reason, "admin@staff-"+d.name) || stopped.Steps[0].Status != "stopped" {
		t.Errorf("stopped with %q, step %+v", stopped.Reason, stopped.Steps[0])
	}
	d.anybody().get(page.link).is(t, 410).has(t, "Withdrawn")
	d.decide(page, "approve", "", "").is(t, 410)
	if a := d.approval(r.WaitingFor.ApprovalID); a.Status != "withdrawn" {
		t.Errorf("the request is %s", a.Status)
	}
	d.admin().post("/v1/runs/"+r.ID+"/stop", nil).is(t, 409)
}

func TestApprovalOverREST(t *testing.T) {
	d := sharedDesk(t)
	r := d.asking(fmt.Sprintf(`"approvers":[{"email":%q},{"email":%q}],"timeout":"2h"`, d.staff("sam"), d.staff("sofia")))
	hers := approvalLink(t, d.oneSent(d.staff("sofia")))
	at := "/v1/approvals/" + r.WaitingFor.ApprovalID + "/decision"
	yes := map[string]any{"decision": "approve", "text": "As edited", "comment": "ok"}
	d.as(d.staff("sam"), "viewer").post(at, yes).is(t, 403)
	d.as(d.staff("otto"), "approver").post(at, yes).is(t, 403)
	d.as(d.staff("sam"), "approver").post(at, map[string]any{"decision": "perhaps"}).is(t, 400)
	if a := d.approval(r.WaitingFor.ApprovalID); a.Status != "pending" {
		t.Fatalf("%+v", a)
	}
	d.as(d.staff("sam"), "approver").post(at, yes).is(t, 200)
	d.as(d.staff("sofia"), "approver").post(at, yes).is(t, 409).has(t, d.staff("sam"))
	if a := d.approval(r.WaitingFor.ApprovalID); a.DecidedBy != d.staff("sam") || a.Text != "As edited" || !a.Edited || a.Draft != "Dear Priya Raman" || a.Votes[0].Via != "rest" {
		t.Errorf("%+v", a)
	}
	d.anybody().get(hers).is(t, 409).has(t, d.staff("sam"))
	if m := d.newestSent(d.staff("sofia")); m.Subject != "Decided: Shall we?" || !strings.Contains(m.Text, d.staff("sam")+" approved") {
		t.Errorf("the other approver was told %q %q", m.Subject, m.Text)
	}
	d.readsBack(d.runAt(r.ID, "succeeded"), "ok succeeded", "yes succeeded")
}
