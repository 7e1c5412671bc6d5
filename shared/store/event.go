package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// How long events are kept, and after what time one that nobody dispatched is published
// again.
const (
	eventDays     = 30
	silentDays    = 7
	dispatchGrace = 2 * time.Minute
)

// The stream's filter in template.yaml reads these two columns.
const (
	kindEvent    = "event"
	originOwn    = "deskhand"
	originOthers = "other"
)

// EventAttribute is the attribute (a string) of an event's item that holds the envelope
// as JSON, as it goes on the bus.
const EventAttribute = "doc"

// Event is the event with the id, with the match records if it was dispatched.
func (s *Store) Event(ctx context.Context, eventID string) (*event.Stored, error) {
	it, err := s.find(ctx, eventKey(eventID), "event", eventID)
	if err != nil {
		return nil, err
	}
	e, err := eventOf(it)
	if err != nil {
		return nil, err
	}
	if e.Dispatched {
		rec, err := s.get(ctx, matchesKey(eventID))
		if err != nil {
			return nil, err
		}
		if e.Matches, err = s.matchesOf(ctx, rec); err != nil {
			return nil, err
		}
	}
	return &e, nil
}

// PutForeignEvent keeps an event of another system under its EventBridge id; created is
// false when it is there already. It is not marked for the sweep: the queue delivers it
// again.
func (s *Store) PutForeignEvent(ctx context.Context, e event.Stored) (created bool, err error) {
	if e.Source == event.Source {
		return false, fault.New(fault.Invalid, "event %q claims to be of %s; those are written with the change they report", e.ID, event.Source)
	}
	w, err := s.eventWrite(e)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, w.onlyIf(absent, always(errTaken)))
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}

// PutEvents writes events that report no change of the table, all or none.
func (s *Store) PutEvents(ctx context.Context, events ...event.Event) error {
	return s.Commit(ctx, desk.Change{Events: events})
}

// Events lists events, newest first, with their match records; one so large that it is
// not kept in the table is left out (nil) and comes with Event.
func (s *Store) Events(ctx context.Context, f EventFilter, p Page) ([]event.Stored, string, error) {
	sp := span{index: indexList, pk: eventList(f.Type), newestFirst: true}
	if f.Conversation != "" {
		// It comes first of what an event may be about, so all of its events are filed under it.
		sp.index, sp.pk = indexOf, eventsOf(part(f.Conversation))
		if f.Type == "" { // as in the list of all
			for _, prefix := range event.SilentPrefixes() {
				sp.filter = both(sp.filter, expression.Name("type").BeginsWith(prefix).Not())
			}
		}
	}
	if f.Type != "" {
		sp.filter = both(sp.filter, equals("type", str(f.Type)))
	}
	judged := func(column string) expression.ConditionBuilder {
		return expression.Contains(expression.Name(column), f.Workflow)
	}
	switch {
	case f.Workflow != "" && f.Matched != nil && *f.Matched:
		sp.filter = both(sp.filter, judged("matchedBy"))
	case f.Workflow != "":
		sp.filter = both(sp.filter, judged("judgedBy"))
		if f.Matched != nil {
			sp.filter = both(sp.filter, judged("matchedBy").Not())
		}
	case f.Matched != nil && *f.Matched:
		sp.filter = both(sp.filter, expression.AttributeExists(expression.Name("matchedBy")))
	case f.Matched != nil:
		sp.filter = both(sp.filter, expression.AttributeNotExists(expression.Name("matchedBy")))
	}
	// The id is made a moment before Time is, and has whole milliseconds.
	more := each(eventOf)
	if !f.From.IsZero() {
		sp.low = eventFloor(f.From.Add(-idSlack))
	}
	if !f.To.IsZero() {
		sp.high = eventFloor(f.To.Add(idSlack))
	}
	if !f.From.IsZero() || !f.To.IsZero() {
		sp.sifted, more = true, during(f, more)
	}
	events, next, err := page(ctx, s, sp, f, p, more)
	if err != nil {
		return nil, "", err
	}
	return events, next, s.addMatches(ctx, events)
}

// during leaves out the events before From, and those at To or later.
func during(f EventFilter, more func([]item) ([]entry[event.Stored], error)) func([]item) ([]entry[event.Stored], error) {
	return func(items []item) ([]entry[event.Stored], error) {
		all, err := more(items)
		return slices.DeleteFunc(all, func(e entry[event.Stored]) bool {
			return e.value.Time.Before(f.From) || !f.To.IsZero() && !e.value.Time.Before(f.To)
		}), err
	}
}

// EventsOf lists events about a conversation, ticket or contact after one of them,
// oldest first. An event is filed under its conversation, else its ticket, else its
// contact. The index it reads may lag, so the entity's newest event, which is read
// strongly consistent, is added when it is not there yet; that one may be filed under
// another entity. Match records are not read.
func (s *Store) EventsOf(ctx context.Context, entityID, afterEventID string, limit int) ([]event.Stored, error) {
	if limit <= 0 {
		limit = maxLimit
	}
	items, err := s.all(ctx, span{index: indexOf, pk: eventsOf(entityID), low: afterEventID + "!"}, limit)
	if err != nil {
		return nil, err
	}
	events, err := decodeAll(items, eventOf)
	k, ok := entityKey(entityID)
	if err != nil || !ok || len(events) == limit {
		return events, err
	}
	it, err := s.get(ctx, k)
	if err != nil {
		return nil, err
	}
	newest := text(it, "lastEvent")
	if newest <= afterEventID || len(events) > 0 && events[len(events)-1].ID >= newest {
		return events, nil
	}
	if it, err = s.get(ctx, eventKey(newest)); err != nil || it == nil {
		return events, err
	}
	e, err := eventOf(it)
	return append(events, e), err
}

func eventOf(it item) (e event.Stored, err error) {
	if err = decode(it, EventAttribute, &e.Event); err != nil {
		return e, err
	}
	if it["snapshot"] != nil {
		if err = decode(it, "snapshot", &e.Snapshot); err != nil {
			return e, err
		}
	}
	e.Source, e.Dispatched = text(it, "source"), yes(it, "dispatched")
	e.Matched = it["matchedBy"] != nil
	e.Matches = []event.Match{}
	e.ExpiresAt = time.Unix(int64(number(it, "ttl")), 0).UTC()
	return e, nil
}

// eventWrite is the item that makes an event exist.
func (s *Store) eventWrite(e event.Stored) (write, error) {
	doc, err := marshal(e.Event)
	if err != nil {
		return write{}, err
	}
	c := columns{"origin": str(originOthers), EventAttribute: str(string(doc)), "source": str(e.Source), "type": str(e.Type), "ttl": s.inDays(eventDays)}
	if event.Silent(e.Type) {
		c["ttl"] = s.inDays(silentDays)
	}
	if e.Source == event.Source {
		c["origin"] = str(originOwn)
		if !event.Silent(e.Type) {
			c = c.dueAt(e.Time.Add(dispatchGrace))
		}
	}
	if e.Snapshot.Contact != nil || e.Snapshot.Conversation != nil || e.Snapshot.Ticket != nil {
		if c["snapshot"], err = encode(e.Snapshot); err != nil {
			return write{}, err
		}
	}
	sort := eventSort(e.Event)
	of := place{eventParent(e.Subject), sort}
	if of.pk == "" {
		of = place{}
	}
	it := with(newItem(eventKey(e.ID), kindEvent), c.listed(place{eventList(e.Type), sort}, of))
	return put(it).onlyIf(absent, always(errExists("event", e.ID))), nil
}

// ParseEvent reads the envelope from an event's item as the stream has it: the value of
// EventAttribute.
func ParseEvent(doc string) (event.Event, error) {
	var e event.Event
	if err := json.Unmarshal([]byte(doc), &e); err != nil {
		return e, fault.Wrap(err, "read event from the stream")
	}
	return e, nil
}
