package action

import (
	"context"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// updateTicket is ticket.update {status?, priority?, group?} → status, previousStatus,
// priority, group, changed. Another status is reported as ticket.status_changed.
func (d *Desk) updateTicket(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Status, Priority, Group *string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if p.Group != nil {
		if *p.Group = strings.TrimSpace(*p.Group); *p.Group == "" { // what the template named is missing
			p.Group = nil
		} else if _, err := d.group(ctx, *p.Group); err != nil {
			return nil, err
		}
	}
	if p.Status == nil && p.Priority == nil && p.Group == nil {
		return nil, fault.New(fault.Invalid, "%s sets neither status, priority nor group: give one", r.Node)
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		t, err := d.ticket(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		before, now := *t, d.Now()
		changed, status, err := t.Edit(desk.TicketEdit{Status: p.Status, Priority: p.Priority, Group: p.Group}, now)
		if err != nil {
			return nil, nil, err
		}
		resp := &Response{Result: map[string]any{"status": t.Status, "previousStatus": before.Status, "priority": t.Priority, "group": t.Group, "changed": changed}, Ticket: t}
		if !changed {
			return nil, resp, nil
		}
		change := &desk.Change{Ticket: t}
		if t.ContactID != "" {
			if change.AlsoContact, err = maybe(d.Store.Contact(ctx, t.ContactID)); err != nil {
				return nil, nil, err
			}
		}
		if t.ConversationID != "" {
			if change.AlsoConversation, err = maybe(d.Store.Conversation(ctx, t.ConversationID)); err != nil {
				return nil, nil, err
			}
		}
		if change.AlsoConversation != nil {
			change.Timeline = []desk.Entry{d.line(r, "ticket: "+ticketChanges(before, *t))}
		}
		if status {
			e, err := d.happened(r, event.TicketStatusChanged, ticketSubject(t), now, map[string]string{"status": t.Status, "previousStatus": before.Status})
			if err != nil {
				return nil, nil, err
			}
			change.Events = []event.Event{e}
		}
		return change, resp, nil
	})
}

func ticketChanges(before, after desk.Ticket) string {
	var out []string
	for _, f := range [][3]string{{"status", before.Status, after.Status}, {"priority", before.Priority, after.Priority}, {"group", before.Group, after.Group}} {
		if f[1] != f[2] {
			out = append(out, f[0]+" "+f[2])
		}
	}
	return strings.Join(out, ", ")
}
