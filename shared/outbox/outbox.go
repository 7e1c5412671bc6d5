// Package outbox puts together the desk's mail to customers: which inbox it is sent as,
// the address that leads an answer back into the conversation, the headers that keep
// the thread, and the message that the conversation remembers. It sends nothing.
package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/mail"
)

// Store is what the package needs of package store.
type Store interface {
	Inboxes(ctx context.Context) ([]desk.Inbox, error)
	Secret(ctx context.Context, name string) ([]byte, error)
}

// Inbox is the inbox that mail about a conversation is sent as: its own, else the first.
func Inbox(ctx context.Context, st Store, conv *desk.Conversation) (desk.Inbox, error) {
	all, err := st.Inboxes(ctx)
	if err != nil {
		return desk.Inbox{}, err
	}
	if conv != nil {
		for _, in := range all {
			if in.Slug == conv.Inbox {
				return in, nil
			}
		}
	}
	if len(all) == 0 {
		return desk.Inbox{}, fault.Named(fault.Unprocessable, "no_inbox", "the desk has no inbox to send from: make one")
	}
	return all[0], nil
}

// Own tells whether an address is one of the desk's inboxes.
func Own(ctx context.Context, st Store, address string) (bool, error) {
	all, err := st.Inboxes(ctx)
	return slices.ContainsFunc(all, func(in desk.Inbox) bool { return in.Address == address }), err
}

// ThreadAddress is the Reply-To that leads an answer back into the conversation.
func ThreadAddress(ctx context.Context, st Store, in desk.Inbox, conv *desk.Conversation) (mail.Address, error) {
	key, err := st.Secret(ctx, inbound.SecretName)
	if err != nil {
		return mail.Address{}, err
	}
	return mail.Address{Name: in.Name, Email: mail.ReplyAddress(in.Address, conv.ID, key)}, nil
}

// Addressee is who an answer to msg goes to: its Reply-To, else its sender; the contact
// of the conversation when there is no message that came in.
func Addressee(conv *desk.Conversation, msg *desk.Message) mail.Address {
	if msg == nil || msg.Direction != "in" {
		return mail.Address{Email: conv.ContactEmail}
	}
	if msg.ReplyTo != "" {
		return mail.Address{Email: msg.ReplyTo}
	}
	return mail.Address{Name: msg.From.Name, Email: msg.From.Email}
}

// Answer is a mail in the thread of a conversation, answering msg (nil: its newest).
func Answer(ctx context.Context, st Store, conv *desk.Conversation, msg *desk.Message, body []mail.Segment, now time.Time) (mail.Outgoing, desk.Inbox, error) {
	in, err := Inbox(ctx, st, conv)
	if err != nil {
		return mail.Outgoing{}, in, err
	}
	back, err := ThreadAddress(ctx, st, in, conv)
	if err != nil {
		return mail.Outgoing{}, in, err
	}
	text, html := mail.Render(body)
	out := mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, To: []mail.Address{Addressee(conv, msg)}, ReplyTo: []mail.Address{back},
		Subject: mail.ReplySubject(conv.Subject), Text: text, HTML: html, Date: now}
	if msg != nil && msg.MessageID != "" {
		out.InReplyTo = msg.MessageID
		out.References = append(slices.Clone(msg.References), msg.MessageID)
	}
	return out, in, nil
}

// Recipients of a mail, To and Cc.
func Recipients(o mail.Outgoing) []string {
	var out []string
	for _, a := range append(slices.Clone(o.To), o.Cc...) {
		out = append(out, a.Email)
	}
	return out
}

// Message is what the conversation remembers of a sent mail; messageID is the one on
// the wire.
func Message(id string, conv *desk.Conversation, in desk.Inbox, o mail.Outgoing, messageID string, now time.Time) desk.Message {
	text, cut := desk.Plain(o.Text, desk.MaxTextBytes)
	m := desk.Message{
		ID: id, ConversationID: conv.ID, Direction: "out", From: desk.Address{Name: in.Name, Email: in.Address},
		Subject: o.Subject, At: now, Text: text, FullText: text, TextTruncated: cut, HTML: mail.Sanitise(o.HTML), Kind: "human", Inbox: in.Slug,
		To: []desk.Address{}, Attachments: []desk.Attachment{}, MessageID: messageID, InReplyTo: o.InReplyTo, References: o.References,
	}
	for _, a := range o.To {
		m.To = append(m.To, desk.Address{Name: a.Name, Email: a.Email})
	}
	for _, a := range o.Cc {
		m.Cc = append(m.Cc, desk.Address{Name: a.Name, Email: a.Email})
	}
	return m
}
