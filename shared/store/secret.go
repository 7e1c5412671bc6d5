package store

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/deskhand/deskhand/shared/fault"
)

// secretSize is the length of a secret in bytes.
const secretSize = 32

// errTaken says that somebody else was first.
var errTaken = errors.New("taken")

// Secret is the random secret of a name, made at its first use and the same ever after
// for every process of the stack.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	if v, ok := s.secrets.Load(name); ok {
		return slices.Clone(v.([]byte)), nil
	}
	it, err := s.get(ctx, secretKey(name))
	if err != nil {
		return nil, err
	}
	if it == nil {
		fresh := make([]byte, secretSize)
		rand.Read(fresh) // never fails
		it = with(newItem(secretKey(name), "secret"), columns{"secret": bin(fresh)})
		err := s.write(ctx, put(it).onlyIf(absent, func(old item) error {
			it = old
			return errTaken
		}))
		if err != nil && !errors.Is(err, errTaken) {
			return nil, err
		}
	}
	secret := bytesOf(it, "secret")
	if len(secret) != secretSize {
		return nil, fault.New(fault.Internal, "secret %q in the table is damaged; remove the item to have a new one", name)
	}
	s.secrets.Store(name, secret)
	return slices.Clone(secret), nil
}
