package action

import (
	"context"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// line is an entry of the conversation's timeline by this step.
func (d *Desk) line(r *Request, what string) desk.Entry {
	return desk.Entry{At: d.Now().Format(time.RFC3339Nano), RunID: r.RunID, Actor: "workflow " + r.Workflow.Name, What: what}
}

// also adds the entities that the change does not alter but that its events are about.
func (d *Desk) also(ctx context.Context, r *Request, c *desk.Change) (err error) {
	if c.Contact == nil && r.Refs.Contact != "" {
		c.AlsoContact, err = maybe(d.Store.Contact(ctx, r.Refs.Contact))
	}
	if err == nil && c.Ticket == nil && r.Refs.Ticket != "" {
		c.AlsoTicket, err = maybe(d.Store.Ticket(ctx, r.Refs.Ticket))
	}
	if err == nil && c.Conversation == nil && r.Refs.Conversation != "" {
		c.AlsoConversation, err = maybe(d.Store.Conversation(ctx, r.Refs.Conversation))
	}
	return err
}

// maybe takes a thing that has been erased since for none.
func maybe[T any](v *T, err error) (*T, error) {
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return v, err
}
