package cost

import (
	"encoding/json"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Estimate is what a run of a definition takes, by the way it goes.
type Estimate struct {
	Least, Typical, Most Use
}

// Flow estimates a run before there is one. Least and Most are the cheapest and the
// dearest way through the graph; Typical takes each way out of a branch or a wait as
// likely as the next one, and an approval's as decided. Error edges are followed by none of them;
// an unfinished definition is read as far as it goes.
func Flow(def *workflow.Definition) Estimate {
	f := flow{nodes: map[string]*workflow.Node{}, edges: map[string]map[string]string{}, done: map[string]*Estimate{}}
	if def != nil {
		for i := range def.Nodes {
			f.nodes[def.Nodes[i].ID] = &def.Nodes[i]
		}
		for _, e := range def.Edges {
			if f.edges[e.From] == nil {
				f.edges[e.From] = map[string]string{}
			}
			output := e.Output
			if output == "" {
				output = workflow.OutputNext
			}
			f.edges[e.From][output] = e.To
		}
	}
	first := f.edges[workflow.TriggerID][workflow.OutputNext]
	e := f.from(first)
	if f.nodes[first] == nil {
		e = Estimate{Use{Transition: 1}, Use{Transition: 1}, Use{Transition: 1}}
	}
	begin := Count().Run
	return Estimate{begin.Plus(e.Least), begin.Plus(e.Typical), begin.Plus(e.Most)}
}

type flow struct {
	nodes map[string]*workflow.Node
	edges map[string]map[string]string
	done  map[string]*Estimate
}

// from is what the rest of a run takes that has come to a node.
func (f *flow) from(id string) Estimate {
	n := f.nodes[id]
	if n == nil {
		return Estimate{Use{}, Use{}, Use{}}
	}
	if e := f.done[id]; e != nil {
		return *e
	}
	f.done[id] = &Estimate{Use{}, Use{}, Use{}} // a circle, which check refuses, ends here
	own := Use{}
	if !n.Disabled {
		own = node(n.Type)
	}
	var ways []Estimate
	for _, output := range f.outputs(n) {
		way := f.from(f.edges[id][output])
		if f.nodes[f.edges[id][output]] == nil && chooses(n) { // a Choice must lead somewhere: to the Succeed state
			end := Use{Transition: 1}
			way = Estimate{end, end, end}
		}
		ways = append(ways, way)
	}
	out := Estimate{own, own, own}
	if len(ways) > 0 {
		least, most, typical := ways[0].Least, ways[0].Most, Use{}
		for _, w := range ways {
			if w.Least.Dollars() < least.Dollars() {
				least = w.Least
			}
			if w.Most.Dollars() > most.Dollars() {
				most = w.Most
			}
			typical = typical.Plus(w.Typical.Times(1 / float64(len(ways))))
		}
		out = Estimate{own.Plus(least), own.Plus(typical), own.Plus(most)}
	}
	f.done[id] = &out
	return out
}

// outputs of a node that a run may take without an error. A branch has one per edge and
// the end; those of other nodes are fixed.
func (f *flow) outputs(n *workflow.Node) []string {
	if n.Disabled {
		return []string{workflow.OutputNext}
	}
	kind, ok := workflow.TheCatalog.Node(n.Type)
	if !ok {
		return nil
	}
	var out []string
	if n.Type == "branch" {
		out = cases(n)
	}
	for _, o := range kind.Outputs {
		if n.Type == "approval" && o == "timed_out" && len(kind.Outputs) > 1 {
			continue // as decided
		}
		out = append(out, o)
	}
	return out
}

// chooses tells whether a node leaves by a Choice state.
func chooses(n *workflow.Node) bool {
	return !n.Disabled && (n.Type == "branch" || n.Type == "wait" || n.Type == "approval")
}

// cases are the ids of a branch's cases.
func cases(n *workflow.Node) (out []string) {
	var p struct {
		Cases []struct {
			ID string `json:"id"`
		} `json:"cases"`
	}
	if json.Unmarshal(n.Params, &p) != nil {
		return nil
	}
	for _, c := range p.Cases {
		out = append(out, c.ID)
	}
	return out
}
