package action

import (
	"context"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// update is conversation.update {status?, priority?} → status, priority, changed. A
// conversation that becomes closed by it is reported as conversation.closed.
func (d *Desk) update(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Status, Priority *string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if p.Status == nil && p.Priority == nil {
		return nil, fault.New(fault.Invalid, "%s sets neither status nor priority: give one", r.Node)
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.conversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		now := d.Now()
		done, err := conv.Edit(desk.ConversationEdit{Status: p.Status, Priority: p.Priority}, now)
		if err != nil {
			return nil, nil, err
		}
		resp := &Response{Result: map[string]any{"status": conv.Status, "priority": conv.Priority, "changed": len(done.What) > 0}, Conversation: conv}
		if len(done.What) == 0 {
			return nil, resp, nil
		}
		change := &desk.Change{Conversation: conv, Timeline: []desk.Entry{d.line(r, strings.Join(done.What, ", "))}}
		if done.Closed {
			subject := r.Refs.Subject()
			subject.MessageID = conv.LastMessageID
			e, err := d.happened(r, event.ConversationClosed, subject, now, map[string]any{})
			if err != nil {
				return nil, nil, err
			}
			change.Events = []event.Event{e}
		}
		if err := d.also(ctx, r, change); err != nil {
			return nil, nil, err
		}
		return change, resp, nil
	})
}
