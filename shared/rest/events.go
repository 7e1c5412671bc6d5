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
	q := queryOf(r, "type", "workflow", "matched", "from", "to", "limit", "cursor")
	f := store.EventFilter{Type: q.text("type"), Workflow: q.text("workflow"), Matched: q.flag("matched"), From: q.time("from"), To: q.time("to")}
	p := q.page()
	if q.err != nil {
		return nil, q.err
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

func (s *Server) postEvent(r *http.Request) (*answer, error) {
	var in struct {
		Type    string          `json:"type"`
		Detail  json.RawMessage `json:"detail"`
		Subject event.Subject   `json:"subject"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if !customType.MatchString(in.Type) {
		return nil, fault.New(fault.Invalid, "type is %q: it begins with a letter and has at most 128 letters, digits, dots, blanks, _ or -", in.Type)
	}
	if event.Own(in.Type) {
		return nil, fault.New(fault.Invalid, "type %q is the desk's own: choose another name, as orders.%s", in.Type, in.Type)
	}
	if len(in.Detail) > maxDetail {
		return nil, fault.New(fault.Invalid, "detail has %d bytes; at most %d are carried", len(in.Detail), maxDetail)
	}
	if len(in.Detail) == 0 {
		in.Detail = json.RawMessage("{}")
	}
	e := event.Stored{Event: event.Event{ID: s.NewID(id.Event), Type: in.Type, Time: s.Now(), Actor: callerOf(r).who, Detail: in.Detail}}
	if _, err := s.given(r, &e, in.Subject.ConversationID, in.Subject.TicketID, in.Subject.ContactID); err != nil {
		return nil, err
	}
	if err := s.Store.PutEvent(r.Context(), e); err != nil {
		return nil, err
	}
	return accepted(map[string]string{"id": e.ID})
}
