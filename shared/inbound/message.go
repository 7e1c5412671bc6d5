package inbound

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// maxHTML is how much sanitised HTML an item keeps; larger ones are read from the raw mail.
const maxHTML = 200 << 10

func (r *Receiver) message(convID string, d Delivery, msg *mail.Message, from desk.Address, inbox desk.Inbox, now time.Time) desk.Message {
	m := desk.Message{
		ID: d.messageID, ConversationID: convID, Direction: "in", From: from, Subject: msg.Subject, At: now,
		To: addresses(msg.To), Cc: addresses(msg.Cc), Kind: string(msg.Kind), IsAutomatic: msg.IsAutomatic, Inbox: inbox.Slug,
		Spam: d.Verdicts.Spam, Virus: d.Verdicts.Virus, SPF: d.Verdicts.SPF, DKIM: d.Verdicts.DKIM, DMARC: d.Verdicts.DMARC, DMARCPolicy: d.Verdicts.DMARCPolicy,
		MessageID: msg.MessageID, References: msg.References, RawKey: d.Key, Attachments: []desk.Attachment{}, ReturnPath: d.From,
	}
	if d.From == "" {
		m.ReturnPath = "<>"
	}
	if len(msg.InReplyTo) > 0 {
		m.InReplyTo = msg.InReplyTo[0]
	}
	if len(msg.ReplyTo) > 0 && msg.ReplyTo[0].Email != from.Email {
		m.ReplyTo = msg.ReplyTo[0].Email
	}
	var cutText, cutFull bool
	m.Text, cutText = desk.Plain(msg.Text, desk.MaxTextBytes)
	m.FullText, cutFull = desk.Plain(msg.FullText, desk.MaxTextBytes)
	m.TextTruncated = cutText || cutFull
	if html := mail.Sanitise(msg.HTML); len(html) <= maxHTML {
		m.HTML = html
	}
	return m
}

func attachmentID(i int) string { return fmt.Sprintf("a%d", i+1) }

// keepAttachments writes the attachments to the bucket before the message is there.
func (r *Receiver) keepAttachments(ctx context.Context, m *desk.Message, msg *mail.Message) error {
	for i, a := range msg.Attachments {
		id := attachmentID(i)
		key := attachmentKey(m.ID, id)
		if err := r.Blobs.Put(ctx, key, a.Content, a.Type); err != nil {
			return fault.Wrap(err, "keep attachment %q", a.Name)
		}
		m.Attachments = append(m.Attachments, desk.Attachment{ID: id, Name: a.Name, Type: a.Type, Size: a.Size, Inline: a.Inline, Key: key})
	}
	return nil
}

// sender is who wrote: From, else Sender, else the envelope.
func sender(msg *mail.Message, envelope string) desk.Address {
	for _, a := range []mail.Address{msg.From, msg.Sender} {
		if email, err := mail.NormaliseAddress(a.Email); err == nil {
			return desk.Address{Name: a.Name, Email: email}
		}
	}
	if email, err := mail.NormaliseAddress(envelope); err == nil {
		return desk.Address{Email: email}
	}
	return desk.Address{}
}

func subject(msg *mail.Message) string {
	if s := strings.TrimSpace(msg.Subject); s != "" {
		return s
	}
	return "(no subject)"
}

// detail says of a message.received event what no field of the message says.
func detail(inboxes []desk.Inbox, from string, msg *mail.Message) json.RawMessage {
	d := map[string]any{}
	if own(inboxes, from) {
		d["ownMail"] = true
	}
	if len(msg.KindEvidence) > 0 && msg.IsAutomatic {
		d["automatic"] = msg.KindEvidence
	}
	if len(d) == 0 {
		return nil
	}
	data, _ := json.Marshal(d)
	return data
}

func addresses(list []mail.Address) []desk.Address {
	out := []desk.Address{}
	for _, a := range list {
		out = append(out, desk.Address{Name: a.Name, Email: a.Email})
	}
	return out
}
