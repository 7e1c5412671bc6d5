package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Automatic mail starts runs like any other; what would be sent to it is suppressed.
func TestAutomaticMail(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	answer := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["seen"]}},{"id":"say","type":"message.reply","params":{"body":"We have it."}}],
		"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"say"}]}`, d.in(inbox)))
	welcome := d.publish("welcome", fmt.Sprintf(`{"trigger":{"type":"contact.created","conditions":{"all":[{"field":"contact.domain","op":"ends_with","value":%q}]}},
		"nodes":[{"id":"hello","type":"message.send","params":{"to":"{{contact.email}}","subject":"Welcome","body":"Hello"}}],"edges":[{"from":"trigger","to":"hello"}]}`, d.name+".example"))
	for _, c := range []struct {
		name, kind string
		l          letter
	}{
		{"out of office", "auto_reply", letter{file: "out_of_office.eml", from: "a.weber@" + d.domain("firma"), to: care}},
		{"bounce", "bounce", letter{file: "bounce.eml", from: "mailer-daemon@" + d.domain("far"), to: care, bounce: true}},
		{"list", "list", letter{file: "list.eml", from: "dana@" + d.domain("project"), to: care}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := d.inSub(t)
			d.deliver(c.l)
			conv := d.conversationWith(c.l.from)
			if m := conv.Messages[0]; m.Kind != c.kind || !m.IsAutomatic {
				t.Errorf("kind %q, automatic %v", m.Kind, m.IsAutomatic)
			}
			for workflow, step := range map[string]string{answer: "say", welcome: "hello"} {
				r := d.newest(workflow, "succeeded")
				if r.ConversationID != conv.ID {
					t.Fatalf("the newest run of %s is about %s, not %s", workflow, r.ConversationID, conv.ID)
				}
				last := r.Steps[len(r.Steps)-1]
				var out struct {
					Sent       *bool
					Suppressed string
				}
				if err := json.Unmarshal(last.Output, &out); err != nil || last.NodeID != step || last.Status != "succeeded" || out.Sent == nil || *out.Sent || out.Suppressed != "automatic" {
					t.Errorf("step %s %s gave %s (%v)", last.NodeID, last.Status, last.Output, err)
				}
			}
			if len(conv.Tags) != 1 {
				t.Errorf("tags %q: what sends nothing is not suppressed", conv.Tags)
			}
			if got := d.sent(c.l.from); len(got) != 0 {
				t.Errorf("it was answered: %+v", got)
			}
		})
	}
	t.Run("a person is answered", func(t *testing.T) {
		d := d.inSub(t)
		priya := "priya@" + d.domain("raman")
		d.deliver(letter{file: "question.eml", from: priya, to: care})
		d.until("two mails", func() bool { return len(d.sent(priya)) == 2 })
	})
}
