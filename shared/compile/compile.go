// Package compile turns a checked workflow definition into a state machine (package asl)
// and a source map from states to nodes. It is deterministic: equal input gives equal
// bytes. It assumes that package check found no errors; what it cannot compile all the
// same is an error naming the node, never a panic.
//
// What a machine looks like: an action is one Task that calls a function; a branch is a
// Choice, set a Pass, end a Succeed or Fail; an approval or a wait is a Task with a token,
// a Task that settles it, and a Choice. The trigger's message, event and detail are read
// from the execution's input; conversation, contact and ticket are variables, because they
// change; the result of a step is a variable when something refers to it. Every
// expression is total, whatever the data.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
package compile

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Options name the workflow and the functions that do its actions.
type Options struct {
	WorkflowID string
	Name       string // only in the machine's comment
	Version    int
	ActARN     string // qualified ARN of the function act
	ReachARN   string // of the function reach: models and outbound HTTP
}

// Role is what a state does for its node.
type Role string

// Roles of states. The only state of an action, branch, set or end has the role task.
const (
	RoleTask   Role = "task"   // the node itself, or the first state of one that has several
	RoleResume Role = "resume" // settles an approval or a wait and reads the entities afresh
	RoleChoice Role = "choice" // goes on by the output of an approval or a wait, or by the hours a branch asked for
	RoleDone   Role = "done"   // the end that outputs without an edge lead to; of no node
)

// Source says which node a state came from.
type Source struct {
	Node string `json:"node"` // "" for RoleDone
	Role Role   `json:"role"`
}

// SourceMap leads from state names to nodes.
type SourceMap map[string]Source

// Done is the name of the Succeed state that outputs without an edge lead to. No state of
// a node can have it: its first part would be the node's id and its second resume or choice.
const Done = "run.succeeded"

// Machine compiles def.
func Machine(def *workflow.Definition, opts Options) (*asl.Machine, SourceMap, error) {
	b, err := newBuilder(def, opts)
	if err != nil {
		return nil, nil, err
	}
	if err := b.build(); err != nil {
		return nil, nil, err
	}
	return b.machine, b.sources, nil
}

// Definition compiles def to the text of a state machine definition.
func Definition(def *workflow.Definition, opts Options) ([]byte, SourceMap, error) {
	m, sources, err := Machine(def, opts)
	if err != nil {
		return nil, nil, err
	}
	text, err := asl.Marshal(m)
	if err != nil {
		return nil, nil, err
	}
	if len(text) > asl.MaxDefinition {
		return nil, nil, fmt.Errorf("the compiled workflow is %d bytes; Step Functions takes %d: split the workflow, or shorten lists of values in its conditions", len(text), asl.MaxDefinition)
	}
	return text, sources, nil
}

// step is a node with its params decoded.
type step struct {
	*workflow.Node
	kind   *workflow.NodeKind
	params map[string]any
	edges  map[string]string // output → target as drawn
}

type builder struct {
	opts       Options
	steps      map[string]*step
	start      map[string]string // the trigger's edges
	referenced map[string]bool   // steps whose result or error something reads
	usesVars   bool
	entry      string // the first node that becomes a state
	machine    *asl.Machine
	sources    SourceMap
	needsDone  bool
}

func newBuilder(def *workflow.Definition, opts Options) (*builder, error) {
	if def == nil {
		return nil, fmt.Errorf("there is no definition")
	}
	b := &builder{opts: opts, steps: map[string]*step{}, start: map[string]string{}, referenced: map[string]bool{}, sources: SourceMap{}}
	for i := range def.Nodes {
		n := &def.Nodes[i]
		kind, ok := workflow.TheCatalog.Node(n.Type)
		if !ok {
			return nil, fmt.Errorf("node %s: there is no node type %q", n.ID, n.Type)
		}
		if !workflow.ValidID(n.ID) || workflow.IsReserved(n.ID) {
			return nil, fmt.Errorf("node %d: %q is not a node id", i, n.ID)
		}
		if b.steps[n.ID] != nil {
			return nil, fmt.Errorf("node %s: there are two nodes of this id", n.ID)
		}
		s := &step{Node: n, kind: kind, edges: map[string]string{}, params: map[string]any{}}
		if n.Params != nil {
			if err := json.Unmarshal(n.Params, &s.params); err != nil {
				return nil, fmt.Errorf("node %s: params: %w", n.ID, err)
			}
		}
		b.steps[n.ID] = s
	}
	for _, e := range def.Edges {
		output := e.Output
		if output == "" {
			output = workflow.OutputNext
		}
		from := b.start
		if e.From != workflow.TriggerID {
			s := b.steps[e.From]
			if s == nil {
				return nil, fmt.Errorf("an edge comes from %q, which does not exist", e.From)
			}
			from = s.edges
		}
		if b.steps[e.To] == nil {
			return nil, fmt.Errorf("an edge of %s leads to %q, which does not exist", e.From, e.To)
		}
		if from[output] != "" {
			return nil, fmt.Errorf("two edges leave %s at %s", e.From, output)
		}
		from[output] = e.To
	}
	return b, nil
}

// follow gives the node that an edge really leads to, past disabled ones; "" is the end.
func (b *builder) follow(target string) (string, error) {
	for range len(b.steps) + 1 {
		if target == "" || !b.steps[target].Disabled {
			return target, nil
		}
		target = b.steps[target].edges[workflow.OutputNext]
	}
	return "", fmt.Errorf("the disabled nodes at %s lead in a circle", target)
}

func (b *builder) build() error {
	b.machine = &asl.Machine{
		Comment:       fmt.Sprintf("workflow %s version %d", b.opts.WorkflowID, b.opts.Version),
		QueryLanguage: asl.JSONata,
		States:        map[string]*asl.State{},
	}
	if name := strings.TrimSpace(b.opts.Name); name != "" {
		b.machine.Comment += ": " + name
	}
	entry, err := b.follow(b.start[workflow.OutputNext])
	if err != nil {
		return err
	}
	b.entry = entry
	if entry == "" {
		b.machine.StartAt = b.done()
	} else {
		b.machine.StartAt = b.first(entry)
		order, err := b.order(entry)
		if err != nil {
			return err
		}
		for _, id := range order {
			if err := b.collect(b.steps[id]); err != nil {
				return fmt.Errorf("node %s: %w", id, err)
			}
		}
		for _, id := range order {
			if err := b.state(b.steps[id]); err != nil {
				return fmt.Errorf("node %s: %w", id, err)
			}
		}
	}
	if b.needsDone {
		b.add(Done, Source{Role: RoleDone}, &asl.State{Type: asl.Succeed})
	}
	return nil
}

// outputs lists the outputs of a step in the order in which its edges are followed.
func (s *step) outputs() []string {
	var out []string
	for _, c := range s.cases() {
		out = append(out, c.id)
	}
	out = append(out, s.kind.Outputs...)
	if s.kind.CanError {
		out = append(out, workflow.OutputError)
	}
	return out
}

// order lists the steps that can be reached, depth first; it refuses circles.
func (b *builder) order(entry string) ([]string, error) {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var post []string
	var visit func(string) error
	visit = func(id string) error {
		switch state[id] {
		case done:
			return nil
		case open:
			return fmt.Errorf("node %s: its edges lead back to it; a workflow has no circles", id)
		}
		state[id] = open
		s := b.steps[id]
		outputs := s.outputs()
		for i := len(outputs) - 1; i >= 0; i-- { // backwards: the order is the reverse of the ends
			to, err := b.follow(s.edges[outputs[i]])
			if err != nil {
				return err
			}
			if to == "" {
				continue
			}
			if err := visit(to); err != nil {
				return err
			}
		}
		state[id] = done
		post = append(post, id)
		return nil
	}
	if err := visit(entry); err != nil {
		return nil, err
	}
	for i, j := 0, len(post)-1; i < j; i, j = i+1, j-1 {
		post[i], post[j] = post[j], post[i]
	}
	return post, nil
}

func (b *builder) add(name string, src Source, s *asl.State) {
	b.machine.States[name] = s
	b.machine.Order = append(b.machine.Order, name)
	b.sources[name] = src
}

func (b *builder) done() string {
	b.needsDone = true
	return Done
}

// target is the state that an output leads to, "" when it has no edge.
func (b *builder) target(s *step, output string) (string, error) {
	to, err := b.follow(s.edges[output])
	if err != nil || to == "" {
		return to, err
	}
	return b.first(to), nil
}

// first is the name of a node's first state.
func (b *builder) first(id string) string {
	if b.asksHours(b.steps[id]) {
		return id + hoursSuffix
	}
	return id
}

// targetOrDone is target for states that must name one.
func (b *builder) targetOrDone(s *step, output string) (string, error) {
	to, err := b.target(s, output)
	if err == nil && to == "" {
		to = b.done()
	}
	return to, err
}

func (b *builder) state(s *step) error {
	switch s.Type {
	case "branch":
		return b.branch(s)
	case "set":
		return b.set(s)
	case "end":
		return b.end(s)
	case "approval", "wait":
		return b.waiting(s)
	}
	if s.kind.IsAction() {
		return b.action(s)
	}
	return fmt.Errorf("nodes of type %s cannot be compiled", s.Type)
}
