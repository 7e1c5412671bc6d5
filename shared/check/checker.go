package check

import (
	"encoding/json"

	"github.com/deskhand/deskhand/shared/workflow"
)

// checker is one definition, made ready for the rules.
type checker struct {
	def        *workflow.Definition
	opts       Options
	trigger    *workflow.TriggerKind // nil when unknown
	detailType string                // of an event trigger
	nodes      []*node
	byID       map[string]*node // the first node of an id
	problems   []workflow.Problem
	graph      *graph
}

// node is a node with its kind and its params decoded.
type node struct {
	*workflow.Node
	at     string             // JSON Pointer
	kind   *workflow.NodeKind // nil when unknown
	params map[string]any
}

func newChecker(def *workflow.Definition, opts Options) *checker {
	if def == nil {
		def = &workflow.Definition{}
	}
	c := &checker{def: def, opts: opts, byID: map[string]*node{}}
	if k, ok := workflow.TheCatalog.Trigger(def.Trigger.Type); ok {
		params := map[string]any{}
		_ = json.Unmarshal(def.Trigger.Params, &params) // triggerType reports what is wrong with them
		c.trigger = k.With(params)
		c.detailType, _ = params["detailType"].(string)
	}
	for i := range def.Nodes {
		n := &node{Node: &def.Nodes[i], at: workflow.Pointer("nodes", i), params: map[string]any{}}
		if k, ok := workflow.TheCatalog.Node(n.Type); ok {
			n.kind = k
		}
		if n.Params != nil {
			if err := json.Unmarshal(n.Params, &n.params); err != nil || n.params == nil {
				n.params = map[string]any{}
				c.fail(n.ID, n.at+"/params", "wrong_type", "params must be an object")
			}
		}
		c.nodes = append(c.nodes, n)
		if c.byID[n.ID] == nil {
			c.byID[n.ID] = n
		}
	}
	if len(def.Nodes) <= workflow.MaxNodes && len(def.Edges) <= workflow.MaxEdges {
		c.graph = newGraph(c)
	}
	return c
}

func (c *checker) fail(node, path, rule, format string, args ...any) {
	c.problems = append(c.problems, workflow.Errorf(node, path, rule, format, args...))
}

func (c *checker) warn(node, path, rule, format string, args ...any) {
	c.problems = append(c.problems, workflow.Warnf(node, path, rule, format, args...))
}

// outputs lists what may be an edge's output at n: the cases of a branch, then the fixed
// ones, then error.
func (n *node) outputs() []string {
	if n.kind == nil {
		return nil
	}
	var out []string
	if n.Type == "branch" {
		list, _ := n.params["cases"].([]any)
		for _, item := range list {
			m, _ := item.(map[string]any)
			if id, ok := m["id"].(string); ok && id != "" {
				out = append(out, id)
			}
		}
	}
	out = append(out, n.kind.Outputs...)
	if n.kind.CanError {
		out = append(out, workflow.OutputError)
	}
	return out
}

// output of an edge, with its default.
func output(e workflow.Edge) string {
	if e.Output == "" {
		return workflow.OutputNext
	}
	return e.Output
}
