package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/schedule"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// eventStore is what dispatch needs of package store.
type eventStore interface {
	Event(ctx context.Context, id string) (*event.Stored, error)
	PutForeignEvent(ctx context.Context, e event.Stored) (created bool, err error)
	RecordMatches(ctx context.Context, eventID string, matches []event.Match) error
	Routes(ctx context.Context, triggerType string) ([]workflow.Route, error)
	Settings(ctx context.Context) (desk.Settings, error)
	Message(ctx context.Context, conversationID, id string) (*desk.Message, error)
	PutEvent(ctx context.Context, e event.Stored) error
	PutManualEvent(ctx context.Context, e event.Stored) error
	Allow(ctx context.Context, kind, of, id string, caps ...desk.Cap) (past *desk.Cap, err error)
	EachTicket(ctx context.Context, p store.Page) ([]desk.Ticket, string, error)
	EachConversation(ctx context.Context, p store.Page) ([]desk.Conversation, string, error)
	EachContact(ctx context.Context, p store.Page) ([]desk.Contact, string, error)
	Ticket(ctx context.Context, id string) (*desk.Ticket, error)
	Conversation(ctx context.Context, id string) (*desk.Conversation, error)
	Contact(ctx context.Context, id string) (*desk.Contact, error)
	Run(ctx context.Context, id string) (run.Run, error)
	StartedBy(ctx context.Context, eventID string) (map[string]string, error)
	WaitsOn(ctx context.Context, entityID string) ([]run.Wait, error)
	SettleWait(ctx context.Context, runID, node string, redrive int, outcome, byEvent string) (run.Wait, bool, error)
}

type answerer interface {
	Answer(ctx context.Context, token string, output []byte) error
}

type dispatcher struct {
	store    eventStore
	launcher *launch.Launcher
	answer   answerer
	gone     error
	queue    queue
	now      func() time.Time
}

// delivery is an EventBridge event as the rule puts it into the queue.
type delivery struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Time       time.Time       `json:"time"`
	Detail     json.RawMessage `json:"detail"`

	Tick *schedule.Tick `json:"tick"` // of the scheduler
	Each *progress      `json:"each"` // of dispatch itself
}

// dispatch handles one delivery. It may come any number of times, at any point of an
// earlier try: every step finds what is done already.
func (d *dispatcher) dispatch(ctx context.Context, body []byte) error {
	var in delivery
	if err := json.Unmarshal(body, &in); err != nil {
		return fault.New(fault.Invalid, "the queue message is no EventBridge event: %s", err)
	}
	switch {
	case in.Tick != nil:
		return d.tick(ctx, *in.Tick)
	case in.Each != nil:
		return d.goOn(ctx, *in.Each)
	}
	e, err := d.stored(ctx, in)
	if err != nil || e == nil {
		return err
	}
	ctx = trail.With(ctx, trail.Event, e.ID)
	own := e.Source == event.Source
	if e.Dispatched || own && e.Type == event.Manual { // whoever made a manual event starts its run
		return nil
	}
	if own && e.Type == event.Schedule {
		if done, err := d.each(ctx, e, progress{EventID: e.ID}); done || err != nil {
			return err
		}
	}
	if err := d.cancelWaits(ctx, e); err != nil {
		return fault.Wrap(err, "cancel waits for %s", e.ID)
	}
	matches, err := d.start(ctx, e)
	if err != nil {
		return err
	}
	return d.done(ctx, e, matches)
}

// done keeps the verdicts, which ends the dispatch of an event, and counts it.
func (d *dispatcher) done(ctx context.Context, e *event.Stored, matches []event.Match) error {
	if err := d.store.RecordMatches(ctx, e.ID, matches); err != nil {
		return err
	}
	n := matched(matches)
	metric.Add(ctx, metric.EventsIn, 1)
	if n > 0 {
		metric.Add(ctx, metric.EventsMatched, 1)
	}
	slog.InfoContext(ctx, "event dispatched", "type", e.Type, "workflows", len(matches), "matched", n)
	return nil
}

// matched counts the workflows that an event started.
func matched(matches []event.Match) (n int) {
	for _, m := range matches {
		if m.Matched {
			n++
		}
	}
	return n
}

// stored is the event as the table has it. One of another system is stored now, under
// an id made of EventBridge's; one that claims to be ours must be in the table.
func (d *dispatcher) stored(ctx context.Context, in delivery) (*event.Stored, error) {
	if in.Source == event.Source {
		var env event.Event
		if err := json.Unmarshal(in.Detail, &env); err != nil {
			return nil, fault.New(fault.Invalid, "event of our source without an envelope: %s", err)
		}
		e, err := d.store.Event(ctx, env.ID)
		if fault.Is(err, fault.NotFound) {
			slog.WarnContext(trail.With(ctx, trail.Event, env.ID), "an event claims our source and is not in the table: dropped")
			return nil, nil
		}
		return e, err
	}
	e := event.Stored{Source: in.Source, Event: event.Event{ID: foreignID(in), Type: in.DetailType, Time: in.Time, Actor: in.Source, Detail: in.Detail}}
	created, err := d.store.PutForeignEvent(ctx, e)
	if err != nil || created {
		return &e, err
	}
	return d.store.Event(ctx, e.ID)
}

// foreignID is the same for every delivery of one event, and sorts by its time.
func foreignID(in delivery) string {
	sum := sha256.Sum256([]byte(in.ID))
	return id.From(id.Event, in.Time, sum[:])
}

// start matches the event against the published workflows of its type and starts those
// that match.
func (d *dispatcher) start(ctx context.Context, e *event.Stored) ([]event.Match, error) {
	matches := []event.Match{}
	routes, err := d.routes(ctx, e)
	if err != nil || len(routes) == 0 {
		return matches, err
	}
	settings, err := d.store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	subject := match.Subject{Event: e, Now: d.now(), Halted: settings.Automation == "off", OwnMail: ownMail(e), Hours: settings.Open()}
	if subject.Message, err = d.message(ctx, e); err != nil {
		return nil, err
	}
	started, err := d.store.StartedBy(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	for _, rt := range routes {
		var trigger workflow.Trigger
		if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
			return nil, fmt.Errorf("trigger of workflow %s: %w", rt.WorkflowID, err)
		}
		m, err := match.Evaluate(subject, match.Candidate{WorkflowID: rt.WorkflowID, Name: rt.Name, Version: rt.Version, Enabled: rt.Enabled, Trigger: trigger})
		if err != nil {
			return nil, err
		}
		if runID := started[rt.WorkflowID]; runID != "" {
			if m, err = d.begun(ctx, m, runID); err != nil {
				return nil, fault.Wrap(err, "go on with run %s of event %s", runID, e.ID)
			}
			matches = append(matches, m)
			continue
		}
		if m.Matched {
			if m, err = d.capped(ctx, e, m, settings.Limits()); err != nil {
				return nil, err
			}
		}
		if m.Matched {
			r, _, err := d.launcher.Launch(ctx, e, subject.Message, rt, "")
			if err != nil {
				return nil, fault.Wrap(err, "start workflow %s for event %s", rt.WorkflowID, e.ID)
			}
			m.RunID, m.Version = r.ID, r.Version
		}
		matches = append(matches, m)
	}
	return matches, nil
}

// message is the view of the event's message; nil when it has none, or it was erased.
func (d *dispatcher) message(ctx context.Context, e *event.Stored) (map[string]any, error) {
	if e.MessageID() == "" {
		return nil, nil
	}
	m, err := d.store.Message(ctx, e.Subject.ConversationID, e.MessageID())
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m.View(), nil
}

// routes lists the published workflows that the event may start. Events of other
// systems, and custom ones, start `event` triggers of their detail type only.
func (d *dispatcher) routes(ctx context.Context, e *event.Stored) ([]workflow.Route, error) {
	if e.Source == event.Source && event.Own(e.Type) {
		routes, err := d.store.Routes(ctx, e.Type)
		if e.WorkflowID != "" {
			routes = slices.DeleteFunc(routes, func(rt workflow.Route) bool { return rt.WorkflowID != e.WorkflowID })
		}
		return routes, err
	}
	all, err := d.store.Routes(ctx, "event")
	if err != nil {
		return nil, err
	}
	var out []workflow.Route
	for _, rt := range all {
		var trigger struct {
			Params struct {
				DetailType string `json:"detailType"`
			} `json:"params"`
		}
		if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
			return nil, fmt.Errorf("trigger of workflow %s: %w", rt.WorkflowID, err)
		}
		if trigger.Params.DetailType == e.Type {
			out = append(out, rt)
		}
	}
	return out, nil
}

// cancelWaits ends the waits that listen to the event.
func (d *dispatcher) cancelWaits(ctx context.Context, e *event.Stored) error {
	if e.Source != event.Source {
		return nil
	}
	env := condition.Env{Now: d.now()}
	for _, entity := range e.Subject.Entities() {
		waits, err := d.store.WaitsOn(ctx, entity)
		if err != nil {
			return err
		}
		for _, w := range waits {
			if env.Hours == nil {
				settings, err := d.store.Settings(ctx)
				if err != nil {
					return err
				}
				env.Hours = settings.Open()
			}
			cancels, err := match.Cancels(w, e, func() (map[string]any, error) { return d.message(ctx, e) }, env)
			if err != nil {
				return err
			}
			if !cancels {
				continue
			}
			settled, _, err := d.store.SettleWait(ctx, w.RunID, w.Node, w.Redrive, run.Cancelled, e.ID)
			if err != nil {
				return err
			}
			if settled.Outcome != run.Cancelled {
				continue
			}
			out, err := json.Marshal(map[string]any{"result": map[string]string{"output": run.Cancelled}})
			if err != nil {
				return err
			}
			if err := d.answer.Answer(ctx, settled.Token, out); err != nil && !errors.Is(err, d.gone) {
				return err
			}
		}
	}
	return nil
}

func ownMail(e *event.Stored) bool {
	var detail struct {
		OwnMail bool `json:"ownMail"`
	}
	return len(e.Detail) > 0 && json.Unmarshal(e.Detail, &detail) == nil && detail.OwnMail
}
