package action

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Launcher starts a run for an event, once per event and workflow (package launch).
type Launcher interface {
	Launch(ctx context.Context, e *event.Stored, message map[string]any, rt workflow.Route, retryOf string) (r run.Run, existed bool, err error)
}

// notStartable names the error of a workflow that cannot be started as it is.
const notStartable = "workflow_not_startable"

// start is workflow.start {workflow, detail?} → runId: a run of another workflow about
// the same message, conversation, contact and ticket, one per (run, node). It does not
// wait for that run. Its event is a manual one that names this run as its cause.
func (d *Desk) start(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Workflow string
		Detail   json.RawMessage
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if err := checkDetail(&p.Detail); err != nil {
		return nil, err
	}
	if stored, done, err := d.stored(ctx, r); err != nil || done {
		return stored, err
	}
	rt, err := d.startable(ctx, strings.TrimSpace(p.Workflow))
	if err != nil {
		return nil, err
	}
	e, message, err := d.startEvent(ctx, r, rt, p.Detail)
	if err != nil {
		return nil, err
	}
	started, _, err := d.Launcher.Launch(ctx, e, message, rt, "")
	if err != nil {
		return nil, fault.Wrap(err, "start workflow %s", rt.WorkflowID)
	}
	verdict := event.Match{WorkflowID: rt.WorkflowID, WorkflowName: rt.Name, Version: started.Version, Matched: true, Reason: event.ReasonMatched, RunID: started.ID}
	if err := d.Store.RecordMatches(ctx, e.ID, []event.Match{verdict}); err != nil {
		return nil, err
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.maybeConversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		change := &desk.Change{AlsoConversation: conv}
		if conv != nil {
			change.Timeline = []desk.Entry{d.line(r, "started workflow "+rt.Name)}
		}
		return change, &Response{Result: map[string]string{"runId": started.ID, "eventId": e.ID}}, nil
	})
}

// startable is the active version of a workflow, if it has one and may run.
func (d *Desk) startable(ctx context.Context, workflowID string) (workflow.Route, error) {
	head, err := d.Store.Workflow(ctx, workflowID)
	if fault.Is(err, fault.NotFound) || err == nil && head.Archived {
		return workflow.Route{}, fault.Named(fault.Unprocessable, notStartable, "there is no workflow %q: name another in the step", workflowID)
	}
	if err != nil {
		return workflow.Route{}, err
	}
	if head.ActiveVersion > 0 {
		routes, err := d.Store.Routes(ctx, head.RouteType)
		if err != nil {
			return workflow.Route{}, err
		}
		for _, rt := range routes {
			if rt.WorkflowID == head.ID {
				return rt, nil
			}
		}
	}
	return workflow.Route{}, fault.Named(fault.Unprocessable, notStartable, "the workflow %q has no active version: publish it first", head.Name)
}

// startEvent is the event of the start, the same one at every try of the step: its id is
// kept as an effect of its own before it is written.
func (d *Desk) startEvent(ctx context.Context, r *Request, rt workflow.Route, detail json.RawMessage) (*event.Stored, map[string]any, error) {
	e := &event.Stored{Source: event.Source, Event: event.Event{Type: event.Manual, Time: d.Now(), Actor: r.Actor(), CausedBy: r.Cause(), Detail: detail}}
	message, err := d.about(ctx, r, e)
	if err != nil {
		return nil, nil, err
	}
	key := r.Node + "#event"
	data, reserved, err := d.Store.Effect(ctx, r.RunID, key)
	if err != nil {
		return nil, nil, err
	}
	if !reserved {
		if err := d.mayStart(ctx, rt, e, message); err != nil {
			return nil, nil, err
		}
		if data, err = json.Marshal(d.NewID(id.Event)); err != nil {
			return nil, nil, err
		}
		err := d.Store.PutEffect(ctx, desk.Effect{RunID: r.RunID, Node: key, Result: data})
		if errors.Is(err, desk.ErrDone) { // another try of the step was faster
			data, _, err = d.Store.Effect(ctx, r.RunID, key)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := json.Unmarshal(data, &e.ID); err != nil {
		return nil, nil, fault.Wrap(err, "event of %s %s", r.RunID, r.Node)
	}
	err = d.Store.PutManualEvent(ctx, *e)
	if fault.Is(err, fault.Conflict) {
		e, err = d.Store.Event(ctx, e.ID)
	}
	return e, message, err
}

// about fills the event with what this run is about, as the desk has it now.
func (d *Desk) about(ctx context.Context, r *Request, e *event.Stored) (message map[string]any, err error) {
	set := func(into *json.RawMessage, v any) error {
		data, err := json.Marshal(v)
		*into = data
		return err
	}
	conv, err := d.maybeConversation(ctx, r)
	if err != nil {
		return nil, err
	}
	if conv != nil {
		e.Subject.ConversationID = conv.ID
		if err := set(&e.Snapshot.Conversation, conv); err != nil {
			return nil, err
		}
		m, err := d.answered(ctx, r, conv)
		if err != nil {
			return nil, err
		}
		if m != nil {
			e.Subject.MessageID, message = m.ID, m.View()
		}
	}
	if r.Refs.Contact != "" {
		c, err := maybe(d.Store.Contact(ctx, r.Refs.Contact))
		if err != nil {
			return nil, err
		}
		if c != nil {
			e.Subject.ContactID = c.ID
			if err := set(&e.Snapshot.Contact, c); err != nil {
				return nil, err
			}
		}
	}
	if r.Refs.Ticket != "" {
		t, err := maybe(d.Store.Ticket(ctx, r.Refs.Ticket))
		if err != nil {
			return nil, err
		}
		if t != nil {
			e.Subject.TicketID = t.ID
			if err := set(&e.Snapshot.Ticket, t); err != nil {
				return nil, err
			}
		}
	}
	return message, nil
}

// mayStart refuses what a start by hand would be refused for: the workflow is disabled,
// its conditions do not hold, it lacks an entity, or too many runs lie behind this one.
func (d *Desk) mayStart(ctx context.Context, rt workflow.Route, e *event.Stored, message map[string]any) error {
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return err
	}
	var trigger workflow.Trigger
	if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
		return fault.Wrap(err, "trigger of workflow %s", rt.WorkflowID)
	}
	verdict, err := match.Evaluate(match.Subject{Event: e, Message: message, Now: d.Now(), Halted: settings.Automation == "off", Hours: settings.Open()},
		match.Candidate{WorkflowID: rt.WorkflowID, Name: rt.Name, Version: rt.Version, Enabled: rt.Enabled, Trigger: trigger})
	if err != nil {
		return err
	}
	switch {
	case verdict.Reason == event.ReasonDepth:
		return fault.Named(fault.Unprocessable, "depth", "workflow %q does not start: %s", rt.Name, verdict.Detail)
	case verdict.Failed != nil:
		return fault.Named(fault.Unprocessable, notStartable, "workflow %q does not start: its conditions do not hold (%s %s)", rt.Name, verdict.Failed.Field, verdict.Failed.Op)
	case !verdict.Matched:
		return fault.Named(fault.Unprocessable, notStartable, "workflow %q does not start: %s", rt.Name, verdict.Detail)
	}
	have := map[string]bool{workflow.EntityMessage: message != nil, workflow.EntityConversation: e.Subject.ConversationID != "",
		workflow.EntityContact: e.Subject.ContactID != "", workflow.EntityTicket: e.Subject.TicketID != "", workflow.EntityDetail: true}
	kind, known := workflow.TheCatalog.Trigger(trigger.Type)
	if !known {
		return nil
	}
	params := map[string]any{}
	_ = json.Unmarshal(trigger.Params, &params) // they were checked at publish
	for entity, presence := range kind.With(params).Gives {
		if presence == workflow.Always && !have[entity] {
			return fault.Named(fault.Unprocessable, notStartable, "workflow %q does not start: its trigger %s gives a %s, and this run has none", rt.Name, trigger.Type, entity)
		}
	}
	return nil
}
