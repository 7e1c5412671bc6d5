// Package dryrun plays a definition on one event without any effect: what dispatch would
// decide (package match), then the machine that publish would make (package compile), run
// by package interp on a clock of its own, with answers instead of actions. It reads the
// played history with the same code as that of a real run. It reads and writes nothing:
// definition, event and message are given, and what a step does to the desk happens to the
// copies that the run sees.
package dryrun

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/match"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Order is one dry run. The definition must have no Problems of severity error.
type Order struct {
	Workflow   event.WorkflowRef // Version 0 is the draft
	Definition *workflow.Definition
	Event      *event.Stored
	Message    map[string]any // view of its message; nil when it has none
	RunID      string
	Now        time.Time
	Hours      *hours.Hours // the desk's; nil: hours.Default
	// Steps are the results of nodes, by node id: what steps.<node>.* would hold, or
	// {"error": {"code", "message"}}. A node without one gets a stand-in.
	Steps map[string]json.RawMessage
}

// Report is what would happen.
type Report struct {
	Verdict event.Match     `json:"verdict"`
	Status  string          `json:"status,omitempty"` // succeeded or failed; absent when nothing starts
	Reason  string          `json:"reason,omitempty"` // why it fails
	Path    []Step          `json:"path"`             // the nodes in the order in which they run; empty when nothing starts
	Output  json.RawMessage `json:"output,omitempty"` // of the run
}

// Step is one node as it would run.
type Step struct {
	Node      string          `json:"node"`
	Name      string          `json:"name"`
	Type      string          `json:"type"`
	Status    string          `json:"status"`           // succeeded or failed
	At        time.Time       `json:"at"`               // on a clock that begins now and does not wait
	Output    string          `json:"output,omitempty"` // by which the run goes on; absent where it ends
	Params    json.RawMessage `json:"params,omitempty"` // resolved
	Result    json.RawMessage `json:"result,omitempty"` // steps.<node>.* as later nodes see it
	Error     *run.StepError  `json:"error,omitempty"`
	Attempts  int             `json:"attempts"`
	Simulated string          `json:"simulated,omitempty"` // given, when the request says the result; standin, when it is made up
}

// longest is how long a dry run may take: expressions are the author's.
const longest = 10 * time.Second

// Play plays an order. It fails with Unprocessable when a result in Steps is not one that
// the node could have, or when the run's input is too large.
func Play(ctx context.Context, o Order) (Report, error) {
	rep := Report{Path: []Step{}}
	var err error
	rep.Verdict, err = match.Evaluate(match.Subject{Event: o.Event, Message: o.Message, OwnMail: ownMail(o.Event), Now: o.Now, Hours: o.Hours},
		match.Candidate{WorkflowID: o.Workflow.ID, Name: o.Workflow.Name, Version: o.Workflow.Version, Enabled: true, Trigger: o.Definition.Trigger})
	if err != nil {
		return rep, err
	}
	given, err := readResults(o.Definition, o.Steps)
	if err != nil || !rep.Verdict.Matched {
		return rep, err
	}
	in := event.NewInput(o.Event, o.Message, o.Workflow, o.RunID)
	input, err := json.Marshal(in)
	if err != nil {
		return rep, err
	}
	if len(input) > maxInput {
		return rep, fault.New(fault.Unprocessable, "the run's input has %d bytes; Step Functions carries at most %d", len(input), maxInput)
	}
	seen, err := in.Context()
	if err != nil {
		return rep, err
	}
	machine, sources, err := compile.Machine(o.Definition, compile.Options{WorkflowID: o.Workflow.ID, Name: o.Workflow.Name, Version: o.Workflow.Version, ActARN: "act", ReachARN: "reach"})
	if err != nil {
		return rep, fault.New(fault.Unprocessable, "the definition cannot be compiled: %s", err)
	}
	tasks := &answers{given: given, seen: seen, now: o.Now, hours: o.Hours, simulated: map[string]string{}}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	e, err := interp.Run(ctx, machine, input, interp.Options{Tasks: tasks, Clock: interp.NewClock(o.Now), Name: o.RunID, MachineName: o.Workflow.ID})
	if err != nil {
		if ctx.Err() != nil {
			return rep, fault.New(fault.Unprocessable, "the dry run took longer than %s", longest)
		}
		return rep, fault.Wrap(err, "play workflow %s", o.Workflow.ID)
	}
	rep.read(e, o.Definition, sources, tasks.simulated)
	return rep, nil
}

// maxInput is what Step Functions carries.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxInput = 262_144

// read tells the played execution as the author's nodes.
func (rep *Report) read(e *interp.Execution, def *workflow.Definition, sources compile.SourceMap, simulated map[string]string) {
	nodes := map[string]workflow.Node{}
	for _, n := range def.Nodes {
		nodes[n.ID] = n
	}
	places := map[string]run.Place{}
	for state, src := range sources {
		if src.Node != "" {
			places[state] = run.Place{Node: src.Node, Name: nodes[src.Node].Name, Type: nodes[src.Node].Type, Role: string(src.Role)}
		}
	}
	status := run.Failed
	if e.Status == interp.Succeeded {
		status, rep.Output = run.Succeeded, e.Output
	} else if rep.Reason = run.CauseText(e.Cause); rep.Reason == "" {
		rep.Reason = e.Error
	}
	rep.Status = string(status)
	steps := run.Steps(history(e.Events), places, status)
	for i, s := range steps {
		out := Step{Node: s.NodeID, Name: s.Name, Type: s.Type, Status: s.Status, At: s.StartedAt, Params: s.Input, Result: s.Output,
			Error: s.Error, Attempts: s.Attempts, Simulated: simulated[s.NodeID]}
		if i+1 < len(steps) || status == run.Succeeded {
			out.Output = leaves(s)
		}
		rep.Path = append(rep.Path, out)
	}
}

// leaves is the output by which a run goes on from a step.
func leaves(s run.Step) string {
	switch s.Type {
	case "end":
		return ""
	case "branch", "approval", "wait":
		var r struct {
			Output string `json:"output"`
		}
		_ = json.Unmarshal(s.Output, &r)
		return r.Output
	}
	if s.Handled {
		return workflow.OutputError
	}
	return workflow.OutputNext
}

// readResults checks the results that the request gives.
func readResults(def *workflow.Definition, steps map[string]json.RawMessage) (map[string]result, error) {
	out := map[string]result{}
	for id, raw := range steps {
		i := slices.IndexFunc(def.Nodes, func(n workflow.Node) bool { return n.ID == id })
		if i < 0 {
			return nil, fault.New(fault.Unprocessable, "steps has a result for %q, and there is no such node", id)
		}
		r, err := readResult(def.Nodes[i].Type, raw)
		if err != nil {
			return nil, fault.New(fault.Unprocessable, "steps.%s: %s", id, err)
		}
		out[id] = r
	}
	return out, nil
}
