package store

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
)

// Kinds of a DueItem.
const (
	dueEvent    = "event"    // not dispatched
	dueRun      = "run"      // to be compared with its execution
	dueApproval = "approval" // to be reminded of, expired or delivered
	dueFailing  = "failing"  // a workflow whose runs fail

	dueRetention = "retention" // the pass over what is too old to keep
)

// DueItem is one thing that the sweep has to look at.
type DueItem struct {
	Kind  string // event, run, approval, failing (of a workflow) or retention
	ID    string
	DueAt time.Time
}

// Due lists what is due before a time, the longest overdue first. The index may lag, so
// a thing may have been dealt with already: read it before acting.
func (s *Store) Due(ctx context.Context, before time.Time, limit int) ([]DueItem, error) {
	items, err := s.all(ctx, span{index: indexDue, pk: due, high: stampOf(before)}, limit)
	if err != nil {
		return nil, err
	}
	out := make([]DueItem, 0, len(items))
	for _, it := range items {
		kind, id, ok := dueKind(key{text(it, "pk"), text(it, "sk")})
		at, err := time.Parse(stamp, text(it, "dueAt"))
		if ok && err == nil && at.Before(before) {
			out = append(out, DueItem{Kind: kind, ID: id, DueAt: at})
		}
	}
	return out, nil
}

// SetDue says when to look at the thing again; never when next is zero. Nothing happens
// when its mark changed since Due listed it: somebody dealt with it.
func (s *Store) SetDue(ctx context.Context, d DueItem, next time.Time) error {
	k, ok := dueKey(d.Kind, d.ID)
	if !ok {
		return missing(d.Kind, d.ID)
	}
	same := expression.Name("dueAt").Equal(expression.Value(stampOf(d.DueAt)))
	err := s.write(ctx, update(k, columns{}.dueAt(next)).onlyIf(same, always(errGone)))
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}
