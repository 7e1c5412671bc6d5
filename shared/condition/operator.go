package condition

import (
	"math"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

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
	case workflow.ValueHours:
		t, err := newOpen(op.Name, value)
		if err != nil {
			return bad("%v", err)
		}
		return t, nil
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
