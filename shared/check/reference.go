package check

import (
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// references: what the templates of every node name exists (unknown_field, unknown_step,
// unknown_value, unknown_variable), is there on every way to the node (step_not_before) and
// belongs to an entity that the trigger gives (entity).
func references(c *checker) {
	for _, n := range c.nodes {
		if n.kind == nil {
			continue
		}
		for _, param := range n.kind.Params {
			at := n.at + workflow.Pointer("params", param.Name)
			for _, text := range template.Texts(param.Kind, n.params[param.Name]) {
				t, _ := template.Parse(text.Source)
				if t == nil {
					continue // params has said why
				}
				for _, r := range t.Refs() {
					c.reference(n, at+text.Pointer, r.Path, r.Optional, false)
					if !r.Optional && !(t.Single() && keepsMissing(param.Kind)) {
						c.mayBeMissing(n, at+text.Pointer, r.Path)
					}
				}
			}
		}
	}
}

// keepsMissing tells kinds in which a value that is missing is left out, not made empty.
func keepsMissing(k workflow.ParamKind) bool {
	switch k {
	case workflow.KindValueMap, workflow.KindJSON, workflow.KindTemplateList, workflow.KindAddresses:
		return true
	}
	return false
}

// mayBeMissing warns that a text will have a gap where an optional field is missing.
func (c *checker) mayBeMissing(n *node, at string, p workflow.Path) {
	f, ok := workflow.TheCatalog.Field(p)
	if !ok || !f.Optional || f.Entity != "" && c.trigger != nil && c.trigger.Gives[f.Entity] != workflow.Always {
		return // of an entity that may be missing as a whole, the rule entity speaks
	}
	c.warn(n.ID, at, "missing_value", "%s may be missing and is then empty; write {{ %s | default: \"…\" }}", p, p)
}

// reference checks one path read by n. optional means that missing is provided for; inTest
// that it stands in a condition, which checks the field's existence itself.
func (c *checker) reference(n *node, at string, p workflow.Path, optional, inTest bool) {
	if len(p) == 0 {
		return
	}
	if _, ok := workflow.TheCatalog.Field(p); !ok {
		if !inTest {
			c.fail(n.ID, at, "unknown_field", "there is no %s%s", p, condition.Suggest(p))
		}
		return
	}
	must, may := facts{}, facts{}
	known := false // is the way to n known: it is reached and there is no circle
	if c.graph.order != nil && c.graph.reached[n.ID] {
		must, may, known = c.graph.before[n.ID], c.graph.maybe[n.ID], true
	}
	switch p[0] {
	case "steps":
		c.stepReference(n, at, p, optional, must, may, known)
	case "vars":
		c.variable(n, at, p, optional, must, may, known)
	default:
		if known || c.trigger != nil {
			c.entity(n.ID, at, p, must, may, optional)
		}
	}
}

func (c *checker) stepReference(n *node, at string, p workflow.Path, optional bool, must, may facts, known bool) {
	if len(p) < 3 {
		c.fail(n.ID, at, "unknown_value", "%s names no value of a step; write steps.<node>.<value>", p)
		return
	}
	step := c.byID[p[1]]
	if step == nil {
		c.fail(n.ID, at, "unknown_step", "%s: there is no node %q; correct the name", p, p[1])
		return
	}
	if step == n {
		c.fail(n.ID, at, "unknown_step", "%s: a node cannot use its own result; name an earlier node", p)
		return
	}
	if step.kind == nil {
		return // node_type has said it
	}
	if !c.valueExists(n, at, p, step) {
		return
	}
	if !known {
		return
	}
	fact, when := "ok:"+step.ID, "has run"
	if p[2] == "error" {
		fact, when = "error:"+step.ID, "has failed"
	}
	switch {
	case must[fact] || optional:
	case step.Disabled:
		c.fail(n.ID, at, "step_not_before", "%s: the node %s is disabled and has no result; enable it, or provide for it: {{ %s | default: \"…\" }}", p, step.ID, p)
	case may[fact]:
		c.fail(n.ID, at, "step_not_before", "%s: on some ways to %s it is not so that %s %s; provide for it with {{ %s | default: \"…\" }} (in a condition: test it with is_not_empty), or connect differently", p, n.ID, step.ID, when, p)
	default:
		c.fail(n.ID, at, "step_not_before", "%s: on no way to %s the node %s %s before it; connect it before this node, or use another value", p, n.ID, step.ID, when)
	}
}

// valueExists checks the value's name against the node's kind.
func (c *checker) valueExists(n *node, at string, p workflow.Path, step *node) bool {
	if p[2] == "error" {
		if !step.kind.CanError {
			c.fail(n.ID, at, "unknown_value", "%s: %s (%s) has no error path; only actions do", p, step.ID, step.Type)
			return false
		}
		if len(p) > 4 || len(p) == 4 && p[3] != "code" && p[3] != "message" {
			c.fail(n.ID, at, "unknown_value", "%s: an error has only code and message", p)
			return false
		}
		return true
	}
	var names []string
	for _, v := range step.kind.Values {
		if v.Name == p[2] {
			return true
		}
		names = append(names, v.Name)
	}
	if from := step.kind.ValuesFrom; from != "" {
		m, _ := step.params[from].(map[string]any)
		if _, ok := m[p[2]]; ok {
			return true
		}
		names = append(names, sorted(m)...)
	}
	if len(names) == 0 {
		c.fail(n.ID, at, "unknown_value", "%s: %s (%s) has no values; take the reference out", p, step.ID, step.Type)
	} else {
		c.fail(n.ID, at, "unknown_value", "%s: %s (%s) has no value %q; it has %s", p, step.ID, step.Type, p[2], strings.Join(names, ", "))
	}
	return false
}

func (c *checker) variable(n *node, at string, p workflow.Path, optional bool, must, may facts, known bool) {
	if len(p) < 2 {
		return // vars itself is the object of all of them
	}
	fact := "var:" + p[1]
	set := false
	for _, other := range c.nodes {
		values, _ := other.params["values"].(map[string]any)
		_, has := values[p[1]]
		set = set || other.Type == "set" && has
	}
	switch {
	case !set:
		c.fail(n.ID, at, "unknown_variable", "%s: no set node sets %s; add one before this node", p, p[1])
	case !known || optional || must[fact]:
	case may[fact]:
		c.warn(n.ID, at, "missing_value", "%s is not set on every way to %s and is then empty; set it before, or write {{ %s | default: \"…\" }}", p, n.ID, p)
	default:
		c.fail(n.ID, at, "unknown_variable", "%s is set only after %s or on other ways; set it before", p, n.ID)
	}
}

// entity checks that the trigger, or a step before, gives what the field belongs to.
func (c *checker) entity(node, at string, p workflow.Path, must, may facts, optional bool) {
	f, ok := workflow.TheCatalog.Field(p)
	if !ok || f.Entity == "" || c.trigger == nil {
		return
	}
	switch c.presence(f.Entity, must, may) {
	case workflow.Always:
	case workflow.Sometimes:
		if !optional {
			c.warn(node, at, "entity", "%s is missing when there is no %s (the trigger %s gives one %s); write {{ %s | default: \"…\" }}, or test it first", p, f.Entity, c.trigger.Type, c.given(f.Entity), p)
		}
	default:
		c.fail(node, at, "entity", "%s: the trigger %s gives no %s; use another field, or another trigger", p, c.trigger.Type, f.Entity)
	}
}

func (c *checker) given(entity string) string {
	if when := c.trigger.When[entity]; when != "" {
		return when
	}
	return "only sometimes"
}

// presence of an entity: by the trigger, by its conditions, or by a step before.
func (c *checker) presence(entity string, must, may facts) workflow.Presence {
	given := c.trigger.Gives[entity]
	switch {
	case given == workflow.Always || must["entity:"+entity]:
		return workflow.Always
	case given == workflow.Sometimes && c.required(entity):
		return workflow.Always
	case given == workflow.Sometimes || may["entity:"+entity]:
		return workflow.Sometimes
	}
	return ""
}

// required tells whether the trigger's conditions let only runs through that have the
// entity: a test at the top (alone, or in all) that is false on a missing field.
func (c *checker) required(entity string) bool {
	if c.def.Trigger.Conditions == nil {
		return false
	}
	cond, _ := condition.Parse(c.def.Trigger.Conditions)
	for _, l := range cond.Leaves() {
		top := l.Pointer == "" || slices.Equal(strings.Split(l.Pointer, "/")[:2], []string{"", "all"}) && strings.Count(l.Pointer, "/") == 2
		op, ok := workflow.TheCatalog.Operator(l.Op)
		if top && ok && !op.OnMissing && l.Path[0] == entity {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
