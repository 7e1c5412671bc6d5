package rest

import (
	"net/http"
	"slices"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

func (s *Server) listGroups(r *http.Request) (*answer, error) {
	all, err := s.Store.Groups(r.Context())
	if err != nil {
		return nil, err
	}
	return ok(listOf(append([]desk.Group{}, all...), ""))
}

func (s *Server) getGroup(r *http.Request) (*answer, error) {
	g, err := s.Store.Group(r.Context(), r.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return ok(g)
}

func (s *Server) putGroup(r *http.Request) (*answer, error) {
	name, err := slug(r)
	if err != nil {
		return nil, err
	}
	var g desk.Group
	if err := read(r, &g); err != nil {
		return nil, err
	}
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
		if g.Manager, err = mail.NormaliseAddress(g.Manager); err != nil {
			return nil, fault.New(fault.Invalid, "manager %q is not an e-mail address", g.Manager)
		}
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
