package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/schedule"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// tick makes the event of a schedule that is due. The stream then carries it here like
// any other. Its id is made of the workflow and the due time, so that a tick that is
// delivered twice is one event.
func (d *dispatcher) tick(ctx context.Context, t schedule.Tick) error {
	rt, err := d.scheduled(ctx, t.WorkflowID)
	if err != nil {
		return err
	}
	if rt == nil {
		slog.WarnContext(trail.With(ctx, trail.Workflow, t.WorkflowID), "a tick for a workflow that has no schedule any more: dropped")
		return nil
	}
	detail, err := json.Marshal(map[string]string{"scheduledTime": t.At.UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	err = d.store.PutEvent(ctx, event.Stored{Source: event.Source, Event: event.Event{
		ID: derived(t.At, "tick", t.WorkflowID, t.At.UTC().Format(time.RFC3339Nano)), Type: event.Schedule, Time: t.At.UTC(), Actor: "schedule",
		WorkflowID: t.WorkflowID, Detail: detail}})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// scheduled is the route of a workflow whose active version has a schedule; nil when it
// has none.
func (d *dispatcher) scheduled(ctx context.Context, workflowID string) (*workflow.Route, error) {
	routes, err := d.store.Routes(ctx, event.Schedule)
	if err != nil {
		return nil, err
	}
	for _, rt := range routes {
		if rt.WorkflowID == workflowID {
			return &rt, nil
		}
	}
	return nil, nil
}

// derived is the event id that a time and texts always give.
func derived(at time.Time, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return id.From(id.Event, at, h.Sum(nil))
}

// goOn goes on with a tick for each entity where an earlier delivery stopped.
func (d *dispatcher) goOn(ctx context.Context, p progress) error {
	e, err := d.store.Event(ctx, p.EventID)
	if fault.Is(err, fault.NotFound) {
		return nil // it has expired
	}
	if err != nil || e.Dispatched {
		return err
	}
	_, err = d.each(ctx, e, p) // not done: another version is active now, and the sweep brings the event here as a whole
	return err
}
