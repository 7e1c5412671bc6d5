package run

import (
	"encoding/json"
	"strings"
	"time"
)

// Place says what a state of the compiled machine stands for.
type Place struct {
	Node string // node id
	Name string // as the author named it
	Type string // node type
	Role string // "task", "resume" or "choice"

	Params json.RawMessage // as the author wrote them: the input of a node that calls nothing
}

// Step is one node as it ran.
type Step struct {
	NodeID     string          `json:"nodeId"`
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Status     string          `json:"status"` // running waiting paused succeeded failed stopped
	StartedAt  time.Time       `json:"startedAt"`
	EndedAt    *time.Time      `json:"endedAt,omitempty"`
	DurationMs *int64          `json:"durationMs,omitempty"`
	Attempts   int             `json:"attempts"`
	Input      json.RawMessage `json:"input"`  // resolved params; null before there are any
	Output     json.RawMessage `json:"output"` // steps.<node>.* as later nodes see it; null when there is none
	Error      *StepError      `json:"error,omitempty"`
	Handled    bool            `json:"handled,omitempty"` // it failed, and its error edge was taken
}

// StepError is why a step failed.
type StepError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Steps reads a history as the author's nodes, in the order in which they ran. now ends
// nothing; a step without an end is one that still runs. whole is the run's status.
func Steps(events []HistoryEvent, places map[string]Place, whole Status) []Step {
	r := reader{places: places, open: -1}
	for _, ev := range events {
		r.read(ev)
	}
	if r.open >= 0 {
		s := &r.steps[r.open]
		switch {
		case whole == Stopped:
			s.Status = "stopped"
			r.end(s, r.last)
		case whole == Failed:
			s.Status = "failed"
			r.end(s, r.last)
		case whole == Waiting && s.Type == "approval":
			s.Status = "waiting"
		case whole == Paused && s.Type == "wait":
			s.Status = "paused"
		}
	}
	if r.steps == nil {
		return []Step{}
	}
	return r.steps
}

type reader struct {
	places map[string]Place
	steps  []Step
	open   int // index of the step that runs, -1 when none
	last   time.Time
	role   string
}

func (r *reader) read(ev HistoryEvent) {
	r.last = ev.At
	switch {
	case strings.HasSuffix(ev.Type, "StateEntered"):
		r.enter(ev)
		return
	case ev.Type == "ExecutionRedriven":
		if n := len(r.steps); n > 0 && r.steps[n-1].Status != "succeeded" {
			s := &r.steps[n-1]
			s.Status, s.EndedAt, s.DurationMs, s.Error = "running", nil, nil, nil
			r.open = n - 1
		}
		return
	}
	if r.open < 0 {
		return
	}
	s := &r.steps[r.open]
	switch ev.Type {
	case "TaskScheduled":
		if r.role != "resume" {
			s.Attempts++
			if s.Type != "branch" { // its task only tells the hours
				s.Input = params(ev.Input)
			}
		}
	case "TaskSucceeded":
		s.Output, s.Error = result(ev.Output), nil
		s.Status = "running"
	case "TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed", "EvaluationFailed":
		if r.role == "task" && ev.Error == "States.Timeout" && (s.Type == "approval" || s.Type == "wait") {
			break // its time is up: the way it is meant to end
		}
		s.Error = &StepError{Code: ev.Error, Message: CauseText(ev.Cause)}
	case "ExecutionFailed", "ExecutionTimedOut":
		s.Status = "failed"
		if s.Error == nil && ev.Error != "" {
			s.Error = &StepError{Code: ev.Error, Message: CauseText(ev.Cause)}
		}
		r.end(s, ev.At)
		r.open = -1
	case "ExecutionAborted":
		s.Status = "stopped"
		r.end(s, ev.At)
		r.open = -1
	default:
		if strings.HasSuffix(ev.Type, "StateExited") {
			r.exit(s, ev)
		}
	}
}

func (r *reader) enter(ev HistoryEvent) {
	p, ok := r.places[ev.State]
	if !ok {
		r.open = -1
		return
	}
	r.role = p.Role
	if n := len(r.steps); n > 0 && r.steps[n-1].NodeID == p.Node && p.Role != "task" {
		r.open = n - 1
		s := &r.steps[r.open]
		s.Status, s.EndedAt, s.DurationMs = "running", nil, nil
		return
	}
	name := p.Name
	if name == "" {
		name = p.Node
	}
	r.steps = append(r.steps, Step{NodeID: p.Node, Name: name, Type: p.Type, Status: "running", StartedAt: ev.At})
	r.open = len(r.steps) - 1
	if strings.HasPrefix(ev.Type, "Choice") || strings.HasPrefix(ev.Type, "Pass") || strings.HasPrefix(ev.Type, "Succeed") || strings.HasPrefix(ev.Type, "Fail") {
		r.steps[r.open].Attempts = 1
	}
	if p.Type == "branch" || p.Type == "set" || p.Type == "end" {
		r.steps[r.open].Input = p.Params
	}
}

func (r *reader) exit(s *Step, ev HistoryEvent) {
	s.Status = "succeeded"
	if s.Error != nil { // the state left by its error edge
		s.Status, s.Handled = "failed", true
	}
	if s.Type == "branch" && r.role == "choice" || r.role == "task" && !s.Handled && (s.Output == nil || s.Type == "branch" || s.Type == "set") {
		s.Output = ev.Output
	}
	if s.Type == "set" && ev.Variables["vars"] != "" {
		s.Output = json.RawMessage(ev.Variables["vars"])
	}
	r.end(s, ev.At)
	r.open = -1
}

func (r *reader) end(s *Step, at time.Time) {
	ms := at.Sub(s.StartedAt).Milliseconds()
	s.EndedAt, s.DurationMs = &at, &ms
}

// params takes the resolved params out of a task's payload; text that was carried in
// segments, so that values cannot become markup, is put together again.
func params(scheduled json.RawMessage) json.RawMessage {
	var p struct {
		Payload struct {
			Params map[string]any `json:"params"`
		}
	}
	if json.Unmarshal(scheduled, &p) != nil || p.Payload.Params == nil {
		return nil
	}
	for k, v := range p.Payload.Params {
		p.Payload.Params[k] = flatten(v)
	}
	out, err := json.Marshal(p.Payload.Params)
	if err != nil {
		return nil
	}
	return out
}

func flatten(v any) any {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return v
	}
	var b strings.Builder
	for _, el := range list {
		m, ok := el.(map[string]any)
		if !ok || len(m) != 1 {
			return v
		}
		text, isText := m["text"].(string)
		value, isValue := m["value"].(string)
		if !isText && !isValue {
			return v
		}
		b.WriteString(text + value)
	}
	return b.String()
}

// result takes the step's result out of a function's answer.
func result(output json.RawMessage) json.RawMessage {
	var o struct {
		Payload struct {
			Result json.RawMessage `json:"result"`
		}
		Result json.RawMessage `json:"result"` // a token task's output is the answer itself
	}
	if json.Unmarshal(output, &o) != nil {
		return output
	}
	if o.Payload.Result != nil {
		return o.Payload.Result
	}
	if o.Result != nil {
		return o.Result
	}
	return nil
}

// CauseText takes the words out of a Lambda error's JSON.
func CauseText(cause string) string {
	var c struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(cause), &c) == nil && c.ErrorMessage != "" {
		return c.ErrorMessage
	}
	return cause
}

// Flatten is what a reader sees of a param that was carried in segments.
func Flatten(v any) any { return flatten(v) }
