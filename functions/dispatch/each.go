package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/schedule"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

// progress is how far a tick for each entity has come. It travels through the queue, so
// that a desk of any size is visited in deliveries that each fit one invocation.
type progress struct {
	EventID string `json:"event"`
	Cursor  string `json:"cursor,omitempty"`
	Looked  int    `json:"looked"`
	Started int    `json:"started"`
}

const (
	eachPage = 25               // entities in a page
	spare    = 15 * time.Second // of the invocation's time that another page needs at most
)

// each starts one run per entity that meets the conditions. done is false when the
// schedule is for no entities. The runs of one tick are found again by the tick and the
// entity, so that doing any part of it twice starts nothing twice.
func (d *dispatcher) each(ctx context.Context, e *event.Stored, p progress) (done bool, err error) {
	rt, err := d.scheduled(ctx, e.WorkflowID)
	if err != nil || rt == nil {
		return false, err
	}
	var trigger workflow.Trigger
	if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
		return false, fmt.Errorf("trigger of workflow %s: %w", rt.WorkflowID, err)
	}
	spec, err := schedule.Params(rt.WorkflowID, trigger.Params)
	if err != nil || spec.Each == "" {
		return false, err
	}
	settings, err := d.store.Settings(ctx)
	if err != nil {
		return true, err
	}
	// Conditions are about the time when the tick was due, however late it is handled.
	subject := match.Subject{Event: e, Now: e.Time, Halted: settings.Automation == "off", Hours: settings.Open()}
	candidate := match.Candidate{WorkflowID: rt.WorkflowID, Name: rt.Name, Version: rt.Version, Enabled: rt.Enabled, Trigger: trigger}
	whole := candidate
	whole.Trigger.Conditions = nil
	verdict, err := match.Evaluate(subject, whole)
	if err != nil {
		return true, err
	}
	if !verdict.Matched {
		return true, d.done(ctx, e, []event.Match{verdict})
	}
	for {
		page := p
		entities, next, err := d.page(ctx, spec.Each, p.Cursor)
		if err != nil {
			return true, err
		}
		for _, child := range entities {
			child.Source = event.Source
			child.Event = event.Event{ID: derived(e.Time, "each", e.ID, child.entity), Type: event.Schedule, Time: e.Time, Actor: "schedule",
				WorkflowID: e.WorkflowID, Subject: child.Subject, Detail: e.Detail}
			started, err := d.startFor(ctx, &child.Stored, subject, candidate, *rt)
			if err != nil {
				err = fmt.Errorf("%s %s: %w", spec.Each, child.entity, err)
			}
			if fault.IsThrottled(err) { // those of the page that were started are found again
				body, _ := json.Marshal(map[string]progress{"each": page})
				return true, rest{err, body}
			}
			if err != nil {
				return true, err
			}
			if p.Looked++; started {
				p.Started++
			}
		}
		if p.Cursor = next; next == "" {
			break
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare {
			body, err := json.Marshal(map[string]progress{"each": p})
			if err != nil {
				return true, err
			}
			return true, d.queue.Send(ctx, body)
		}
	}
	verdict.Detail = fmt.Sprintf("%d of %d %ss met the conditions, and a run was started for each", p.Started, p.Looked, spec.Each)
	if p.Started == 0 {
		verdict.Matched, verdict.Reason = false, event.ReasonConditions
		verdict.Detail = fmt.Sprintf("none of %d %ss met the conditions", p.Looked, spec.Each)
	}
	return true, d.done(ctx, e, []event.Match{verdict})
}

// startFor starts the run of one entity if it meets the conditions. Entities that do not
// leave no event behind: the tick's own says how many there were.
func (d *dispatcher) startFor(ctx context.Context, e *event.Stored, subject match.Subject, c match.Candidate, rt workflow.Route) (bool, error) {
	subject.Event = e
	verdict, err := match.Evaluate(subject, c)
	if err != nil || !verdict.Matched {
		return false, err
	}
	if err := d.store.PutManualEvent(ctx, *e); err != nil && !fault.Is(err, fault.Conflict) {
		return false, err
	}
	r, _, err := d.launcher.Launch(ctx, e, nil, rt, "")
	if err != nil {
		return false, err
	}
	verdict.RunID, verdict.Version = r.ID, r.Version
	return true, d.store.RecordMatches(ctx, e.ID, []event.Match{verdict})
}

// visited is an entity with what a run of it would see.
type visited struct {
	event.Stored
	entity string
}

// page reads entities of a kind, with those that belong to them.
func (d *dispatcher) page(ctx context.Context, kind, cursor string) (out []visited, next string, err error) {
	p := store.Page{Limit: eachPage, Cursor: cursor}
	switch kind {
	case schedule.EachTicket:
		list, next, err := d.store.EachTicket(ctx, p)
		if err != nil {
			return nil, "", err
		}
		for _, t := range list {
			v := visited{entity: t.ID}
			v.Subject.TicketID, v.Subject.ConversationID, v.Subject.ContactID = t.ID, t.ConversationID, t.ContactID
			if v.Snapshot.Ticket, err = event.Encode(t); err != nil {
				return nil, "", err
			}
			out = append(out, v)
		}
		return out, next, d.link(ctx, out)
	case schedule.EachConversation:
		list, next, err := d.store.EachConversation(ctx, p)
		if err != nil {
			return nil, "", err
		}
		for _, c := range list {
			v := visited{entity: c.ID}
			v.Subject.TicketID, v.Subject.ConversationID, v.Subject.ContactID = c.TicketID, c.ID, c.ContactID
			if v.Snapshot.Conversation, err = event.Encode(c); err != nil {
				return nil, "", err
			}
			out = append(out, v)
		}
		return out, next, d.link(ctx, out)
	case schedule.EachContact:
		list, next, err := d.store.EachContact(ctx, p)
		if err != nil {
			return nil, "", err
		}
		for _, c := range list {
			v := visited{entity: c.ID}
			v.Subject.ContactID = c.ID
			if v.Snapshot.Contact, err = event.Encode(c); err != nil {
				return nil, "", err
			}
			out = append(out, v)
		}
		return out, next, nil
	}
	return nil, "", fault.New(fault.Invalid, "a schedule cannot be for each %s", kind)
}

// link adds the entities that belong to a ticket or a conversation; one that has been
// erased is left out.
func (d *dispatcher) link(ctx context.Context, list []visited) error {
	for i := range list {
		v := &list[i]
		if id := v.Subject.ConversationID; id != "" && v.Snapshot.Conversation == nil {
			c, err := d.store.Conversation(ctx, id)
			if err := keep(&v.Snapshot.Conversation, &v.Subject.ConversationID, c, err); err != nil {
				return err
			}
		}
		if id := v.Subject.TicketID; id != "" && v.Snapshot.Ticket == nil {
			t, err := d.store.Ticket(ctx, id)
			if err := keep(&v.Snapshot.Ticket, &v.Subject.TicketID, t, err); err != nil {
				return err
			}
		}
		if id := v.Subject.ContactID; id != "" && v.Snapshot.Contact == nil {
			c, err := d.store.Contact(ctx, id)
			if err := keep(&v.Snapshot.Contact, &v.Subject.ContactID, c, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func keep(into *json.RawMessage, subject *string, entity any, err error) error {
	if fault.Is(err, fault.NotFound) {
		*subject = ""
		return nil
	}
	if err != nil {
		return err
	}
	*into, err = event.Encode(entity)
	return err
}
