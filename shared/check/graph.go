package check

import (
	"maps"
	"slices"

	"github.com/deskhand/deskhand/shared/workflow"
)

// graph is the definition's edges between nodes that exist, as they are followed at run
// time: a disabled node has only next.
type graph struct {
	out     map[string][]arc // by node id, and by TriggerID
	reached map[string]bool
	order   []string         // of the nodes that can be reached, each after all that lead to it; nil when there is a circle
	before  map[string]facts // what holds whenever a node is entered
	maybe   map[string]facts // what may hold
}

type arc struct{ output, to string }

// facts are things that a run has behind it: "ok:<node>" its result exists, "error:<node>"
// its error does, "var:<name>", "entity:<name>".
type facts map[string]bool

func newGraph(c *checker) *graph {
	g := &graph{out: map[string][]arc{}, reached: map[string]bool{}, before: map[string]facts{}, maybe: map[string]facts{}}
	for _, e := range c.def.Edges {
		to := c.byID[e.To]
		from := c.byID[e.From]
		if to == nil || from == nil && e.From != workflow.TriggerID {
			continue
		}
		o := output(e)
		if from != nil && (from.Disabled && o != workflow.OutputNext || from.kind != nil && !slices.Contains(from.outputs(), o)) {
			continue
		}
		g.out[e.From] = append(g.out[e.From], arc{o, e.To})
	}
	g.reach(workflow.TriggerID)
	if g.sort(workflow.TriggerID) {
		g.flow(c)
	}
	return g
}

func (g *graph) reach(from string) {
	todo := []string{from}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, a := range g.out[id] {
			if !g.reached[a.to] {
				g.reached[a.to] = true
				todo = append(todo, a.to)
			}
		}
	}
}

// sort fills order; false when a circle can be reached.
func (g *graph) sort(from string) bool {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	var post []string
	var visit func(string) bool
	visit = func(id string) bool {
		state[id] = open
		for _, a := range g.out[id] {
			if state[a.to] == open || state[a.to] == 0 && !visit(a.to) {
				return false
			}
		}
		state[id] = done
		post = append(post, id)
		return true
	}
	if !visit(from) {
		return false
	}
	slices.Reverse(post)
	g.order = post[1:] // without the trigger
	return true
}

// flow carries facts along the edges: where edges join, what holds is what holds on all of
// them.
func (g *graph) flow(c *checker) {
	start := facts{}
	for _, a := range g.out[workflow.TriggerID] {
		g.join(a.to, start, start)
	}
	for _, id := range g.order {
		n := c.byID[id]
		for _, a := range g.out[id] {
			must, may := maps.Clone(g.before[id]), maps.Clone(g.maybe[id])
			for f := range n.leaves(a.output) {
				must[f], may[f] = true, true
			}
			g.join(a.to, must, may)
		}
	}
}

func (g *graph) join(to string, must, may facts) {
	have, seen := g.before[to]
	if !seen {
		g.before[to], g.maybe[to] = maps.Clone(must), maps.Clone(may)
		return
	}
	for f := range have {
		if !must[f] {
			delete(have, f)
		}
	}
	maps.Copy(g.maybe[to], may)
}

// leaves are the facts that hold once a run has left n at an output.
func (n *node) leaves(output string) facts {
	out := facts{}
	if n.Disabled || n.kind == nil {
		return out
	}
	if output == workflow.OutputError {
		out["error:"+n.ID] = true
		return out
	}
	out["ok:"+n.ID] = true
	if n.Type == "set" {
		values, _ := n.params["values"].(map[string]any)
		for name := range values {
			out["var:"+name] = true
		}
	}
	if n.Type == "ticket.create" {
		out["entity:"+workflow.EntityTicket] = true
	}
	return out
}
