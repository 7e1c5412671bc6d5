package rest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/shared/dryrun"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/workflow"
)

// TestOrder asks for a dry run of the definition, else of the version, else of the draft,
// on an event that is kept or one that is made up.
type TestOrder struct {
	Definition json.RawMessage            `json:"definition,omitempty"`
	Version    int                        `json:"version,omitempty"`
	EventID    string                     `json:"eventId,omitempty"`
	Event      json.RawMessage            `json:"event,omitempty"` // see TestEvent
	Steps      map[string]json.RawMessage `json:"steps,omitempty"` // results by node id; the others are made up
}

// TestEvent is an event that is made up for a dry run.
type TestEvent = dryrun.TestEvent

// TestReport is what a dry run finds, with the definition's warnings.
type TestReport struct {
	dryrun.Report
	Problems []workflow.Problem `json:"problems"`
}

// test plays a definition on an event without any effect.
func (s *Server) test(r *http.Request) (*answer, error) {
	var in TestOrder
	if err := read(r, &in); err != nil {
		return nil, err
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	source, err := s.testSource(r, h, in)
	if err != nil {
		return nil, err
	}
	def, problems, err := s.Publisher.Check(r.Context(), source)
	if err != nil {
		return nil, err
	}
	if workflow.HasErrors(problems) {
		return nil, &publish.Rejected{Problems: problems}
	}
	order := dryrun.Order{Workflow: event.WorkflowRef{ID: h.ID, Name: h.Name, Version: in.Version}, Definition: def, RunID: s.NewID(id.Run), Now: s.Now(), Steps: in.Steps}
	if order.Event, order.Message, err = s.testEvent(r, in, def.Trigger); err != nil {
		return nil, err
	}
	settings, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	order.Hours = settings.Open()
	rep, err := dryrun.Play(r.Context(), order)
	if err != nil {
		return nil, err
	}
	return ok(TestReport{rep, listed(problems)})
}

func (s *Server) testSource(r *http.Request, h workflow.Head, in TestOrder) (json.RawMessage, error) {
	if err := object("definition", &in.Definition); err != nil {
		return nil, err
	}
	switch {
	case in.Definition != nil && in.Version != 0:
		return nil, fault.New(fault.Invalid, "give a definition or a version, not both")
	case in.Definition != nil:
		return in.Definition, nil
	case in.Version < 0 || in.Version > maxVersion:
		return nil, fault.New(fault.Invalid, "version is %d: versions are numbers from 1", in.Version)
	case in.Version > 0:
		_, definition, err := s.published(r, h.ID, in.Version)
		return definition, unknownName("version", strconv.Itoa(in.Version), err)
	}
	draft, err := s.Store.Draft(r.Context(), h.ID)
	return draft.Definition, err
}

// testEvent is the event to play on, with the view of its message.
func (s *Server) testEvent(r *http.Request, in TestOrder, trigger workflow.Trigger) (*event.Stored, map[string]any, error) {
	if err := object("event", &in.Event); err != nil {
		return nil, nil, err
	}
	var e *event.Stored
	var message map[string]any
	switch {
	case in.EventID != "" && in.Event != nil:
		return nil, nil, fault.New(fault.Invalid, "give eventId or event, not both")
	case in.EventID != "":
		var err error
		if e, err = s.Store.Event(r.Context(), in.EventID); err != nil {
			return nil, nil, unknownName("event", in.EventID, err)
		}
	case in.Event != nil:
		var made TestEvent
		if err := json.Unmarshal(in.Event, &made); err != nil {
			return nil, nil, fault.New(fault.Invalid, "event cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
		}
		var err error
		if e, message, err = made.Stored(trigger, func() string { return s.NewID(id.Event) }, s.Now()); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, fault.New(fault.Invalid, "eventId or event is missing")
	}
	if err := dryrun.Starts(e, trigger); err != nil {
		return nil, nil, err
	}
	if message == nil && e.Subject.MessageID != "" && e.Subject.ConversationID != "" {
		m, err := s.Store.Message(r.Context(), e.Subject.ConversationID, e.Subject.MessageID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, nil, err
		}
		if m != nil {
			message = m.View()
		}
	}
	return e, message, nil
}
