package desk

import (
	"slices"
	"strings"
	"time"
)

// Contact is a person who writes to the desk, one per e-mail address.
type Contact struct {
	ID         string         `json:"id"`
	Name       string         `json:"name,omitempty"`
	Email      string         `json:"email"` // lower case
	Domain     string         `json:"domain"`
	Tags       []string       `json:"tags"`
	Attributes map[string]any `json:"attributes,omitempty"` // text, number, bool or list of these
	IsNew      bool           `json:"isNew"`                // made by their first message, or by hand, and no (other) message has come since
	CreatedAt  time.Time      `json:"createdAt"`
	UpdatedAt  time.Time      `json:"updatedAt"`
	Waits      int            `json:"-"` // open waits registered on it
	LastEvent  string         `json:"-"` // id of the newest event about it
	Revision   int            `json:"-"`
}

// NewContact is a contact for the address, which must be normalised.
func NewContact(id, email, name string, now time.Time) Contact {
	_, domain, _ := strings.Cut(email, "@")
	return Contact{ID: id, Email: email, Domain: domain, Name: name, Tags: []string{}, IsNew: true, CreatedAt: now, UpdatedAt: now}
}

// Retag adds and removes tags; tags are kept sorted, each once, as they are written.
func Retag(tags, add, remove []string) (out []string, changed bool) {
	for _, t := range append(slices.Clone(tags), add...) {
		t, _ = Plain(t, len(t))
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(remove, t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if out == nil {
		out = []string{}
	}
	before := slices.Clone(tags)
	slices.Sort(before)
	return out, !slices.Equal(before, out)
}
