package inbound

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// undelivered lists the addresses to which a report says that our mail did not come, for
// good, and those that complained about it. Anybody can write such a report: it counts
// only about mail that we sent, to people that we sent it to. conv is the conversation
// that the report belongs to, nil when it is none yet.
func (r *Receiver) undelivered(ctx context.Context, inboxes []desk.Inbox, msg *mail.Message, conv *desk.Conversation, now time.Time) ([]desk.Bounce, error) {
	b := msg.Bounce
	if msg.Kind != mail.Bounced || b == nil || !b.Permanent() && !b.Complaint {
		return nil, nil
	}
	ours := false // the mail that came back is one of ours that is in no conversation
	if conv == nil && b.MessageID != "" {
		found, err := r.Store.FindByMessageID(ctx, b.MessageID)
		if err != nil {
			return nil, err
		}
		ours = slices.ContainsFunc(found, func(f desk.MailRef) bool { return own(inboxes, f.Sender) })
	}
	var out []desk.Bounce
	add := func(email, status, action, diagnostic string) {
		email = strings.ToLower(email)
		ofConv := conv != nil && (email == conv.ContactEmail || slices.Contains(conv.Participants, email))
		if email == "" || own(inboxes, email) || !ofConv && !ours {
			return
		}
		if !b.Complaint && !(strings.HasPrefix(status, "5") || status == "" && action == "failed") {
			return
		}
		mark := desk.Bounce{Email: email, At: now, Complaint: b.Complaint, Reason: reason(status, diagnostic, b)}
		if conv != nil {
			mark.ConversationID = conv.ID
		}
		out = append(out, mark)
	}
	for _, f := range b.Recipients {
		add(f.Email, f.Status, f.Action, f.Diagnostic)
	}
	if len(b.Recipients) == 0 && conv != nil {
		add(conv.ContactEmail, b.Status, b.Action, b.Diagnostic)
	}
	return out, nil
}

const maxReason = 300 // characters of a report's words

func reason(status, diagnostic string, b *mail.Bounce) string {
	if b.Complaint {
		return strings.TrimSpace("complaint " + b.FeedbackType)
	}
	words := strings.Join(strings.Fields(diagnostic), " ")
	if status != "" && !strings.Contains(words, status) {
		words = strings.TrimSpace(status + " " + words)
	}
	if words == "" {
		words = "the mail system says that it failed"
	}
	if all := []rune(words); len(all) > maxReason {
		words = string(all[:maxReason]) + "…"
	}
	return words
}

// keepBounces stops automatic mail to those whose mail came back, and lets mail to who
// has written go out again. It comes before the commit: doing it twice does no harm,
// and a mail is not taken in twice.
func (r *Receiver) keepBounces(ctx context.Context, marks []desk.Bounce, msg *mail.Message, from string) error {
	for _, b := range marks {
		if err := r.Store.PutBounce(ctx, b); err != nil {
			return fault.Wrap(err, "stop mail to %s", b.Email)
		}
	}
	if msg.IsAutomatic {
		return nil
	}
	return r.Store.EndBounce(ctx, from)
}

// marked notes bounces on the conversation, or that they are over.
func marked(conv *desk.Conversation, marks []desk.Bounce, msg *mail.Message, from string, now time.Time) []desk.Entry {
	at := now.Format(time.RFC3339Nano)
	var out []desk.Entry
	for _, b := range marks {
		conv.Bounced = true
		out = append(out, b.Line(now, from))
	}
	if conv.Bounced && !msg.IsAutomatic {
		conv.Bounced = false
		out = append(out, desk.Entry{At: at, Actor: from, What: "automatic mail goes out again: " + from + " has written"})
	}
	return out
}
