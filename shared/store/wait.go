package store

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// maxEntities is on how many entities one wait may be registered.
const maxEntities = 10

// PutWait registers a wait on its entities and raises their Waits, in one transaction.
// A retry of the same (run, node, redrive) replaces the token only. The wait is given
// back as it is kept: with an Outcome when it was settled before.
func (s *Store) PutWait(ctx context.Context, w Wait) (Wait, error) {
	if len(w.Entities) > maxEntities {
		return w, fault.New(fault.Unprocessable, "a wait can be registered on %d entities at most", maxEntities)
	}
	w.Outcome, w.ByEvent, w.SettledAt = "", "", nil
	if w.Since.IsZero() {
		w.Since = s.now().UTC()
	}
	fresh := w
	err := s.again(ctx, func() error {
		it, err := s.get(ctx, waitKey(w.RunID, w.Node, w.Redrive))
		if err != nil {
			return err
		}
		if it == nil {
			w = fresh
			return s.registerWait(ctx, w)
		}
		if w, err = waitOf(it); err != nil || w.Outcome != "" || w.Token == fresh.Token {
			return err
		}
		w.Token = fresh.Token
		writes, err := waitWrites(w, number(it, "revision"))
		if err != nil {
			return err
		}
		return s.write(ctx, writes...)
	})
	return w, err
}

func (s *Store) registerWait(ctx context.Context, w Wait) error {
	writes, err := waitWrites(w, 0)
	if err != nil {
		return err
	}
	for _, e := range w.Entities {
		k, ok := entityKey(e)
		if !ok {
			return fault.New(fault.Invalid, "a wait cannot be registered on %q; it needs a conversation, ticket or contact", e)
		}
		writes = append(writes, update(k, nil).adding(map[string]int{"waits": 1}).onlyIf(present, always(missing("entity", e))))
	}
	return s.write(ctx, writes...)
}

// waitWrites are the wait and its copies by entity, which let one Query find all that
// an event may cancel.
func waitWrites(w Wait, revision int) ([]write, error) {
	doc, err := encode(w)
	if err != nil {
		return nil, err
	}
	open := equals("settled", flag(false))
	when := absent
	if revision > 0 {
		when = revisionIs(revision).And(open)
	}
	c := columns{"doc": doc, "settled": flag(false), "revision": num(revision + 1)}
	out := []write{put(with(newItem(waitKey(w.RunID, w.Node, w.Redrive), "wait"), c)).onlyIf(when, always(errTaken))}
	for _, e := range w.Entities {
		out = append(out, put(with(newItem(waitOnKey(e, w.RunID, w.Node, w.Redrive), "waiting"), columns{"doc": doc})))
	}
	return out, nil
}

// Wait is one wait, settled or not.
func (s *Store) Wait(ctx context.Context, runID, node string, redrive int) (Wait, error) {
	it, err := s.find(ctx, waitKey(runID, node, redrive), "wait of run", runID+" in "+node)
	if err != nil {
		return Wait{}, err
	}
	return waitOf(it)
}

// WaitsOn lists the waits that are registered on an entity; one that was cancelled may
// still be among them, and SettleWait says so.
func (s *Store) WaitsOn(ctx context.Context, entityID string) ([]Wait, error) {
	items, err := s.all(ctx, span{pk: waitsPartition(entityID)}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, waitOf)
}

// SettleWait decides how a wait ends: run.Elapsed, or run.Cancelled by an event. Who
// comes first decides; everybody is given the stored outcome. A cancelled wait stays
// registered on its entities until its run has come back for it (with run.Elapsed,
// which is then too late) or has ended: who cancelled it may crash before Step
// Functions knows, and the event that comes again has to find it. The record stays.
func (s *Store) SettleWait(ctx context.Context, runID, node string, redrive int, outcome, byEvent string) (w Wait, first bool, err error) {
	if outcome != run.Elapsed && outcome != run.Cancelled {
		return w, false, fault.New(fault.Invalid, "a wait ends %s or %s, not %q", run.Elapsed, run.Cancelled, outcome)
	}
	return s.settleWait(ctx, runID, node, redrive, outcome, byEvent)
}

// ReleaseWaits settles what a run that has ended still waits for, as run.Released, and
// takes its waits off their entities.
func (s *Store) ReleaseWaits(ctx context.Context, runID string) error {
	items, err := s.all(ctx, span{pk: runKey(runID).pk, prefix: waitPrefix}, 0)
	if err != nil {
		return err
	}
	for _, it := range items {
		if yes(it, "released") {
			continue
		}
		w, err := waitOf(it)
		if err != nil {
			return err
		}
		if _, _, err := s.settleWait(ctx, runID, w.Node, w.Redrive, run.Released, ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) settleWait(ctx context.Context, runID, node string, redrive int, outcome, byEvent string) (w Wait, first bool, err error) {
	var gone []string // entities that were erased in the meantime
	err = s.again(ctx, func() error {
		first = false
		it, err := s.find(ctx, waitKey(runID, node, redrive), "wait of run", runID+" in "+node)
		if err != nil {
			return err
		}
		if w, err = waitOf(it); err != nil {
			return err
		}
		release := outcome != run.Cancelled && !yes(it, "released")
		settled := w
		if w.Outcome == "" {
			at := s.now().UTC()
			settled.Outcome, settled.ByEvent, settled.SettledAt = outcome, byEvent, &at
		} else if !release {
			return nil
		}
		doc, err := encode(settled)
		if err != nil {
			return err
		}
		revision := number(it, "revision")
		c := columns{"v": num(version("wait")), "doc": doc, "settled": flag(true), "revision": num(revision + 1)}
		if release {
			c["released"] = flag(true)
		}
		writes := []write{update(waitKey(runID, node, redrive), c).onlyIf(revisionIs(revision), always(errTaken))}
		if release {
			writes = append(writes, unregister(w, &gone)...)
		}
		if err := s.write(ctx, writes...); err != nil {
			return err
		}
		first = w.Outcome == ""
		w = settled
		return nil
	})
	return w, first, err
}

// unregister takes a wait off its entities; gone gathers those that are no more.
func unregister(w Wait, gone *[]string) (writes []write) {
	for _, e := range w.Entities {
		writes = append(writes, remove(waitOnKey(e, w.RunID, w.Node, w.Redrive)))
		if k, ok := entityKey(e); ok && !slices.Contains(*gone, e) {
			writes = append(writes, update(k, nil).adding(map[string]int{"waits": -1}).onlyIf(expression.AttributeExists(expression.Name("doc")), func(item) error {
				*gone = append(*gone, e)
				return errTaken
			}))
		}
	}
	return writes
}

func waitOf(it item) (w Wait, err error) {
	err = decode(it, "doc", &w)
	return w, err
}

// again does a read and write over when the write met errTaken, a bounded number of times.
func (s *Store) again(ctx context.Context, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if !errors.Is(err, errTaken) {
			return err
		}
		if try+1 == maxTries {
			return fault.New(fault.Unavailable, "the record keeps changing; try again")
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}
