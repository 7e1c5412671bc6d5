package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// What SES tells of an answer that did not arrive, or was not wanted, is read on the
// conversation, and no workflow writes to that address again before it writes itself.
func TestFeedback(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	answer := d.publish("answer", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"say","type":"message.reply","params":{"body":"We look into it."}}],"edges":[{"from":"trigger","to":"say"}]}`, d.in(inbox)))
	nudge := d.publish("nudge", fmt.Sprintf(`{"trigger":{"type":"conversation.tagged","conditions":{"all":[{"field":"conversation.inbox","op":"is","value":%q},{"field":"conversation.tags","op":"has_any","value":["nudge"]}]}},
		"nodes":[{"id":"say","type":"message.send","params":{"to":"{{contact.email}}","subject":"Still there?","body":"Any news?"}}],"edges":[{"from":"trigger","to":"say"}]}`, inbox))
	for _, c := range []struct {
		mailbox, line string
		stopped       bool
	}{
		{"bounce", "could not be delivered: 550 5.1.1 user unknown; automatic mail to this address stops until it writes", true},
		{"complaint", "complained about our mail (complaint abuse); automatic mail to this address stops until it writes", true},
		{"suppressionlist", "global suppression list", true},
		{"success", "", false},
	} {
		t.Run(c.mailbox, func(t *testing.T) {
			d := d.inSub(t)
			customer := c.mailbox + "+" + d.name + "@simulator.amazonses.com"
			d.deliver(letter{file: "question.eml", from: customer, to: care})
			if out := d.output(d.newest(answer, "succeeded"), "say"); !*out.Sent {
				t.Fatalf("the first answer was not sent: %+v", out)
			}
			id := d.conversationWith(customer).ID
			read := func() (conv struct {
				Bounced  bool
				Timeline []struct{ Actor, What string }
			}) {
				d.admin().get("/v1/conversations/"+id).is(t, 200).into(t, &conv)
				return conv
			}
			if c.stopped {
				d.until("the conversation shows it", func() bool { return read().Bounced })
			}
			var told []string
			for _, e := range read().Timeline {
				if e.Actor == "Amazon SES" {
					told = append(told, e.What)
				}
			}
			if c.stopped && (len(told) != 1 || !strings.Contains(told[0], c.line) || !strings.Contains(told[0], customer)) || !c.stopped && (len(told) > 0 || read().Bounced) {
				t.Errorf("the conversation was told %q, want %q", told, c.line)
			}

			d.admin().patch("/v1/conversations/"+id, map[string]any{"tags": []string{"nudge"}}).ok(t)
			out := d.output(d.newest(nudge, "succeeded"), "say")
			if *out.Sent == c.stopped || c.stopped && out.Suppressed != "bounced" {
				t.Errorf("the next automatic mail: %+v", out)
			}
			if want := 2; !c.stopped && len(d.sent(customer)) != want || c.stopped && len(d.sent(customer)) != 1 {
				t.Errorf("%d mails were sent", len(d.sent(customer)))
			}
			if !c.stopped {
				return
			}
			d.deliver(letter{file: "question.eml", from: customer, to: care})
			if out := d.output(d.newest(answer, "succeeded"), "say"); !*out.Sent {
				t.Errorf("after they wrote: %+v", out)
			}
		})
	}
}
