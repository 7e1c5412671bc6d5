package dryrun

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// TestEvent is an event that is made up for a dry run: the envelope with what a run sees
// beside it. What GET /v1/events/{id} answers is one (its snapshot is used), and so is the
// input of a template's example, whose envelope is its member event. What is absent is
// filled in: an id, the trigger's type, the time of now.
type TestEvent struct {
	event.Event
	Envelope     *event.Event    `json:"event,omitempty"`
	Snapshot     event.Snapshot  `json:"snapshot,omitzero"`
	Message      map[string]any  `json:"message,omitempty"`
	Conversation json.RawMessage `json:"conversation,omitempty"`
	Contact      json.RawMessage `json:"contact,omitempty"`
	Ticket       json.RawMessage `json:"ticket,omitempty"`
}

// Stored is the event as the log would have it, with the view of its message; what it
// leaves out is filled in for the trigger.
func (in TestEvent) Stored(trigger workflow.Trigger, newID func() string, now time.Time) (*event.Stored, map[string]any, error) {
	e := &event.Stored{Event: in.Event, Source: event.Source, Snapshot: in.Snapshot}
	if in.Envelope != nil {
		detail := e.Detail
		if e.Event = *in.Envelope; e.Detail == nil {
			e.Detail = detail
		}
	}
	if e.ID == "" {
		e.ID = newID()
	}
	if e.Type == "" {
		e.Type = trigger.Type
		var p struct {
			DetailType string `json:"detailType"`
		}
		if trigger.Type == "event" && json.Unmarshal(trigger.Params, &p) == nil {
			e.Type = p.DetailType
		}
	}
	if e.Time.IsZero() {
		e.Time = now
	}
	for _, part := range []struct {
		name  string
		given json.RawMessage
		to    *json.RawMessage
	}{{"conversation", in.Conversation, &e.Snapshot.Conversation}, {"contact", in.Contact, &e.Snapshot.Contact}, {"ticket", in.Ticket, &e.Snapshot.Ticket}} {
		if part.given != nil {
			*part.to = part.given
		}
		if err := object("event."+part.name, part.to); err != nil {
			return nil, nil, err
		}
	}
	if err := object("event.detail", &e.Detail); err != nil {
		return nil, nil, err
	}
	message := maps.Clone(in.Message)
	if from, ok := message["from"].(string); ok && message["fromDomain"] == nil {
		_, message["fromDomain"], _ = strings.Cut(from, "@")
	}
	return e, message, nil
}

// Starts refuses an event that is of another type than the trigger; what is started by
// hand may be any.
func Starts(e *event.Stored, trigger workflow.Trigger) error {
	want := trigger.Type
	if trigger.Type == "event" {
		var p struct {
			DetailType string `json:"detailType"`
		}
		_ = json.Unmarshal(trigger.Params, &p) // checked before
		want = p.DetailType
	}
	if e.Type == want || e.Type == event.Manual {
		return nil
	}
	return fault.New(fault.Unprocessable, "the event is %s, and the trigger takes %s: choose another event", e.Type, want)
}

// object takes null for absent and refuses what is no object.
func object(name string, raw *json.RawMessage) error {
	data := bytes.TrimSpace(*raw)
	switch {
	case len(data) == 0 || string(data) == "null":
		*raw = nil
	case data[0] != '{':
		return fault.New(fault.Invalid, "field %q should be an object", name)
	}
	return nil
}

// ownMail tells whether the desk sent the event's message itself.
func ownMail(e *event.Stored) bool {
	var detail struct {
		OwnMail bool `json:"ownMail"`
	}
	return len(e.Detail) > 0 && json.Unmarshal(e.Detail, &detail) == nil && detail.OwnMail
}
