package event

import (
	"encoding/json"
	"fmt"
)

// WorkflowRef is what a run can see of its workflow.
type WorkflowRef struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// Input is the input of an execution, version 1 (contract.md, "Runs").
type Input struct {
	V            int             `json:"v"`
	Run          RunRef          `json:"run"`
	Workflow     WorkflowRef     `json:"workflow"`
	Event        Event           `json:"event"`
	Message      map[string]any  `json:"message,omitempty"`
	Conversation json.RawMessage `json:"conversation,omitempty"`
	Contact      json.RawMessage `json:"contact,omitempty"`
	Ticket       json.RawMessage `json:"ticket,omitempty"`
	Detail       json.RawMessage `json:"detail,omitempty"`
}

// RunRef is what a run can see of itself.
type RunRef struct {
	ID string `json:"id"`
}

// givesDetail lists the types whose detail a workflow may read as detail.*: the
// others are our own and have entities instead.
func givesDetail(typ string) bool {
	return typ == Webhook || typ == Manual || !Own(typ)
}

// NewInput puts together what a run of the workflow for the event gets to see. message
// is the view of the event's message, nil when it has none.
func NewInput(s *Stored, message map[string]any, wf WorkflowRef, runID string) Input {
	in := Input{V: 1, Run: RunRef{ID: runID}, Workflow: wf, Event: s.Event, Message: message,
		Conversation: s.Snapshot.Conversation, Contact: s.Snapshot.Contact, Ticket: s.Snapshot.Ticket}
	if givesDetail(s.Type) {
		in.Detail = s.Detail
	}
	in.Event.Detail = nil
	return in
}

// Context is the input as conditions see it: one tree of encoding/json shapes.
func (in Input) Context() (map[string]any, error) {
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("context of %s: %w", in.Event.ID, err)
	}
	var ctx map[string]any
	if err := json.Unmarshal(data, &ctx); err != nil {
		return nil, fmt.Errorf("context of %s: %w", in.Event.ID, err)
	}
	delete(ctx, "v")
	return ctx, nil
}
