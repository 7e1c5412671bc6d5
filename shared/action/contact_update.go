package action

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// maxName bounds a contact's name, in bytes, as REST does.
const maxName = 200

// updateContact is contact.update {name?, attributes?, addTags?, removeTags?} → name,
// tags, attributes, changed. Attributes are merged into those that are there; null takes
// one away; an empty name, as a template without a value gives it, changes nothing.
func (d *Desk) updateContact(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Name                string
		Attributes          map[string]any
		AddTags, RemoveTags list
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if p.Name = oneLine(p.Name); len(p.Name) > maxName {
		return nil, fault.New(fault.Invalid, "the name has %d bytes; at most %d are kept", len(p.Name), maxName)
	}
	for _, t := range slices.Concat(p.AddTags, p.RemoveTags) {
		if len(t) > desk.MaxTagLength {
			return nil, fault.New(fault.Invalid, "tag %.20q… is longer than %d bytes", t, desk.MaxTagLength)
		}
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		if r.Refs.Contact == "" {
			return nil, nil, fault.Named(fault.Unprocessable, "no_contact", "this run has no contact: %s needs one", r.Type)
		}
		c, err := d.Store.Contact(ctx, r.Refs.Contact)
		if err != nil {
			return nil, nil, err
		}
		var what []string
		if p.Name != "" && p.Name != c.Name {
			c.Name = p.Name
			what = append(what, "name "+p.Name)
		}
		named, err := mergeAttributes(c, p.Attributes)
		if err != nil {
			return nil, nil, err
		}
		if len(named) > 0 {
			what = append(what, "attributes "+strings.Join(named, ", "))
		}
		tags, retagged := desk.Retag(c.Tags, p.AddTags, p.RemoveTags)
		if len(tags) > desk.MaxTags {
			return nil, nil, fault.New(fault.Unprocessable, "the contact would have %d tags, at most %d are kept: remove some", len(tags), desk.MaxTags)
		}
		if retagged {
			what = append(what, "tags "+changes(minus(tags, c.Tags), minus(c.Tags, tags)))
			c.Tags = tags
		}
		attributes := c.Attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		resp := &Response{Result: map[string]any{"name": c.Name, "tags": c.Tags, "attributes": attributes, "changed": len(what) > 0}, Contact: c}
		if len(what) == 0 {
			return nil, resp, nil
		}
		c.UpdatedAt = d.Now()
		change := &desk.Change{Contact: c}
		if change.AlsoConversation, err = d.maybeConversation(ctx, r); err != nil {
			return nil, nil, err
		}
		if change.AlsoConversation != nil {
			change.Timeline = []desk.Entry{d.line(r, "contact: "+strings.Join(what, "; "))}
		}
		return change, resp, nil
	})
}

// mergeAttributes changes c's attributes and names those that are different now.
func mergeAttributes(c *desk.Contact, with map[string]any) (named []string, err error) {
	for k, v := range with {
		had, has := c.Attributes[k]
		switch {
		case v == nil && has:
			delete(c.Attributes, k)
		case v == nil || has && reflect.DeepEqual(had, v):
			continue
		default:
			if c.Attributes == nil {
				c.Attributes = map[string]any{}
			}
			c.Attributes[k] = v
		}
		named = append(named, k)
	}
	slices.Sort(named)
	return named, desk.CheckAttributes(c.Attributes)
}
