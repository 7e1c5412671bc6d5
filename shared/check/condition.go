package check

import (
	"encoding/json"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/workflow"
)

// triggerConditions: the trigger's filter can be read, its fields exist, and none of them is
// of the run that it decides about.
func triggerConditions(c *checker) {
	if c.def.Trigger.Conditions == nil {
		return
	}
	const at = "/trigger/conditions"
	cond := c.condition(c.def.Trigger.Conditions, workflow.TriggerID, at)
	for _, l := range cond.Leaves() {
		here := at + l.Pointer + "/field"
		if len(l.Path) == 0 {
			continue
		}
		switch l.Path[0] {
		case "steps", "vars", "run":
			c.fail(workflow.TriggerID, here, "unknown_field", "%s does not exist yet when the trigger's conditions are looked at; test it in a branch", l.Field)
			continue
		}
		c.slugsInLeaf(workflow.TriggerID, at, l)
		if l.Op == "is_empty" || l.Op == "is_not_empty" {
			continue
		}
		f, ok := workflow.TheCatalog.Field(l.Path)
		if !ok || f.Entity == "" || c.trigger == nil {
			continue
		}
		switch c.trigger.Gives[f.Entity] {
		case workflow.Always:
		case workflow.Sometimes:
			c.warn(workflow.TriggerID, here, "entity", "%s is missing when there is no %s (the trigger %s gives one %s), and %s is then %t; test %s.id with is_not_empty if that is meant", l.Field, f.Entity, c.trigger.Type, c.given(f.Entity), l.Op, onMissing(l.Op), f.Entity)
		default:
			c.fail(workflow.TriggerID, here, "entity", "%s: the trigger %s gives no %s; use another field, or another trigger", l.Field, c.trigger.Type, f.Entity)
		}
	}
}

// branchConditions: the cases of every branch.
func branchConditions(c *checker) {
	for _, n := range c.nodes {
		for _, w := range n.whens() {
			cond := c.condition(w.raw, n.ID, w.at)
			tested := map[string]bool{}
			for _, l := range cond.Leaves() {
				if l.Op == "is_empty" || l.Op == "is_not_empty" {
					tested[l.Path.String()] = true
				}
			}
			for _, l := range cond.Leaves() {
				c.slugsInLeaf(n.ID, w.at, l)
				c.reference(n, w.at+l.Pointer+"/field", l.Path, tested[l.Path.String()], true)
			}
		}
	}
}

type when struct {
	raw json.RawMessage
	at  string
}

// whens are the conditions in a branch's cases.
func (n *node) whens() []when {
	if n.Type != "branch" {
		return nil
	}
	var out []when
	list, _ := n.params["cases"].([]any)
	for i, item := range list {
		m, _ := item.(map[string]any)
		if m["when"] == nil {
			continue
		}
		raw, err := json.Marshal(m["when"])
		if err != nil {
			continue
		}
		out = append(out, when{raw, n.at + workflow.Pointer("params", "cases", i, "when")})
	}
	return out
}

// condition parses and type-checks; the answer is nil when it cannot be read.
func (c *checker) condition(raw json.RawMessage, node, at string) *condition.Cond {
	cond, problems := condition.Parse(raw)
	problems = append(problems, cond.CheckTypes(c.valueType)...)
	c.problems = append(c.problems, workflow.Under(problems, node, at)...)
	return cond
}

// valueType is the type of a step's value, when the catalog has it.
func (c *checker) valueType(p workflow.Path) workflow.FieldType {
	if len(p) != 3 || p[0] != "steps" {
		return ""
	}
	n := c.byID[p[1]]
	if n == nil || n.kind == nil {
		return ""
	}
	for _, v := range n.kind.Values {
		if v.Name == p[2] {
			return v.Type
		}
	}
	return ""
}

// slugsInLeaf warns about an inbox or a group that the desk does not have: the test can
// then never hold.
func (c *checker) slugsInLeaf(node, at string, l condition.Leaf) {
	var names []string
	var what string
	switch l.Path.String() {
	case "message.inbox", "conversation.inbox":
		names, what = c.opts.Inboxes, "inbox"
	case "conversation.group", "ticket.group":
		names, what = c.opts.Groups, "group"
	}
	switch l.Op {
	case "is", "is_not", "in", "not_in":
	default:
		return
	}
	if names == nil {
		return
	}
	values, isList := l.Value.([]any)
	if !isList {
		values = []any{l.Value}
	}
	for i, v := range values {
		s, ok := v.(string)
		if !ok || contains(names, s) {
			continue
		}
		here := at + l.Pointer + "/value"
		if isList {
			here += workflow.Pointer(i)
		}
		c.warn(node, here, "unknown_"+what, "there is no %s %q, so %s is never that; correct it, or create the %s", what, s, l.Field, what)
	}
}

func onMissing(op string) bool {
	o, ok := workflow.TheCatalog.Operator(op)
	return ok && o.OnMissing
}
