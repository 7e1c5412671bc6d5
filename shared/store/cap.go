package store

import (
	"context"
	"errors"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// countedThing is one thing that a cap has counted.
type countedThing struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Allow counts a thing against caps; the answer is the cap that it would go past, nil
// when it may be done. The same id again is the same thing: it is counted once, and
// allowed whenever it was allowed before. Windows slide.
func (s *Store) Allow(ctx context.Context, kind, of, id string, caps ...desk.Cap) (past *desk.Cap, err error) {
	k := capKey(kind, of)
	for try := 0; try < maxTries; try++ {
		it, err := s.get(ctx, k)
		if err != nil {
			return nil, err
		}
		var all []countedThing
		if it != nil {
			if err := decode(it, "doc", &all); err != nil {
				return nil, err
			}
		}
		now := s.now()
		longest := time.Duration(0)
		for _, c := range caps {
			longest = max(longest, c.Within)
		}
		kept := all[:0]
		for _, one := range all {
			if one.ID == id {
				return nil, nil
			}
			if now.Sub(one.At) < longest {
				kept = append(kept, one)
			}
		}
		for _, c := range caps {
			n := 0
			for _, one := range kept {
				if now.Sub(one.At) < c.Within {
					n++
				}
			}
			if n >= c.Max {
				return &c, nil
			}
		}
		doc, err := encode(append(kept, countedThing{id, now}))
		if err != nil {
			return nil, err
		}
		revision := number(it, "revision")
		err = s.write(ctx, update(k, columns{"kind": str("cap"), "v": num(version("cap")), "doc": doc, "revision": num(revision + 1),
			"ttl": epoch(now.Add(longest + time.Hour))}).onlyIf(revisionIs(revision), always(errTaken)))
		if !errors.Is(err, errTaken) {
			return nil, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "the counter %s is busy; try again", kind)
}
