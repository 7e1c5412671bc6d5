package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// maxTries bounds the attempts to commit against concurrent changes.
const maxTries = 5

// Message is a message of a conversation as clients see it.
type Message struct {
	desk.Message
	HTML string   `json:"html"` // sanitised; "" when there is none
	From string   `json:"from"`
	Name string   `json:"fromName,omitempty"`
	To   []string `json:"to"`
	Cc   []string `json:"cc"`
}

// ConversationWhole is a conversation with what was said and done in it.
type ConversationWhole struct {
	desk.Conversation
	Messages []Message    `json:"messages"`
	Timeline []desk.Entry `json:"timeline"`
}

func (s *Server) listConversations(r *http.Request) (*answer, error) {
	q := queryOf(r, "contact", "tag", "inbox", "group", "status", "limit", "cursor")
	f := desk.ConversationFilter{Contact: q.text("contact"), Tag: q.text("tag"), Inbox: q.text("inbox"), Group: q.text("group"), Status: q.oneOf("status", desk.ConversationStatuses...)}
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	if strings.Contains(f.Contact, "@") { // an address is as good as an id
		c, err := s.Store.ContactByEmail(r.Context(), strings.ToLower(f.Contact))
		if err != nil {
			return nil, err
		}
		if c == nil {
			return ok(listOf([]desk.Conversation{}, ""))
		}
		f.Contact = c.ID
	}
	items, next, err := s.Store.Conversations(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []desk.Conversation{}
	}
	return ok(listOf(items, next))
}

func (s *Server) getConversation(r *http.Request) (*answer, error) {
	return s.wholeConversation(r, r.PathValue("id"))
}

func (s *Server) wholeConversation(r *http.Request, convID string) (*answer, error) {
	c, err := s.Store.Conversation(r.Context(), convID)
	if err != nil {
		return nil, err
	}
	messages, err := s.Store.Messages(r.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	timeline, err := s.Store.Timeline(r.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	if timeline == nil {
		timeline = []desk.Entry{}
	}
	out := ConversationWhole{Conversation: *c, Messages: make([]Message, len(messages)), Timeline: timeline}
	for i, m := range messages {
		out.Messages[i] = shown(m)
	}
	return ok(out)
}

func shown(m desk.Message) Message {
	for i := range m.Attachments {
		m.Attachments[i].Key = ""
	}
	if m.Attachments == nil {
		m.Attachments = []desk.Attachment{}
	}
	m.RawKey = ""
	return Message{Message: m, HTML: m.HTML, From: m.From.Email, Name: m.From.Name, To: addresses(m.To), Cc: addresses(m.Cc)}
}

func addresses(list []desk.Address) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Email
	}
	return out
}

func (s *Server) patchConversation(r *http.Request) (*answer, error) {
	var in desk.ConversationEdit
	if err := readClearing(r, &in, "group", "assignee"); err != nil {
		return nil, err
	}
	if err := s.checkAssignment(r, in); err != nil {
		return nil, err
	}
	if in.Subject != nil {
		subject, err := required("subject", *in.Subject, desk.MaxSubjectText)
		if err != nil {
			return nil, err
		}
		in.Subject = &subject
	}
	who := callerOf(r).who
	err := retried(func() error {
		c, err := s.Store.Conversation(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		now := s.Now()
		ch, err := c.Edit(in, now)
		if err != nil || len(ch.What) == 0 {
			return err
		}
		change := desk.Change{Conversation: c, Timeline: []desk.Entry{{At: now.Format(time.RFC3339Nano), Actor: who, What: strings.Join(ch.What, ", ")}}}
		report := func(on bool, typ string, detail any) {
			if !on {
				return
			}
			data, _ := json.Marshal(detail)
			change.Events = append(change.Events, event.Event{ID: s.NewID(id.Event), Type: typ, Time: now, Actor: who,
				Subject: event.Subject{ConversationID: c.ID, ContactID: c.ContactID, TicketID: c.TicketID, MessageID: c.LastMessageID}, Detail: data})
		}
		report(ch.Tagged, event.ConversationTagged, map[string]any{"added": ch.Added, "removed": ch.Removed})
		report(ch.Assigned, event.ConversationAssigned, map[string]any{"inbox": c.Inbox, "group": c.Group, "assignee": c.Assignee})
		report(ch.Closed, event.ConversationClosed, map[string]any{})
		if err := s.also(r, &change, c.ContactID, c.TicketID); err != nil {
			return err
		}
		return s.Store.Commit(r.Context(), change)
	})
	if err != nil {
		return nil, err
	}
	return s.wholeConversation(r, r.PathValue("id"))
}

// retried does f again when what it read has changed since.
func retried(f func() error) (err error) {
	for range maxTries {
		if err = f(); !fault.Is(err, fault.Stale) {
			return err
		}
	}
	return &fault.Error{Code: fault.Unavailable, Message: "it is changing too fast: try again", Cause: err}
}

// also adds the entities that the change's events are about.
func (s *Server) also(r *http.Request, c *desk.Change, contactID, ticketID string) (err error) {
	gone := func(err error) error {
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}
	if contactID != "" && c.Contact == nil {
		c.AlsoContact, err = s.Store.Contact(r.Context(), contactID)
	}
	if gone(err) == nil && ticketID != "" && c.Ticket == nil {
		c.AlsoTicket, err = s.Store.Ticket(r.Context(), ticketID)
	}
	return gone(err)
}

func (s *Server) checkAssignment(r *http.Request, in desk.ConversationEdit) error {
	if in.Inbox != nil && *in.Inbox != "" {
		if _, err := s.Store.Inbox(r.Context(), *in.Inbox); err != nil {
			return unknownName("inbox", *in.Inbox, err)
		}
	}
	if in.Group != nil && *in.Group != "" {
		if _, err := s.Store.Group(r.Context(), *in.Group); err != nil {
			return unknownName("group", *in.Group, err)
		}
	}
	if in.Assignee != nil && *in.Assignee != "" {
		email, err := mail.NormaliseAddress(*in.Assignee)
		if err != nil {
			return fault.New(fault.Invalid, "assignee %q is not an e-mail address", *in.Assignee)
		}
		*in.Assignee = email
	}
	return nil
}

func unknownName(what, slug string, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Unprocessable, "there is no %s %q", what, slug)
	}
	return err
}

// NewMessage is a reply by a person.
type NewMessage struct {
	Body string   `json:"body"` // Markdown
	Cc   []string `json:"cc,omitempty"`
}

// maxCc bounds the addresses that a reply is copied to.
const maxCc = 20

// postMessage is a reply by a person: {body (Markdown), cc?}.
func (s *Server) postMessage(r *http.Request) (*answer, error) {
	var in NewMessage
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Body) == "" {
		return nil, fault.New(fault.Invalid, "body is missing")
	}
	if len(in.Body) > desk.MaxTextBytes {
		return nil, fault.New(fault.Invalid, "body has %d bytes; at most %d can be sent", len(in.Body), desk.MaxTextBytes)
	}
	if len(in.Cc) > maxCc {
		return nil, fault.New(fault.Invalid, "cc has %d addresses; at most %d are possible", len(in.Cc), maxCc)
	}
	c, err := s.Store.Conversation(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	msg, err := s.lastInbound(r, c)
	if err != nil {
		return nil, err
	}
	out, inbox, err := outbox.Answer(r.Context(), s.Store, c, msg, []mail.Segment{{Text: in.Body}}, s.Now())
	if err != nil {
		return nil, err
	}
	for _, a := range in.Cc {
		email, err := mail.NormaliseAddress(a)
		if err != nil {
			return nil, fault.New(fault.Invalid, "cc %q is not an e-mail address", a)
		}
		out.Cc = append(out.Cc, mail.Address{Email: email})
	}
	raw, err := mail.Compose(out)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the mail cannot be composed: %s", err)
	}
	messageID, err := s.Mailer.Send(r.Context(), inbox.Address, outbox.Recipients(out), raw)
	if err != nil {
		return nil, err
	}
	return s.recordReply(r, c.ID, inbox, out, messageID)
}

func (s *Server) recordReply(r *http.Request, convID string, inbox desk.Inbox, out mail.Outgoing, messageID string) (*answer, error) {
	who, newID := callerOf(r).who, s.NewID(id.Message)
	var sent desk.Message
	err := retried(func() error {
		c, err := s.Store.Conversation(r.Context(), convID)
		if err != nil {
			return err
		}
		now := s.Now()
		sent = outbox.Message(newID, c, inbox, out, messageID, now)
		c.Send(now, outbox.Recipients(out))
		c.LastMessageID = sent.ID
		detail, _ := json.Marshal(map[string]any{"to": outbox.Recipients(out), "subject": out.Subject})
		change := desk.Change{Conversation: c, Messages: []desk.Message{sent},
			Timeline: []desk.Entry{{At: now.Format(time.RFC3339Nano), Actor: who, What: "replied to " + strings.Join(outbox.Recipients(out), ", ")}},
			Events: []event.Event{{ID: s.NewID(id.Event), Type: event.MessageSent, Time: now, Actor: who,
				Subject: event.Subject{MessageID: sent.ID, ConversationID: c.ID, ContactID: c.ContactID, TicketID: c.TicketID}, Detail: detail}}}
		if err := s.also(r, &change, c.ContactID, c.TicketID); err != nil {
			return err
		}
		return s.Store.Commit(r.Context(), change)
	})
	if err != nil {
		return nil, &happened{errors.Join(fault.New(fault.Internal, "the mail was sent, but the conversation does not show it"), err)}
	}
	return created("/v1/conversations/"+convID, shown(sent))
}
