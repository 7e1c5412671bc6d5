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

func (s *Server) createTicket(r *http.Request) (*answer, error) {
	var in struct {
		Subject        string `json:"subject"`
		Description    string `json:"description"`
		Status         string `json:"status"`
		Priority       string `json:"priority"`
		Group          string `json:"group"`
		ContactEmail   string `json:"contactEmail"`
		ConversationID string `json:"conversationId"`
	}
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

func (s *Server) patchTicket(r *http.Request) (*answer, error) {
	var in desk.TicketEdit
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Group != nil && *in.Group != "" {
		if _, err := s.Store.Group(r.Context(), *in.Group); err != nil {
			return nil, unknownName("group", *in.Group, err)
		}
	}
	var t *desk.Ticket
	err := retried(func() (err error) {
		if t, err = s.Store.Ticket(r.Context(), r.PathValue("id")); err != nil {
			return err
		}
		before, now := t.Status, s.Now()
		changed, status, err := t.Edit(in, now)
		if err != nil || !changed {
			return err
		}
		change := desk.Change{Ticket: t}
		if status {
			change.Events = []event.Event{{ID: s.NewID(id.Event), Type: event.TicketStatusChanged, Time: now, Actor: callerOf(r).who,
				Subject: event.Subject{TicketID: t.ID, ConversationID: t.ConversationID, ContactID: t.ContactID}, Detail: statusDetail(before, t.Status)}}
			if t.ConversationID != "" {
				if change.AlsoConversation, err = s.Store.Conversation(r.Context(), t.ConversationID); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
			}
			if err := s.also(r, &change, t.ContactID, ""); err != nil {
				return err
			}
		}
		return s.Store.Commit(r.Context(), change)
	})
	if err != nil {
		return nil, err
	}
	return ok(t)
}
