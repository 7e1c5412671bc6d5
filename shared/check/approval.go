package check

import "github.com/deskhand/deskhand/shared/workflow"

// approval: reminders and escalation come before the time to decide is over.
func (p *paramChecker) approval(n *node) {
	limit := durationOf(n.params["timeout"])
	if limit == 0 {
		return
	}
	list, _ := n.params["reminders"].([]any)
	for i, r := range list {
		if d := durationOf(r); d >= limit {
			p.fail(p.node, p.at+workflow.Pointer("reminders", i), "after_timeout", "the reminder after %s comes when the request is over (timeout %s); use a shorter one", r, n.params["timeout"])
		}
	}
	if m, ok := n.params["escalateTo"].(map[string]any); ok {
		if d := durationOf(m["after"]); d >= limit {
			p.fail(p.node, p.at+"/escalateTo/after", "after_timeout", "the escalation after %s comes when the request is over (timeout %s); use a shorter time", m["after"], n.params["timeout"])
		}
	}
}

// escalation is {to: person, after}.
func (p *paramChecker) escalation(param workflow.Param, v any, at string) {
	m, ok := v.(map[string]any)
	if !ok {
		p.typ(at, param.Name, "a person under to, and under after a duration like 24h", v)
		return
	}
	p.onlyMembers(p.node, at, param.Name, m, "to", "after")
	if m["to"] == nil {
		p.fail(p.node, at+"/to", "param_required", "%s needs under to a person, named by %s", param.Name, personForm)
	} else {
		p.person("to", m["to"], at+"/to")
	}
	if m["after"] == nil {
		p.fail(p.node, at+"/after", "param_required", "%s needs under after a duration like 24h", param.Name)
	} else {
		p.duration("after", m["after"], at+"/after")
	}
}
