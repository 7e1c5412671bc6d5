package check

import "github.com/deskhand/deskhand/shared/workflow"

// retries: only actions have retry; 1 to 10 attempts, a duration between them, a backoff of
// at least 1.
func retries(c *checker) {
	for _, n := range c.nodes {
		if n.Retry == nil || n.kind == nil {
			continue
		}
		at := n.at + "/retry"
		if !n.kind.CanRetry {
			c.fail(n.ID, at, "retry", "%s cannot be tried again; take retry out", n.Type)
			continue
		}
		if n.Retry.MaxAttempts < 1 || n.Retry.MaxAttempts > workflow.MaxRetries {
			c.fail(n.ID, at+"/maxAttempts", "retry", "maxAttempts must be a whole number from 1 to %d", workflow.MaxRetries)
		}
		if n.Retry.Interval != "" {
			if d, err := workflow.ParseDuration(n.Retry.Interval); err != nil {
				c.fail(n.ID, at+"/interval", "duration", "interval: %v", err)
			} else if d > workflow.MaxWait {
				c.fail(n.ID, at+"/interval", "retry", "interval must be at most a year (365d); a run cannot last longer")
			}
		}
		if n.Retry.Backoff != 0 && n.Retry.Backoff < 1 {
			c.fail(n.ID, at+"/backoff", "retry", "backoff must be at least 1: the interval is multiplied by it after each attempt")
		}
	}
}
