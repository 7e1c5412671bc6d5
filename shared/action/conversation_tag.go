package action

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// tag is conversation.tag {add?, remove?} → added, removed, tags.
func (d *Desk) tag(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Add, Remove list }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	for _, t := range slices.Concat(p.Add, p.Remove) {
		if len(t) > desk.MaxTagLength {
			return nil, fault.New(fault.Invalid, "tag %.20q… is longer than %d bytes", t, desk.MaxTagLength)
		}
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.conversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		tags, changed := desk.Retag(conv.Tags, p.Add, p.Remove)
		added, removed := minus(tags, conv.Tags), minus(conv.Tags, tags)
		result := map[string]any{"added": added, "removed": removed, "tags": tags}
		if !changed {
			return nil, &Response{Result: result, Conversation: conv}, nil
		}
		if len(tags) > desk.MaxTags {
			return nil, nil, fault.New(fault.Unprocessable, "the conversation would have %d tags, at most %d are kept: remove some", len(tags), desk.MaxTags)
		}
		now := d.Now()
		conv.Tags, conv.UpdatedAt = tags, now
		detail, err := json.Marshal(map[string]any{"added": added, "removed": removed})
		if err != nil {
			return nil, nil, err
		}
		change := &desk.Change{Conversation: conv,
			Events:   []event.Event{{ID: d.NewID("evt_"), Type: event.ConversationTagged, Time: now, Actor: r.Actor(), CausedBy: r.Cause(), Subject: r.Refs.Subject(), Detail: detail}},
			Timeline: []desk.Entry{d.line(r, "tags: "+changes(added, removed))},
		}
		if err := d.also(ctx, r, change); err != nil {
			return nil, nil, err
		}
		return change, &Response{Result: result, Conversation: conv}, nil
	})
}

// list is a list of texts in which one text stands for a list of one, as a template
// that is exactly one {{path}} may give it. Empty ones drop out.
type list []string

// UnmarshalJSON reads "a", ["a", "b"] or null.
func (l *list) UnmarshalJSON(data []byte) error {
	var many []string
	if json.Unmarshal(data, &many) != nil {
		var one string
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		many = []string{one}
	}
	*l = nil
	for _, s := range many {
		if s = strings.TrimSpace(s); s != "" {
			*l = append(*l, s)
		}
	}
	return nil
}

func minus(a, b []string) []string {
	out := []string{}
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func changes(added, removed []string) string {
	var out []string
	for _, t := range added {
		out = append(out, "+"+t)
	}
	for _, t := range removed {
		out = append(out, "−"+t)
	}
	return strings.Join(out, " ")
}
