package rest

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

// maxHistory bounds the events read for one open run (Step Functions keeps 25,000).
const maxHistory = 25_000

// Run is a run in lists.
type Run struct {
	run.Run
	Status     run.Status `json:"status"`
	DurationMs int64      `json:"durationMs"`
}

// RunWhole is a run with its steps.
type RunWhole struct {
	Run
	Steps        []run.Step `json:"steps"`
	StepsExpired bool       `json:"stepsExpired,omitempty"`
}

func (s *Server) run(r run.Run) Run {
	return Run{Run: r, Status: r.Status.Shown(), DurationMs: r.Duration(s.Now()).Milliseconds()}
}

func (s *Server) listRuns(r *http.Request) (*answer, error) { return s.runs(r, "") }

func (s *Server) workflowRuns(r *http.Request) (*answer, error) {
	h, err := s.Store.Workflow(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.runs(r, h.ID)
}

func (s *Server) runs(r *http.Request, workflowID string) (*answer, error) {
	q := queryOf(r, "workflow", "version", "status", "conversation", "from", "to", "limit", "cursor")
	statuses := make([]string, len(run.Statuses))
	for i, st := range run.Statuses {
		statuses[i] = string(st)
	}
	f := store.RunFilter{Workflow: q.text("workflow"), Version: q.number("version"), Status: run.Status(q.oneOf("status", statuses...)),
		Conversation: q.text("conversation")}
	var empty bool
	f.From, f.To, empty = q.span()
	if workflowID != "" {
		empty = empty || f.Workflow != "" && f.Workflow != workflowID // filters combine with AND
		f.Workflow = workflowID
	}
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	if empty {
		return ok(listOf([]Run{}, ""))
	}
	found, next, err := s.Store.Runs(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	items := make([]Run, len(found))
	for i := range found {
		items[i] = s.run(found[i])
	}
	return ok(listOf(items, next))
}

func (s *Server) getRun(r *http.Request) (*answer, error) {
	rec, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	out := RunWhole{Run: s.run(rec), Steps: []run.Step{}}
	if rec.ExecutionArn == "" {
		return ok(out)
	}
	events, err := s.Engine.WholeHistory(r.Context(), rec.ExecutionArn, maxHistory)
	if fault.Is(err, fault.NotFound) {
		out.StepsExpired = true
		return ok(out)
	}
	if err != nil {
		return nil, err
	}
	places, err := s.places(r, rec)
	if err != nil {
		return nil, err
	}
	if rec.Erased {
		events = run.Bare(events)
	}
	out.Steps = run.Steps(events, places, rec.Status)
	out.CostMicroUSD = cost.Run(events, places).MicroUSD() // as it went, no longer as it was estimated
	return ok(out)
}

// places leads from the states of the run's own version to its nodes.
func (s *Server) places(r *http.Request, rec run.Run) (map[string]run.Place, error) {
	_, sources, err := s.Store.VersionASL(r.Context(), rec.WorkflowID, rec.Version)
	if err != nil {
		return nil, err
	}
	data, err := s.Store.VersionDefinition(r.Context(), rec.WorkflowID, rec.Version)
	if err != nil {
		return nil, err
	}
	var states compile.SourceMap
	if err := json.Unmarshal(sources, &states); err != nil {
		return nil, err
	}
	def, _ := workflow.Parse(data)
	nodes := map[string]workflow.Node{}
	for _, n := range def.Nodes {
		nodes[n.ID] = n
	}
	out := map[string]run.Place{}
	for state, src := range states {
		if src.Node != "" {
			out[state] = run.Place{Node: src.Node, Name: nodes[src.Node].Name, Type: nodes[src.Node].Type, Role: string(src.Role), Params: nodes[src.Node].Params}
		}
	}
	return out, nil
}

func (s *Server) history(r *http.Request) (*answer, error) {
	q := queryOf(r, "order", "limit", "cursor")
	p, order := q.page(), q.oneOf("order", "oldest", "newest")
	if q.err != nil {
		return nil, q.err
	}
	rec, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if rec.ExecutionArn == "" {
		return ok(listOf([]run.HistoryEvent{}, ""))
	}
	if p.Limit == 0 {
		p.Limit = defaultLimit
	}
	events, next, err := s.Engine.History(r.Context(), rec.ExecutionArn, p.Cursor, p.Limit, order == "newest")
	if err != nil {
		return nil, err
	}
	if rec.Erased {
		events = run.Bare(events)
	}
	return ok(listOf(listed(events), next))
}

// StartOrder says what a run that is started by hand is about.
type StartOrder struct {
	ConversationID string          `json:"conversationId,omitempty"`
	TicketID       string          `json:"ticketId,omitempty"`
	ContactID      string          `json:"contactId,omitempty"`
	Detail         json.RawMessage `json:"detail,omitempty"`
}

// startByHand makes a manual event about what is given and starts the run at once.
func (s *Server) startByHand(r *http.Request) (*answer, error) {
	var in StartOrder
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if err := object("detail", &in.Detail); err != nil {
		return nil, err
	}
	if len(in.Detail) > maxDetail {
		return nil, fault.New(fault.Invalid, "detail has %d bytes; at most %d are carried", len(in.Detail), maxDetail)
	}
	h, err := s.head(r)
	if err != nil {
		return nil, err
	}
	if h.ActiveVersion == 0 {
		return nil, fault.New(fault.Conflict, "the workflow has no active version: publish it first")
	}
	rt, err := s.activeRoute(r, h)
	if err != nil {
		return nil, err
	}
	e := event.Stored{Source: event.Source, Event: event.Event{ID: s.NewID(id.Event), Type: event.Manual, Time: s.Now(), Actor: callerOf(r).who, Detail: in.Detail}}
	message, err := s.given(r, &e, event.Subject{ConversationID: in.ConversationID, TicketID: in.TicketID, ContactID: in.ContactID})
	if err != nil {
		return nil, err
	}
	if err := s.gives(rt, &e, message); err != nil {
		return nil, err
	}
	settings, err := s.Store.Settings(r.Context())
	if err != nil {
		return nil, err
	}
	var trigger workflow.Trigger
	if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
		return nil, err
	}
	verdict, err := match.Evaluate(match.Subject{Event: &e, Message: message, Now: s.Now(), Halted: settings.Automation == "off", Hours: settings.Open()},
		match.Candidate{WorkflowID: h.ID, Name: h.Name, Version: rt.Version, Enabled: h.Enabled, Trigger: trigger})
	if err != nil {
		return nil, err
	}
	if !verdict.Matched {
		return nil, refusedStart(verdict)
	}
	if err := s.Store.PutManualEvent(r.Context(), e); err != nil {
		return nil, err
	}
	rec, _, err := s.Launcher.Launch(r.Context(), &e, message, rt, "")
	if err != nil && !errors.Is(err, launch.ErrRecorded) {
		return nil, err
	}
	verdict.RunID = rec.ID
	changed(r, "", "run "+rec.ID)
	if err := s.Store.RecordMatches(r.Context(), e.ID, []event.Match{verdict}); err != nil {
		return nil, err
	}
	return accepted(s.run(rec))
}

// maxDetail keeps an execution's input under Step Functions' 256 KiB.
const maxDetail = 96 << 10

func refusedStart(m event.Match) error {
	if m.Reason == event.ReasonConditions && m.Failed != nil {
		actual, _ := json.Marshal(m.Failed.Actual)
		return fault.New(fault.Unprocessable, "the trigger's conditions do not hold: %s %s, and it is %s", m.Failed.Field, m.Failed.Op, actual)
	}
	return fault.New(fault.Conflict, "the workflow does not start: %s", m.Detail)
}

// given fills the event's subject and snapshot from the ids of the request, and what
// hangs together with them; it gives the view of the message. What is named and not
// there is Unprocessable.
func (s *Server) given(r *http.Request, e *event.Stored, about event.Subject) (message map[string]any, err error) {
	ctx := r.Context()
	set := func(into *json.RawMessage, v any) error {
		data, err := json.Marshal(v)
		*into = data
		return err
	}
	var m *desk.Message
	if about.MessageID != "" {
		if m, err = s.Store.FindMessage(ctx, about.MessageID); err != nil {
			return nil, unknownName("message", about.MessageID, err)
		}
		if about.ConversationID = first(about.ConversationID, m.ConversationID); about.ConversationID != m.ConversationID {
			return nil, fault.New(fault.Unprocessable, "message %q is in another conversation than %q", m.ID, about.ConversationID)
		}
	}
	if about.TicketID != "" {
		t, err := s.Store.Ticket(ctx, about.TicketID)
		if err != nil {
			return nil, unknownName("ticket", about.TicketID, err)
		}
		e.Subject.TicketID = t.ID
		if err := set(&e.Snapshot.Ticket, t); err != nil {
			return nil, err
		}
		about.ConversationID, about.ContactID = first(about.ConversationID, t.ConversationID), first(about.ContactID, t.ContactID)
	}
	if about.ConversationID != "" {
		c, err := s.Store.Conversation(ctx, about.ConversationID)
		if err != nil {
			return nil, unknownName("conversation", about.ConversationID, err)
		}
		e.Subject.ConversationID = c.ID
		if err := set(&e.Snapshot.Conversation, c); err != nil {
			return nil, err
		}
		about.ContactID = first(about.ContactID, c.ContactID)
		if m == nil {
			if m, err = s.lastInbound(r, c); err != nil {
				return nil, err
			}
		}
		if m != nil {
			e.Subject.MessageID, message = m.ID, m.View()
		}
	}
	if about.ContactID != "" {
		c, err := s.Store.Contact(ctx, about.ContactID)
		if err != nil {
			return nil, unknownName("contact", about.ContactID, err)
		}
		e.Subject.ContactID = c.ID
		if err := set(&e.Snapshot.Contact, c); err != nil {
			return nil, err
		}
	}
	return message, nil
}

// lastInbound is the newest message that came in, for what a reply answers.
func (s *Server) lastInbound(r *http.Request, c *desk.Conversation) (*desk.Message, error) {
	all, err := s.Store.Messages(r.Context(), c.ID)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Direction == "in" {
			return &all[i], nil
		}
	}
	return nil, nil
}

// gives refuses a start without an entity that the workflow's trigger always gives.
func (s *Server) gives(rt workflow.Route, e *event.Stored, message map[string]any) error {
	var trigger workflow.Trigger
	if err := json.Unmarshal(rt.Trigger, &trigger); err != nil {
		return err
	}
	have := map[string]bool{workflow.EntityMessage: message != nil, workflow.EntityConversation: e.Subject.ConversationID != "",
		workflow.EntityContact: e.Subject.ContactID != "", workflow.EntityTicket: e.Subject.TicketID != "", workflow.EntityDetail: true}
	k, known := workflow.TheCatalog.Trigger(trigger.Type)
	if !known {
		return nil
	}
	params := map[string]any{}
	_ = json.Unmarshal(trigger.Params, &params) // they were checked at publish
	for entity, presence := range k.With(params).Gives {
		if presence == workflow.Always && !have[entity] {
			return fault.New(fault.Unprocessable, "a workflow with the trigger %s needs a %s: give conversationId, ticketId or contactId", trigger.Type, entity)
		}
	}
	return nil
}

func (s *Server) activeRoute(r *http.Request, h workflow.Head) (workflow.Route, error) {
	routes, err := s.Store.Routes(r.Context(), h.RouteType)
	if err != nil {
		return workflow.Route{}, err
	}
	for _, rt := range routes {
		if rt.WorkflowID == h.ID {
			return rt, nil
		}
	}
	return workflow.Route{}, fault.New(fault.Conflict, "the workflow has no active version: publish it first")
}

func (s *Server) stop(r *http.Request) (*answer, error) {
	rec, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if rec.Status.Ended() {
		return nil, fault.New(fault.Conflict, "the run has ended already: it is %s", rec.Status)
	}
	cause := "stopped by " + callerOf(r).who
	if rec.ExecutionArn != "" {
		if err := s.Engine.Stop(r.Context(), rec.ExecutionArn, "stopped", cause); err != nil {
			return nil, err
		}
	}
	now := s.Now()
	if rec, err = s.Recorder.Apply(r.Context(), rec, engine.Execution{Status: "ABORTED", EndedAt: &now, Error: "stopped", Cause: cause}); err != nil {
		return nil, err
	}
	return ok(s.run(rec))
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
