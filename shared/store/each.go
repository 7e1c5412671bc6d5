package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
)

// The lists for whoever visits every entity: oldest first, so that what is new or changes
// on the way comes later in the list and is not missed. Some may be seen twice.

// EachTicket is a page of all tickets.
func (s *Store) EachTicket(ctx context.Context, p Page) ([]desk.Ticket, string, error) {
	return page(ctx, s, span{index: indexList, pk: listTickets}, "each", p, each(ticketOf))
}

// EachConversation is a page of all conversations.
func (s *Store) EachConversation(ctx context.Context, p Page) ([]desk.Conversation, string, error) {
	return page(ctx, s, span{index: indexList, pk: listConversations}, "each", p, each(conversationOf))
}

// EachContact is a page of all contacts.
func (s *Store) EachContact(ctx context.Context, p Page) ([]desk.Contact, string, error) {
	return page(ctx, s, span{index: indexList, pk: listContacts}, "each", p, each(contactOf))
}
