// Package inbound takes one mail from its raw text to contact, conversation, message
// and events, in one transaction. What cannot be taken in is kept and listed, never
// dropped. It knows the desk and mail, and neither workflows nor where things are kept.
package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// Delivery is what SES says of a mail; the raw text lies in the bucket under Key.
type Delivery struct {
	ID         string // of the delivery, given by SES
	Key        string
	From       string   // MAIL FROM; "" is the null path
	Recipients []string // RCPT TO that matched the receipt rule
	Verdicts   Verdicts
	At         time.Time
	Again      bool // it was put aside before, and somebody gives it once more

	messageID string // that its message will have, through all tries
}

// SourceAgain stands in place of SES's event source in a delivery that is given again.
const SourceAgain = "deskhand:reprocess"

// Verdicts of SES: pass fail gray unknown; DMARCPolicy is what the sender's domain asks
// for when DMARC fails: none quarantine reject.
type Verdicts struct{ Spam, Virus, SPF, DKIM, DMARC, DMARCPolicy string }

// infected tells whether the virus scan has found something.
func (v Verdicts) infected() bool { return v.Virus == "fail" }

// Store is what the package needs of package store.
type Store interface {
	Inboxes(ctx context.Context) ([]desk.Inbox, error)
	Secret(ctx context.Context, name string) ([]byte, error)
	ContactByEmail(ctx context.Context, email string) (*desk.Contact, error)
	Contact(ctx context.Context, id string) (*desk.Contact, error)
	Conversation(ctx context.Context, id string) (*desk.Conversation, error)
	Ticket(ctx context.Context, id string) (*desk.Ticket, error)
	Message(ctx context.Context, conversationID, id string) (*desk.Message, error)
	FindByMessageID(ctx context.Context, messageID string) ([]desk.MailRef, error)
	Delivered(ctx context.Context, id string) (bool, error)
	Commit(ctx context.Context, c desk.Change) error
	PutFailedMail(ctx context.Context, m desk.FailedMail) error
	DeleteFailedMail(ctx context.Context, id string) error
	PutBounce(ctx context.Context, b desk.Bounce) error
	EndBounce(ctx context.Context, email string) error
}

// Blobs is the bucket.
type Blobs interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Put(ctx context.Context, key string, data []byte, contentType string) error
	Delete(ctx context.Context, key string) error
}

// SecretName is the key that signs reply addresses.
const SecretName = "reply-address"

// maxTries bounds the attempts to commit against concurrent changes.
const maxTries = 6

// Receiver takes mail in.
type Receiver struct {
	Store Store
	Blobs Blobs
	NewID func(prefix string) string
	Now   func() time.Time
}

// Outcome says what became of a mail.
type Outcome struct {
	Result         string `json:"result"` // accepted, duplicate or failed
	ConversationID string `json:"conversationId,omitempty"`
	MessageID      string `json:"messageId,omitempty"`
	Reason         string `json:"reason,omitempty"`  // of a failed one
	EventID        string `json:"eventId,omitempty"` // message.received
}

// Receive takes a delivery in. An error means that it should be tried again; a mail
// that can never be processed is put aside and is no error.
func (r *Receiver) Receive(ctx context.Context, d Delivery) (Outcome, error) {
	raw, err := r.Blobs.Get(ctx, d.Key)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			if known, err := r.Store.Delivered(ctx, d.ID); err != nil || known { // a copy, which was dropped
				return Outcome{Result: "duplicate"}, err
			}
			return r.putAside(ctx, d, nil, "the raw mail is not in the bucket (any more)")
		}
		if fault.Is(err, fault.Unprocessable) {
			return r.putAside(ctx, d, nil, fault.Message(err))
		}
		return Outcome{}, fault.Wrap(err, "read the raw mail")
	}
	msg, err := parse(raw, mail.Envelope{From: d.From, Recipients: d.Recipients})
	if err != nil {
		return r.putAside(ctx, d, nil, "the mail cannot be parsed: "+err.Error())
	}
	if d.Verdicts.infected() && !d.Again {
		return r.putAside(ctx, d, msg, "the virus scan found something in the mail: reprocess it to take it in without its attachments")
	}
	d.messageID = r.NewID("msg_")
	for try := 1; ; try++ {
		out, err := r.take(ctx, d, msg)
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			return r.putAside(ctx, d, msg, refused.why)
		case fault.Is(err, fault.Unprocessable):
			r.forget(ctx, d, msg)
			return r.putAside(ctx, d, msg, fault.Message(err))
		case err == nil || errors.Is(err, desk.ErrDone):
			if err == nil && !d.Again { // it never failed
				return out, nil
			}
			if err != nil {
				out = Outcome{Result: "duplicate"}
				if err := r.dropCopies(ctx, d, msg); err != nil {
					return Outcome{}, fault.Wrap(err, "drop the copy of a mail")
				}
			}
			if err := r.Store.DeleteFailedMail(ctx, d.ID); err != nil && !fault.Is(err, fault.NotFound) {
				slog.WarnContext(ctx, "failed mail stays listed", "error", err)
			}
			return out, nil
		case (fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict)) && try < maxTries:
			continue // somebody else changed the conversation or made the contact: look again
		default: // it may have been committed all the same: what it kept stays
			return Outcome{}, err
		}
	}
}

// refusal is a reason for which no retry helps.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func (r *Receiver) putAside(ctx context.Context, d Delivery, msg *mail.Message, why string) (Outcome, error) {
	f := desk.FailedMail{ID: d.ID, Key: d.Key, From: d.From, Envelope: d.From, Recipients: d.Recipients, Error: why, At: r.Now(),
		Spam: d.Verdicts.Spam, Virus: d.Verdicts.Virus, SPF: d.Verdicts.SPF, DKIM: d.Verdicts.DKIM, DMARC: d.Verdicts.DMARC, DMARCPolicy: d.Verdicts.DMARCPolicy}
	if msg != nil {
		f.Subject = msg.Subject
		if msg.From.Email != "" {
			f.From = msg.From.Email
		}
	}
	if err := r.Store.PutFailedMail(ctx, f); err != nil {
		return Outcome{}, fault.Wrap(err, "put the mail aside")
	}
	return Outcome{Result: "failed", Reason: why}, nil
}

// take builds the change for the desk as it is now and commits it.
func (r *Receiver) take(ctx context.Context, d Delivery, msg *mail.Message) (Outcome, error) {
	inboxes, err := r.Store.Inboxes(ctx)
	if err != nil {
		return Outcome{}, err
	}
	inbox, ok := match(inboxes, d.Recipients, msg)
	if !ok {
		return Outcome{}, &refusal{fmt.Sprintf("no inbox has an address among %s: make the inbox, then reprocess the mail", strings.Join(d.Recipients, ", "))}
	}
	from := sender(msg, d.From)
	if from.Email == "" {
		return Outcome{}, &refusal{"the mail names no sender, neither in From nor in its envelope"}
	}
	now := r.Now()
	contact, isNew, err := r.contact(ctx, from, now)
	if err != nil {
		return Outcome{}, err
	}
	conv, err := r.thread(ctx, d, msg, from.Email)
	if err != nil {
		return Outcome{}, err
	}
	bounces, err := r.undelivered(ctx, inboxes, msg, conv, now)
	if err != nil {
		return Outcome{}, err
	}
	fresh := conv == nil
	if fresh {
		conv = &desk.Conversation{ID: r.NewID("conv_"), Subject: subject(msg), Status: "open", Priority: "normal",
			Inbox: inbox.Slug, Tags: []string{}, ContactID: contact.ID, ContactEmail: contact.Email, CreatedAt: now}
	}
	reopened := conv.Status == "closed"
	conv.Receive(now, append(people(inboxes, msg), from.Email))
	m := r.message(conv.ID, d, msg, from, inbox, now)
	conv.LastMessageID = m.ID
	left := 0 // attachments that nobody is to open
	if d.Verdicts.infected() {
		left = len(msg.Attachments)
	} else if err := r.keepAttachments(ctx, &m, msg); err != nil {
		return Outcome{}, err
	}

	change := desk.Change{Conversation: conv, Messages: []desk.Message{m},
		Mail: &desk.MailMark{SESID: d.ID, MessageID: msg.MessageID, Sender: from.Email}}
	subj := event.Subject{MessageID: m.ID, ConversationID: conv.ID, ContactID: contact.ID}
	if isNew {
		change.Contact = contact
		change.Events = append(change.Events, event.Event{ID: r.NewID("evt_"), Type: event.ContactCreated, Time: now, Actor: from.Email, Subject: subj,
			Detail: detail(inboxes, from.Email, msg)})
	} else if contact.IsNew || (contact.Name == "" && from.Name != "") {
		contact.IsNew, contact.UpdatedAt = false, now
		if contact.Name == "" {
			contact.Name = from.Name
		}
		change.Contact = contact
	} else {
		change.AlsoContact = contact
	}
	subj.TicketID = conv.TicketID
	if conv.TicketID != "" {
		if change.AlsoTicket, err = r.Store.Ticket(ctx, conv.TicketID); err != nil && !fault.Is(err, fault.NotFound) {
			return Outcome{}, err
		}
	}
	change.Events = append(change.Events, event.Event{ID: r.NewID("evt_"), Type: event.MessageReceived, Time: now, Actor: from.Email,
		Subject: subj, Detail: detail(inboxes, from.Email, msg)})
	change.Timeline = append(change.Timeline, desk.Entry{At: now.Format(time.RFC3339Nano), Actor: from.Email, What: "message received"})
	if left > 0 {
		change.Timeline = append(change.Timeline, desk.Entry{At: now.Format(time.RFC3339Nano), Actor: from.Email,
			What: fmt.Sprintf("attachments left out, because the virus scan found something: %d", left)})
	}
	if reopened {
		change.Timeline = append(change.Timeline, desk.Entry{At: now.Format(time.RFC3339Nano), Actor: from.Email, What: "conversation reopened by a reply"})
	}
	change.Timeline = append(change.Timeline, marked(conv, bounces, msg, from.Email, now)...)
	if err := r.keepBounces(ctx, bounces, msg, from.Email); err != nil {
		return Outcome{}, err
	}
	if err := r.Store.Commit(ctx, change); err != nil {
		return Outcome{}, err
	}
	return Outcome{Result: "accepted", ConversationID: conv.ID, MessageID: m.ID, EventID: change.Events[len(change.Events)-1].ID}, nil
}

func (r *Receiver) contact(ctx context.Context, from desk.Address, now time.Time) (*desk.Contact, bool, error) {
	c, err := r.Store.ContactByEmail(ctx, from.Email)
	if err != nil {
		return nil, false, err
	}
	if c != nil {
		return c, false, nil
	}
	made := desk.NewContact(r.NewID("con_"), from.Email, from.Name, now)
	return &made, true, nil
}
