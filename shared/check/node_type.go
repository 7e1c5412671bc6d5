package check

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// nodeTypes: every node has a type that exists and is available.
func nodeTypes(c *checker) {
	for _, n := range c.nodes {
		switch {
		case n.Type == "":
			c.fail(n.ID, n.at+"/type", "node_type", "the node has no type; choose one of %s", nodeNames())
		case n.kind == nil:
			c.fail(n.ID, n.at+"/type", "node_type", "there is no node type %q; use one of %s", n.Type, nodeNames())
		case !n.kind.Available:
			c.fail(n.ID, n.at+"/type", "not_available", "the node type %s is not available yet in this version; use one of %s", n.Type, nodeNames())
		}
	}
}

func nodeNames() string {
	var names []string
	for _, k := range workflow.TheCatalog.Nodes {
		if k.Available {
			names = append(names, k.Type)
		}
	}
	return strings.Join(names, ", ")
}
