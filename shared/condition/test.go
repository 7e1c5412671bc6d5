package condition

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// test decides one leaf on the value found; print writes the same as JSONata, ref being
// the expression of the value.
type test interface {
	holds(v any, nowMillis int64) bool
	print(ref string) string
}

// makeTest compiles an operator with its value. Problems are relative to the leaf.
func makeTest(op *workflow.Operator, value any, matchCase bool) (test, []workflow.Problem) {
	bad := func(format string, args ...any) (test, []workflow.Problem) {
		return nil, []workflow.Problem{workflow.Errorf("", "/value", "condition_value", format, args...)}
	}
	wrong := func() (test, []workflow.Problem) {
		return bad("the value of %s must be %s, not %s", op.Name, wants[op.Value], describe(value))
	}
	switch op.Value {
	case workflow.ValueNone:
		switch op.Name {
		case "is_empty":
			return empty{}, nil
		case "is_not_empty":
			return not{empty{}}, nil
		case "is_true":
			return some{&scalarSet{values: []any{true}}}, nil
		case "is_false":
			return not{some{&scalarSet{values: []any{true}}}}, nil
		}
	case workflow.ValueAnyOf, workflow.ValueList:
		list, isList := value.([]any)
		if !isList {
			if op.Value == workflow.ValueList || !scalar(value) {
				return wrong()
			}
			list = []any{value}
		}
		if len(list) == 0 {
			return bad("the list of %s is empty; put at least one value in it", op.Name)
		}
		if len(list) > workflow.MaxListItems {
			return bad("the list of %s has %d values; the limit is %d", op.Name, len(list), workflow.MaxListItems)
		}
		for i, item := range list {
			if !scalar(item) {
				return nil, []workflow.Problem{workflow.Errorf("", workflow.Pointer("value", i), "condition_value", "a value of %s must be text, a number, true or false, not %s", op.Name, describe(item))}
			}
			if s, ok := item.(string); ok && utf8.RuneCountInString(s) > MaxText {
				return nil, []workflow.Problem{workflow.Errorf("", workflow.Pointer("value", i), "condition_value", "a value of %s is longer than %d characters; shorten it", op.Name, MaxText)}
			}
		}
		how := whole
		switch op.Name {
		case "contains", "not_contains":
			how = anywhere
		case "starts_with":
			how = atStart
		case "ends_with":
			how = atEnd
		case "has_all":
			var all every
			for _, item := range list {
				all = append(all, some{newScalarSet([]any{item}, whole, matchCase)})
			}
			return all, nil
		}
		set := some{newScalarSet(list, how, matchCase)}
		if op.OnMissing {
			return not{set}, nil
		}
		return set, nil
	case workflow.ValuePattern:
		s, ok := value.(string)
		if !ok {
			return wrong()
		}
		p, problems := newPattern(s, matchCase)
		if p == nil {
			return nil, workflow.Under(problems, "", "/value")
		}
		return some{p}, workflow.Under(problems, "", "/value")
	case workflow.ValueNumber:
		n, ok := value.(float64)
		if !ok || math.IsInf(n, 0) || math.IsNaN(n) {
			return wrong()
		}
		return some{compare{op.Name, n}}, nil
	case workflow.ValueRange:
		list, _ := value.([]any)
		if len(list) != 2 {
			return wrong()
		}
		low, ok1 := list[0].(float64)
		high, ok2 := list[1].(float64)
		if !ok1 || !ok2 {
			return wrong()
		}
		if low > high {
			return bad("between has %v before %v; put the lower number first", low, high)
		}
		return some{between{low, high}}, nil
	case workflow.ValueTime:
		s, ok := value.(string)
		if !ok {
			return wrong()
		}
		t, ok := ParseTime(s)
		if !ok {
			return bad("the value of %s must be %s, not %q", op.Name, wants[op.Value], s)
		}
		return some{instant{op.Name, t}}, nil
	case workflow.ValueDuration:
		s, ok := value.(string)
		if !ok {
			return wrong()
		}
		d, err := workflow.ParseDuration(s)
		if err != nil {
			return bad("the value of %s: %v", op.Name, err)
		}
		return some{age{op.Name, d}}, nil
	}
	return bad("the operator %s is not available yet in this version; leave the test out for now", op.Name)
}

func scalar(v any) bool {
	switch v := v.(type) {
	case string, bool:
		return true
	case float64:
		return !math.IsInf(v, 0) && !math.IsNaN(v)
	}
	return false
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

// instant is before and after.
type instant struct {
	op string
	at time.Time
}

func (t instant) meets(v any, _ int64) bool {
	s, _ := v.(string)
	at, ok := ParseTime(s)
	if !ok {
		return false
	}
	if t.op == "before" {
		return at.UnixMilli() < t.at.UnixMilli()
	}
	return at.UnixMilli() > t.at.UnixMilli()
}

func (t instant) print() string {
	sign := ">"
	if t.op == "before" {
		sign = "<"
	}
	return timed(`$toMillis($) ` + sign + ` $toMillis("` + t.at.UTC().Format("2006-01-02T15:04:05.000Z") + `")`)
}

// age is older_than and within_last.
type age struct {
	op string
	d  time.Duration
}

func (t age) meets(v any, now int64) bool {
	s, _ := v.(string)
	at, ok := ParseTime(s)
	if !ok {
		return false
	}
	passed := now - at.UnixMilli()
	if t.op == "older_than" {
		return passed > t.d.Milliseconds()
	}
	return passed >= 0 && passed <= t.d.Milliseconds()
}

func (t age) print() string {
	passed := `$toMillis(` + Now + `) - $toMillis($)`
	ms := fmt.Sprint(t.d.Milliseconds())
	if t.op == "older_than" {
		return timed(passed + ` > ` + ms)
	}
	return timed(`(` + passed + ` >= 0 and ` + passed + ` <= ` + ms + `)`)
}

// Now is the expression of the time that ages count from in a machine: when the state that
// asks was entered.
const Now = "$states.context.State.EnteredTime"

// TimePattern is RFC 3339 with at most nine decimals and real dates only, as a portable
// JSONata regex: what it lets through, $toMillis reads.
const TimePattern = `/^(?:` +
	`(?:[0-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29|` +
	`[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))` +
	`)T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])` + endOfText + `/`

func timed(expr string) string {
	return `$type($) = "string" ? ($contains($, ` + TimePattern + `) ? ` + expr + ` : false) : false`
}

var timeForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// ParseTime reads RFC 3339 with at most nine decimals, just what TimePattern lets through.
func ParseTime(s string) (time.Time, bool) {
	if !timeForm.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}
