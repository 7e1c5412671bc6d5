package check

import "github.com/deskhand/deskhand/shared/workflow"

// unreachable: every node can be reached from the trigger. A node that only the error edge
// of a disabled node leads to is drawn as reachable and only warned about.
func unreachable(c *checker) {
	if len(c.graph.out[workflow.TriggerID]) == 0 {
		return // no_steps says it
	}
	drawn := &graph{out: map[string][]arc{}, reached: map[string]bool{}}
	for _, e := range c.def.Edges {
		drawn.out[e.From] = append(drawn.out[e.From], arc{output(e), e.To})
	}
	drawn.reach(workflow.TriggerID)
	for _, n := range c.nodes {
		switch {
		case n.ID == "" || c.graph.reached[n.ID]:
		case drawn.reached[n.ID]:
			c.warn(n.ID, n.at, "unreachable", "%s is never reached: only a disabled node, or an output that does not exist, leads to it", n.ID)
		default:
			c.fail(n.ID, n.at, "unreachable", "%s cannot be reached from the trigger; connect it or delete it", n.ID)
		}
	}
}
