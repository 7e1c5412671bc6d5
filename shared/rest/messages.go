package rest

import (
	"net/http"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// linkLife is how long a link to an object works.
const linkLife = 5 * time.Minute

func (s *Server) rawMessage(r *http.Request) (*answer, error) {
	m, err := s.Store.FindMessage(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if m.RawKey == "" {
		return nil, fault.New(fault.NotFound, "there is no raw mail of message %s: the desk sent it", m.ID)
	}
	return s.redirect(r, m.RawKey, m.ID+".eml")
}

func (s *Server) attachment(r *http.Request) (*answer, error) {
	m, err := s.Store.FindMessage(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	for _, a := range m.Attachments {
		if a.ID == r.PathValue("a") {
			return s.redirect(r, a.Key, a.Name)
		}
	}
	return nil, fault.New(fault.NotFound, "message %s has no attachment %q", m.ID, r.PathValue("a"))
}

// Link leads to an object for a few minutes, without a token.
type Link struct {
	URL string `json:"url"`
}

// redirect leads to an object. A page that has to send its token along cannot follow
// where it leads and asks for the link itself, with redirect=false.
func (s *Server) redirect(r *http.Request, key, name string) (*answer, error) {
	q := queryOf(r, "redirect")
	follow := q.flag("redirect")
	if q.err != nil {
		return nil, q.err
	}
	link, err := s.Links.Link(r.Context(), key, name, linkLife)
	if err != nil {
		return nil, err
	}
	if follow != nil && !*follow {
		return ok(Link{URL: link})
	}
	return &answer{status: http.StatusFound, header: map[string]string{"Location": link}}, nil
}
