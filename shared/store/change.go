package store

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// entity is a contact, conversation or ticket on its way into the table. Waits and
// LastEvent are columns of their own, so that a wait that registers does not make a
// concurrent change stale.
type entity struct {
	key       key
	kind, id  string
	doc       any
	revision  *int
	lastEvent *string
	columns   columns
}

// revisionIs holds for an item at the revision; 0 means that there is none.
func revisionIs(revision int) expression.ConditionBuilder {
	if revision == 0 {
		return absent
	}
	return equals("revision", num(revision))
}

func errStale(what, id string) error {
	return fault.New(fault.Stale, "%s %q changed since it was read; read it again", what, id)
}

func errExists(what, id string) error {
	return fault.New(fault.Conflict, "there is a %s %q already", what, id)
}

func errSecondContact(email string) error {
	return fault.Named(fault.Conflict, "second_contact", "there is a contact with the address %q already", email)
}

// write is the entity at its next revision.
func (e entity) write(lastEvent string) (write, error) {
	doc, err := encode(e.doc)
	if err != nil {
		return write{}, err
	}
	set := merge(e.columns, columns{"kind": str(e.kind), "v": num(version(e.kind)), "id": str(e.id), "doc": doc, "revision": num(*e.revision + 1)})
	if lastEvent != "" {
		set["lastEvent"] = str(lastEvent)
	}
	return update(e.key, set).onlyIf(revisionIs(*e.revision), func(old item) error {
		if old == nil {
			return missing(e.kind, e.id)
		}
		return errStale(e.kind, e.id)
	}), nil
}

// Commit makes a change in one transaction, as desk.Change says, and on success raises
// the Revision and sets the LastEvent of the entities that it was given. With several
// reasons to refuse, the marks come first (desk.ErrDelivered, desk.ErrDuplicateMail,
// desk.ErrDone), then a second contact of an address (fault.Conflict named
// "second_contact"), then fault.Stale.
func (s *Store) Commit(ctx context.Context, c desk.Change) error {
	writes, err := s.markWrites(c)
	if err != nil {
		return err
	}
	var changed []entity
	if c.Contact != nil {
		address, self := contactWrites(c.Contact, c.FormerEmail)
		writes, changed = append(writes, address...), append(changed, self)
	}
	if c.Conversation != nil {
		changed = append(changed, conversationEntity(c.Conversation))
	}
	if c.Ticket != nil {
		changed = append(changed, ticketEntity(c.Ticket))
	}
	newest := newestEvent(c.Events)
	for _, e := range changed {
		w, err := e.write(newest)
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	told := alsoEntities(c)
	for _, e := range told {
		if newest != "" {
			writes = append(writes, update(e.key, columns{"lastEvent": str(newest)}).onlyIf(present, always(missing(e.kind, e.id))))
		}
	}
	for _, m := range c.Messages {
		w, err := messageWrite(m)
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	events, err := s.eventWrites(c)
	if err != nil {
		return err
	}
	lines, err := lineWrites(c)
	if err != nil {
		return err
	}
	if err := s.write(ctx, append(append(writes, events...), lines...)...); err != nil {
		return err
	}
	for _, e := range changed {
		*e.revision++
	}
	if newest != "" {
		for _, e := range append(changed, told...) {
			*e.lastEvent = newest
		}
	}
	return nil
}

// alsoEntities are those that a change only mentions.
func alsoEntities(c desk.Change) []entity {
	var out []entity
	if c.AlsoContact != nil && c.Contact == nil {
		_, self := contactWrites(c.AlsoContact, "")
		out = append(out, self)
	}
	if c.AlsoConversation != nil && c.Conversation == nil {
		out = append(out, conversationEntity(c.AlsoConversation))
	}
	if c.AlsoTicket != nil && c.Ticket == nil {
		out = append(out, ticketEntity(c.AlsoTicket))
	}
	return out
}

// newestEvent is the greatest id among events that something can wait for.
func newestEvent(events []event.Event) string {
	newest := ""
	for _, e := range events {
		if !event.Silent(e.Type) {
			newest = max(newest, e.ID)
		}
	}
	return newest
}

// eventWrites are the change's events, each with the state of its entities after it.
func (s *Store) eventWrites(c desk.Change) ([]write, error) {
	contact, conv, ticket := c.Contact, c.Conversation, c.Ticket
	if contact == nil {
		contact = c.AlsoContact
	}
	if conv == nil {
		conv = c.AlsoConversation
	}
	if ticket == nil {
		ticket = c.AlsoTicket
	}
	var out []write
	for _, e := range c.Events {
		var snap event.Snapshot
		for _, part := range []struct {
			there bool
			v     any
			to    *json.RawMessage
		}{
			{contact != nil && contact.ID == e.Subject.ContactID, contact, &snap.Contact},
			{conv != nil && conv.ID == e.Subject.ConversationID, conv, &snap.Conversation},
			{ticket != nil && ticket.ID == e.Subject.TicketID, ticket, &snap.Ticket},
		} {
			if !part.there {
				continue
			}
			data, err := marshal(part.v)
			if err != nil {
				return nil, err
			}
			*part.to = data
		}
		w, err := s.eventWrite(event.Stored{Event: e, Source: event.Source, Snapshot: snap})
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// lineWrites are the entries of the timeline.
func lineWrites(c desk.Change) ([]write, error) {
	if len(c.Timeline) == 0 {
		return nil, nil
	}
	conv := c.Conversation
	if conv == nil {
		conv = c.AlsoConversation
	}
	if conv == nil {
		return nil, fault.New(fault.Internal, "a change with timeline entries needs the conversation they belong to")
	}
	unique := rand.Text()[:10] // two changes of one millisecond
	var out []write
	for i, e := range c.Timeline {
		doc, err := encode(e)
		if err != nil {
			return nil, err
		}
		out = append(out, put(with(newItem(lineKey(conv.ID, e.At, i, unique), "line"), columns{"doc": doc})))
	}
	return out, nil
}
