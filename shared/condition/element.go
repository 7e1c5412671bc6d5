package condition

import (
	"slices"
	"strings"
)

// test decides one leaf on the value found; print writes the same as JSONata, ref being
// the expression of the value.
type test interface {
	holds(v any, nowMillis int64) bool
	print(ref string) string
}

// elements sees every value as a list.
func elements(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// element is a test of one element; print writes it about $.
type element interface {
	meets(v any, nowMillis int64) bool
	print() string
}

// some holds when an element meets it.
type some struct{ element }

func (t some) holds(v any, now int64) bool {
	return slices.ContainsFunc(elements(v), func(e any) bool { return t.meets(e, now) })
}

// print makes a list of the value (an array constructor joins lists and drops what is
// undefined) and asks whether a filter leaves anything of it.
func (t some) print(ref string) string { return "$exists([" + ref + "][" + t.element.print() + "])" }

// not negates; with some it asks whether no element meets the test.
type not struct{ test }

func (t not) holds(v any, now int64) bool { return !t.test.holds(v, now) }
func (t not) print(ref string) string     { return "$not(" + t.test.print(ref) + ")" }

// every holds when all of its tests do.
type every []test

func (t every) holds(v any, now int64) bool {
	for _, one := range t {
		if !one.holds(v, now) {
			return false
		}
	}
	return true
}

func (t every) print(ref string) string {
	parts := make([]string, len(t))
	for i, one := range t {
		parts[i] = one.print(ref)
	}
	return "(" + strings.Join(parts, " and ") + ")"
}

// empty holds for what is missing, null, "", [] and {}.
type empty struct{}

func (empty) holds(v any, _ int64) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func (empty) print(ref string) string {
	return `($v := ` + ref + `; $t := $type($v); $t = "string" ? $v = "" : $t = "array" ? $count($v) = 0 : ` +
		`$t = "object" ? $count($keys($v)) = 0 : $not($t = "number" or $t = "boolean"))`
}

type compare struct {
	op string
	n  float64
}

func (t compare) meets(v any, _ int64) bool {
	n, ok := v.(float64)
	if !ok {
		return false
	}
	switch t.op {
	case "gt":
		return n > t.n
	case "gte":
		return n >= t.n
	case "lt":
		return n < t.n
	}
	return n <= t.n
}

func (t compare) print() string {
	sign := map[string]string{"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[t.op]
	return `$type($) = "number" ? $ ` + sign + " " + number(t.n) + ` : false`
}

type between struct{ low, high float64 }

func (t between) meets(v any, _ int64) bool {
	n, ok := v.(float64)
	return ok && t.low <= n && n <= t.high
}

func (t between) print() string {
	return `$type($) = "number" ? ($ >= ` + number(t.low) + ` and $ <= ` + number(t.high) + `) : false`
}
