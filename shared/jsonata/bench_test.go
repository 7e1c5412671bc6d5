package jsonata_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/deskhand/deskhand/shared/jsonata"
)

func benchmarkStates(items int) map[string]any {
	list := make([]any, items)
	for i := range list {
		list[i] = map[string]any{"sku": fmt.Sprintf("sku-%d", i), "price": float64(i), "tags": []any{"a", "b"}}
	}
	raw := `{"context":{"Execution":{"Input":{"message":{"subject":"Refund please","from":"ann@example.com"}}}},"result":{"ok":true}}`
	var v map[string]any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		panic(err)
	}
	v["input"] = map[string]any{"items": list}
	return v
}

func BenchmarkEval(b *testing.B) {
	bindings := map[string]any{"states": benchmarkStates(100), "x": map[string]any{"a": "value"}}
	for _, c := range []struct{ name, expr string }{
		{"path", `$states.context.Execution.Input.message.subject`},
		{"exists", `$exists($x.a) ? $x.a : "d"`},
		{"compare", `$states.result.ok = true and $x.a != "other"`},
		{"object", `{"subject": $states.context.Execution.Input.message.subject, "a": $x.a}`},
		{"concat", `"Re: " & $states.context.Execution.Input.message.subject`},
		{"contains", `$contains($lowercase($states.context.Execution.Input.message.subject), "refund")`},
		{"filter100", `$states.input.items[price > 50].sku`},
		{"sum100", `$sum($states.input.items.price)`},
		{"map100", `$map($states.input.items, function($i) { $i.price * 2 })`},
		{"sort100", `$states.input.items^(>price).sku`},
		{"group100", `$states.input.items{sku: price}`},
	} {
		e := jsonata.MustCompile(c.expr)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.EvalContext(context.Background(), jsonata.Undefined, bindings, jsonata.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonata.Compile(`$states.input.items[price > 50]^(>price).{"sku": sku, "n": $count(tags)}`); err != nil {
			b.Fatal(err)
		}
	}
}
