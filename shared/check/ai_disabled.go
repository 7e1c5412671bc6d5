package check

// aiDisabled: nodes that need a model, without one.
func aiDisabled(c *checker) {
	if c.opts.AI {
		return
	}
	for _, n := range c.nodes {
		if n.kind != nil && n.kind.Context && !n.Disabled {
			c.fail(n.ID, n.at+"/type", "ai_disabled", "%s needs an AI model and none is set up; set one up (see the README), disable this node, or take it out", n.Type)
		}
	}
}
