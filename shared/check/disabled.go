package check

// disabled: approval, wait and branch cannot be passed over, because they choose the way.
func disabled(c *checker) {
	for _, n := range c.nodes {
		if n.Disabled && n.kind != nil && !n.kind.CanDisable {
			c.fail(n.ID, n.at+"/disabled", "disabled", "%s cannot be disabled: which way would the run go? Take disabled out, or connect around it and delete it", n.Type)
		}
	}
}
