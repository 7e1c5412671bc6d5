package condition_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/jsonata"
	"github.com/deskhand/deskhand/shared/workflow"
)

const input = "$states.context.Execution.Input"

func resolve(p workflow.Path) string { return input + p.JSONata() }

// evalJSONata evaluates the printed condition as a Choice state would.
func evalJSONata(tb testing.TB, c *condition.Cond, ctx map[string]any, now time.Time) any {
	tb.Helper()
	// What a compiled branch asks of a task, and the task's answers.
	answers, asked := map[string]any{}, 0
	for i, l := range c.HoursLeaves() {
		list, err := jsonata.Compile("[" + resolve(l.Path) + "]")
		if err != nil {
			tb.Fatal(err)
		}
		v, err := list.EvalContext(context.Background(), nil, map[string]any{"states": map[string]any{"context": map[string]any{"Execution": map[string]any{"Input": ctx}}}}, jsonata.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		if answers[fmt.Sprint("h", i)], err = condition.Open(l.Op, l.Value, v, hours.Default()); err != nil {
			tb.Fatal(err)
		}
	}
	source := c.JSONataAsking(resolve, func(condition.Leaf) string {
		asked++
		return fmt.Sprintf("($states.input.h%d = true)", asked-1)
	})
	e, err := jsonata.Compile(source)
	if err != nil {
		tb.Fatalf("the printed condition does not compile: %v\n%s", err, source)
	}
	got, err := e.EvalContext(context.Background(), nil, map[string]any{"states": map[string]any{"input": answers, "context": map[string]any{
		"Execution": map[string]any{"Input": ctx},
		"State":     map[string]any{"EnteredTime": now.UTC().Format("2006-01-02T15:04:05.000Z")},
	}}}, jsonata.Options{})
	if errors.Is(err, jsonata.ErrUndefined) {
		return "undefined"
	}
	if err != nil {
		tb.Fatalf("the printed condition fails: %v\n%s", err, source)
	}
	return got
}

// TestCases runs the one table of cases through both evaluators.
func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Now   time.Time
		Cases []struct {
			Name      string
			Condition json.RawMessage
			Context   map[string]any
			Want      *bool
		}
	}
	if err := json.Unmarshal(raw, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Cases) < 500 {
		t.Fatalf("only %d cases", len(table.Cases))
	}
	ops := map[string]int{}
	for _, c := range table.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if c.Want == nil {
				t.Fatal("the case asserts nothing")
			}
			cond, problems := condition.Parse(c.Condition)
			if cond == nil {
				t.Fatalf("problems: %+v", problems)
			}
			for _, l := range cond.Leaves() {
				ops[l.Op]++
			}
			got, why := cond.Eval(c.Context, table.Now)
			if got != *c.Want {
				t.Errorf("Go says %v, want %v", got, *c.Want)
			}
			if why.Verdict != got || (why.FirstFailed() != nil) == got && len(cond.Leaves()) > 0 && why.Group == "" {
				t.Errorf("the explanation %+v does not agree with %v", why, got)
			}
			if got := evalJSONata(t, cond, c.Context, table.Now); got != *c.Want {
				t.Errorf("JSONata says %v, want %v\n%s", got, *c.Want, cond.JSONata(resolve))
			}
		})
	}
	for _, op := range workflow.TheCatalog.Operators {
		if op.Available && ops[op.Name] < 6 {
			t.Errorf("%s has only %d cases", op.Name, ops[op.Name])
		}
	}
}
