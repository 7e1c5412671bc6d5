package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// maxEarlier is how many messages before the one that is asked about the page shows.
const maxEarlier = 20

// linkLife is how long a link to an attachment works.
const linkLife = 5 * time.Minute

// linker makes short-lived addresses of objects in the bucket.
type linker interface {
	Link(ctx context.Context, key, fileName string, life time.Duration) (string, error)
}

// thread reads the conversation of a request: the message it is about, and those before
// it, newest first.
func (p *page) thread(ctx context.Context, req *approval.Request) (about *desk.Message, earlier []desk.Message, err error) {
	if req.ConversationID == "" {
		return nil, nil, nil
	}
	all, err := p.store.Messages(ctx, req.ConversationID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	end := len(all)
	for i := range all {
		if all[i].ID == req.MessageID {
			about, end = &all[i], i
			break
		}
	}
	for i := end - 1; i >= 0 && len(earlier) < maxEarlier; i-- {
		earlier = append(earlier, all[i])
	}
	return about, earlier, nil
}

// attachment leads who has the link to a file of a message that the page shows; name is
// <message id>/<attachment id>.
func (p *page) attachment(w http.ResponseWriter, r *http.Request, v view, name string) {
	messageID, id, _ := strings.Cut(name, "/")
	shown := v.Earlier
	if v.Message != nil {
		shown = append(shown, *v.Message)
	}
	for _, m := range shown {
		for _, a := range m.Attachments {
			if m.ID != messageID || a.ID != id || a.Key == "" {
				continue
			}
			link, err := p.links.Link(r.Context(), a.Key, a.Name, linkLife)
			if err != nil {
				p.broken(w, r, v, err)
				return
			}
			w.Header().Set("Location", link)
			w.WriteHeader(http.StatusSeeOther)
			return
		}
	}
	p.plain(w, v, http.StatusNotFound, "There is no such file", "Go back to the page and choose one of those shown there. Nothing was changed.")
}
