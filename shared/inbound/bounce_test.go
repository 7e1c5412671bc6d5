package inbound_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/desk"
)

// dsn is a report about a mail of ours.
func dsn(about, recipient, action, status string) letter {
	return letter{from: "mailer-daemon@mx.far.example", headers: "From: Mail Delivery System <mailer-daemon@mx.far.example>\nSubject: Undelivered Mail Returned to Sender\n" +
		"Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"bb\"\n",
		body: fmt.Sprintf("--bb\nContent-Type: text/plain\n\nSorry.\n--bb\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.far.example\n\n"+
			"Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; 550 no such user\n\n--bb\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n\n--bb--\n", recipient, action, status, about)}
}

func complaint(about, recipient string) letter {
	return letter{from: "feedback@isp.example", headers: "From: <feedback@isp.example>\nSubject: Abuse report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=\"bb\"\n",
		body: fmt.Sprintf("--bb\nContent-Type: text/plain\n\nAbuse.\n--bb\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nUser-Agent: x/1\nOriginal-Rcpt-To: %s\n\n--bb\nContent-Type: message/rfc822\n\nMessage-ID: <%s>\nTo: %s\n\nx\n--bb--\n", recipient, about, recipient)}
}

// TestBounces: a report stops mail to an address only when it is about mail that we sent
// to it, and for good.
func TestBounces(t *testing.T) {
	const anna, lonely = "anna@example.com", "lonely@example.com"
	for _, c := range []struct {
		name    string
		l       letter
		email   string
		stopped bool
		marked  bool // the conversation
	}{
		{"about a mail of the conversation", dsn("ours-1@desk", anna, "failed", "5.1.1"), anna, true, true},
		{"delayed", dsn("ours-1@desk", anna, "delayed", "4.4.1"), anna, false, false},
		{"about somebody who is not in the conversation", dsn("ours-1@desk", "victim@example.com", "failed", "5.1.1"), "victim@example.com", false, false},
		{"about the desk itself", dsn("ours-1@desk", "support@demo.test", "failed", "5.1.1"), "support@demo.test", false, false},
		{"about a mail that is in no conversation", dsn("ours-2@desk", lonely, "failed", "5.4.4"), lonely, true, false},
		{"about a mail that is not ours", dsn("theirs@far.example", lonely, "failed", "5.1.1"), lonely, false, false},
		{"about a mail of a customer", dsn("hers@example.com", lonely, "failed", "5.1.1"), lonely, false, false},
		{"complaint", complaint("ours-1@desk", anna), anna, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			ctx := t.Context()
			first := w.receive(t, letter{from: anna, headers: "Message-ID: <hers@example.com>\n", body: "I want my money back."})
			conv := w.conv(t, first.ConversationID)
			answer := desk.Message{ID: w.NewID("msg_"), ConversationID: conv.ID, Direction: "out", From: desk.Address{Email: "support@demo.test"}, MessageID: "ours-1@desk", At: w.Now(), Subject: "Re", Kind: "human"}
			if err := w.Commit(ctx, desk.Change{Conversation: conv, Messages: []desk.Message{answer}}); err != nil {
				t.Fatal(err)
			}
			if err := w.Commit(ctx, desk.Change{Mail: &desk.MailMark{MessageID: "ours-2@desk", Sender: "support@demo.test"}}); err != nil {
				t.Fatal(err)
			}
			w.receive(t, c.l)
			b, err := w.Bounce(ctx, c.email)
			if err != nil {
				t.Fatal(err)
			}
			if (b != nil) != c.stopped {
				t.Fatalf("mail to %s is stopped: %v", c.email, b)
			}
			conv = w.conv(t, conv.ID)
			lines, err := w.Timeline(ctx, conv.ID)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Contains(fmt.Sprint(lines), "automatic mail to this address stops")
			if conv.Bounced != c.marked || said != c.marked {
				t.Errorf("the conversation is marked: %v, %v", conv.Bounced, lines)
			}
			if b == nil {
				return
			}
			if b.Reason == "" || b.Complaint != (c.name == "complaint") {
				t.Errorf("bounce %+v", b)
			}
			w.receive(t, letter{from: c.email, headers: "In-Reply-To: <ours-1@desk>\nAuto-Submitted: auto-replied\n", body: "I am away."})
			if b, err := w.Bounce(ctx, c.email); err != nil || b == nil {
				t.Errorf("an automatic reply ends it: %v", err)
			}
			w.receive(t, letter{from: c.email, headers: "In-Reply-To: <ours-1@desk>\n", body: "Here I am."})
			if b, err := w.Bounce(ctx, c.email); err != nil || b != nil {
				t.Errorf("after they wrote: %v %v", b, err)
			}
			if w.conv(t, conv.ID).Bounced {
				t.Error("the conversation is still marked")
			}
		})
	}
}
