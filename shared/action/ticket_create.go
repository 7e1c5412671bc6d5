package action

import (
	"context"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
)

// createTicket is ticket.create {subject, description?, priority?, group?} → ticketId,
// created. A conversation has one ticket at a time: while the one it has is not closed,
// that one is the answer and created is false, so that the second message of a thread
// does not open a second ticket.
func (d *Desk) createTicket(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Subject, Description, Priority, Group string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	p.Subject, _ = cutText(oneLine(p.Subject), desk.MaxSubjectText)
	p.Description, _ = cutText(strings.TrimSpace(p.Description), desk.MaxTextBytes)
	if p.Priority == "" {
		p.Priority = "normal"
	}
	if p.Group = strings.TrimSpace(p.Group); p.Group != "" {
		if _, err := d.group(ctx, p.Group); err != nil {
			return nil, err
		}
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.maybeConversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		if conv != nil && conv.TicketID != "" {
			has, err := maybe(d.Store.Ticket(ctx, conv.TicketID))
			if err != nil {
				return nil, nil, err
			}
			if has != nil && has.Status != "closed" {
				return nil, &Response{Result: map[string]any{"ticketId": has.ID, "created": false}, Ticket: has, Conversation: conv}, nil
			}
		}
		now := d.Now()
		t := &desk.Ticket{ID: d.NewID(id.Ticket), Subject: p.Subject, Description: p.Description, Status: "open", Priority: p.Priority, Group: p.Group,
			CreatedAt: now, OpenedAt: now, UpdatedAt: now}
		if err := desk.CheckTicket(*t); err != nil {
			return nil, nil, err
		}
		change := &desk.Change{Ticket: t}
		contact, err := d.ticketContact(ctx, r, conv)
		if err != nil {
			return nil, nil, err
		}
		if contact != nil {
			t.ContactID, t.ContactEmail, change.AlsoContact = contact.ID, contact.Email, contact
		}
		if conv != nil {
			t.ConversationID = conv.ID
			conv.TicketID, conv.UpdatedAt = t.ID, now
			change.Conversation = conv
			change.Timeline = []desk.Entry{d.line(r, "ticket made: "+t.Subject)}
		}
		for _, typ := range []string{event.TicketCreated, event.TicketStatusChanged} {
			var detail any
			if typ == event.TicketStatusChanged {
				detail = map[string]string{"status": t.Status}
			}
			e, err := d.happened(r, typ, ticketSubject(t), now, detail)
			if err != nil {
				return nil, nil, err
			}
			change.Events = append(change.Events, e)
		}
		return change, &Response{Result: map[string]any{"ticketId": t.ID, "created": true}, Ticket: t, Conversation: conv}, nil
	})
}

// ticketContact is who the ticket is about: the conversation's contact, else the run's.
func (d *Desk) ticketContact(ctx context.Context, r *Request, conv *desk.Conversation) (*desk.Contact, error) {
	who := r.Refs.Contact
	if conv != nil {
		who = conv.ContactID
	}
	if who == "" {
		return nil, nil
	}
	return maybe(d.Store.Contact(ctx, who))
}

func ticketSubject(t *desk.Ticket) event.Subject {
	return event.Subject{TicketID: t.ID, ConversationID: t.ConversationID, ContactID: t.ContactID}
}

// ticket reads the run's ticket.
func (d *Desk) ticket(ctx context.Context, r *Request) (*desk.Ticket, error) {
	if r.Refs.Ticket == "" {
		return nil, fault.Named(fault.Unprocessable, "no_ticket", "this run has no ticket: %s needs one", r.Type)
	}
	return d.Store.Ticket(ctx, r.Refs.Ticket)
}
