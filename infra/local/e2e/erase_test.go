package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Erasing a contact leaves no word of the person anywhere in the table or the bucket:
// mail, its copies and attachments, replies, notes, events, what conditions compared,
// inputs and results of runs, approvals, tickets, failed mail.
func TestEraseLeavesNothing(t *testing.T) {
	s, _ := newStack(t, nil)
	d := deskOn(t, s)
	c := d.admin()
	_, care := d.inbox("harbour")
	_, second := d.inbox("quay")
	team := d.group("pilots", "", d.staff("ines"))
	ask := d.publish("ask", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"not_contains","value":"nothing of this"}]}},
		"nodes":[{"id":"sum","type":"ai.summarise"},{"id":"note","type":"conversation.note","params":{"body":"{{contact.name}} wrote {{message.text}}"}},
		 {"id":"know","type":"contact.update","params":{"attributes":{"boat":"{{message.subject}}"},"addTags":["sailor"]}},
		 {"id":"ok","type":"approval","params":{"approvers":[{"group":%q}],"subject":"{{message.subject}}","message":"{{message.text}}","draft":"Dear {{contact.name}}: {{steps.sum.text}}","timeout":"30d"}},
		 {"id":"say","type":"message.reply","params":{"body":"{{steps.ok.text}}"}},
		 {"id":"tell","type":"event.emit","params":{"detailType":"harbour.told","detail":{"who":"{{contact.email}}","what":"{{message.text}}"}}},
		 {"id":"file","type":"ticket.create","params":{"subject":"{{message.subject}}","description":"{{message.text}}"}},
		 {"id":"later","type":"wait","params":{"for":"20d"}}],
		"edges":[{"from":"trigger","to":"sum"},{"from":"sum","to":"note"},{"from":"note","to":"know"},{"from":"know","to":"ok"},{"from":"ok","output":"approved","to":"say"},{"from":"ok","output":"rejected","to":"say"},
		 {"from":"ok","output":"timed_out","to":"say"},{"from":"say","to":"tell"},{"from":"tell","to":"file"},{"from":"file","to":"later"}]}`, team))
	// One whose condition is not met: its verdict quotes the actual value.
	d.publish("never", `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.subject","op":"is","value":"something else"}]}},
		"nodes":[{"id":"x","type":"conversation.tag","params":{"add":["x"]}}],"edges":[{"from":"trigger","to":"x"}]}`)
	d.publish("told", `{"trigger":{"type":"event","params":{"detailType":"harbour.told"}},"nodes":[{"id":"keep","type":"set","params":{"values":{"what":"{{detail.what}}"}}}],"edges":[{"from":"trigger","to":"keep"}]}`)

	const word, name = "zanzibarite", "Quirina Voss"
	person := "quirina@" + d.domain("voss")
	write := func(id, to string) {
		d.smtpIn(person, []string{to}, withBill(name+" <"+person+">", to, id+"@voss.example", "My boat "+word, "The "+word+" is leaking."))
	}
	write("q1", care)
	run := d.oneRun(ask, "waiting")
	write("q1", second) // a copy
	d.as(d.staff("ines"), "approver").post("/v1/approvals/"+run.WaitingFor.ApprovalID+"/decision", map[string]any{"decision": "approve", "text": "Dear " + name + ", the " + word + "!", "comment": word}).ok(t)
	d.runAt(run.ID, "paused")
	conversation := d.conversationWith(person)
	// Everything else that people and machines write of somebody.
	d.smtpIn(person, []string{care}, fmt.Appendf(nil, "From: %s <%s>\nTo: %s\nSubject: Re: My boat %s\nMessage-ID: <q2@voss.example>\nIn-Reply-To: <q1@voss.example>\n\nStill %s.\n", name, person, care, word, word))
	d.until("a second run that waits", func() bool { return d.runs(ask)[0].Status == "waiting" })
	d.smtpIn(person, []string{"nobody@desk-" + d.name + ".example"}, fmt.Appendf(nil, "From: %s\nTo: nobody\nSubject: %s\n\n%s\n", person, word, word))
	c.patch("/v1/conversations/"+conversation.ID, map[string]any{"subject": "The " + word}).ok(t)
	c.post("/v1/conversations/"+conversation.ID+"/messages", map[string]any{"body": "By hand to " + name + ": " + word}).ok(t)
	c.post("/v1/tickets", map[string]any{"subject": word, "contactEmail": person}).is(t, 201)
	c.patch("/v1/contacts/"+conversation.ContactID, map[string]any{"attributes": map[string]any{"of": word}}).ok(t)
	// Somebody else, who stays.
	other := "ben@" + d.domain("other")
	d.smtpIn(other, []string{care}, withBill("Ben <"+other+">", care, "b1@other.example", "Ropes", "I need ropes."))
	d.settle()
	if n := len(d.traces(word, name, person)); n < 30 {
		t.Fatalf("the test has only %d traces to erase", n)
	}

	deadline := time.Now().Add(patience)
	for status := 202; status == 202; {
		r := c.call("DELETE", "/v1/contacts/"+conversation.ContactID, nil)
		if status = r.status; status != 202 && status != 204 || time.Now().After(deadline) {
			t.Fatalf("%d: %s", r.status, r.body)
		}
	}
	d.settle()
	if left := d.traces(word, name, person, "quirina", "voss.example"); len(left) > 0 {
		t.Errorf("left:\n%s", strings.Join(left, "\n"))
	}
	if kept := d.conversationWith(other); len(kept.Messages) != 1 || len(kept.Messages[0].Attachments) != 1 {
		t.Errorf("somebody else lost something: %+v", kept)
	}
	if n := len(d.objects()); n != 2 {
		t.Errorf("%d objects, and Ben has two", n)
	}
	d.pass(21 * 24 * time.Hour) // what was under way brings nothing back
	if left := d.traces(word, name, person); len(left) > 0 {
		t.Errorf("came back:\n%s", strings.Join(left, "\n"))
	}
}
