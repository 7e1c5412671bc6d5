package outbox_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

type inboxes []desk.Inbox

func (in inboxes) Inboxes(context.Context) ([]desk.Inbox, error) { return in, nil }

func (inboxes) Secret(context.Context, string) ([]byte, error) {
	return []byte("0123456789abcdef0123456789abcdef"), nil
}

var (
	both = inboxes{{Slug: "billing", Name: "Billing", Address: "billing@demo.test"}, {Slug: "support", Name: "Support", Address: "support@demo.test"}}
	conv = &desk.Conversation{ID: "conv_01KE6P4YM0Y5BMXCACYEZTJ0FK", Subject: "Re: Money back", Inbox: "support", ContactEmail: "anna@example.com"}
	at   = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
)

func TestInbox(t *testing.T) {
	for _, c := range []struct {
		name string
		st   inboxes
		conv *desk.Conversation
		want string
		err  string
	}{
		{"the conversation's", both, conv, "support", ""},
		{"that of a conversation whose inbox is gone", both, &desk.Conversation{Inbox: "sales"}, "billing", ""},
		{"without a conversation", both, nil, "billing", ""},
		{"none", nil, conv, "", "no_inbox"},
	} {
		in, err := outbox.Inbox(t.Context(), c.st, c.conv)
		if in.Slug != c.want || c.err != "" && fault.Name(err) != c.err || c.err == "" && err != nil {
			t.Errorf("%s: %s, %v", c.name, in.Slug, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	in := &desk.Message{Direction: "in", From: desk.Address{Name: "Anna", Email: "anna@work.test"}, MessageID: "two@x", References: []string{"one@x"}}
	for _, c := range []struct {
		name string
		msg  *desk.Message
		to   mail.Address
		refs []string
	}{
		{"who wrote", in, mail.Address{Name: "Anna", Email: "anna@work.test"}, []string{"one@x", "two@x"}},
		{"where answers are wanted", &desk.Message{Direction: "in", From: in.From, ReplyTo: "other@x.test"}, mail.Address{Email: "other@x.test"}, nil},
		{"to our own message", &desk.Message{Direction: "out", From: desk.Address{Email: "support@demo.test"}, MessageID: "three@x"}, mail.Address{Email: "anna@example.com"}, []string{"three@x"}},
		{"without a message", nil, mail.Address{Email: "anna@example.com"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, box, err := outbox.Answer(t.Context(), both, conv, c.msg, []mail.Segment{{Text: "Hello"}}, at)
			if err != nil || box.Slug != "support" || out.From.Email != "support@demo.test" || out.Subject != "Re: Money back" || out.Text != "Hello" {
				t.Errorf("%+v, %v", out, err)
			}
			if d := cmp.Diff([]mail.Address{c.to}, out.To); d != "" {
				t.Errorf("to (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.refs, out.References); d != "" {
				t.Errorf("references (-want +got):\n%s", d)
			}
			key, _ := both.Secret(t.Context(), "")
			if _, id, ok := mail.ParseReplyAddress(out.ReplyTo[0].Email, key); !ok || id != conv.ID {
				t.Errorf("answers go to %s", out.ReplyTo[0].Email)
			}
		})
	}
}

func TestMessage(t *testing.T) {
	long := strings.Repeat("ü", desk.MaxTextBytes)
	m := outbox.Message("msg_1", conv, both[1], mail.Outgoing{To: []mail.Address{{Email: "a@x.test"}}, Cc: []mail.Address{{Name: "B", Email: "b@x.test"}}, Subject: "s", Text: long, HTML: "<p onclick=x>hi</p>"}, "id@ses", at)
	if m.Direction != "out" || m.Inbox != "support" || m.MessageID != "id@ses" || m.To[0].Email != "a@x.test" || m.Cc[0].Name != "B" || strings.Contains(m.HTML, "onclick") {
		t.Errorf("%+v", m)
	}
	if len(m.Text) != desk.MaxTextBytes || !m.TextTruncated || m.FullText != m.Text {
		t.Errorf("%d bytes of text, truncated %v", len(m.Text), m.TextTruncated)
	}
}
