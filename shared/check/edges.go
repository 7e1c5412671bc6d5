package check

import (
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// edges: an edge leads from an output that exists to a node that exists, and no output has
// two (edge_from, edge_to, unknown_output, duplicate_edge).
func edges(c *checker) {
	seen := map[[2]string]bool{}
	for i, e := range c.def.Edges {
		at := workflow.Pointer("edges", i)
		o := output(e)
		from := c.byID[e.From]
		switch {
		case e.From == "":
			c.fail("", at+"/from", "edge_from", "the edge has no from; name the trigger or a node")
		case e.From == workflow.TriggerID:
			if o != workflow.OutputNext {
				c.fail(e.From, at+"/output", "unknown_output", "the trigger has no output %q; take output out, the trigger has only next", o)
			}
		case from == nil:
			c.fail(e.From, at+"/from", "edge_from", "the edge comes from %q, and there is no such node; correct from or take the edge out", e.From)
		case from.kind != nil && !slices.Contains(from.outputs(), o):
			if outputs := from.outputs(); len(outputs) == 0 {
				c.fail(e.From, at+"/output", "unknown_output", "%s ends the run and has no output; take the edge out", e.From)
			} else {
				c.fail(e.From, at+"/output", "unknown_output", "%s (%s) has no output %q; it has %s", e.From, from.Type, o, strings.Join(outputs, ", "))
			}
		}
		switch {
		case e.To == "":
			c.fail(e.From, at+"/to", "edge_to", "the edge has no to; name a node")
		case e.To == workflow.TriggerID:
			c.fail(e.From, at+"/to", "edge_to", "an edge cannot lead back to the trigger; a workflow runs from the trigger to an end")
		case c.byID[e.To] == nil:
			c.fail(e.From, at+"/to", "edge_to", "the edge leads to %q, and there is no such node; correct to or take the edge out", e.To)
		}
		key := [2]string{e.From, o}
		if e.From != "" && seen[key] {
			c.fail(e.From, at, "duplicate_edge", "%s already has an edge at %s; an output leads to one node only: use a branch to choose, or put the nodes one after another", e.From, o)
		}
		seen[key] = true
	}
}
