package main

import (
	"strings"
	"testing"
	"time"
)

func TestEveryExpressionHasAValue(t *testing.T) {
	cases, err := expressions()
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 30 {
		t.Fatalf("%d expressions: the gallery has more", len(cases))
	}
	out, err := measure(cases, time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		// An expression over data that is not there times the way to nothing.
		if v := plain(out[i].Result); v == nil && !strings.Contains(c.source, "ticket") {
			t.Errorf("%s gives nothing: its bindings lack something", c.source)
		}
	}
}

func TestSame(t *testing.T) {
	if !same(map[string]any{"a": 1}, map[string]any{"a": 1.0}) || same([]any{"1"}, []any{1}) || same(nil, "") {
		t.Error("results are compared as JSON values")
	}
}
