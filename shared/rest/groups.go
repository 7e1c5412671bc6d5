package rest

import (
	"net/http"
	"slices"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

func (s *Server) listGroups(r *http.Request) (*answer, error) {
	q := queryOf(r, "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	all, err := s.Store.Groups(r.Context())
	if err != nil {
		return nil, err
	}
	items, next, err := pageOf(all, p, "groups", false, func(g desk.Group) string { return g.Slug })
	if err != nil {
		return nil, err
	}
	return ok(listOf(items, next))
}

func (s *Server) getGroup(r *http.Request) (*answer, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return ok(g)
}

// GroupPut makes or replaces a group; Slug, if given, is that of the path, and Name is
// the slug when absent.
type GroupPut struct {
	Slug    string   `json:"slug,omitempty"`
	Name    string   `json:"name,omitempty"`
	Members []string `json:"members,omitempty"`
	Manager string   `json:"manager,omitempty"`
}

func (s *Server) putGroup(r *http.Request) (*answer, error) {
	name, err := slug(r)
	if err != nil {
		return nil, err
	}
	var put GroupPut
	if err := read(r, &put); err != nil {
		return nil, err
	}
	g := desk.Group(put)
	if g.Slug != "" && g.Slug != name {
		return nil, fault.New(fault.Invalid, "slug is %q, but the path says %q", g.Slug, name)
	}
	g.Slug = name
	if g.Name, err = bounded("name", first(g.Name, name), 120); err != nil {
		return nil, err
	}
	if len(g.Members) > desk.MaxGroupSize {
		return nil, fault.New(fault.Invalid, "members has %d addresses; at most %d are kept", len(g.Members), desk.MaxGroupSize)
	}
	members := []string{}
	for _, m := range g.Members {
		email, err := mail.NormaliseAddress(m)
		if err != nil {
			return nil, fault.New(fault.Invalid, "member %q is not an e-mail address", m)
		}
		if !slices.Contains(members, email) {
			members = append(members, email)
		}
	}
	g.Members = members
	if g.Manager != "" {
		manager, err := mail.NormaliseAddress(g.Manager)
		if err != nil {
			return nil, fault.New(fault.Invalid, "manager %q is not an e-mail address", g.Manager)
		}
		g.Manager = manager
	}
	if err := s.Store.PutGroup(r.Context(), g); err != nil {
		return nil, err
	}
	return ok(g)
}

func (s *Server) deleteGroup(r *http.Request) (*answer, error) {
	if err := s.Store.DeleteGroup(r.Context(), r.PathValue("slug")); err != nil {
		return nil, err
	}
	return done()
}
