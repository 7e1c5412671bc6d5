package jsonata_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/jsonata"
)

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		expr      string
		variables []string
		top       []string
	}{
		{"$states.result.Payload.id", []string{"states.result.Payload.id"}, nil},
		{"$states.input.items[price > $limit].name", []string{"limit", "states.input.items"}, nil},
		{"{'a': $steps_x.output, 'b': $states.context.Execution.Id}", []string{"states.context.Execution.Id", "steps_x.output"}, nil},
		{"message.subject", nil, []string{"message.subject"}},
		{"$", nil, []string{"$"}},
		{"$.a.b", nil, []string{"$.a.b"}},
		{"$$.a", nil, []string{"$$.a"}},
		{"$x[$ > 1]", []string{"x"}, nil},
		{"$x[$$.limit > 1]", []string{"x"}, []string{"$$.limit"}},
		{"$x.{'n': name, 'all': $}", []string{"x"}, nil},
		{"$x^(>price)", []string{"x"}, nil},
		{"$x{kind: $sum(price)}", []string{"x"}, nil},
		{"$map($x, function($v, $i) { $v.a & $y & b })", []string{"x", "y"}, []string{"b"}},
		{"($a := $states.input; $b := $a.c; $b + $c)", []string{"c", "states.input"}, nil},
		{"($a := $a.b; $a)", []string{"a.b"}, nil},
		{"($f := function($n) { $n = 0 ? 1 : $f($n - 1) }; $f(3))", nil, nil},
		{"$x.a@$p.b#$i.{'p': $p, 'i': $i, 'o': $o}", []string{"o", "x.a"}, nil},
		{"$notthere(1)", []string{"notthere"}, nil},
		{"$string(1) & $states.input", []string{"states.input"}, nil},
		{"'a' & *", nil, []string{"*"}},
		{"$x ~> |a|{'b': c}|", []string{"x"}, nil},
		{"[$x, y]", []string{"x"}, []string{"y"}},
		{"$exists($states.errorOutput) ? a : 1", []string{"states.errorOutput"}, []string{"a"}},
	} {
		t.Run(c.expr, func(t *testing.T) {
			e := jsonata.MustCompile(c.expr)
			if c.variables == nil {
				c.variables = []string{}
			}
			if c.top == nil {
				c.top = []string{}
			}
			if diff := cmp.Diff(c.variables, e.Variables()); diff != "" {
				t.Errorf("variables (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.top, e.TopLevelPaths()); diff != "" {
				t.Errorf("top level (-want +got)\n%s", diff)
			}
		})
	}
}
