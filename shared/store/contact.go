package store

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/desk"
)

// Contact is the contact with the id.
func (s *Store) Contact(ctx context.Context, contactID string) (*desk.Contact, error) {
	it, err := s.find(ctx, contactKey(contactID), "contact", contactID)
	if err != nil {
		return nil, err
	}
	c, err := contactOf(it)
	return &c, err
}

// ContactByEmail is the contact with the address, which must be normalised; nil and no
// error when there is none.
func (s *Store) ContactByEmail(ctx context.Context, email string) (*desk.Contact, error) {
	it, err := s.get(ctx, emailKey(email))
	if err != nil || it == nil {
		return nil, err
	}
	it, err = s.get(ctx, contactKey(text(it, "id")))
	if err != nil || it == nil {
		return nil, err
	}
	c, err := contactOf(it)
	return &c, err
}

// Contacts lists contacts, newest first.
func (s *Store) Contacts(ctx context.Context, f desk.ContactFilter, p Page) ([]desk.Contact, string, error) {
	sp := span{index: indexList, pk: listContacts, newestFirst: true}
	if q := strings.ToLower(strings.TrimSpace(f.Q)); q != "" {
		sp.filter = both(sp.filter, expression.Contains(expression.Name("q"), q))
	}
	if f.Tag != "" {
		sp.filter = both(sp.filter, expression.Contains(expression.Name("tags"), f.Tag))
	}
	return page(ctx, s, sp, f, p, each(contactOf))
}

func contactOf(it item) (c desk.Contact, err error) {
	err = decode(it, "doc", &c)
	c.Waits, c.LastEvent, c.Revision = number(it, "waits"), text(it, "lastEvent"), number(it, "revision")
	return c, err
}

// contactWrites are the contact and, when it is new or moves, its address, of which
// there may be one contact only.
func contactWrites(c *desk.Contact, former string) (address []write, self entity) {
	if c.Revision == 0 || former != "" && former != c.Email {
		address = append(address, put(with(newItem(emailKey(c.Email), "email"), columns{"id": str(c.ID)})).
			onlyIf(absent.Or(equals("id", str(c.ID))), always(errSecondContact(c.Email))))
		if former != "" && former != c.Email {
			address = append(address, remove(emailKey(former)))
		}
	}
	return address, entity{
		key: contactKey(c.ID), kind: "contact", id: c.ID, doc: c, revision: &c.Revision, lastEvent: &c.LastEvent,
		columns: columns{
			"q":    str(strings.ToLower(c.Name + " " + c.Email)),
			"tags": optList(c.Tags),
		}.listed(place{listContacts, c.ID}, place{}),
	}
}
