package jsonata_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/jsonata"
)

// TestBounds holds expressions that would otherwise take all memory, stack or time.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct{ expr, code string }{
		"recursion":             {`($f := function($x) { 1 + $f($x) }; $f(1))`, "U1001"},
		"endless tail call":     {`($f := function($x) { $f($x + 1) }; $f(1))`, "U1001"},
		"doubling text":         {`$reduce([1..60], function($a, $i) { $a & $a }, "x")`, "U1001"},
		"doubling array":        {`$reduce([1..60], function($a, $i) { $append($a, $a) }, [1])`, "U1001"},
		"doubling constructor":  {`$reduce([1..60], function($a, $i) { [$a, $a] }, [1])`, "U1001"},
		"doubling path":         {`$reduce([1..60], function($a, $i) { [{"x": $a}, {"x": $a}].x }, [1])`, ""},
		"shared object":         {`$reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, 1)`, "D3155"},
		"shared object as text": {`$length($string($reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, 1)))`, "U1001"},
		"shared object equals":  {`($f := function() { $reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, 1) }; $f() = $f())`, "D3155"},
		"descendants":           {`$count($reduce([1..60], function($a, $i) { {"x": $a, "y": $a} }, 1).**)`, "D3155"},
		"deep array":            {`$reduce([1..100000], function($a, $i) { [[$a]] }, 1)`, "D3155"},
		"kept copies":           {`($b := [1..100000]; $map([1..1000], function() { $reverse($b) }))`, "U1001"},
		"range":                 {`[1..10000001]`, "D2014"},
		"pad":                   {`$pad("x", 1e12)`, "U1001"},
		"backtracking":          {`$match("` + strings.Repeat("a", 40) + `!", /(a+)+$/)`, "D3154"},
		"composition":           {`($c := function($g, $n) { $n = 0 ? $g : $c($g ~> $abs, $n - 1) }; $c($abs, 5000)(1))`, "U1001"},
		"parentheses":           {strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000), "S0501"},
		"arrays":                {strings.Repeat("[", 100000), "S0501"},
		"minus signs":           {strings.Repeat("-", 100000) + "1", "S0501"},
		"long sum":              {"1" + strings.Repeat("+1", 100000), "S0501"},
		"long path":             {"a" + strings.Repeat(".a", 100000), "S0501"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := jsonata.Compile(c.expr)
			if err == nil {
				_, err = e.EvalContext(context.Background(), nil, nil, jsonata.Options{MaxSteps: 5_000_000})
			}
			if c.code == "" && err == nil {
				return
			}
			var je *jsonata.Error
			if !errors.As(err, &je) {
				t.Fatalf("want error %s, got %v", c.code, err)
			}
			if c.code != "" && je.Code != c.code {
				t.Fatalf("want error %s, got %v", c.code, err)
			}
			if je.Message == "" {
				t.Error("the error has no message")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	e := jsonata.MustCompile(`($f := function($x) { $f($x + 1) }; $f(1))`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.EvalContext(ctx, nil, nil, jsonata.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("want a cancelled context, got %v", err)
	}
	_, err := e.EvalContext(context.Background(), nil, nil, jsonata.Options{Timeout: time.Millisecond})
	var je *jsonata.Error
	if !errors.As(err, &je) || je.Code != "U1001" {
		t.Errorf("want U1001 after the timeout, got %v", err)
	}
}

func FuzzEval(f *testing.F) {
	for _, s := range []string{
		`a.b[0].c`, `$x.a[b=1]^(>c){d: $sum(e)}`, `a@$v.b#$i[%.c=$v]`, `$map([1..3], function($v, $i) { $v * $i })`,
		`$ ~> |a|{"b": 1}, ["c"]|`, `$replace("abc", /(b)/, "<$1>")`, `$formatNumber(1234.5, "#,##0.00")`,
		`$fromMillis(0, "[Y]-[M01]-[D01]")`, `($f := function($n) { $n > 3 ? $n : $f($n + 1) }; $f(0))`, `"\u00e9" & 'x' in [1, null]`,
		`$partition([1..9], 4)`, `$hash("a", "MD5") & $string({"a": [/x/, $sum]})`, `*.**.%`, `$formatInteger(12, "Ww;o")`, `$substring(?, 1)("abc")`,
	} {
		f.Add(s)
	}
	input := map[string]any{"a": map[string]any{"b": []any{1.0, "x", nil, map[string]any{"c": true}}}, "c": []any{[]any{1.0}}}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := jsonata.Compile(source)
		if err != nil {
			var je *jsonata.Error
			if !errors.As(err, &je) || !strings.HasPrefix(je.Code, "S") || je.Message == "" {
				t.Fatalf("%q: a parser's error must have a code and a message, got %#v", source, err)
			}
			return
		}
		e.References()
		_, err = e.EvalContext(context.Background(), input, map[string]any{"x": input}, jsonata.Options{MaxSteps: 20000, MaxDepth: 500})
		if err == nil || errors.Is(err, jsonata.ErrUndefined) {
			return
		}
		var je *jsonata.Error
		if !errors.As(err, &je) || je.Message == "" {
			t.Fatalf("%q: want an error with a code and a message, got %#v", source, err)
		}
	})
}
