package check

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/workflow"
)

// wait: a wait that listens needs something to listen on, and a wait without cancelOn is
// never cancelled.
func (p *paramChecker) wait(n *node) {
	list, _ := n.params["cancelOn"].([]any)
	if len(list) == 0 {
		for i, e := range p.def.Edges {
			if e.From == n.ID && output(e) == "cancelled" {
				p.warn(n.ID, workflow.Pointer("edges", i), "never_cancelled", "%s has no cancelOn and is never cancelled; add cancelOn, or take the edge out", n.ID)
			}
		}
		return
	}
	if p.trigger == nil {
		return
	}
	for _, e := range []string{workflow.EntityConversation, workflow.EntityContact, workflow.EntityTicket} {
		if p.trigger.Gives[e] != "" {
			return
		}
	}
	p.fail(n.ID, p.at+"/cancelOn", "entity", "cancelOn listens on the run's conversation, contact and ticket, and the trigger %s gives none of them; take cancelOn out", p.trigger.Type)
}

// cancelOn is a list of {type, when?}.
func (p *paramChecker) cancelOn(param workflow.Param, v any, at string) {
	list, _ := p.list(param, v, at)
	for i, item := range list {
		here := at + workflow.Pointer(i)
		m, ok := item.(map[string]any)
		if !ok {
			p.typ(here, "each of "+param.Name, "an event, its type under type", item)
			continue
		}
		p.onlyMembers(p.node, here, "an entry of "+param.Name, m, "type", "when")
		typ, ok := m["type"].(string)
		if !ok || !slices.Contains(workflow.TheCatalog.CancelOn, typ) {
			p.fail(p.node, here+"/type", "param_value", "type must be one of %s", strings.Join(workflow.TheCatalog.CancelOn, ", "))
		}
		if m["when"] == nil {
			continue
		}
		raw, _ := json.Marshal(m["when"])
		c, problems := condition.Parse(raw)
		problems = append(problems, c.CheckTypes(nil)...)
		p.problems = append(p.problems, workflow.Under(problems, p.node, here+"/when")...)
		for _, l := range c.Leaves() {
			if len(l.Path) > 0 && (l.Path[0] == "steps" || l.Path[0] == "vars") {
				p.fail(p.node, here+"/when"+l.Pointer+"/field", "unknown_field", "%s is of this run; cancelOn sees only the event that it listens to: use a field of event, message, conversation, contact or ticket", l.Field)
			}
		}
	}
}
