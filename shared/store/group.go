package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
)

// Groups lists all groups by slug.
func (s *Store) Groups(ctx context.Context) ([]desk.Group, error) {
	items, err := s.all(ctx, span{pk: deskPartition, prefix: groupPrefix}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, groupOf)
}

// Group is the group with the slug.
func (s *Store) Group(ctx context.Context, slug string) (desk.Group, error) {
	it, err := s.find(ctx, groupKey(slug), "group", slug)
	if err != nil {
		return desk.Group{}, err
	}
	return groupOf(it)
}

// PutGroup makes or replaces a group.
func (s *Store) PutGroup(ctx context.Context, g desk.Group) error {
	if g.Members == nil {
		g.Members = []string{}
	}
	return s.putDoc(ctx, groupKey(g.Slug), "group", g)
}

// DeleteGroup removes a group; what is assigned to it stays so.
func (s *Store) DeleteGroup(ctx context.Context, slug string) error {
	return s.write(ctx, remove(groupKey(slug)).onlyIf(present, always(missing("group", slug))))
}

func groupOf(it item) (g desk.Group, err error) {
	err = decode(it, "doc", &g)
	return g, err
}
