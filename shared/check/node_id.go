package check

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// nodeIDs: every node has an id of its own, in the right form and not reserved.
func nodeIDs(c *checker) {
	seen := map[string]bool{}
	for _, n := range c.nodes {
		at := n.at + "/id"
		switch {
		case n.ID == "":
			c.fail("", at, "node_id", "the node has no id; give it one such as %q", suggestID(n.Type))
		case !workflow.ValidID(n.ID):
			c.fail(n.ID, at, "node_id", "the id %q must begin with a small letter and have only small letters, digits and _, at most 40", n.ID)
		case workflow.IsReserved(n.ID):
			c.fail(n.ID, at, "reserved_id", "the id %q is reserved (%s); choose another", n.ID, strings.Join(workflow.Reserved, ", "))
		case seen[n.ID]:
			c.fail(n.ID, at, "duplicate_id", "another node has the id %q already; every node needs its own", n.ID)
		}
		seen[n.ID] = true
	}
}

func suggestID(typ string) string {
	if i := strings.LastIndexByte(typ, '.'); i >= 0 {
		typ = typ[i+1:]
	}
	if !workflow.ValidID(typ) || workflow.IsReserved(typ) {
		return "step_1"
	}
	return typ
}
