package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// What happens to a conversation starts workflows, whoever does it, and they see its last
// message.
func TestConversationTriggers(t *testing.T) {
	d := sharedDesk(t)
	_, care := d.inbox("care")
	team, boss := d.group("gold", "", d.staff("gus")), d.staff("boss")
	from := "priya@" + d.domain("raman")
	watch := func(trigger, conditions string) string {
		return d.publish(trigger, fmt.Sprintf(`{"trigger":{"type":%q,"conditions":{"all":[{"field":"contact.email","op":"is","value":%q},%s]}},
			"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"{{event.type}}","body":"{{conversation.status}} {{conversation.group | default: \"nobody\"}} {{conversation.tags}} | {{message.from}} | {{message.text | truncate: 60}}"}}],
			"edges":[{"from":"trigger","to":"tell"}]}`, trigger, from, conditions, boss))
	}
	tagged := watch("conversation.tagged", `{"field":"conversation.tags","op":"has_any","value":["vip"]}`)
	assigned := watch("conversation.assigned", fmt.Sprintf(`{"field":"conversation.group","op":"is","value":%q}`, team))
	closed := watch("conversation.closed", `{"field":"conversation.status","op":"is","value":"closed"}`)

	d.deliver(letter{file: "question.eml", from: from, to: care})
	conv := d.conversationWith(from)
	for _, w := range []string{tagged, assigned, closed} {
		if n := len(d.runs(w)); n != 0 {
			t.Fatalf("%d runs before anything happened", n)
		}
	}
	told := func(workflow, typ string, parts ...string) {
		t.Helper()
		r := d.oneRun(workflow, "succeeded")
		if r.Trigger.Type != typ || r.ConversationID != conv.ID {
			t.Errorf("the run is of %s about %s", r.Trigger.Type, r.ConversationID)
		}
		m := d.newestSent(boss)
		if m.Subject != typ {
			t.Fatalf("the newest mail is about %q, want %q", m.Subject, typ)
		}
		for _, p := range append(parts, from, "we moved last week") {
			if !strings.Contains(m.Text, p) {
				t.Errorf("no %q in %q", p, m.Text)
			}
		}
	}
	c := d.admin()
	c.patch("/v1/conversations/"+conv.ID, map[string]any{"tags": []string{"later"}}).ok(t)
	c.patch("/v1/conversations/"+conv.ID, map[string]any{"tags": []string{"later", "vip"}}).ok(t)
	told(tagged, "conversation.tagged", "open", "later, vip")
	first := d.eventOf("conversation.tagged", conv.ID)
	if v := d.verdict(first.ID, tagged); !v.Matched || v.RunID == "" {
		t.Errorf("verdict on the second tag: %+v", v)
	}

	c.patch("/v1/conversations/"+conv.ID, map[string]any{"group": team}).ok(t)
	told(assigned, "conversation.assigned", team)
	c.patch("/v1/conversations/"+conv.ID, map[string]any{"status": "pending"}).ok(t)
	c.patch("/v1/conversations/"+conv.ID, map[string]any{"status": "closed"}).ok(t)
	c.patch("/v1/conversations/"+conv.ID, map[string]any{"status": "closed"}).ok(t)
	told(closed, "conversation.closed", "closed")
	for _, w := range []string{tagged, assigned, closed} {
		d.oneRun(w, "succeeded")
	}
}

// A tag that a workflow puts starts the next workflow, whose run knows that it is caused
// by another.
func TestWorkflowsInARow(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	d.publish("first", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["urgent"]}}],"edges":[{"from":"trigger","to":"tag"}]}`, d.in(inbox)))
	second := d.publish("second", fmt.Sprintf(`{"trigger":{"type":"conversation.tagged","conditions":{"all":[{"field":"conversation.inbox","op":"is","value":%q}]}},
		"nodes":[{"id":"say","type":"message.reply","params":{"body":"We hurry."}}],"edges":[{"from":"trigger","to":"say"}]}`, inbox))
	from := "priya@" + d.domain("raman")
	d.deliver(letter{file: "question.eml", from: from, to: care})
	r := d.oneRun(second, "succeeded")
	if m := d.oneSent(from); !strings.Contains(m.Text, "We hurry.") || !strings.HasPrefix(m.Subject, "Re: ") {
		t.Errorf("sent %q: %q", m.Subject, m.Text)
	}
	d.admin().get("/v1/events/"+r.Trigger.EventID).is(t, 200).has(t, `"causedBy":{"runId":"run_`, `"depth":1`)
}
