package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// withBill is a mail with an attachment.
func withBill(from, to, id, subject, text string) []byte {
	return fmt.Appendf(nil, "From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%s>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n"+
		"--cut\nContent-Type: text/plain; charset=utf-8\n\n%s\n--cut\nContent-Type: text/plain; name=bill.txt\nContent-Disposition: attachment; filename=bill.txt\n\nBill of %s: %s\n--cut--\n", from, to, subject, id, text, from, text)
}

// What is closed or has ended, and is older than the settings keep, goes: mail with what
// lies in the bucket, runs with their approvals, events. What is open stays.
func TestRetention(t *testing.T) {
	s, _ := newStack(t, nil)
	d := deskOn(t, s)
	c := d.admin()
	_, care := d.inbox("kiln")
	team := d.group("glaze", "", d.staff("gro"))
	w := d.publish("glaze", fmt.Sprintf(`{"trigger":{"type":"message.received"},
		"nodes":[{"id":"ok","type":"approval","params":{"approvers":[{"group":%q}],"subject":"{{message.subject}}","draft":"We fire it: {{message.text}}","timeout":"300d"}},
		 {"id":"say","type":"message.reply","params":{"body":"{{steps.ok.text}}"}}],
		"edges":[{"from":"trigger","to":"ok"},{"from":"ok","output":"approved","to":"say"},{"from":"ok","output":"rejected","to":"say"},{"from":"ok","output":"timed_out","to":"say"}]}`, team))
	write := func(who, word string) (conversation, runID string) {
		t.Helper()
		from := who + "@" + d.domain("clay")
		d.smtpIn(from, []string{care}, withBill(from, care, word+"@mail.example", "About "+word, "Please fire my "+word+"."))
		var r runRead
		d.until("a run", func() bool { r = d.runs(w)[0]; return r.Status == "waiting" && d.run(r.ID).ConversationID != "" })
		return d.conversationWith(from).ID, r.ID
	}
	decide := func(runID string) {
		t.Helper()
		a := d.run(runID).WaitingFor.ApprovalID
		d.as(d.staff("gro"), "approver").post("/v1/approvals/"+a+"/decision", map[string]any{"decision": "approve"}).ok(t)
		d.runAt(runID, "succeeded")
	}
	closing := func(conversation string) {
		t.Helper()
		c.patch("/v1/conversations/"+conversation, map[string]any{"status": "closed"}).ok(t)
	}
	gone, goneRun := write("ada", "pitcher")
	decide(goneRun)
	// The same mail once more, by another delivery: its copy goes as well.
	d.smtpIn("ada@"+d.domain("clay"), []string{care}, withBill("ada@"+d.domain("clay"), care, "pitcher@mail.example", "About pitcher", "Please fire my pitcher."))
	var ticket struct{ ID string }
	c.post("/v1/tickets", map[string]any{"subject": "Shelf", "conversationId": gone}).is(t, 201).into(t, &ticket)
	closing(gone)
	open, openRun := write("bo", "teapot")
	decide(openRun)
	waiting, waitingRun := write("cy", "saucer")
	closing(waiting)
	d.smtpIn("ada@"+d.domain("clay"), []string{"nobody@desk-" + d.name + ".example"}, []byte("From: ada@clay.example\nTo: nobody\nSubject: lost pitcher\n\nMy pitcher!\n"))

	for bad, words := range map[string]string{`{"mail":"3d"}`: "from 7d", `{"runs":"29d"}`: "from 30d", `{"events":"90d"}`: "to 30d", `{"mail":"a year"}`: "retention: mail", `{"tea":"30d"}`: "tea"} {
		c.send("PUT", "/v1/settings", "application/json", strings.NewReader(`{"retention":`+bad+`}`)).is(t, 400).has(t, words)
	}
	c.put("/v1/settings", map[string]any{"retention": map[string]string{"mail": "30d", "runs": "60d", "events": "5d"}}).is(t, 200)
	c.get("/v1/settings").is(t, 200).has(t, `"retention":{"mail":"30d","events":"5d","runs":"60d"}`)
	d.settle()

	before := all[eventRead](d, "/v1/events", nil)
	d.pass(8 * 24 * time.Hour)
	for _, e := range before {
		c.get("/v1/events/"+e.ID).is(t, 404)
	}
	if len(before) < 6 {
		t.Errorf("only %d events", len(before))
	}
	if n := len(d.traces("pitcher")); n < 5 {
		t.Errorf("mail went before its time: %d traces", n)
	}
	c.get("/v1/conversations/"+gone).is(t, 200)

	d.pass(26 * 24 * time.Hour)
	c.get("/v1/conversations/"+gone).is(t, 404)
	if left := d.traces("pitcher"); len(left) > 0 {
		t.Errorf("left of a conversation that is too old: %q", left)
	}
	for conversation, word := range map[string]string{open: "teapot", waiting: "saucer"} {
		if got := d.conversation(conversation); len(got.Messages) == 0 || len(got.Messages[0].Attachments) != 1 || !strings.Contains(got.Messages[0].Text, word) {
			t.Errorf("%s: %+v", word, got)
		}
		if n := len(d.traces("Bill of " + map[string]string{open: "bo", waiting: "cy"}[conversation])); n < 2 {
			t.Errorf("%s: %d traces of the attachment", word, n)
		}
	}
	if r := d.run(goneRun); r.Status != "succeeded" {
		t.Errorf("the run of an erased conversation is %+v", r)
	}
	var shelf struct{ Subject, ConversationID string }
	c.get("/v1/tickets/"+ticket.ID).is(t, 200).into(t, &shelf)
	if shelf.Subject != "Shelf" || shelf.ConversationID != "" {
		t.Errorf("the ticket leads to a conversation that is gone: %+v", shelf)
	}

	d.pass(30 * 24 * time.Hour)
	c.get("/v1/runs/"+goneRun).is(t, 404)
	c.get("/v1/runs/"+openRun).is(t, 404)
	if r := d.runAt(waitingRun, "waiting"); r.WaitingFor == nil {
		t.Errorf("%+v", r)
	}
	if list := all[approvalRead](d, "/v1/approvals", nil); len(list) != 1 || list[0].RunID != waitingRun {
		t.Errorf("%d approvals", len(list))
	}
	if n := len(all[struct{ ID string }](d, "/v1/inbound/failed", nil)); n != 0 {
		t.Errorf("%d failed mails", n)
	}
	entries := all[struct{ Who, Summary string }](d, "/v1/audit", url.Values{"action": {"retention.apply"}})
	if len(entries) < 3 || entries[0].Who != "retention" {
		t.Errorf("%+v", entries)
	}
	// What waited is decided at last, and goes with the rest when its time has come.
	decide(waitingRun)
	d.pass(32 * 24 * time.Hour)
	if left := d.traces("saucer"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	c.put("/v1/settings", map[string]any{"retention": map[string]string{}}).is(t, 200)
	c.get("/v1/conversations/"+open).is(t, 200)
}
