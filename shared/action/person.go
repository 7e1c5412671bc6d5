package action

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/deskhand/deskhand/shared/failing"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// person is exactly one of its members. A group means its members, never more.
type person struct {
	Email     string `json:"email"`
	User      string `json:"user"`
	Group     string `json:"group"`
	ManagerOf string `json:"managerOf"`
}

// people is a list of persons; one alone may stand without the list.
type people []person

// UnmarshalJSON reads {…} or [{…}, …].
func (p *people) UnmarshalJSON(data []byte) error {
	var one person
	if len(data) > 0 && data[0] == '{' {
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		*p = people{one}
		return nil
	}
	var many []person
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	*p = many
	return nil
}

// Addresses are the lower-case addresses behind a person, for what is no step of a run.
func (d *Desk) Addresses(ctx context.Context, p failing.Person) ([]string, error) {
	to, err := d.addresses(ctx, people{person(p)})
	if err == nil && len(to) == 0 {
		err = fault.Named(fault.Unprocessable, "no_recipient", "nobody is behind the person: a group without members")
	}
	return to, err
}

// addresses resolves persons to lower-case addresses, each once, in the order given.
func (d *Desk) addresses(ctx context.Context, list people) ([]string, error) {
	var out []string
	add := func(what, address string) error {
		email, err := mail.NormaliseAddress(address)
		if err != nil {
			return fault.Named(fault.Invalid, "bad_address", "%s %q is not an e-mail address", what, address)
		}
		if !slices.Contains(out, email) {
			out = append(out, email)
		}
		return nil
	}
	for _, p := range list {
		var err error
		switch {
		case p.Email != "":
			err = add("email", p.Email)
		case p.User != "":
			err = add("user", p.User)
		case p.Group != "":
			g, gerr := d.group(ctx, p.Group)
			if gerr != nil {
				return nil, gerr
			}
			for _, m := range g.Members {
				if err = add("member of "+p.Group, m); err != nil {
					break
				}
			}
		case p.ManagerOf != "":
			g, gerr := d.group(ctx, p.ManagerOf)
			if gerr != nil {
				return nil, gerr
			}
			if g.Manager == "" {
				return nil, fault.Named(fault.Unprocessable, "no_manager", "group %q has no manager: name one in the group", p.ManagerOf)
			}
			err = add("manager of "+p.ManagerOf, g.Manager)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
