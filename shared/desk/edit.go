package desk

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// oneOf checks a value of an enumeration.
func oneOf(name, value string, values []string) error {
	if !slices.Contains(values, value) {
		return fault.New(fault.Invalid, "%s is %q: it is one of %s", name, value, strings.Join(values, ", "))
	}
	return nil
}

// ConversationEdit is what a person or a step may change; nil leaves as it is.
type ConversationEdit struct {
	Subject  *string   `json:"subject"`
	Status   *string   `json:"status"`
	Priority *string   `json:"priority"`
	Inbox    *string   `json:"inbox"`
	Group    *string   `json:"group"`
	Assignee *string   `json:"assignee"`
	Tags     *[]string `json:"tags"`
}

// Effect of an edit, for the events that report it.
type ConversationChanges struct {
	Tagged, Assigned, Closed bool
	Added, Removed           []string // tags
	What                     []string // in words, for the timeline
}

// Edit applies an edit; a changed conversation has something in What.
func (c *Conversation) Edit(e ConversationEdit, now time.Time) (ConversationChanges, error) {
	var ch ConversationChanges
	if e.Status != nil {
		if err := oneOf("status", *e.Status, ConversationStatuses); err != nil {
			return ch, err
		}
		ch.Closed = *e.Status == "closed" && c.Status != "closed"
	}
	if e.Priority != nil {
		if err := oneOf("priority", *e.Priority, Priorities); err != nil {
			return ch, err
		}
	}
	if e.Subject != nil && strings.TrimSpace(*e.Subject) == "" {
		return ch, fault.New(fault.Invalid, "subject is empty")
	}
	set := func(name string, field *string, to *string) bool {
		if to == nil || *field == *to {
			return false
		}
		if *field = *to; *to == "" {
			ch.What = append(ch.What, name+" cleared")
		} else {
			ch.What = append(ch.What, name+" "+*to)
		}
		return true
	}
	set("subject", &c.Subject, e.Subject)
	set("status", &c.Status, e.Status)
	set("priority", &c.Priority, e.Priority)
	for _, f := range []struct {
		name  string
		field *string
		to    *string
	}{{"inbox", &c.Inbox, e.Inbox}, {"group", &c.Group, e.Group}, {"assignee", &c.Assignee, e.Assignee}} {
		if set(f.name, f.field, f.to) {
			ch.Assigned = true
		}
	}
	if e.Tags != nil {
		if err := c.retag(*e.Tags, &ch); err != nil {
			return ch, err
		}
	}
	if len(ch.What) > 0 {
		c.UpdatedAt = now
	}
	return ch, nil
}

func (c *Conversation) retag(want []string, ch *ConversationChanges) error {
	if len(want) > MaxTags {
		return fault.New(fault.Invalid, "tags has %d entries; at most %d are kept", len(want), MaxTags)
	}
	for _, t := range want {
		if len(t) > MaxTagLength {
			return fault.New(fault.Invalid, "tag %.20q… is longer than %d bytes", t, MaxTagLength)
		}
	}
	tags, _ := Retag(want, nil, nil)
	ch.Added, ch.Removed = Minus(tags, c.Tags), Minus(c.Tags, tags)
	if len(ch.Added)+len(ch.Removed) > 0 {
		ch.Tagged, c.Tags = true, tags
		ch.What = append(ch.What, "tags "+strings.Join(append(signed("+", ch.Added), signed("−", ch.Removed)...), " "))
	}
	return nil
}

func signed(sign string, tags []string) (out []string) {
	for _, t := range tags {
		out = append(out, sign+t)
	}
	return out
}

// Minus is what a has and b has not; never nil.
func Minus(a, b []string) []string {
	out := []string{}
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// TicketEdit is what may change of a ticket; nil leaves as it is.
type TicketEdit struct {
	Subject     *string `json:"subject"`
	Description *string `json:"description"`
	Status      *string `json:"status"`
	Priority    *string `json:"priority"`
	Group       *string `json:"group"`
}

// Edit applies an edit; it tells whether anything, and whether the status, changed.
func (t *Ticket) Edit(e TicketEdit, now time.Time) (changed, status bool, err error) {
	if e.Status != nil {
		if err := oneOf("status", *e.Status, TicketStatuses); err != nil {
			return false, false, err
		}
	}
	if e.Priority != nil {
		if err := oneOf("priority", *e.Priority, Priorities); err != nil {
			return false, false, err
		}
	}
	if e.Subject != nil && strings.TrimSpace(*e.Subject) == "" {
		return false, false, fault.New(fault.Invalid, "subject is empty")
	}
	for _, f := range []struct{ field, to *string }{{&t.Subject, e.Subject}, {&t.Description, e.Description}, {&t.Priority, e.Priority}, {&t.Group, e.Group}} {
		if f.to != nil && *f.field != *f.to {
			*f.field, changed = *f.to, true
		}
	}
	if e.Status != nil && *e.Status != t.Status {
		t.PreviousStatus, t.Status, t.StatusSince, changed, status = t.Status, *e.Status, now, true, true
		if t.Status == "open" {
			t.OpenedAt = now
		}
	}
	if changed {
		t.UpdatedAt = now
	}
	return changed, status, nil
}

// CheckTicket refuses a new ticket that breaks a rule.
func CheckTicket(t Ticket) error {
	if strings.TrimSpace(t.Subject) == "" {
		return fault.New(fault.Invalid, "subject is missing")
	}
	if err := oneOf("status", t.Status, TicketStatuses); err != nil {
		return err
	}
	return oneOf("priority", t.Priority, Priorities)
}

// CheckAttributes refuses attributes that conditions could not read: text, number,
// bool, or a list of these.
func CheckAttributes(attributes map[string]any) error {
	if len(attributes) > MaxAttributes {
		return fault.New(fault.Invalid, "attributes has %d entries; at most %d are kept", len(attributes), MaxAttributes)
	}
	total := 0
	for k, v := range attributes {
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for _, x := range list {
			switch x.(type) {
			case string, float64, bool, nil:
			default:
				return fault.New(fault.Invalid, "attribute %q is neither text, number, bool nor a list of these", k)
			}
		}
		data, err := json.Marshal(v)
		if err != nil {
			return fault.New(fault.Invalid, "attribute %q: %s", k, err)
		}
		total += len(k) + len(data)
	}
	if total > MaxAttributeBytes {
		return fault.New(fault.Invalid, "attributes have %d bytes together; at most %d are kept", total, MaxAttributeBytes)
	}
	return nil
}
