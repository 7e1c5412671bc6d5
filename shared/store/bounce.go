package store

import (
	"context"
	"errors"

	"github.com/deskhand/deskhand/shared/desk"
)

// bounceDays is how long a bounce stops mail to an address: mailboxes come back.
const bounceDays = 90

// PutBounce remembers that mail to an address came back for good. Writing again replaces.
func (s *Store) PutBounce(ctx context.Context, b desk.Bounce) error {
	doc, err := encode(b)
	if err != nil {
		return err
	}
	return s.write(ctx, put(with(newItem(bounceKey(b.Email), "bounce"), columns{"doc": doc, "ttl": s.inDays(bounceDays)})))
}

// Bounce is what stops mail to an address; nil and no error when nothing does.
func (s *Store) Bounce(ctx context.Context, email string) (*desk.Bounce, error) {
	it, err := s.get(ctx, bounceKey(email))
	if err != nil || it == nil || yes(it, "over") || number(it, "ttl") <= int(s.now().Unix()) {
		return nil, err
	}
	var b desk.Bounce
	return &b, decode(it, "doc", &b)
}

// EndBounce lets mail to an address go out again, because it has written; that none was
// stopped is no error. The item goes later, by its TTL: whoever takes mail in may change
// items and not delete any.
func (s *Store) EndBounce(ctx context.Context, email string) error {
	b, err := s.Bounce(ctx, email)
	if err != nil || b == nil {
		return err
	}
	err = s.write(ctx, update(bounceKey(email), columns{"over": flag(true)}).onlyIf(present, always(errGone)))
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}
