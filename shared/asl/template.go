package asl

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/jsonata"
)

// Plain turns a template as written in Go (structs, typed maps, json.RawMessage) into
// maps, slices, strings, booleans, nil and json.Number.
func Plain(v any) (any, error) {
	switch v.(type) {
	case nil, string, bool, json.Number:
		return v, nil
	case null:
		return nil, nil
	}
	text, err := encode(v)
	if err != nil {
		return nil, err
	}
	if err := wellFormed(text); err != nil {
		return nil, err
	}
	out := decode(text)
	if out == Null {
		return nil, nil
	}
	return out, nil
}

// Integer reads a whole number written as any Go number or json.Number.
func Integer(v any) (int, bool) {
	var f float64
	switch n := v.(type) {
	case nil:
		return 0, false
	case json.Number:
		x, err := n.Float64()
		if err != nil {
			return 0, false
		}
		f = x
	default:
		r := reflect.ValueOf(v)
		switch {
		case r.CanInt():
			f = float64(r.Int())
		case r.CanUint():
			f = float64(r.Uint())
		case r.CanFloat():
			f = r.Float()
		default:
			return 0, false
		}
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int(f), true
}

// templates checks the values that may hold expressions.
type templates struct {
	v                   *validator
	jsonata             bool
	result, errorOutput bool // $states.result, $states.errorOutput exist here
}

func (t templates) value(x any, at string, depth int) {
	if x == nil {
		return
	}
	if depth == 0 {
		plain, err := Plain(x)
		if err != nil {
			t.v.schema(at, "The value cannot be written as JSON: %s", err)
			return
		}
		x = plain
	}
	switch x := x.(type) {
	case map[string]any:
		for _, k := range sorted(x) {
			if !t.jsonata && strings.HasSuffix(k, ".$") {
				t.v.schema(at, `The field '%s' needs JSONPath, which is not supported; set "QueryLanguage": "JSONata" and write a {%% … %%} expression`, k)
			}
			t.value(x[k], at+"/"+k, depth+1)
		}
	case []any:
		for i, e := range x {
			t.value(e, fmt.Sprintf("%s[%d]", at, i), depth+1)
		}
	case string:
		if t.jsonata {
			t.expression(x, at)
		}
	}
}

func (t templates) assign(m map[string]any, at string) {
	for _, name := range sorted(m) {
		where := at + "/" + name
		switch {
		case !t.jsonata && strings.HasSuffix(name, ".$"):
			t.v.schema(at, `The field '%s' needs JSONPath, which is not supported; set "QueryLanguage": "JSONata" and write a {%% … %%} expression`, name)
		case name == "states":
			t.v.schema(where, "The variable name 'states' is reserved")
		case !variableName(name):
			t.v.schema(where, "The variable name '%s' should be an identifier of 1 to %d characters", name, MaxName)
		}
		t.value(m[name], where, 0)
	}
}

// variableName is a Unicode identifier (UAX #31).
func variableName(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > MaxName {
		return false
	}
	for i, r := range s {
		switch {
		case r == '_' && i > 0 || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
		case i > 0 && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc):
		case i == 0 && r == '_':
		default:
			return false
		}
	}
	return true
}

// text checks a field that is a string or an expression.
func (t templates) text(x any, at, field string) {
	switch x := x.(type) {
	case nil:
	case string:
		t.value(x, at, 0)
	default:
		t.v.schema(at, "The field '%s' should be a string", field)
	}
}

// seconds checks a field that is a whole number or an expression.
func (t templates) seconds(x any, at, field string, low int) {
	if x == nil {
		return
	}
	if s, ok := x.(string); ok && t.jsonata {
		if _, ok := Expression(s); ok {
			t.value(s, at, 0)
			return
		}
	}
	if n, ok := Integer(x); !ok || n < low || n > MaxSeconds {
		t.v.schema(at, "The field '%s' should be an integer from %d to %d or a JSONata expression in {%% … %%}", field, low, MaxSeconds)
	}
}

// Variables gives, per state, the variables that its expressions read, sorted; states
// that read none are left out (DescribeStateMachine's variableReferences).
func Variables(m *Machine) map[string][]string {
	out := map[string][]string{}
	for name, s := range m.States {
		if s == nil || m.Language(s) != JSONata {
			continue
		}
		seen := map[string]bool{}
		collect(s.Arguments, seen)
		for _, x := range []any{s.Credentials, s.TimeoutSeconds, s.HeartbeatSeconds, s.Seconds, s.Timestamp, s.Error, s.Cause, s.Output, s.Assign} {
			collect(x, seen)
		}
		for _, c := range s.Choices {
			collect(c.Condition, seen)
			collect(c.Assign, seen)
			collect(c.Output, seen)
		}
		for _, c := range s.Catch {
			collect(c.Assign, seen)
			collect(c.Output, seen)
		}
		if len(seen) > 0 {
			out[name] = sorted(seen)
		}
	}
	return out
}

func collect(x any, seen map[string]bool) {
	plain, err := Plain(x)
	if err != nil {
		return
	}
	switch x := plain.(type) {
	case map[string]any:
		for _, e := range x {
			collect(e, seen)
		}
	case []any:
		for _, e := range x {
			collect(e, seen)
		}
	case string:
		source, ok := Expression(x)
		if !ok {
			return
		}
		expr, err := jsonata.Compile(source)
		if err != nil {
			return
		}
		for _, r := range expr.References() {
			if r.Kind == jsonata.VariableReference && r.Name != "states" && !r.Builtin {
				seen[r.Name] = true
			}
		}
	}
}
