package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/desk"
)

// Conversation is the conversation with the id.
func (s *Store) Conversation(ctx context.Context, convID string) (*desk.Conversation, error) {
	it, err := s.find(ctx, conversationKey(convID), "conversation", convID)
	if err != nil {
		return nil, err
	}
	c, err := conversationOf(it)
	return &c, err
}

// Conversations lists conversations, the one with the newest message first.
func (s *Store) Conversations(ctx context.Context, f desk.ConversationFilter, p Page) ([]desk.Conversation, string, error) {
	sp := span{index: indexList, pk: listConversations, newestFirst: true}
	if f.Contact != "" {
		sp.index, sp.pk = indexOf, conversationsOf(f.Contact)
	}
	for _, w := range [][2]string{{"inbox", f.Inbox}, {"group", f.Group}, {"status", f.Status}} {
		if w[1] != "" {
			sp.filter = both(sp.filter, equals(w[0], str(w[1])))
		}
	}
	if f.Tag != "" {
		sp.filter = both(sp.filter, expression.Contains(expression.Name("tags"), f.Tag))
	}
	return page(ctx, s, sp, f, p, each(conversationOf))
}

// Timeline lists what happened to a conversation, oldest first.
func (s *Store) Timeline(ctx context.Context, convID string) ([]desk.Entry, error) {
	items, err := s.all(ctx, span{pk: conversationPartition(convID), prefix: linePrefix}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, func(it item) (e desk.Entry, err error) {
		err = decode(it, "doc", &e)
		return e, err
	})
}

func conversationOf(it item) (c desk.Conversation, err error) {
	err = decode(it, "doc", &c)
	c.Waits, c.LastEvent, c.Revision = number(it, "waits"), text(it, "lastEvent"), number(it, "revision")
	return c, err
}

func conversationEntity(c *desk.Conversation) entity {
	at := c.LastMessageAt
	if at.IsZero() {
		at = c.CreatedAt
	}
	var of place
	if c.ContactID != "" {
		of = place{conversationsOf(c.ContactID), timed(at, c.ID)}
	}
	return entity{
		key: conversationKey(c.ID), kind: "conversation", id: c.ID, doc: c, revision: &c.Revision, lastEvent: &c.LastEvent,
		columns: columns{
			"status": opt(c.Status), "inbox": opt(c.Inbox), "group": opt(c.Group), "tags": optList(c.Tags),
		}.listed(place{listConversations, timed(at, c.ID)}, of),
	}
}
