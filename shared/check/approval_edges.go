package check

// approvalEdges: an approval says what happens in each of its three outcomes, so that none
// ends in nothing.
func approvalEdges(c *checker) {
	for _, n := range c.nodes {
		if n.kind == nil || !n.kind.EdgeRequired {
			continue
		}
		for _, want := range n.kind.Outputs {
			found := false
			for _, e := range c.def.Edges {
				found = found || e.From == n.ID && output(e) == want
			}
			if !found {
				c.fail(n.ID, n.at, "approval_edges", "%s has no edge at its output %s; connect that to a step, or to an end if nothing is to be done", n.ID, want)
			}
		}
	}
}
