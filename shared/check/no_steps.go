package check

import "github.com/deskhand/deskhand/shared/workflow"

// noSteps: a workflow does something.
func noSteps(c *checker) {
	if len(c.nodes) == 0 {
		c.fail("", "/nodes", "no_steps", "the workflow has no nodes; add an action and connect the trigger to it")
		return
	}
	if len(c.graph.out[workflow.TriggerID]) == 0 {
		c.fail(workflow.TriggerID, "/edges", "no_steps", "nothing follows the trigger; connect it to the first node")
	}
}
