package compile

import (
	"slices"
	"sort"
)

// payload is what a function answered.
const payload = "$states.result.Payload"

// asObject guards data that should be an object: anything else is otherwise.
func asObject(source, otherwise string) string {
	return `$type(` + source + `) = "object" ? ` + source + ` : ` + otherwise
}

// initial gives the variables their first values. The first state assigns them, so that no
// state of its own has to be paid for; every way out of it does (Step Functions replaces a
// state's Assign by that of the Catch or of the rule that is taken).
func (b *builder) initial() map[string]any {
	m := map[string]any{}
	for _, e := range entities {
		m[e] = expression(asObject(input+"."+e, "{}"))
	}
	if b.usesVars {
		m["vars"] = map[string]any{}
	}
	ids := make([]string, 0, len(b.referenced))
	for id := range b.referenced {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		m[stepVariable(id)[1:]] = map[string]any{}
	}
	return m
}

// assign joins what a way out of the step assigns with the first values, if the step is the
// first; nil when there is nothing to assign.
func (b *builder) assign(s *step, own map[string]any) map[string]any {
	m := map[string]any{}
	if s.ID == b.entry {
		m = b.initial()
	}
	for name, v := range own {
		m[name] = v
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// results assigns what a function's answer changes: the step's result if something reads
// it, and the entities that the node kind changes. settled is true in a state after the
// first, where the variables exist already.
func (b *builder) results(s *step, settled bool) map[string]any {
	m := map[string]any{}
	if b.referenced[s.ID] {
		m[stepVariable(s.ID)[1:]] = expression(asObject(payload+".result", "{}"))
	}
	for _, e := range entities {
		if !slices.Contains(s.kind.Changes, e) {
			continue
		}
		before := "$" + e
		if s.ID == b.entry && !settled {
			before = "(" + asObject(input+"."+e, "{}") + ")"
		}
		m[e] = expression(asObject(payload+"."+e, before))
	}
	return m
}

// failure assigns the error of a step whose error edge is taken.
func (b *builder) failure(s *step) map[string]any {
	if !b.referenced[s.ID] {
		return nil
	}
	return map[string]any{stepVariable(s.ID)[1:]: map[string]any{"error": map[string]any{
		"code":    expression(errorCode),
		"message": expression(errorMessage),
	}}}
}

const errorCode = `"" & $states.errorOutput.Error`

// errorMessage takes the words out of the Cause. For a function's error that is Lambda's
// JSON {"errorMessage", "errorType", …}; $parse would fail on one that was cut short, so the
// text is matched. No backslash stands before a bracket: JSONata's scanner would miscount.
const errorMessage = `($c := "" & $states.errorOutput.Cause; ` +
	`$m := $match($c, /^\u007B\u0022errorMessage\u0022:\u0022((?:[^\u0022\u005C]|\u005C[^\u0000])*)\u0022/); ` +
	`$exists($m) ? $replace($m[0].groups[0], /\u005C(u003c|u003e|u0026|u0027|n|r|t|[\u0022\u005C\u002F])/, function($e) { ` +
	`$lookup({"u003c": "<", "u003e": ">", "u0026": "&", "u0027": "'", "n": "\n", "r": "\r", "t": "\t", "\"": "\"", "\\": "\\", "/": "/"}, $e.groups[0]) }) : $c)`
