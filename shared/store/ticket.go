package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
)

// Ticket is the ticket with the id.
func (s *Store) Ticket(ctx context.Context, ticketID string) (*desk.Ticket, error) {
	it, err := s.find(ctx, ticketKey(ticketID), "ticket", ticketID)
	if err != nil {
		return nil, err
	}
	t, err := ticketOf(it)
	return &t, err
}

// Tickets lists tickets, newest first.
func (s *Store) Tickets(ctx context.Context, f desk.TicketFilter, p Page) ([]desk.Ticket, string, error) {
	sp := span{index: indexList, pk: listTickets, newestFirst: true}
	if f.Conversation != "" {
		sp.index, sp.pk = indexOf, ticketsOf(f.Conversation)
	}
	for _, w := range [][2]string{{"status", f.Status}, {"group", f.Group}, {"contactId", f.Contact}} {
		if w[1] != "" {
			sp.filter = both(sp.filter, equals(w[0], str(w[1])))
		}
	}
	return page(ctx, s, sp, f, p, each(ticketOf))
}

func ticketOf(it item) (t desk.Ticket, err error) {
	err = decode(it, "doc", &t)
	t.Waits, t.LastEvent, t.Revision = number(it, "waits"), text(it, "lastEvent"), number(it, "revision")
	return t, err
}

func ticketEntity(t *desk.Ticket) entity {
	if t.StatusSince.IsZero() { // it is new
		t.StatusSince = t.CreatedAt
	}
	var of place
	if t.ConversationID != "" {
		of = place{ticketsOf(t.ConversationID), t.ID}
	}
	return entity{
		key: ticketKey(t.ID), kind: "ticket", id: t.ID, doc: t, revision: &t.Revision, lastEvent: &t.LastEvent,
		columns: columns{
			"status": opt(t.Status), "group": opt(t.Group), "contactId": opt(t.ContactID),
		}.listed(place{listTickets, t.ID}, of),
	}
}
