// Package feedback takes in what SES tells of mail that the desk has sent: that it came
// back, that somebody complained, that it waits or was refused. An address that is no
// good, or whose owner does not want our mail, gets no more automatic mail until it
// writes; the conversation says so. Reports that come as mail are package inbound's.
package feedback

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/mail"
)

// Store is what the package needs of package store.
type Store interface {
	Secret(ctx context.Context, name string) ([]byte, error)
	Conversation(ctx context.Context, id string) (*desk.Conversation, error)
	FindByMessageID(ctx context.Context, messageID string) ([]desk.MailRef, error)
	PutBounce(ctx context.Context, b desk.Bounce) error
	Commit(ctx context.Context, c desk.Change) error
}

// Desk takes reports in.
type Desk struct {
	Store  Store
	Domain string // of the Message-IDs that SES makes
	Now    func() time.Time
}

// Outcome says what became of a report.
type Outcome struct {
	ConversationID string
	Stopped        []string // addresses that get no automatic mail any more
	Rejected       int      // recipients who did not, or must not, get the mail; 0 of a report that was taken in before
}

// actor of the lines in the conversation.
const actor = "Amazon SES"

// maxTries bounds the attempts to commit against concurrent changes.
const maxTries = 6

// Take takes in the report with the id; a second time does nothing more. A report about
// mail of no conversation stops mail to its addresses all the same.
func (d *Desk) Take(ctx context.Context, id string, r Report) (Outcome, error) {
	found := d.read(ctx, &r)
	if found.id != "" {
		id = found.id
	}
	out := Outcome{Rejected: found.rejected}
	conv, err := d.conversation(ctx, r.Mail)
	if err != nil {
		return out, err
	}
	for i := range found.bounces {
		b := &found.bounces[i]
		if conv != nil {
			b.ConversationID = conv.ID
		}
		if err := d.Store.PutBounce(ctx, *b); err != nil {
			return out, fault.Wrap(err, "stop mail to an address")
		}
		out.Stopped = append(out.Stopped, b.Email)
	}
	if conv == nil {
		return out, nil
	}
	out.ConversationID = conv.ID
	for try := 1; ; try++ {
		err := d.Store.Commit(ctx, change(conv, found, id, d.Now()))
		switch {
		case errors.Is(err, desk.ErrDone):
			out.Rejected = 0
			return out, nil
		case err == nil:
			return out, nil
		case fault.Is(err, fault.Stale) && try < maxTries:
			if conv, err = d.Store.Conversation(ctx, conv.ID); err == nil {
				continue
			}
			if fault.Is(err, fault.NotFound) { // erased meanwhile
				return out, nil
			}
			return out, err
		default:
			return out, err
		}
	}
}

// change marks the conversation when mail to somebody in it has to stop, and tells it.
func change(conv *desk.Conversation, f findings, id string, now time.Time) desk.Change {
	c := desk.Change{Mail: &desk.MailMark{SESID: "feedback " + id}}
	if len(f.bounces) > 0 && !conv.Bounced {
		conv.Bounced, conv.UpdatedAt = true, now
		c.Conversation = conv
	} else {
		c.AlsoConversation = conv
	}
	for _, b := range f.bounces {
		c.Timeline = append(c.Timeline, b.Line(now, actor))
	}
	for _, words := range f.lines {
		c.Timeline = append(c.Timeline, desk.Entry{At: now.Format(time.RFC3339Nano), Actor: actor, What: words})
	}
	return c
}

// findings are what a report says, in the desk's terms.
type findings struct {
	id       string // of the report, given by SES
	bounces  []desk.Bounce
	lines    []string // what stops nothing
	rejected int
}

func (d *Desk) read(ctx context.Context, r *Report) (f findings) {
	stop := func(email string, at time.Time, reason string, complaint bool) {
		email, err := mail.NormaliseAddress(email)
		if err != nil {
			slog.WarnContext(ctx, "feedback names an address that is none", "type", r.EventType)
			return
		}
		if at.IsZero() {
			at = d.Now()
		}
		f.bounces = append(f.bounces, desk.Bounce{Email: email, At: at.UTC(), Reason: reason, Complaint: complaint})
	}
	switch {
	case r.Bounce != nil:
		b := r.Bounce
		f.id = b.ID
		for _, to := range b.Recipients {
			f.rejected++
			if b.Type == "Permanent" {
				stop(to.Email, b.At, b.words(to), false)
				continue
			}
			f.lines = append(f.lines, "mail to "+strings.ToLower(to.Email)+" could not be delivered this time: "+b.words(to))
		}
	case r.Complaint != nil:
		c := r.Complaint
		f.id = c.ID
		for _, to := range c.Recipients {
			if c.Type == "not-spam" { // a report that takes an earlier one back
				f.lines = append(f.lines, strings.ToLower(to.Email)+" says that our mail is no spam")
				continue
			}
			f.rejected++
			reason := strings.TrimSpace("complaint " + c.Type)
			if c.SubType == "OnAccountSuppressionList" {
				reason = "the address is on the account's suppression list in SES because of a complaint; it stays there until it is taken off"
			}
			stop(to.Email, c.At, reason, true)
		}
	case r.DeliveryDelay != nil:
		for _, to := range r.DeliveryDelay.Recipients {
			f.lines = append(f.lines, "mail to "+strings.ToLower(to.Email)+" is late: "+to.words(r.DeliveryDelay.Type))
		}
	case r.Reject != nil:
		f.rejected++
		f.lines = append(f.lines, "Amazon SES refused to send mail to "+strings.ToLower(strings.Join(r.Mail.Destination, ", "))+": "+r.Reject.Reason)
	}
	return f
}

// conversation finds the one that a mail of ours belongs to: by the signed address that
// answers to it go to, which the mail carries, else by its Message-ID. The first works
// for a report that is here before the step that sent the mail has recorded it.
func (d *Desk) conversation(ctx context.Context, m Mail) (*desk.Conversation, error) {
	key, err := d.Store.Secret(ctx, inbound.SecretName)
	if err != nil {
		return nil, err
	}
	for _, h := range m.Headers {
		if !strings.EqualFold(h.Name, "Reply-To") {
			continue
		}
		to, err := mail.NormaliseAddress(strings.Join(strings.Fields(h.Value), " "))
		if err != nil {
			continue
		}
		if _, id, ok := mail.ParseReplyAddress(to, key); ok {
			conv, err := d.Store.Conversation(ctx, id)
			if !fault.Is(err, fault.NotFound) {
				return conv, err
			}
		}
	}
	if m.MessageID == "" {
		return nil, nil
	}
	refs, err := d.Store.FindByMessageID(ctx, m.MessageID+"@"+d.Domain)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if ref.ConversationID == "" {
			continue
		}
		conv, err := d.Store.Conversation(ctx, ref.ConversationID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		return conv, err
	}
	return nil, nil
}
