package jsonata_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

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

func TestEval(t *testing.T) {
	input := map[string]any{
		"name":   "Ann",
		"none":   nil,
		"count":  json.Number("3"),
		"small":  7,
		"items":  []any{map[string]any{"sku": "a", "price": 2.5, "n": 2}, map[string]any{"sku": "b", "price": 10.0, "n": 1}},
		"nested": []any{[]any{1, 2}, []any{json.Number("3")}},
	}
	bindings := map[string]any{"states": map[string]any{"input": map[string]any{"id": 42}}, "list": []any{"x", "y"}, "one": []any{1}}
	for _, c := range []struct {
		expr string
		want any
	}{
		{`name`, "Ann"},
		{`none`, nil},
		{`count + small`, 10.0},
		{`$states.input.id`, 42.0},
		{`$list`, []any{"x", "y"}},
		{`$one`, []any{1.0}},
		{`items.sku`, []any{"a", "b"}},
		{`items[sku="a"].price`, 2.5},
		{`items[sku="a"].price[]`, []any{2.5}},
		{`items[-1].sku`, "b"},
		{`$sum(items.(price * n))`, 15.0},
		{`items^(>price).sku`, []any{"b", "a"}},
		{`items{sku: price}`, map[string]any{"a": 2.5, "b": 10.0}},
		{`items#$i.{"i": $i, "s": sku}`, []any{map[string]any{"i": 0.0, "s": "a"}, map[string]any{"i": 1.0, "s": "b"}}},
		{`items.{"of": %.name, "s": sku}[0]`, map[string]any{"of": "Ann", "s": "a"}},
		{`$ ~> |items|{"price": price * 2}, "n"| ~> function($o) { $o.items.price }`, []any{5.0, 20.0}},
		{`nested[1][0]`, 3.0},
		{`$keys({"b": 1, "a": 2})`, []any{"b", "a"}},
		{`function($a)<o?n:n>{ $a }(1)`, 1.0},
		{`function($a, $b)<s?n:x>{ [$a, $exists($b)] }(1)`, []any{1.0, false}},
		{`function($a, $b)<s+:x>{ [$a, $b] }("p", "q")`, []any{"p", "p"}},
		{`function($a, $b, $c)<n?a<s>a:x>{ [$a, $b, $exists($c)] }("p", ["q"])`, []any{"p", []any{"q"}, false}},
		{`$string({"b": 1, "a": [0.1 + 0.2, null, true]})`, `{"b":1,"a":[0.3,null,true]}`},
		{`$string(1e21) & " " & 1e-7 & " " & 100`, "1e+21 1e-7 100"},
		{`$length("a😀é")`, 3.0},
		{`$substring("a😀é", 1, 1)`, "😀"},
		{`$map($one, function($v, $i, $a) { $v + $i + $count($a) })`, 2.0},
		{`$replace("John Smith", /(\w+)\s(\w+)/, "$2, $1")`, "Smith, John"},
		{`$match("ababb", /a(b+)/).groups`, []any{"b", "bb"}},
		{`$split("a1b22c", /\d+/)`, []any{"a", "b", "c"}},
		{`$contains("line\nend", /^end$/m)`, true},
		{`$contains("😀", /[\s\S]/)`, true},
		{`$match("a😀b", /[\W\d]/).match`, "😀"},
		{`$formatNumber(-1234.5, "#,##0.00")`, "-1,234.50"},
		{`$formatInteger(2024, "I") & $formatInteger(21, "w;o")`, "MMXXIVtwenty-first"},
		{`$fromMillis(1521801216617, "[FNn] [D1o] [MNn] [Y], [h]:[m01] [P]", "+0100")`, "Friday 23rd March 2018, 11:33 am"},
		{`$toMillis("2018-03-23T10:33:36.617Z")`, 1521801216617.0},
		{`$now() & " " & $millis()`, "2024-02-29T12:00:00.000Z 1709208000000"},
		{`($double := function($x) { $x * 2 }; $inc := function($x) { $x + 1 }; ($double ~> $inc)(5))`, 11.0},
		{`($first := $substring(?, 0, 1); $first("xyz"))`, "x"},
		{`($loop := function($n, $a) { $n = 0 ? $a : $loop($n - 1, $a + 1) }; $loop(20000, 0))`, 20000.0},
		// what Step Functions adds
		{`$partition([1..5], 2)`, []any{[]any{1.0, 2.0}, []any{3.0, 4.0}, []any{5.0}}},
		{`$range(0, 10, 5)`, []any{0.0, 5.0, 10.0}},
		{`$range(3, 1, -1)`, []any{3.0, 2.0, 1.0}},
		{`$hash("input data", "SHA-1")`, "aaff4a450a104cd177d28d18d74485e8cae074b7"},
		{`$hash("", "MD5")`, "d41d8cd98f00b204e9800998ecf8427e"},
		{`$random(7) = $random(7) and $random() < 1`, true},
		{`$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).index`, 0.0},
		{`$parse('{"b": [1, null], "a": "é"}')`, map[string]any{"b": []any{1.0, nil}, "a": "é"}},
		{`$keys($parse('{"b": 1, "a": 2}'))`, []any{"b", "a"}},
	} {
		t.Run(c.expr, func(t *testing.T) {
			e, err := jsonata.Compile(c.expr)
			if err != nil {
				t.Fatal(err)
			}
			now := func() time.Time { return time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC) }
			got, err := e.EvalContext(context.Background(), input, bindings, jsonata.Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff("a", input["items"].([]any)[0].(map[string]any)["sku"]); diff != "" {
		t.Errorf("the input was changed (-want +got)\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr  string
		code  string
		pos   int
		token string
	}{
		{`"s" - 1`, "T2001", 5, "-"},
		{`1 + null`, "T2002", 3, "+"},
		{`1 < true`, "T2010", 3, "<"},
		{`"é" = 1 and 1 < "x"`, "", 0, ""},
		{`nope(1)`, "T1006", 5, "nope"},
		{`sum(1)`, "T1005", 4, "sum"},
		{`$sum("x")`, "T0412", 5, "sum"},
		{`$substring("x", "y")`, "T0410", 11, "substring"},
		{`$eval("1")`, "T1006", 6, "eval"},
		{`$x ?? 1`, "S0211", 5, "?"},
		{`$x ?: 1`, "S0211", 5, ":"},
		{`[1, 2`, "S0203", 5, "(end)"},
		{`1 +`, "S0207", 3, "(end)"},
		{`"abc`, "S0101", 4, ""},
		{`/(?P<a>x)/`, "S0303", 10, ""},
		{`$error("no")`, "D3137", 7, "error"},
		{`$replace("a", "", "b")`, "D3010", 9, "replace"},
		{`{"a": 1, "a": 2}`, "D1009", 1, ""},
		{`$sum`, "T1011", 0, ""},
		{`{"f": function($x) { $x }}`, "T1011", 0, ""},
		{`$hash("x", "CRC")`, "D3152", 6, "hash"},
		{`$parse("{")`, "D3153", 7, "parse"},
		{`$partition([1], 0)`, "D3150", 11, "partition"},
		{`$range(1, 2, 0)`, "D3151", 7, "range"},
	} {
		t.Run(c.expr, func(t *testing.T) {
			e, err := jsonata.Compile(c.expr)
			if err == nil {
				_, err = e.Eval(jsonata.Undefined, nil)
			}
			if c.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var je *jsonata.Error
			if !errors.As(err, &je) {
				t.Fatalf("want %s, got %v", c.code, err)
			}
			got := fmt.Sprintf("%s@%d %q", je.Code, je.Position, je.Token)
			if diff := cmp.Diff(fmt.Sprintf("%s@%d %q", c.code, c.pos, c.token), got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", je.Message, diff)
			}
		})
	}
}

func TestUndefined(t *testing.T) {
	for _, expr := range []string{`missing`, `$x.y`, `[1,2][5]`, `false ? 1`, `$states.input.none.deeper`, `()`} {
		if v, err := jsonata.MustCompile(expr).Eval(map[string]any{}, nil); !errors.Is(err, jsonata.ErrUndefined) {
			t.Errorf("%s: want no result, got %v and %v", expr, v, err)
		}
	}
}

// TestOrder checks that member order survives from JSON text to JSON text.
func TestOrder(t *testing.T) {
	e := jsonata.MustCompile(`{"z": $$, "keys": $keys($b), "b": $merge([$b, {"q": 1}])}`)
	got, err := e.EvalJSON(context.Background(), json.RawMessage(`{"y":1,"x":[{"d":1e3,"c":null}]}`),
		map[string]any{"b": json.RawMessage(`{"n":1,"m":2}`)}, jsonata.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"z":{"y":1,"x":[{"d":1000,"c":null}]},"keys":["n","m"],"b":{"n":1,"m":2,"q":1}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestConcurrent runs one expression many times at once; the race detector watches.
func TestConcurrent(t *testing.T) {
	e := jsonata.MustCompile(`($f := function($v) { $v.n ~> $string }; items[n > 1].{"a": $f($), "m": $match($string(n), /\d/).match})`)
	input := map[string]any{"items": []any{map[string]any{"n": 1.0}, map[string]any{"n": 2.0}, map[string]any{"n": 3.0}}}
	want := []any{map[string]any{"a": "2", "m": "2"}, map[string]any{"a": "3", "m": "3"}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, err := e.Eval(input, nil)
				if err != nil || !cmp.Equal(want, got) {
					t.Errorf("got %v and %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func Example() {
	e, err := jsonata.Compile(`"Re: " & $states.input.subject & " (" & $count($states.input.to) & ")"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	states := map[string]any{"input": map[string]any{"subject": "Refund", "to": []any{"a@example.com", "b@example.com"}}}
	v, err := e.Eval(jsonata.Undefined, map[string]any{"states": states})
	fmt.Println(v, err)

	_, err = jsonata.MustCompile(`$states.input.missing`).Eval(jsonata.Undefined, map[string]any{"states": states})
	fmt.Println(errors.Is(err, jsonata.ErrUndefined))

	_, err = jsonata.Compile(`1 +`)
	var failure *jsonata.Error
	fmt.Println(errors.As(err, &failure), failure.Code, failure.Position)
	// Output:
	// Re: Refund (2) <nil>
	// true
	// true S0207 3
}

func ExampleExpr_Variables() {
	e := jsonata.MustCompile(`($n := $states.result.count; {"n": $n, "who": $steps_lookup.name, "bad": subject})`)
	fmt.Println(e.Variables())
	fmt.Println(e.TopLevelPaths())
	// Output:
	// [states.result.count steps_lookup.name]
	// [subject]
}
