package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/shared/desk"
)

// maxDoc is how large a message's document may be, compressed, so that its item and the
// copies in the indexes stay below DynamoDB's limit.
const maxDoc = 300 << 10

// Messages lists the messages of a conversation, oldest first.
func (s *Store) Messages(ctx context.Context, convID string) ([]desk.Message, error) {
	items, err := s.all(ctx, span{pk: conversationPartition(convID), prefix: messagePrefix}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, messageOf)
}

// Message is one message of a conversation.
func (s *Store) Message(ctx context.Context, convID, msgID string) (*desk.Message, error) {
	it, err := s.find(ctx, messageKey(convID, msgID), "message", msgID)
	if err != nil {
		return nil, err
	}
	m, err := messageOf(it)
	return &m, err
}

// FindMessage is a message of which only the id is known. It reads an index, which may
// not have a message of the last moments yet.
func (s *Store) FindMessage(ctx context.Context, msgID string) (*desk.Message, error) {
	at := messageByID(msgID)
	items, err := s.all(ctx, span{index: indexOf, pk: at.pk, prefix: at.sk}, 1)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, missing("message", msgID)
	}
	m, err := messageOf(items[0])
	return &m, err
}

func messageOf(it item) (m desk.Message, err error) {
	err = decode(it, "doc", &m)
	return m, err
}

func messageWrite(m desk.Message) (write, error) {
	doc, err := encode(m)
	if err != nil {
		return write{}, err
	}
	if b, ok := doc.(*types.AttributeValueMemberB); ok && len(b.Value) > maxDoc && m.HTML != "" {
		m.HTML = "" // the text and the raw mail are kept
		if doc, err = encode(m); err != nil {
			return write{}, err
		}
	}
	it := with(newItem(messageKey(m.ConversationID, m.ID), "message"),
		columns{"doc": doc, "id": str(m.ID)}.listed(place{}, messageByID(m.ID)))
	return put(it).onlyIf(absent, always(errExists("message", m.ID))), nil
}
