package e2e_test

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"testing"
)

// tagOnly is a workflow that tags every message of an inbox: something to start.
func (d *desk) tagOnly(inbox, tag string) string {
	return fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":[%q]}}],"edges":[{"from":"trigger","to":"tag"}]}`, d.in(inbox), tag)
}

func TestThreads(t *testing.T) {
	d := sharedDesk(t)
	_, care := d.inbox("care")
	priya := "priya@" + d.domain("raman")
	first := d.deliver(letter{file: "question.eml", from: priya, to: care})
	conv := d.conversationWith(priya).ID
	d.admin().post("/v1/conversations/"+conv+"/messages", map[string]any{"body": "We can still change it. Shall we?"}).is(t, 201)
	answer := d.oneSent(priya)
	back, err := mail.ParseAddress(answer.Headers["Reply-To"])
	if err != nil || back.Address == care || !strings.HasPrefix(back.Address, "care+") {
		t.Fatalf("Reply-To is %q", answer.Headers["Reply-To"])
	}
	messages := func() int { return len(d.conversation(conv).Messages) }

	t.Run("a reply to the tagged address joins, whatever its headers", func(t *testing.T) {
		d := d.inSub(t)
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: back.Address, subject: "Something else"})
		if c := d.conversationWith(priya); c.ID != conv || len(c.Messages) != 3 || c.Messages[2].Text != "Yes please, use the new address." {
			t.Errorf("the conversation is %+v", c.Messages)
		}
	})
	t.Run("in other capitals too", func(t *testing.T) {
		d := d.inSub(t)
		n := messages()
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: strings.ToUpper(back.Address), subject: "Again"})
		if got := messages(); got != n+1 {
			t.Errorf("%d messages, want %d", got, n+1)
		}
	})
	t.Run("a stranger with the tagged address does not", func(t *testing.T) {
		d := d.inSub(t)
		n, stranger := messages(), "mallory@"+d.domain("stranger")
		d.deliver(letter{file: "reply_top_posted.eml", from: stranger, to: back.Address, subject: answer.Subject})
		if c := d.conversationWith(stranger); c.ID == conv || messages() != n {
			t.Errorf("the stranger is in conversation %s", c.ID)
		}
	})
	t.Run("a forged tag does not", func(t *testing.T) {
		d := d.inSub(t)
		n := messages()
		forged := back.Address[:len("care+")] + strings.Replace(back.Address[len("care+"):], ".", ".zz", 1)
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: forged, subject: answer.Subject})
		if list := d.conversations(priya); len(list) != 2 || messages() != n {
			t.Errorf("%d conversations, %d messages in the first", len(list), messages())
		}
	})
	t.Run("In-Reply-To joins", func(t *testing.T) {
		d := d.inSub(t)
		n := messages()
		sent := strings.Trim(answer.Headers["Message-ID"], "<>")
		if sent == "" {
			t.Fatalf("the sent mail has no Message-ID: %v", answer.Headers)
		}
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: care, subject: "Other words", thread: "In-Reply-To: <" + sent + ">\nReferences: <" + first + ">\n <" + sent + ">\n"})
		if got := messages(); got != n+1 {
			t.Errorf("%d messages, want %d", got, n+1)
		}
	})
	t.Run("References join", func(t *testing.T) {
		d := d.inSub(t)
		n := messages()
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: care, subject: "Other words", thread: "References: <unknown@mail.example> <" + first + ">\n"})
		if got := messages(); got != n+1 {
			t.Errorf("%d messages, want %d", got, n+1)
		}
	})
	t.Run("a subject alone does not", func(t *testing.T) {
		d := d.inSub(t)
		n, had := messages(), len(d.conversations(priya))
		d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: care, subject: "Re: Delivery address — order A-1932"})
		if got := len(d.conversations(priya)); got != had+1 || messages() != n {
			t.Errorf("%d conversations, want %d", got, had+1)
		}
	})
}

func TestDuplicateMail(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	_, other := d.inbox("other")
	w := d.publish("tag", d.tagOnly(inbox, "seen"))
	priya := "priya@" + d.domain("raman")
	id := d.deliver(letter{file: "question.eml", from: priya, to: care, envelope: []string{care, other}})
	for range 2 {
		d.deliver(letter{file: "question.eml", from: priya, to: care, id: id})
	}
	d.deliver(letter{file: "question.eml", from: priya, to: other, id: id}) // the other copy of a mail to two inboxes
	c := d.conversationWith(priya)
	if len(c.Messages) != 1 || c.Inbox != inbox {
		t.Errorf("%d messages, in inbox %s", len(c.Messages), c.Inbox)
	}
	received := 0
	for _, e := range all[eventRead](d, "/v1/events", url.Values{"type": {"message.received"}}) {
		if e.Subject.ConversationID == c.ID {
			received++
		}
	}
	if n := len(d.runs(w)); received != 1 || n != 1 {
		t.Errorf("%d events, %d runs; want one of each", received, n)
	}
	// The same Message-ID of another sender is another mail.
	d.deliver(letter{file: "question.eml", from: "eve@" + d.domain("raman"), to: care, id: id})
	if n := len(d.runs(w)); n != 2 {
		t.Errorf("%d runs, want two", n)
	}
}

func TestReopen(t *testing.T) {
	d := sharedDesk(t)
	_, care := d.inbox("care")
	priya := "priya@" + d.domain("raman")
	id := d.deliver(letter{file: "question.eml", from: priya, to: care})
	conv := d.conversationWith(priya).ID
	d.admin().patch("/v1/conversations/"+conv, map[string]any{"status": "closed"}).is(t, 200)
	if c := d.conversation(conv); c.Status != "closed" {
		t.Fatalf("status is %s", c.Status)
	}
	d.deliver(letter{file: "reply_top_posted.eml", from: priya, to: care, subject: "Re: x", thread: "In-Reply-To: <" + id + ">\n"})
	c := d.conversation(conv)
	if c.Status != "open" || len(c.Messages) != 2 {
		t.Errorf("status %s, %d messages", c.Status, len(c.Messages))
	}
	told := false
	for _, l := range c.Timeline {
		told = told || strings.Contains(l.What, "reopened")
	}
	if !told {
		t.Errorf("the timeline does not tell: %+v", c.Timeline)
	}
}
