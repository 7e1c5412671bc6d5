package rest

import (
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/mail"
)

func (s *Server) listContacts(r *http.Request) (*answer, error) {
	q := queryOf(r, "q", "tag", "limit", "cursor")
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	items, next, err := s.Store.Contacts(r.Context(), desk.ContactFilter{Q: q.text("q"), Tag: q.text("tag")}, p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []desk.Contact{}
	}
	return ok(listOf(items, next))
}

func (s *Server) getContact(r *http.Request) (*answer, error) {
	c, err := s.Store.Contact(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return ok(c)
}

// ContactEdit is what may be said of a contact; nil leaves as it is.
type ContactEdit struct {
	Email      *string        `json:"email,omitempty"`
	Name       *string        `json:"name,omitempty"`
	Tags       *[]string      `json:"tags,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"` // merged; null removes one
}

// apply makes the edit; the address is the caller's to change.
func (e ContactEdit) apply(c *desk.Contact, now time.Time) error {
	if e.Name != nil {
		name, err := bounded("name", *e.Name, 200)
		if err != nil {
			return err
		}
		c.Name = name
	}
	if e.Tags != nil {
		if len(*e.Tags) > desk.MaxTags {
			return fault.New(fault.Invalid, "tags has %d entries; at most %d are kept", len(*e.Tags), desk.MaxTags)
		}
		for _, t := range *e.Tags {
			if len(t) > desk.MaxTagLength {
				return fault.New(fault.Invalid, "tag %.20q… is longer than %d bytes", t, desk.MaxTagLength)
			}
		}
		c.Tags, _ = desk.Retag(*e.Tags, nil, nil)
	}
	if len(e.Attributes) > 0 && c.Attributes == nil {
		c.Attributes = map[string]any{}
	}
	for k, v := range e.Attributes {
		if v == nil {
			delete(c.Attributes, k)
			continue
		}
		c.Attributes[k] = v
	}
	c.UpdatedAt = now
	return desk.CheckAttributes(c.Attributes)
}

func (s *Server) createContact(r *http.Request) (*answer, error) {
	var in ContactEdit
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Email == nil {
		return nil, fault.New(fault.Invalid, "email is missing")
	}
	email, err := mail.NormaliseAddress(*in.Email)
	if err != nil {
		return nil, fault.New(fault.Invalid, "email %q is not an e-mail address", *in.Email)
	}
	now := s.Now()
	c := desk.NewContact(s.NewID(id.Contact), email, "", now)
	if err := in.apply(&c, now); err != nil {
		return nil, err
	}
	err = s.Store.Commit(r.Context(), desk.Change{Contact: &c, Events: []event.Event{{ID: s.NewID(id.Event), Type: event.ContactCreated, Time: now,
		Actor: callerOf(r).who, Subject: event.Subject{ContactID: c.ID}}}})
	if err != nil {
		return nil, err
	}
	return created("/v1/contacts/"+c.ID, c)
}

func (s *Server) patchContact(r *http.Request) (*answer, error) {
	var in ContactEdit
	if err := readClearing(r, &in, "name"); err != nil {
		return nil, err
	}
	email := ""
	if in.Email != nil {
		var err error
		if email, err = mail.NormaliseAddress(*in.Email); err != nil {
			return nil, fault.New(fault.Invalid, "email %q is not an e-mail address", *in.Email)
		}
	}
	var c *desk.Contact
	err := retried(func() (err error) {
		if c, err = s.Store.Contact(r.Context(), r.PathValue("id")); err != nil {
			return err
		}
		former := ""
		if email != "" && email != c.Email {
			former, c.Email = c.Email, email
			_, c.Domain, _ = strings.Cut(email, "@")
		}
		if err := in.apply(c, s.Now()); err != nil {
			return err
		}
		return s.Store.Commit(r.Context(), desk.Change{Contact: c, FormerEmail: former})
	})
	if err != nil {
		return nil, err
	}
	return ok(c)
}

// eraseContact erases what the desk keeps of a person, a bounded part per request: 204
// when nothing is left, 202 when there is more, and then the same request goes on.
func (s *Server) eraseContact(r *http.Request) (*answer, error) {
	progress, err := s.Eraser.Contact(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if progress.Done {
		return done()
	}
	return &answer{status: http.StatusAccepted, body: progress, header: map[string]string{"Retry-After": "1"}}, nil
}
