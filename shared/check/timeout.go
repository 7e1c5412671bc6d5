package check

import "github.com/deskhand/deskhand/shared/workflow"

// timeouts: only actions have a timeout, of at most 15 minutes or what their kind allows.
func timeouts(c *checker) {
	for _, n := range c.nodes {
		if n.Timeout == "" || n.kind == nil {
			continue
		}
		at := n.at + "/timeout"
		if !n.kind.CanTimeout {
			hint := "take timeout out"
			if n.Type == "approval" || n.Type == "wait" {
				hint = "set how long it lasts in params"
			}
			c.fail(n.ID, at, "timeout", "%s has no timeout; %s", n.Type, hint)
			continue
		}
		most := workflow.MaxTimeout
		if n.kind.MaxTimeout != "" {
			most, _ = workflow.ParseDuration(n.kind.MaxTimeout)
		}
		d, err := workflow.ParseDuration(n.Timeout)
		switch {
		case err != nil:
			c.fail(n.ID, at, "duration", "timeout: %v", err)
		case d > most:
			c.fail(n.ID, at, "timeout", "timeout must be at most %s", workflow.FormatDuration(most))
		}
	}
}
