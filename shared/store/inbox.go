package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
)

// Inboxes lists all inboxes by slug.
func (s *Store) Inboxes(ctx context.Context) ([]desk.Inbox, error) {
	items, err := s.all(ctx, span{pk: deskPartition, prefix: inboxPrefix}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, inboxOf)
}

// Inbox is the inbox with the slug.
func (s *Store) Inbox(ctx context.Context, slug string) (desk.Inbox, error) {
	it, err := s.find(ctx, inboxKey(slug), "inbox", slug)
	if err != nil {
		return desk.Inbox{}, err
	}
	return inboxOf(it)
}

// PutInbox makes or replaces an inbox.
func (s *Store) PutInbox(ctx context.Context, in desk.Inbox) error {
	return s.putDoc(ctx, inboxKey(in.Slug), "inbox", in)
}

// DeleteInbox removes an inbox; its conversations stay.
func (s *Store) DeleteInbox(ctx context.Context, slug string) error {
	return s.write(ctx, remove(inboxKey(slug)).onlyIf(present, always(missing("inbox", slug))))
}

func inboxOf(it item) (in desk.Inbox, err error) {
	err = decode(it, "doc", &in)
	return in, err
}

// putDoc writes an item that is only a document, whatever was there.
func (s *Store) putDoc(ctx context.Context, k key, kind string, v any) error {
	doc, err := encode(v)
	if err != nil {
		return err
	}
	return s.write(ctx, put(with(newItem(k, kind), columns{"doc": doc})))
}
