package condition_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/workflow"
)

func TestParseProblems(t *testing.T) {
	deep := strings.Repeat(`{"all":[`, 40) + strings.Repeat(`]}`, 40)
	wide := `{"all":[` + strings.TrimSuffix(strings.Repeat(`{"field":"event.id","op":"is_empty"},`, 501), ",") + `]}`
	for _, c := range []struct{ source, want string }{
		{`{`, "error condition "},
		{`3`, "error condition "},
		{`{}`, "error condition "},
		{`{"all": [1, {"any": [{"none": {}}]}]}`, "error condition /all/0|error condition /all/1/any/0/none"},
		{`{"field": 1, "op": 2}`, "error condition /field|error condition /op"},
		{`{"field": "a b", "op": "is", "value": "x"}`, "error unknown_field /field"},
		{`{"field": "a", "op": "is"}`, "error condition_value "},
		{`{"field": "a", "op": "is", "value": null}`, "error condition_value /value"},
		{`{"field": "a", "op": "is", "value": {}}`, "error condition_value /value"},
		{`{"field": "a", "op": "is", "value": []}`, "error condition_value /value"},
		{`{"field": "a", "op": "is", "value": ["x", ["y"]]}`, "error condition_value /value/1"},
		{`{"field": "a", "op": "is", "value": "` + strings.Repeat("x", 2001) + `"}`, "error condition_value /value/0"},
		{`{"field": "a", "op": "in", "value": "x"}`, "error condition_value /value"},
		{`{"field": "a", "op": "gt", "value": "3"}`, "error condition_value /value"},
		{`{"field": "a", "op": "between", "value": [1]}`, "error condition_value /value"},
		{`{"field": "a", "op": "between", "value": [2, 1]}`, "error condition_value /value"},
		{`{"field": "a", "op": "after", "value": "2026-02-30T00:00:00Z"}`, "error condition_value /value"},
		{`{"field": "a", "op": "older_than", "value": "1y"}`, "error condition_value /value"},
		{`{"field": "a", "op": "matches", "value": "(?=x)"}`, "error pattern /value"},
		{`{"field": "a", "op": "matches", "value": "x{1,1001}"}`, "error pattern /value"},
		{`{"field": "a", "op": "matches", "value": "^\\p{So}$"}`, "warning pattern /value"},
		{`{"field": "a", "op": "matches", "value": "x(a+)+y"}`, "warning slow_pattern /value"},
		{`{"field": "a", "op": "within_hours"}`, ""},
		{`{"op": "outside_hours", "value": {"from": "22:00", "to": "06:00"}}`, ""},
		{`{"field": "a", "op": "within_hours", "value": {"timezone": "Europe/Berlin", "days": ["mon"], "from": "09:00", "to": "17:00"}}`, ""},
		{`{"field": "a", "op": "within_hours", "value": "09:00"}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"from": "9:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"timezone": "Mars/Base", "from": "09:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"timezone": 1, "from": "09:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"days": ["monday"], "from": "09:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"days": [], "from": "09:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"days": "mon", "from": "09:00", "to": "17:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"from": "09:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"from": "09:00", "to": "09:00"}}`, "error condition_value /value"},
		{`{"field": "a", "op": "within_hours", "value": {"from": "09:00", "to": "17:00", "zone": "UTC"}}`, "error condition_value /value"},
		{`{"op": "is_true"}`, "error condition /field"},
		{`{"field": "a", "op": "is_true", "value": 1, "matchCase": true, "zzz": 1}`, "warning unknown_member /zzz|warning unused_member /matchCase|warning unused_member /value"},
		{deep, "error condition " + strings.Repeat("/all/0", 33)},
		{wide, "error condition "},
	} {
		cond, problems := condition.Parse(json.RawMessage(c.source))
		got := []string{}
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s %s %s", p.Severity, p.Rule, p.Path))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%.60s:\n got %s\nwant %s", c.source, s, c.want)
		}
		if (cond == nil) != workflow.HasErrors(problems) {
			t.Errorf("%.60s: a condition with errors, or none without", c.source)
		}
	}
	for _, raw := range []json.RawMessage{nil, json.RawMessage(""), json.RawMessage(" \n")} {
		cond, problems := condition.Parse(raw)
		if ok, _ := cond.Eval(nil, time.Time{}); !ok || len(problems) > 0 || cond.JSONata(nil) != "true" {
			t.Errorf("no condition always holds: %v %+v", ok, problems)
		}
	}
}

func TestExplanation(t *testing.T) {
	cond := condition.Must(`{"all": [{"field": "message.subject", "op": "contains", "value": "x"}, {"none": [{"field": "contact.tags", "op": "has_any", "value": ["vip"]}]}, {"any": [{"field": "detail.n", "op": "gt", "value": 3}]}]}`)
	ctx := map[string]any{"message": map[string]any{"subject": strings.Repeat("x", 600)}, "contact": map[string]any{"tags": []any{"VIP", "y"}}}
	ok, why := cond.Eval(ctx, time.Time{})
	want := condition.Explanation{Group: "all", Items: []condition.Explanation{
		{Verdict: true, Field: "message.subject", Op: "contains", Value: "x", Actual: strings.Repeat("x", 500) + "…"},
		{Group: "none", Items: []condition.Explanation{{Verdict: true, Field: "contact.tags", Op: "has_any", Value: []any{"vip"}, Actual: []any{"VIP", "y"}}}},
		{Group: "any", Items: []condition.Explanation{{Field: "detail.n", Op: "gt", Value: 3.0, Missing: true}}},
	}}
	if diff := cmp.Diff(want, why); ok || diff != "" {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	// The first that blocked is in the none group: its leaf held.
	if diff := cmp.Diff(&condition.Failed{Field: "contact.tags", Op: "has_any", Value: []any{"vip"}, Actual: []any{"VIP", "y"}, Not: true}, why.FirstFailed()); diff != "" {
		t.Errorf("first failed (-want +got):\n%s", diff)
	}
	ctx["contact"] = map[string]any{}
	_, why = cond.Eval(ctx, time.Time{})
	if diff := cmp.Diff(&condition.Failed{Field: "detail.n", Op: "gt", Value: 3.0}, why.FirstFailed()); diff != "" {
		t.Errorf("first failed (-want +got):\n%s", diff)
	}
	_, why = condition.Must(`{"any": []}`).Eval(nil, time.Time{})
	if why.FirstFailed() != nil {
		t.Error("an empty any has no leaf to name")
	}
}

// TestLongTexts: neither evaluator is slow on the largest text a run can see.
func TestLongTexts(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, text := range map[string]string{"one line": strings.Repeat("lorem ipsum dolor ", 1820), "many": strings.Repeat("Re: a question\n", 2180), "same letter": strings.Repeat("r", 32<<10)} {
		ctx := map[string]any{"message": map[string]any{"text": text}}
		for _, leaf := range []string{
			`{"field": "message.text", "op": "contains", "value": ["refund", "money back", "chargeback"]}`,
			`{"field": "message.text", "op": "ends_with", "value": "refund"}`,
			`{"field": "message.text", "op": "matches", "value": ".*refund.*(now|asap).*"}`,
			`{"field": "message.text", "op": "matches", "value": "^\\s*(?:refund)?\\s*$"}`,
			`{"field": "message.text", "op": "matches", "value": "\\brefund\\b"}`,
		} {
			cond := condition.Must(leaf)
			if got, _ := cond.Eval(ctx, now); got || evalJSONata(t, cond, ctx, now) != false {
				t.Errorf("%s: %s holds", name, leaf)
			}
		}
	}
}

// FuzzParse: no panic, and what parses prints what compiles.
func FuzzParse(f *testing.F) {
	raw, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		f.Fatal(err)
	}
	var table struct {
		Cases []struct{ Condition json.RawMessage }
	}
	if err := json.Unmarshal(raw, &table); err != nil {
		f.Fatal(err)
	}
	for i, c := range table.Cases {
		if i%10 == 0 {
			f.Add([]byte(c.Condition))
		}
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		cond, problems := condition.Parse(data)
		if (cond == nil) != workflow.HasErrors(problems) {
			t.Fatal("a condition with errors, or none without")
		}
		if cond == nil || len(data) > 2000 {
			return
		}
		cond.CheckTypes(nil)
		for _, p := range problems {
			if p.Rule == "slow_pattern" {
				return
			}
		}
		ctx := map[string]any{"detail": map[string]any{"x": []any{"refund é😀", 3.0, nil}}}
		if got, _ := cond.Eval(ctx, now); evalJSONata(t, cond, ctx, now) != got {
			t.Fatalf("Go says %v\n%s", got, cond.JSONata(resolve))
		}
	})
}
