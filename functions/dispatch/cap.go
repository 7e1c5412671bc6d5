package main

import (
	"context"
	"fmt"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
)

// capped turns the verdict of a workflow that has started too often for one contact. A
// schedule is no answer to anything and makes no loop: it is not counted.
func (d *dispatcher) capped(ctx context.Context, e *event.Stored, m event.Match, limits desk.Caps) (event.Match, error) {
	if e.Subject.ContactID == "" || e.Type == event.Schedule {
		return m, nil
	}
	past, err := d.store.Allow(ctx, desk.CapStarts, m.WorkflowID+" "+e.Subject.ContactID, e.ID, limits.Starts()...)
	if err != nil || past == nil {
		return m, err
	}
	m.Matched, m.Reason = false, event.ReasonRateCap
	m.Detail = fmt.Sprintf("the workflow has started as often for this contact as it may, %s: two automatic answers are probably talking to each other", past)
	return m, nil
}
