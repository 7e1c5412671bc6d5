package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Parse reads a condition. Problems have paths relative to it and no node; with an error
// among them the Cond is nil. Nil or empty raw is a condition that always holds.
func Parse(raw json.RawMessage) (*Cond, []workflow.Problem) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return &Cond{root: &node{group: "all"}}, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, []workflow.Problem{workflow.Errorf("", "", "condition", "the condition is not valid JSON: %v", err)}
	}
	p := &parser{}
	root := p.node(v, "", 0)
	if p.leaves > MaxLeaves {
		p.fail("", "condition", "the condition has %d tests; the limit is %d: use lists of values, or split it over two branches", p.leaves, MaxLeaves)
	}
	if workflow.HasErrors(p.problems) {
		return nil, p.problems
	}
	return &Cond{root: root}, p.problems
}

type parser struct {
	problems []workflow.Problem
	leaves   int
}

func (p *parser) fail(path, rule, format string, args ...any) {
	p.problems = append(p.problems, workflow.Errorf("", path, rule, format, args...))
}

var groups = []string{"all", "any", "none"}

func (p *parser) node(v any, path string, depth int) *node {
	if depth > workflow.MaxDepth {
		p.fail(path, "condition", "conditions nest more than %d deep; flatten them", workflow.MaxDepth)
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		p.fail(path, "condition", "a condition must be an object, a group (all, any or none) or a test (field, op, value), not %s", describe(v))
		return nil
	}
	var found []string
	for _, g := range groups {
		if _, ok := m[g]; ok {
			found = append(found, g)
		}
	}
	_, hasField := m["field"]
	_, hasOp := m["op"]
	switch {
	case len(found) == 0 && !hasField && !hasOp:
		p.fail(path, "condition", "this condition is neither a group nor a test; give it all, any or none with a list, or field, op and value")
		return nil
	case len(found) > 1 || len(found) == 1 && (hasField || hasOp):
		p.fail(path, "condition", `a condition is one thing only: a group (%s) or a test with field and op; put each in its own object`, strings.Join(groups, ", "))
		return nil
	case len(found) == 1:
		return p.group(m, found[0], path, depth)
	}
	return p.leaf(m, path)
}

func (p *parser) group(m map[string]any, name, path string, depth int) *node {
	p.unknown(m, path, name)
	items, ok := m[name].([]any)
	if !ok {
		p.fail(path+"/"+name, "condition", "%s must be a list of conditions, not %s", name, describe(m[name]))
		return nil
	}
	n := &node{group: name}
	for i, item := range items {
		n.items = append(n.items, p.node(item, path+workflow.Pointer(name, i), depth+1))
	}
	return n
}

func (p *parser) leaf(m map[string]any, path string) *node {
	p.leaves++
	p.unknown(m, path, "field", "op", "value", "matchCase")
	l := Leaf{Pointer: path, Value: m["value"]}
	before := len(p.problems)

	field, ok := m["field"].(string)
	if op, _ := m["op"].(string); m["field"] == nil && (op == "within_hours" || op == "outside_hours") {
		field, ok = "event.time", true
	}
	if !ok {
		p.fail(path+"/field", "condition", "field must be text such as message.subject, not %s", describe(m["field"]))
	} else {
		l.Field = field
		parsed, err := workflow.ParsePath(field)
		if err != nil {
			p.fail(path+"/field", "unknown_field", "field: %v", err)
		}
		l.Path = parsed
	}
	name, ok := m["op"].(string)
	if !ok {
		p.fail(path+"/op", "condition", "op must be text such as contains, not %s", describe(m["op"]))
		return nil
	}
	l.Op = name
	op, ok := workflow.TheCatalog.Operator(name)
	if !ok {
		p.fail(path+"/op", "unknown_operator", "there is no operator %q; use one of %s", name, operatorNames())
		return nil
	}
	if !op.Available {
		p.fail(path+"/op", "not_available", "the operator %s is not available yet in this version; leave the test out for now", name)
		return nil
	}
	if mc, ok := m["matchCase"]; ok {
		b, isBool := mc.(bool)
		switch {
		case !isBool:
			p.fail(path+"/matchCase", "condition", "matchCase must be true or false, not %s", describe(mc))
		case !op.MatchCase:
			p.problems = append(p.problems, workflow.Warnf("", path+"/matchCase", "unused_member", "matchCase means nothing to %s; take it out", name))
		}
		l.MatchCase = b
	}
	value, given := m["value"]
	if op.Value == workflow.ValueNone {
		if given && value != nil {
			p.problems = append(p.problems, workflow.Warnf("", path+"/value", "unused_member", "%s takes no value; take it out", name))
		}
		l.Value = nil
	} else if !given && op.Value != workflow.ValueHours {
		p.fail(path, "condition_value", "%s needs a value: %s", name, wants[op.Value])
		return nil
	}
	t, problems := makeTest(op, l.Value, l.MatchCase)
	p.problems = append(p.problems, workflow.Under(problems, "", path)...)
	if workflow.HasErrors(p.problems[before:]) {
		return nil
	}
	return &node{leaf: l, test: t}
}

// unknown warns about members that mean nothing here; they are kept.
func (p *parser) unknown(m map[string]any, path string, known ...string) {
	var names []string
	for name := range m {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		p.problems = append(p.problems, workflow.Warnf("", path+workflow.Pointer(name), "unknown_member",
			"a condition has no member %q; it is kept and does nothing: correct its name or take it out", name))
	}
}

var wants = map[workflow.ValueKind]string{
	workflow.ValueAnyOf:    "text, a number, true or false, or a list of them",
	workflow.ValueList:     "a list of texts, numbers, true or false",
	workflow.ValuePattern:  "an RE2 pattern as text",
	workflow.ValueNumber:   "a number",
	workflow.ValueRange:    "a list of two numbers, the lower first",
	workflow.ValueTime:     "a time as RFC 3339 with offset, like 2026-12-01T09:00:00Z",
	workflow.ValueDuration: "a duration like 30s, 15m, 24h or 7d",
	workflow.ValueHours:    "hours with timezone, days, from and to, or nothing for the desk's hours",
}

func operatorNames() string {
	var names []string
	for _, o := range workflow.TheCatalog.Operators {
		if o.Available {
			names = append(names, o.Name)
		}
	}
	return strings.Join(names, ", ")
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		if utf8.RuneCountInString(v) > 40 {
			return "text"
		}
		return fmt.Sprintf("the text %q", v)
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	}
	return "an object"
}
