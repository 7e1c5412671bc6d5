package action

import (
	"context"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
)

// note is conversation.note {body} → truncated: an internal note, which no customer
// sees. It is an entry of the timeline of its own kind, not a message, so that nothing
// that counts, answers or triggers on messages ever meets it.
func (d *Desk) note(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Body string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	body, cut := cutText(strings.TrimSpace(p.Body), desk.MaxNote)
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		conv, err := d.conversation(ctx, r)
		if err != nil {
			return nil, nil, err
		}
		resp := &Response{Result: map[string]bool{"noted": body != "", "truncated": cut}, Conversation: conv}
		if body == "" { // what the template named is missing
			return nil, resp, nil
		}
		entry := d.line(r, body)
		entry.Kind = desk.EntryNote
		return &desk.Change{AlsoConversation: conv, Timeline: []desk.Entry{entry}}, resp, nil
	})
}

// cutText keeps at most n bytes, in whole characters.
func cutText(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	const more = "…"
	return strings.ToValidUTF8(s[:n-len(more)], "") + more, true
}
