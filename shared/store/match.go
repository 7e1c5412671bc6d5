package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// maxMatches is how large match records may be, compressed, to be kept in the table.
const maxMatches = 300 << 10

// RecordMatches keeps the verdicts on an event and ends its waiting for dispatch. A
// second dispatch adds to the first: the first verdict of a workflow stays, unless only
// the later one has a run. Records past 300 KB compressed go to Blobs.
func (s *Store) RecordMatches(ctx context.Context, eventID string, matches []event.Match) error {
	for try := 0; ; try++ {
		err := s.recordMatches(ctx, eventID, matches, try > 0)
		if !errors.Is(err, errTaken) {
			return err
		}
		if try+1 == maxTries {
			return fault.New(fault.Unavailable, "the match records of event %q keep changing; try again", eventID)
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// recordMatches writes the records and then the event's head, which says that there are
// records: two writes cost half of what one transaction does. Whoever breaks off between
// them leaves an event that is dispatched again, and adds to what it finds. Nothing is
// read at the first try, because hardly ever are there records already.
func (s *Store) recordMatches(ctx context.Context, eventID string, matches []event.Match, again bool) error {
	var rec item
	var err error
	if again {
		if rec, err = s.get(ctx, matchesKey(eventID)); err != nil {
			return err
		}
	}
	if rec != nil {
		if matches, err = s.addTo(ctx, eventID, rec, matches); err != nil {
			return err
		}
	}
	data, err := marshal(matches)
	if err != nil {
		return err
	}
	doc, err := pack(data)
	if err != nil {
		return err
	}
	revision := number(rec, "revision")
	set := columns{"kind": str("matches"), "v": num(version("matches")), "doc": doc, "blob": nil, "revision": num(revision + 1), "ttl": s.inDays(eventDays)}
	if b, ok := doc.(*types.AttributeValueMemberB); ok && len(b.Value) > maxMatches {
		if s.Blobs == nil {
			return fault.New(fault.Internal, "the match records of event %q are too large for the table and there is no bucket to keep them", eventID)
		}
		if !again { // the object's name is the same: what is there already must not be lost
			return s.recordMatches(ctx, eventID, matches, true)
		}
		name := matchBlob(eventID)
		if err := s.Blobs.Put(ctx, name, b.Value, "application/gzip"); err != nil {
			return fault.Wrap(err, "keep match records of event %q", eventID)
		}
		set["doc"], set["blob"] = nil, str(name)
	}
	if len(matches) > 0 || rec != nil { // no record says as much as an empty one
		if err := s.write(ctx, update(matchesKey(eventID), set).onlyIf(revisionIs(revision), always(errTaken))); err != nil {
			return err
		}
		revision++
	}
	err = s.write(ctx, headOfMatches(eventID, matches, revision))
	switch {
	case errors.Is(err, errGone): // somebody else has written more since
		return nil
	case fault.Is(err, fault.NotFound) && revision > 0: // erased meanwhile: then the records, which quote it, go too
		blank := columns{"v": num(version("matches")), "doc": str("[]"), "blob": nil, "revision": num(revision + 1)}
		return errors.Join(err, s.write(ctx, update(matchesKey(eventID), blank).onlyIf(revisionIs(revision), always(errTaken))))
	}
	return err
}

// headOfMatches notes at the event what its records of a revision say, unless it has
// that of later ones; 0 is that there are none.
func headOfMatches(eventID string, matches []event.Match, revision int) write {
	var judged, matched []string
	for _, m := range matches {
		judged = append(judged, m.WorkflowID)
		if m.Matched {
			matched = append(matched, m.WorkflowID)
		}
	}
	head := columns{"dispatched": flag(true), "judgedBy": names(judged), "matchedBy": names(matched), "matches": num(revision)}.dueAt(time.Time{})
	seen := expression.Name("matches")
	return update(eventKey(eventID), head).onlyIf(present.And(seen.AttributeNotExists().Or(seen.LessThanEqual(expression.Value(revision)))), func(old item) error {
		if old == nil {
			return missing("event", eventID)
		}
		return errGone
	})
}

// names is a set of workflow ids; DynamoDB has no empty set.
func names(ids []string) types.AttributeValue {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return set(slices.Compact(ids))
}

// addTo joins later verdicts to recorded ones. Whoever dispatches may write records to
// the bucket and not read them; then the runs, which have items of their own, are put
// back into the later verdicts.
func (s *Store) addTo(ctx context.Context, eventID string, rec item, later []event.Match) ([]event.Match, error) {
	if first, err := s.matchesOf(ctx, rec); err == nil {
		return addMatches(first, later), nil
	}
	runs, err := s.all(ctx, span{pk: eventKey(eventID).pk, prefix: runPrefix}, 0)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(later)
	for i, m := range out {
		for _, r := range runs {
			if text(r, "workflow") == m.WorkflowID && m.RunID == "" && text(r, "restartOf") == "" {
				out[i].RunID, out[i].Matched, out[i].Reason = text(r, "run"), true, event.ReasonMatched
			}
		}
	}
	return out, nil
}

func addMatches(first, later []event.Match) []event.Match {
	out := slices.Clone(first)
	for _, m := range later {
		i := slices.IndexFunc(out, func(o event.Match) bool { return o.WorkflowID == m.WorkflowID })
		switch {
		case i < 0:
			out = append(out, m)
		case out[i].RunID == "" && m.RunID != "":
			out[i] = m
		}
	}
	return out
}

// matchesOf reads recorded verdicts; rec may be nil.
func (s *Store) matchesOf(ctx context.Context, rec item) ([]event.Match, error) {
	out := []event.Match{}
	if rec == nil {
		return out, nil
	}
	name := text(rec, "blob")
	if name == "" {
		err := decode(rec, "doc", &out)
		return out, err
	}
	if s.Blobs == nil {
		return nil, fault.New(fault.Internal, "the match records are in the bucket under %s, and there is no bucket", name)
	}
	small, err := s.Blobs.Get(ctx, name)
	if err != nil {
		return nil, fault.Wrap(err, "read match records %s", name)
	}
	data, err := expand(small)
	if err != nil {
		return nil, fault.Wrap(err, "read match records %s", name)
	}
	return out, json.Unmarshal(data, &out)
}

// addMatches puts the verdicts that the table has into a page of events.
func (s *Store) addMatches(ctx context.Context, events []event.Stored) error {
	var keys []key
	at := map[string]int{}
	for i, e := range events {
		if e.Dispatched {
			k := matchesKey(e.ID)
			keys, at[k.pk] = append(keys, k), i
		}
	}
	recs, err := s.batch(ctx, keys)
	if err != nil {
		return err
	}
	for _, rec := range recs {
		e := &events[at[text(rec, "pk")]]
		if text(rec, "blob") != "" {
			e.Matches = nil
			continue
		}
		if err := decode(rec, "doc", &e.Matches); err != nil {
			return err
		}
	}
	return nil
}
