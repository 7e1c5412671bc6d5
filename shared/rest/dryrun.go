package rest

import (
	"encoding/json"
	"maps"
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
	order.OwnMail = ownMail(order.Event)
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

func ownMail(e *event.Stored) bool {
	var detail struct {
		OwnMail bool `json:"ownMail"`
	}
	return len(e.Detail) > 0 && json.Unmarshal(e.Detail, &detail) == nil && detail.OwnMail
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
		if e, message, err = s.madeUp(made, trigger); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, fault.New(fault.Invalid, "eventId or event is missing")
	}
	if err := starts(e, trigger); err != nil {
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

// madeUp fills in what an event of the request leaves out.
func (s *Server) madeUp(in TestEvent, trigger workflow.Trigger) (*event.Stored, map[string]any, error) {
	e := &event.Stored{Event: in.Event, Source: event.Source, Snapshot: in.Snapshot}
	if in.Envelope != nil {
		detail := e.Detail
		if e.Event = *in.Envelope; e.Detail == nil {
			e.Detail = detail
		}
	}
	if e.ID == "" {
		e.ID = s.NewID(id.Event)
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
		e.Time = s.Now()
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

// starts refuses an event that is of another type than the trigger; what is started by
// hand may be any.
func starts(e *event.Stored, trigger workflow.Trigger) error {
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
