package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Each conversation that is quiet for a day is asked about, in its thread; each contact
// with a tag gets a mail.
func TestScheduleForEachPerson(t *testing.T) {
	d := ownStack(t, nil)
	inbox, care := d.inbox("care")
	ann, bob := "ann@"+d.domain("a"), "bob@"+d.domain("b")
	d.deliver(letter{file: "question.eml", from: ann, to: care})
	d.deliver(letter{file: "question.eml", from: bob, to: care})
	quiet, closed := d.conversationWith(ann), d.conversationWith(bob)
	d.admin().patch("/v1/conversations/"+closed.ID, map[string]any{"status": "closed"}).ok(t)
	d.admin().patch("/v1/contacts/"+closed.ContactID, map[string]any{"tags": []string{"club"}}).ok(t)

	ask := d.publish("ask", fmt.Sprintf(`{"trigger":{"type":"schedule","params":{"schedule":"rate(1 day)","timezone":"UTC","each":"conversation"},
		"conditions":{"all":[{"field":"conversation.inbox","op":"is","value":%q},{"field":"conversation.status","op":"is","value":"open"},{"field":"conversation.lastMessageAt","op":"older_than","value":"1d"},{"field":"conversation.tags","op":"has_none","value":["asked"]}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["asked"]}},{"id":"say","type":"message.reply","params":{"body":"Is it solved, {{contact.name | default: \"you\"}}?"}}],
		"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"say"}]}`, inbox))
	news := d.publish("news", `{"trigger":{"type":"schedule","params":{"schedule":"rate(1 day)","timezone":"UTC","each":"contact"},"conditions":{"field":"contact.tags","op":"has_any","value":["club"]}},
		"nodes":[{"id":"say","type":"message.send","params":{"to":"{{contact.email}}","subject":"News of {{event.time | date: \"YYYY\"}}","body":"Hello {{contact.name | default: \"you\"}}"}}],"edges":[{"from":"trigger","to":"say"}]}`)
	for range 3 {
		d.pass(24 * time.Hour)
	}
	r := d.oneRun(ask, "succeeded") // the tag keeps the later ticks off
	if r.ConversationID != quiet.ID {
		t.Errorf("the run is about %s, not %s", r.ConversationID, quiet.ID)
	}
	if m := d.oneSent(ann); !strings.HasPrefix(m.Subject, "Re: ") || !strings.Contains(m.Text, "Is it solved, Priya Raman?") || m.Headers["In-Reply-To"] == "" {
		t.Errorf("sent %q: %q %v", m.Subject, m.Text, m.Headers)
	}
	d.until("three mails", func() bool { return len(d.sent(bob)) == 3 })
	if m := d.newestSent(bob); !strings.HasPrefix(m.Subject, "News of 20") {
		t.Errorf("sent %q", m.Subject)
	}
	if n := len(d.runs(news)); n != 3 {
		t.Errorf("%d runs, one for each day is 3", n)
	}

	// By hand it needs what each would give.
	d.admin().post("/v1/workflows/"+news+"/runs", map[string]any{}).is(t, 422)
	d.admin().post("/v1/workflows/"+news+"/runs", map[string]any{"contactId": closed.ContactID}).is(t, 202)
	d.until("a fourth mail", func() bool { return len(d.sent(bob)) == 4 })
}
