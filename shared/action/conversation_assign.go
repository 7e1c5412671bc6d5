package action

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// assign is conversation.assign {inbox?|group?|user?} → inbox, group, assignee.
func (d *Desk) assign(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Inbox, Group, User string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if err := d.checkAssignment(ctx, &p.Inbox, &p.Group, &p.User); err != nil {
		return nil, err
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.conversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		before := *conv
		for to, value := range map[*string]string{&conv.Inbox: p.Inbox, &conv.Group: p.Group, &conv.Assignee: p.User} {
			if value != "" {
				*to = value
			}
		}
		result := map[string]any{"inbox": conv.Inbox, "group": conv.Group, "assignee": conv.Assignee}
		if before.Inbox == conv.Inbox && before.Group == conv.Group && before.Assignee == conv.Assignee {
			return nil, &Response{Result: result, Conversation: conv}, nil
		}
		now := d.Now()
		conv.UpdatedAt = now
		detail, err := json.Marshal(result)
		if err != nil {
			return nil, nil, err
		}
		change := &desk.Change{Conversation: conv,
			Events:   []event.Event{{ID: d.NewID("evt_"), Type: event.ConversationAssigned, Time: now, Actor: r.Actor(), CausedBy: r.Cause(), Subject: r.Refs.Subject(), Detail: detail}},
			Timeline: []desk.Entry{d.line(r, "assigned to "+assignment(p.Inbox, p.Group, p.User))},
		}
		if err := d.also(ctx, r, change); err != nil {
			return nil, nil, err
		}
		return change, &Response{Result: result, Conversation: conv}, nil
	})
}

// checkAssignment makes sure that who is named exists.
func (d *Desk) checkAssignment(ctx context.Context, inbox, group, user *string) error {
	if *inbox = strings.TrimSpace(*inbox); *inbox != "" {
		all, err := d.Store.Inboxes(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(in desk.Inbox) bool { return in.Slug == *inbox }) {
			return fault.Named(fault.Unprocessable, "no_such_inbox", "there is no inbox %q: make it, or name another in the step", *inbox)
		}
	}
	if *group = strings.TrimSpace(*group); *group != "" {
		if _, err := d.group(ctx, *group); err != nil {
			return err
		}
	}
	if *user = strings.TrimSpace(*user); *user != "" {
		email, err := mail.NormaliseAddress(*user)
		if err != nil {
			return fault.New(fault.Invalid, "user %q is not an e-mail address", *user)
		}
		*user = email
	}
	return nil
}

func (d *Desk) group(ctx context.Context, slug string) (desk.Group, error) {
	g, err := d.Store.Group(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		return g, fault.Named(fault.Unprocessable, "no_such_group", "there is no group %q: make it, or name another in the step", slug)
	}
	return g, err
}

func assignment(inbox, group, user string) string {
	var out []string
	for _, p := range [][2]string{{"inbox ", inbox}, {"group ", group}, {"", user}} {
		if p[1] != "" {
			out = append(out, p[0]+p[1])
		}
	}
	return strings.Join(out, ", ")
}
