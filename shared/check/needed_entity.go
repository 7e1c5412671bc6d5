package check

import "github.com/deskhand/deskhand/shared/workflow"

// neededEntities: a node acts on an entity that the run has.
func neededEntities(c *checker) {
	if c.trigger == nil {
		return
	}
	for _, n := range c.nodes {
		if n.kind == nil || n.Disabled {
			continue
		}
		must, may := facts{}, facts{}
		if c.graph.order != nil && c.graph.reached[n.ID] {
			must, may = c.graph.before[n.ID], c.graph.maybe[n.ID]
		}
		for _, e := range n.kind.Needs {
			switch c.presence(e, must, may) {
			case workflow.Always:
			case workflow.Sometimes:
				c.warn(n.ID, n.at+"/type", "entity", "%s needs a %s and fails without one; the trigger %s gives one %s: test %s.id with is_not_empty in the trigger's conditions", n.Type, e, c.trigger.Type, c.given(e), e)
			default:
				c.fail(n.ID, n.at+"/type", "entity", "%s needs a %s, and the trigger %s gives none; use another trigger or another action", n.Type, e, c.trigger.Type)
			}
		}
	}
}
