package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// output of a run's step.
func (d *desk) output(r runRead, node string) (out struct {
	Sent       *bool
	Suppressed string
	To         []string
}) {
	d.t.Helper()
	for _, s := range r.Steps {
		if s.NodeID == node {
			if err := json.Unmarshal(s.Output, &out); err != nil || out.Sent == nil {
				d.t.Fatalf("step %s gave %s (%v)", node, s.Output, err)
			}
			return out
		}
	}
	d.t.Fatalf("no step %s in %+v", node, r.Steps)
	return out
}

// report is a delivery report about a mail of ours.
func report(about mailRead, to, status string) []byte {
	return []byte(fmt.Sprintf(`From: Mail Delivery System <mailer-daemon@mx.far.example>
To: %s
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn.%s>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="bb"

--bb
Content-Type: text/plain

Your mail did not arrive.

--bb
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.far.example

Final-Recipient: rfc822; %s
Action: failed
Status: %s
Diagnostic-Code: smtp; 550 %s user unknown

--bb
Content-Type: text/rfc822-headers

From: %s
To: %s
Subject: %s
Message-ID: %s

--bb--
`, about.From, strings.Trim(about.Headers["Message-ID"], "<>"), to, status, status, about.From, to, about.Subject, about.Headers["Message-ID"]))
}

// A bounce marks the conversation and stops automatic mail to the address until it writes
// again; a report about mail that we never sent does nothing.
func TestBounceStopsMail(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	answer := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s,{"field":"message.isAutomatic","op":"is_false"}]}},
		"nodes":[{"id":"say","type":"message.reply","params":{"body":"We have it."}}],"edges":[{"from":"trigger","to":"say"}]}`, d.in(inbox)))
	push := d.publish("push", `{"trigger":{"type":"manual"},"nodes":[{"id":"say","type":"message.send","params":{"to":"{{contact.email}}","subject":"News","body":"Hello"}}],"edges":[{"from":"trigger","to":"say"}]}`)
	from := "priya@" + d.domain("raman")
	d.deliver(letter{file: "question.eml", from: from, to: care})
	r := d.oneRun(answer, "succeeded")
	if out := d.output(r, "say"); !*out.Sent {
		t.Fatalf("the first answer: %+v", out)
	}
	first := d.oneSent(from)
	if first.Headers["Message-ID"] == "" {
		t.Fatalf("headers %v", first.Headers)
	}
	contact := d.conversationWith(from).ContactID
	start := func() runRead {
		t.Helper()
		var started struct{ ID string }
		d.admin().post("/v1/workflows/"+push+"/runs", map[string]any{"contactId": contact}).is(t, 202).into(t, &started)
		return d.runAt(started.ID, "succeeded")
	}

	// Delayed is not lost, and a stranger's report about nothing of ours counts for nothing.
	d.smtpIn("", []string{care}, report(first, from, "4.4.7"))
	forged := first
	forged.Headers = map[string]string{"Message-ID": "<never-sent@nowhere.example>"}
	d.smtpIn("", []string{care}, report(forged, from, "5.1.1"))
	if out := d.output(start(), "say"); !*out.Sent {
		t.Fatalf("after reports that do not count: %+v", out)
	}

	hard := first
	d.smtpIn("", []string{care}, []byte(strings.Replace(string(report(hard, from, "5.1.1")), "<dsn.", "<dsn2.", 1)))
	conv := d.conversationWith(from)
	said := fmt.Sprintf("%+v", conv.Timeline)
	if !strings.Contains(said, "mail to "+from+" could not be delivered") || !strings.Contains(said, "5.1.1") {
		t.Errorf("timeline %s", said)
	}
	d.admin().get("/v1/conversations/"+conv.ID).is(t, 200).has(t, `"bounced":true`)
	before := len(d.sent(from))
	r = start()
	if out := d.output(r, "say"); *out.Sent || out.Suppressed != "bounced" || len(out.To) != 1 {
		t.Errorf("after the bounce: %+v", out)
	}
	if n := len(d.sent(from)); n != before {
		t.Errorf("%d mails, before the run %d", n, before)
	}

	// They write again: mail goes out again.
	d.deliver(letter{file: "reply_top_posted.eml", from: from, to: care, subject: first.Subject, thread: "In-Reply-To: " + first.Headers["Message-ID"] + "\nReferences: " + first.Headers["Message-ID"]})
	if out := d.output(d.newest(answer, "succeeded"), "say"); !*out.Sent {
		t.Errorf("after they wrote: %+v", out)
	}
	if got := d.admin().get("/v1/conversations/"+conv.ID).is(t, 200); strings.Contains(string(got.body), `"bounced":true`) {
		t.Error("the conversation is still marked")
	}
}

// Caps end what two machines do to each other: mail that says nothing of being automatic,
// answered by a workflow, answered again.
func TestRateCaps(t *testing.T) {
	d := ownStack(t, nil)
	inbox, care := d.inbox("care")
	d.admin().put("/v1/settings", map[string]any{"caps": map[string]int{"mailPerHour": 3, "mailPerDay": 4, "startsPerHour": 5}}).ok(t)
	d.admin().put("/v1/settings", map[string]any{"caps": map[string]int{"mailPerHour": -1}}).is(t, 400)
	answer := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"say","type":"message.reply","params":{"body":"We have it."}}],"edges":[{"from":"trigger","to":"say"}]}`, d.in(inbox)))
	from := "rob@" + d.domain("loop")
	for range 7 {
		d.deliver(letter{file: "question.eml", from: from, to: care})
	}
	d.until("five runs", func() bool { return len(d.runs(answer)) == 5 })
	d.settle()
	sent := 0
	for _, r := range d.runs(answer) {
		out := d.output(d.runAt(r.ID, "succeeded"), "say")
		switch {
		case *out.Sent:
			sent++
		case out.Suppressed != "rate_cap":
			t.Errorf("a run's answer: %+v", out)
		}
	}
	if n := len(d.sent(from)); sent != 3 || n != 3 {
		t.Errorf("%d steps sent, %d mails; the cap is 3 within an hour", sent, n)
	}
	capped := 0
	for _, e := range all[eventRead](d, "/v1/events", map[string][]string{"type": {"message.received"}}) {
		if v := d.verdict(e.ID, answer); v.Reason == "rate_cap" {
			capped++
			if v.Matched || v.RunID != "" || !strings.Contains(v.Detail, "5 within an hour") {
				t.Errorf("verdict %+v", v)
			}
		}
	}
	if capped != 2 {
		t.Errorf("%d events have the verdict rate_cap, want 2", capped)
	}

	// Somebody else is served, and after an hour the first one again, up to the day's cap.
	other := "ana@" + d.domain("other")
	d.deliver(letter{file: "question.eml", from: other, to: care})
	d.oneSent(other)
	d.pass(61 * 60e9)
	for range 2 {
		d.deliver(letter{file: "question.eml", from: from, to: care})
		d.newest(answer, "succeeded")
	}
	if n := len(d.sent(from)); n != 4 {
		t.Errorf("%d mails in two hours; the cap is 4 within a day", n)
	}
}
