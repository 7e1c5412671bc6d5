package rest

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func (s *Server) listEvents(r *http.Request) (*answer, error) {
	q := queryOf(r, "type", "workflow", "conversation", "matched", "from", "to", "limit", "cursor")
	f := store.EventFilter{Type: q.text("type"), Workflow: q.text("workflow"), Conversation: q.text("conversation"), Matched: q.flag("matched")}
	var empty bool
	f.From, f.To, empty = q.span()
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	if empty {
		return ok(listOf([]event.Stored{}, ""))
	}
	items, next, err := s.Store.Events(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []event.Stored{}
	}
	for i := range items {
		if items[i].Matches == nil {
			items[i].Matches = []event.Match{}
		}
	}
	return ok(listOf(items, next))
}

func (s *Server) getEvent(r *http.Request) (*answer, error) {
	e, err := s.Store.Event(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if e.Matches == nil {
		e.Matches = []event.Match{}
	}
	return ok(e)
}

var customType = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._ -]{0,127}$`)

// NewEvent is a custom event, and what it is about.
type NewEvent struct {
	Type    string          `json:"type"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	Subject event.Subject   `json:"subject,omitzero"`
}

// Accepted names what was taken in.
type Accepted struct {
	ID string `json:"id"`
}

func (s *Server) postEvent(r *http.Request) (*answer, error) {
	var in NewEvent
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if !customType.MatchString(in.Type) {
		return nil, fault.New(fault.Invalid, "type is %q: it begins with a letter and has at most 128 letters, digits, dots, blanks, _ or -", in.Type)
	}
	if event.Own(in.Type) {
		return nil, fault.New(fault.Invalid, "type %q is the desk's own: choose another name, as orders.%s", in.Type, in.Type)
	}
	if err := object("detail", &in.Detail); err != nil {
		return nil, err
	}
	if len(in.Detail) > maxDetail {
		return nil, fault.New(fault.Invalid, "detail has %d bytes; at most %d are carried", len(in.Detail), maxDetail)
	}
	if len(in.Detail) == 0 {
		in.Detail = json.RawMessage("{}")
	}
	eventID := s.NewID(id.Event)
	e := event.Stored{Event: event.Event{ID: eventID, Type: in.Type, Time: s.Now(), Actor: callerOf(r).who, Detail: in.Detail}}
	if _, err := s.given(r, &e, in.Subject); err != nil {
		return nil, err
	}
	if err := s.Store.PutEvent(r.Context(), e); err != nil {
		return nil, err
	}
	changed(r, e.ID, in.Type)
	return accepted(Accepted{ID: e.ID})
}
