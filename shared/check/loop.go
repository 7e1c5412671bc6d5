package check

// causes lists the trigger types that a node type brings about.
var causes = map[string][]string{
	"conversation.tag":    {"conversation.tagged"},
	"conversation.assign": {"conversation.assigned"},
	"conversation.update": {"conversation.closed"},
	"ticket.create":       {"ticket.created", "ticket.status_changed"},
	"ticket.update":       {"ticket.status_changed"},
	"event.emit":          {"event"},
}

// loops warns about a workflow that brings about its own trigger and filters nothing: the
// loop guard stops it after a few rounds, but it was hardly meant.
func loops(c *checker) {
	if c.def.Trigger.Conditions != nil {
		return
	}
	for _, n := range c.nodes {
		if n.Disabled {
			continue
		}
		if n.Type == "ticket.update" && n.params["status"] == nil {
			continue
		}
		if n.Type == "conversation.update" && n.params["status"] != "closed" {
			continue
		}
		if n.Type == "conversation.tag" && n.params["add"] == nil {
			continue
		}
		if n.Type == "event.emit" && n.params["detailType"] != c.detailType {
			continue
		}
		for _, t := range causes[n.Type] {
			if t == c.def.Trigger.Type {
				c.warn(n.ID, n.at, "loop", "%s brings about %s, which starts this workflow again; put a condition on the trigger that is false after it", n.ID, t)
			}
		}
	}
}
