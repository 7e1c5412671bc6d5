package main

import (
	"context"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/run"
)

// begun is the verdict of a workflow that an earlier delivery has started a run of,
// whatever has happened to the workflow since: the run is there, and is finished to
// start if the earlier process did not come so far.
func (d *dispatcher) begun(ctx context.Context, m event.Match, runID string) (event.Match, error) {
	r, err := d.store.Run(ctx, runID)
	if err == nil && r.Status == run.Starting {
		r, err = d.launcher.Finish(ctx, r)
	}
	if err != nil {
		return m, err
	}
	if r.Version != m.Version {
		m.Conditions = nil // they are not those of the run's version
	}
	m.Matched, m.Reason, m.Detail, m.Failed, m.RunID, m.Version = true, event.ReasonMatched, "", nil, r.ID, r.Version
	return m, nil
}
