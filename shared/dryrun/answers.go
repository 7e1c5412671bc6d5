package dryrun

import (
	"context"
	"encoding/json"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Where the result of a step comes from.
const (
	Given   = "given"
	Standin = "standin"
)

// delay is how long the people of a dry run take to answer, and events to come.
const delay = time.Minute

// answers carries out the tasks of a dry run: it gives the results of the request, or
// stand-ins, and keeps the desk as the run sees it.
type answers struct {
	given     map[string]result
	seen      map[string]any // event, message, conversation, contact, ticket
	now       time.Time
	hours     *hours.Hours
	simulated map[string]string
	asked     map[string]map[string]any // params of approvals, for when they are settled
}

// payload is what a compiled state sends.
type payload struct {
	Type   string         `json:"type"`
	Node   string         `json:"node"`
	Of     string         `json:"of"`
	Params map[string]any `json:"params"`
}

// Do answers one task.
func (a *answers) Do(_ context.Context, t interp.Task) interp.Reply {
	var args struct{ Payload payload }
	if err := json.Unmarshal(t.Arguments, &args); err != nil {
		return failure("invalid", "the step's params cannot be read: "+err.Error())
	}
	p := args.Payload
	if p.Type == workflow.TypeHours {
		return a.open(p)
	}
	for name, v := range p.Params {
		p.Params[name] = run.Flatten(v)
	}
	r, given := a.given[p.Node]
	a.simulated[p.Node] = Standin
	if given {
		a.simulated[p.Node] = Given
	}
	if given && r.fails && p.Of == "" {
		return failure(r.code, r.reason)
	}
	switch {
	case t.WaitsForToken():
		return a.ask(p, r)
	case p.Type == "resume":
		values := a.settled(p, r)
		return a.answer(values)
	}
	values := r.values
	if !given {
		values = a.standin(p)
	}
	a.change(p, values)
	return a.answer(values)
}

// open tells for a branch which of its tests of opening hours hold.
func (a *answers) open(p payload) interp.Reply {
	tests, _ := p.Params["tests"].(map[string]any)
	times, _ := p.Params["times"].(map[string]any)
	h := hours.Default()
	if a.hours != nil {
		h = *a.hours
	}
	values := map[string]any{}
	for name, v := range tests {
		t, _ := v.(map[string]any)
		op, _ := t["op"].(string)
		holds, err := condition.Open(op, t["value"], times[name], h)
		if err != nil {
			return failure("invalid", err.Error())
		}
		values[name] = holds
	}
	return a.answer(values)
}

// ask is what a step that waits for a person or an event does: an answer comes after a
// moment, or, when it is to time out, never.
func (a *answers) ask(p payload, r result) interp.Reply {
	if a.asked == nil {
		a.asked = map[string]map[string]any{}
	}
	a.asked[p.Node] = p.Params
	output := output(p.Type, r)
	reply := interp.Reply{Output: json.RawMessage(`{}`)}
	if output != "timed_out" && output != "elapsed" {
		reply.Callbacks = []interp.Callback{{After: delay, Output: json.RawMessage(`{}`)}}
	}
	return reply
}

// output is how an approval or a wait ends: it is approved, and the time passes, unless
// the request says otherwise.
func output(typ string, r result) string {
	if s, ok := r.values["output"].(string); ok {
		return s
	}
	if typ == "approval" {
		return "approved"
	}
	return "elapsed"
}

// settled is what an approval or a wait comes to.
func (a *answers) settled(p payload, r result) map[string]any {
	values := map[string]any{"output": output(p.Of, r)}
	if p.Of == "approval" {
		asked := a.asked[p.Node]
		draft, _ := asked["draft"].(string)
		values["decision"], values["text"], values["edited"] = values["output"], draft, false
		if values["output"] != "timed_out" {
			values["by"] = approver(asked)
		}
		if text, ok := r.values["text"].(string); ok && text != draft {
			values["edited"] = true
		}
	}
	for name, v := range r.values {
		values[name] = v
	}
	return values
}

// approver is the first approver who is named by an address.
func approver(params map[string]any) string {
	list, _ := params["approvers"].([]any)
	for _, one := range list {
		m, _ := one.(map[string]any)
		for _, name := range []string{"email", "user"} {
			if s, ok := m[name].(string); ok && s != "" {
				return s
			}
		}
	}
	return "approver@example.com"
}

// answer is that of the function, in the envelope that Step Functions makes, with the
// entities as they are now.
func (a *answers) answer(values map[string]any) interp.Reply {
	body := map[string]any{"result": values}
	for _, e := range []string{workflow.EntityConversation, workflow.EntityContact, workflow.EntityTicket} {
		if m, ok := a.seen[e]; ok {
			body[e] = m
		}
	}
	data, err := json.Marshal(map[string]any{"ExecutedVersion": "1", "StatusCode": 200, "Payload": body})
	if err != nil {
		return failure("invalid", err.Error())
	}
	return interp.Reply{Output: data}
}

func failure(code, message string) interp.Reply {
	cause, _ := json.Marshal(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, code})
	f := interp.Fault(code, string(cause))
	return interp.Reply{Err: &f}
}
