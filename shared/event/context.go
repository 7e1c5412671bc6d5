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

// givesDetail tells whether a workflow may read the event's detail as detail.*: events
// of our own types have entities instead. Another system may use such a type, too.
func givesDetail(s *Stored) bool {
	return s.Source != Source || s.Type == Webhook || s.Type == Manual || !Own(s.Type)
}

// NewInput puts together what a run of the workflow for the event gets to see. message
// is the view of the event's message, nil when it has none. The trigger's conditions see
// the same, so whatever is cut to fit MaxInput is cut for both.
func NewInput(s *Stored, message map[string]any, wf WorkflowRef, runID string) Input {
	in := Input{V: 1, Run: RunRef{ID: runID}, Workflow: wf, Event: s.Event,
		Conversation: without(s.Snapshot.Conversation, "participants"), Contact: s.Snapshot.Contact,
		Ticket: without(s.Snapshot.Ticket, "description")}
	if givesDetail(s) {
		in.Detail = s.Detail
	}
	in.Event.Detail = nil
	in.Message = fit(message, MaxInput-overhead-len(in.Conversation)-len(in.Contact)-len(in.Ticket)-len(in.Detail))
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
