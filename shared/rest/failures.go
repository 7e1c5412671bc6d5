package rest

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// FailuresEdit says what happens when a workflow fails; null goes back to the desk's.
type FailuresEdit struct {
	named bool
	value *failing.Settings
}

// UnmarshalJSON tells null from a member that is not there.
func (e *FailuresEdit) UnmarshalJSON(data []byte) error {
	e.named, e.value = true, nil
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(&e.value)
}

// failures checks settings whole: their form, the address, and that the group is there.
func (s *Server) failures(ctx context.Context, f *failing.Settings) error {
	if f == nil {
		return nil
	}
	if err := f.Check(); err != nil {
		return err
	}
	if f.Notify == nil {
		return nil
	}
	for _, address := range []*string{&f.Notify.Email, &f.Notify.User} {
		if *address == "" {
			continue
		}
		email, err := mail.NormaliseAddress(*address)
		if err != nil {
			return fault.New(fault.Invalid, "failures: notify: %q is not an e-mail address", *address)
		}
		*address = email
	}
	slug := f.Notify.Group + f.Notify.ManagerOf // one of them at most
	if slug == "" {
		return nil
	}
	g, err := s.Store.Group(ctx, slug)
	switch {
	case fault.Is(err, fault.NotFound):
		return fault.New(fault.Invalid, "failures: notify: there is no group %q: make it first", slug)
	case err != nil:
		return err
	case f.Notify.ManagerOf != "" && g.Manager == "":
		return fault.New(fault.Invalid, "failures: notify: group %q has no manager: name one in the group", slug)
	}
	return nil
}
