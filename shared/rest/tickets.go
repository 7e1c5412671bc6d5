package rest

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/mail"
)

func (s *Server) listTickets(r *http.Request) (*answer, error) {
	q := queryOf(r, "status", "group", "contact", "conversation", "limit", "cursor")
	f := desk.TicketFilter{Status: q.oneOf("status", desk.TicketStatuses...), Group: q.text("group"), Contact: q.text("contact"), Conversation: q.text("conversation")}
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	items, next, err := s.Store.Tickets(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []desk.Ticket{}
	}
	return ok(listOf(items, next))
}

func (s *Server) getTicket(r *http.Request) (*answer, error) {
	t, err := s.Store.Ticket(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return ok(t)
}

// NewTicket is a ticket to be; status is open and priority normal when absent.
type NewTicket struct {
	Subject        string `json:"subject"`
	Description    string `json:"description,omitempty"`
	Status         string `json:"status,omitempty"`
	Priority       string `json:"priority,omitempty"`
	Group          string `json:"group,omitempty"`
	ContactEmail   string `json:"contactEmail,omitempty"`
	ConversationID string `json:"conversationId,omitempty"`
}

func (s *Server) createTicket(r *http.Request) (*answer, error) {
	var in NewTicket
	if err := read(r, &in); err != nil {
		return nil, err
	}
	var t desk.Ticket
	err := retried(func() error {
		now := s.Now()
		t = desk.Ticket{ID: s.NewID(id.Ticket), Subject: in.Subject, Description: in.Description, Status: first(in.Status, "open"), Priority: first(in.Priority, "normal"),
			Group: in.Group, ConversationID: in.ConversationID, CreatedAt: now, OpenedAt: now, UpdatedAt: now}
		if err := desk.CheckTicket(t); err != nil {
			return err
		}
		var err error
		if t.Subject, err = required("subject", t.Subject, desk.MaxSubjectText); err != nil {
			return err
		}
		if len(t.Description) > desk.MaxTextBytes {
			return fault.New(fault.Invalid, "description has %d bytes; at most %d are kept", len(t.Description), desk.MaxTextBytes)
		}
		if t.Group != "" {
			if _, err := s.Store.Group(r.Context(), t.Group); err != nil {
				return unknownName("group", t.Group, err)
			}
		}
		change := desk.Change{Ticket: &t}
		if err := s.linkTicket(r, &change, in.ContactEmail, now); err != nil {
			return err
		}
		subject := event.Subject{TicketID: t.ID, ConversationID: t.ConversationID, ContactID: t.ContactID}
		who := callerOf(r).who
		change.Events = append(change.Events,
			event.Event{ID: s.NewID(id.Event), Type: event.TicketCreated, Time: now, Actor: who, Subject: subject},
			event.Event{ID: s.NewID(id.Event), Type: event.TicketStatusChanged, Time: now, Actor: who, Subject: subject, Detail: statusDetail("", t.Status)})
		return s.Store.Commit(r.Context(), change)
	})
	if err != nil {
		return nil, err
	}
	return created("/v1/tickets/"+t.ID, t)
}

// linkTicket ties a new ticket to its conversation and contact; a contact that is not
// there yet is made.
func (s *Server) linkTicket(r *http.Request, change *desk.Change, email string, now time.Time) error {
	t := change.Ticket
	if t.ConversationID != "" {
		c, err := s.Store.Conversation(r.Context(), t.ConversationID)
		if err != nil {
			return unknownName("conversation", t.ConversationID, err)
		}
		if c.TicketID != "" {
			return fault.New(fault.Conflict, "the conversation has the ticket %s already", c.TicketID)
		}
		c.TicketID, c.UpdatedAt = t.ID, now
		t.ContactID, t.ContactEmail = c.ContactID, c.ContactEmail
		change.Conversation = c
		change.Timeline = []desk.Entry{{At: now.Format(time.RFC3339Nano), Actor: callerOf(r).who, What: "ticket made: " + t.Subject}}
	}
	if email != "" {
		address, err := mail.NormaliseAddress(email)
		if err != nil {
			return fault.New(fault.Invalid, "contactEmail %q is not an e-mail address", email)
		}
		if t.ContactEmail != "" && t.ContactEmail != address {
			return fault.New(fault.Unprocessable, "contactEmail is %s, but the conversation is with %s", address, t.ContactEmail)
		}
		t.ContactEmail = address
	}
	if t.ContactEmail == "" {
		return nil
	}
	c, err := s.Store.ContactByEmail(r.Context(), t.ContactEmail)
	if err != nil {
		return err
	}
	if c != nil {
		t.ContactID, change.AlsoContact = c.ID, c
		return nil
	}
	made := desk.NewContact(s.NewID(id.Contact), t.ContactEmail, "", now)
	t.ContactID, change.Contact = made.ID, &made
	change.Events = []event.Event{{ID: s.NewID(id.Event), Type: event.ContactCreated, Time: now, Actor: callerOf(r).who, Subject: event.Subject{ContactID: made.ID}}}
	return nil
}

func statusDetail(from, to string) json.RawMessage {
	d := map[string]string{"status": to}
	if from != "" {
		d["previousStatus"] = from
	}
	data, _ := json.Marshal(d)
	return data
}

// TicketPatch is what may change of a ticket; absent leaves as it is. A conversation or
// a contact can be given to a ticket that has none, and not be taken away.
type TicketPatch struct {
	desk.TicketEdit
	ContactEmail   *string `json:"contactEmail,omitempty"`
	ConversationID *string `json:"conversationId,omitempty"`
}

func (s *Server) checkTicketPatch(r *http.Request, in *TicketPatch) error {
	if in.Subject != nil {
		subject, err := required("subject", *in.Subject, desk.MaxSubjectText)
		if err != nil {
			return err
		}
		in.Subject = &subject
	}
	if in.Description != nil && len(*in.Description) > desk.MaxTextBytes {
		return fault.New(fault.Invalid, "description has %d bytes; at most %d are kept", len(*in.Description), desk.MaxTextBytes)
	}
	if in.Group != nil && *in.Group != "" {
		if _, err := s.Store.Group(r.Context(), *in.Group); err != nil {
			return unknownName("group", *in.Group, err)
		}
	}
	return nil
}

func (s *Server) patchTicket(r *http.Request) (*answer, error) {
	var in TicketPatch
	if err := readClearing(r, &in, "group", "description"); err != nil {
		return nil, err
	}
	if err := s.checkTicketPatch(r, &in); err != nil {
		return nil, err
	}
	var t *desk.Ticket
	err := retried(func() (err error) {
		if t, err = s.Store.Ticket(r.Context(), r.PathValue("id")); err != nil {
			return err
		}
		before, now := t.Status, s.Now()
		edited, status, err := t.Edit(in.TicketEdit, now)
		if err != nil {
			return err
		}
		change := desk.Change{Ticket: t}
		linked, err := s.relinkTicket(r, &change, in, now)
		if err != nil || !edited && !linked {
			return err
		}
		if status {
			change.Events = append(change.Events, event.Event{ID: s.NewID(id.Event), Type: event.TicketStatusChanged, Time: now, Actor: callerOf(r).who,
				Subject: event.Subject{TicketID: t.ID, ConversationID: t.ConversationID, ContactID: t.ContactID}, Detail: statusDetail(before, t.Status)})
			if t.ConversationID != "" && change.Conversation == nil {
				if change.AlsoConversation, err = s.Store.Conversation(r.Context(), t.ConversationID); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
			}
			if change.AlsoContact == nil {
				if err := s.also(r, &change, t.ContactID, ""); err != nil {
					return err
				}
			}
		}
		return s.Store.Commit(r.Context(), change)
	})
	if err != nil {
		return nil, err
	}
	return ok(t)
}

// relinkTicket gives a ticket the conversation or contact of the request.
func (s *Server) relinkTicket(r *http.Request, change *desk.Change, in TicketPatch, now time.Time) (linked bool, err error) {
	t, email := change.Ticket, ""
	if in.ConversationID != nil && *in.ConversationID != t.ConversationID {
		if t.ConversationID != "" {
			return false, fault.New(fault.Conflict, "the ticket belongs to the conversation %s already", t.ConversationID)
		}
		t.ConversationID, linked = *in.ConversationID, true
	}
	if in.ContactEmail != nil {
		if email, err = mail.NormaliseAddress(*in.ContactEmail); err != nil {
			return false, fault.New(fault.Invalid, "contactEmail %q is not an e-mail address", *in.ContactEmail)
		}
		if email != t.ContactEmail {
			if t.ContactEmail != "" {
				return false, fault.New(fault.Conflict, "the ticket is of %s already", t.ContactEmail)
			}
			linked = true
		}
	}
	if !linked {
		return false, nil
	}
	t.UpdatedAt = now
	if former := t.ContactEmail; former != "" && t.ConversationID != "" { // it gets a conversation
		if email == "" {
			email = former
		}
	}
	return true, s.linkTicket(r, change, email, now)
}
