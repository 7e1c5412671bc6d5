// Package action is what the nodes of a workflow do: one file per action, all behind
// the one interface that the functions act and reach serve. An action has one effect
// per (run, node), also when Step Functions tries it again or the run is redriven. It
// knows no AWS; the Store, the Mailer and the clock are given.
package action

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/trail"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Version is the newest version of the payload that this release does; the compiler
// writes it into every state (package compile). Executions go on for up to a year on the
// machine that they were started on, so a release does all that any release ever wrote: a
// new version gets a case in Request.upgrade, and none is ever taken out.
const Version = 1

// Request is the payload that a compiled state sends.
type Request struct {
	V        int               `json:"v"`
	Type     string            `json:"type"`
	Node     string            `json:"node"`
	Of       string            `json:"of,omitempty"` // for resume: approval or wait
	RunID    string            `json:"run"`
	Redrive  int               `json:"redrive"`
	Workflow event.WorkflowRef `json:"workflow"`
	Refs     Refs              `json:"refs"`
	Params   json.RawMessage   `json:"params"`
	Context  json.RawMessage   `json:"context,omitempty"` // for ai.*
	Token    string            `json:"token,omitempty"`
	Timeout  int               `json:"timeout,omitempty"` // seconds; for http.request
	Patient  bool              `json:"patient,omitempty"` // the state has a retrier for "throttled"; those of older releases have none
}

// Refs name what the run is about; absent ones are "".
type Refs struct {
	Event        string `json:"event"`
	Actor        string `json:"actor"`
	Depth        int    `json:"depth"`
	Message      string `json:"message"`
	Conversation string `json:"conversation"`
	Contact      string `json:"contact"`
	Ticket       string `json:"ticket"`
}

// Trail names what the step belongs to, for the log.
func (r Request) Trail() []string {
	return []string{trail.Run, r.RunID, trail.Node, r.Node, trail.Workflow, r.Workflow.ID, trail.Event, r.Refs.Event}
}

// Subject of the events that the step makes.
func (r Refs) Subject() event.Subject {
	return event.Subject{ConversationID: r.Conversation, ContactID: r.Contact, TicketID: r.Ticket}
}

// Cause of the events that the step makes.
func (r *Request) Cause() *event.Cause {
	return &event.Cause{RunID: r.RunID, Depth: r.Refs.Depth + 1}
}

// Actor under which the step changes the desk.
func (r *Request) Actor() string { return "run:" + r.RunID }

// decode reads the params; they were checked at publish, so that a failure here is a
// value that a template gave.
func (r *Request) decode(v any) error {
	if err := json.Unmarshal(r.Params, v); err != nil {
		return &fault.Error{Code: fault.Invalid, Message: "the params of " + r.Node + " cannot be read: " + err.Error(), Cause: err}
	}
	return nil
}

// Response is what the state gets: the step's result and the entities it changed.
type Response struct {
	Result       any                `json:"result"`
	Conversation *desk.Conversation `json:"conversation,omitempty"`
	Contact      *desk.Contact      `json:"contact,omitempty"`
	Ticket       *desk.Ticket       `json:"ticket,omitempty"`
}

// Action does one kind of node.
type Action interface {
	Do(ctx context.Context, r *Request) (*Response, error)
}

// Func is an Action made of a function.
type Func func(ctx context.Context, r *Request) (*Response, error)

// Do calls f.
func (f Func) Do(ctx context.Context, r *Request) (*Response, error) { return f(ctx, r) }

// Registry leads from node types to actions.
type Registry map[string]Action

// upgrade makes of a payload of an older version one of today's. There is none older than
// the first; a call by hand may leave the version out.
func (r *Request) upgrade() error {
	if r.V > Version {
		return fault.Named(fault.Unprocessable, "newer_request", "the state was compiled by a newer release (version %d of the call, and this release does version %d): deploy that release again, then retry the run", r.V, Version)
	}
	r.V = Version
	return nil
}

// Do finds and does the action; an unknown type is Unprocessable, and so is a payload of
// a newer version.
func (g Registry) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := r.upgrade(); err != nil {
		return nil, err
	}
	a, ok := g[r.Type]
	if !ok {
		return nil, fault.Named(fault.Unprocessable, "unknown_action", "this release has no action %q: deploy one that has, or publish the workflow without it", r.Type)
	}
	begin := time.Now()
	resp, err := a.Do(ctx, r)
	if fault.IsThrottled(err) && !r.Patient {
		err = &fault.Error{Code: fault.Unavailable, Message: fault.Message(err), Cause: err}
	}
	switch {
	case err == nil: // what failed is told by who called
		slog.InfoContext(ctx, "step done", "type", r.Type, "redrive", r.Redrive, "ms", time.Since(begin).Milliseconds())
	case !fault.IsThrottled(err): // past a quota is not failed, it is tried again
		metric.Add(ctx, metric.ActionErrors, 1)
	}
	return resp, err
}

// Store is what actions need of package store.
type Store interface {
	approval.Store
	Inboxes(ctx context.Context) ([]desk.Inbox, error)
	Group(ctx context.Context, slug string) (desk.Group, error)
	Secret(ctx context.Context, name string) ([]byte, error)
	Contact(ctx context.Context, id string) (*desk.Contact, error)
	Conversation(ctx context.Context, id string) (*desk.Conversation, error)
	Message(ctx context.Context, conversationID, id string) (*desk.Message, error)
	Ticket(ctx context.Context, id string) (*desk.Ticket, error)
	Commit(ctx context.Context, c desk.Change) error
	Effect(ctx context.Context, runID, node string) (result []byte, done bool, err error)
	BeginSend(ctx context.Context, runID, node string, redrive int) (send desk.Send, claimed bool, err error)
	ReclaimSend(ctx context.Context, runID, node string, redrive int) (claimed bool, err error)
	AbandonSend(ctx context.Context, runID, node string) error
	CreateApproval(ctx context.Context, r approval.Request, links []approval.Link, token string, events ...event.Event) (stored *approval.Request, created bool, err error)
	ApprovalOf(ctx context.Context, runID, node string, redrive int) (*approval.Request, error)
	PutWait(ctx context.Context, w run.Wait) (run.Wait, error)
	SettleWait(ctx context.Context, runID, node string, redrive int, outcome, byEvent string) (w run.Wait, first bool, err error)
	EventsOf(ctx context.Context, entityID, afterEventID string, limit int) ([]event.Stored, error)
	Run(ctx context.Context, id string) (run.Run, error)
	PutEffect(ctx context.Context, e desk.Effect) error
	PutLinks(ctx context.Context, links []approval.Link) error
	Workflow(ctx context.Context, id string) (workflow.Head, error)
	Routes(ctx context.Context, triggerType string) ([]workflow.Route, error)
	Settings(ctx context.Context) (desk.Settings, error)
	Bounce(ctx context.Context, email string) (*desk.Bounce, error)
	Allow(ctx context.Context, kind, of, id string, caps ...desk.Cap) (past *desk.Cap, err error)
	Event(ctx context.Context, id string) (*event.Stored, error)
	PutManualEvent(ctx context.Context, e event.Stored) error
	RecordMatches(ctx context.Context, eventID string, matches []event.Match) error
	MoveRun(ctx context.Context, m run.Move) (r run.Run, moved bool, err error)
}

// Mailer sends composed mail.
type Mailer interface {
	// Send hands over raw mail and returns the Message-ID it will carry on the wire,
	// without <>. A refusal for good is not Unavailable; then nothing was sent.
	Send(ctx context.Context, from string, to []string, raw []byte) (messageID string, err error)
}

// Desk is what the actions that change the desk work with.
type Desk struct {
	Store     Store
	Mailer    Mailer
	Answerer  approval.Answerer
	Launcher  Launcher // of workflow.start
	NewID     func(prefix string) string
	Now       func() time.Time
	Gone      error // what Answerer returns when nothing waits any more
	PublicURL string
	AI        string // provider of ai.* steps, named in approval mail when it is the stand-in
}

// Actions of the function act.
func (d *Desk) Actions() Registry {
	return Registry{
		"conversation.tag":    Func(d.tag),
		"conversation.assign": Func(d.assign),
		"conversation.update": Func(d.update),
		"conversation.note":   Func(d.note),
		"ticket.create":       Func(d.createTicket),
		"ticket.update":       Func(d.updateTicket),
		"contact.update":      Func(d.updateContact),
		"event.emit":          Func(d.emit),
		"workflow.start":      Func(d.start),
		"message.reply":       Func(d.reply),
		"message.send":        Func(d.send),
		"notify":              Func(d.notify),
		"approval":            Func(d.approval),
		"wait":                Func(d.wait),
		"resume":              Func(d.resume),
		workflow.TypeHours:    Func(d.hours),
	}
}
