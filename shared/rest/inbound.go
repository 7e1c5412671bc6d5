package rest

import (
	"net/http"

	"github.com/deskhand/deskhand/shared/desk"
)

func (s *Server) listFailedMail(r *http.Request) (*answer, error) {
	q := queryOf(r, "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	items, next, err := s.Store.FailedMails(r.Context(), p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []desk.FailedMail{}
	}
	return ok(listOf(items, next))
}

// reprocess gives the mail to receive once more; what comes of it is in the answer.
func (s *Server) reprocess(r *http.Request) (*answer, error) {
	f, err := s.Store.FailedMail(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	outcome, err := s.Mail.Reprocess(r.Context(), f)
	if err != nil {
		return nil, err
	}
	return ok(outcome)
}
