package rest

import (
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

var slugPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

func slug(r *http.Request) (string, error) {
	s := r.PathValue("slug")
	if !slugPattern.MatchString(s) {
		return "", fault.New(fault.Invalid, "the name in the path is %q: it has at most 40 lower-case letters, digits, - or _", s)
	}
	return s, nil
}

func (s *Server) listInboxes(r *http.Request) (*answer, error) {
	q := queryOf(r, "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	all, err := s.Store.Inboxes(r.Context())
	if err != nil {
		return nil, err
	}
	items, next, err := pageOf(all, p, "inboxes", false, func(in desk.Inbox) string { return in.Slug })
	if err != nil {
		return nil, err
	}
	return ok(listOf(items, next))
}

func (s *Server) getInbox(r *http.Request) (*answer, error) {
	in, err := s.Store.Inbox(r.Context(), r.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return ok(in)
}

// InboxPut makes or replaces an inbox; Slug, if given, is that of the path, and Name is
// the slug when absent.
type InboxPut struct {
	Slug    string `json:"slug,omitempty"`
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

func (s *Server) putInbox(r *http.Request) (*answer, error) {
	name, err := slug(r)
	if err != nil {
		return nil, err
	}
	var put InboxPut
	if err := read(r, &put); err != nil {
		return nil, err
	}
	in := desk.Inbox(put)
	if in.Slug != "" && in.Slug != name {
		return nil, fault.New(fault.Invalid, "slug is %q, but the path says %q", in.Slug, name)
	}
	in.Slug = name
	if in.Name, err = bounded("name", first(in.Name, name), 120); err != nil {
		return nil, err
	}
	address, err := mail.NormaliseAddress(in.Address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "address %q is not an e-mail address", in.Address)
	}
	in.Address = address
	if local, _, _ := strings.Cut(in.Address, "@"); strings.Contains(local, "+") {
		return nil, fault.New(fault.Invalid, "address %q has a +: mail to anything after a + comes to the address without it", in.Address)
	}
	all, err := s.Store.Inboxes(r.Context())
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(x desk.Inbox) bool { return x.Address == in.Address && x.Slug != name }); i >= 0 {
		return nil, fault.New(fault.Conflict, "inbox %q has the address %s already", all[i].Slug, in.Address)
	}
	if err := s.Store.PutInbox(r.Context(), in); err != nil {
		return nil, err
	}
	return ok(InboxSaved{in, s.warnings(r, in.Address)})
}

// InboxSaved is an inbox with what keeps it from sending mail.
type InboxSaved struct {
	desk.Inbox
	Warnings []string `json:"warnings"`
}

// warnings never fail what was saved: mail comes in without SES knowing the sender, and
// DNS records take their time.
func (s *Server) warnings(r *http.Request, address string) []string {
	if s.Senders == nil {
		return []string{}
	}
	out, err := s.Senders.Warnings(r.Context(), address)
	if err != nil {
		slog.WarnContext(r.Context(), "what keeps an inbox from sending is not known", "error", err)
		return []string{"whether SES sends as " + address + " could not be found out: save the inbox again in a moment"}
	}
	return listed(out)
}

func (s *Server) deleteInbox(r *http.Request) (*answer, error) {
	if err := s.Store.DeleteInbox(r.Context(), r.PathValue("slug")); err != nil {
		return nil, err
	}
	return done()
}
