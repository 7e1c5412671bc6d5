package compile

import (
	"fmt"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/workflow"
)

// hoursSuffix ends the name of the task before a branch that asks for hours.
const hoursSuffix = ".hours"

func hoursName(i int) string { return fmt.Sprintf("h%d", i) }

// asksHours tells whether a branch has within_hours or outside_hours in it. Conditions
// that cannot be read are reported by branch.
func (b *builder) asksHours(s *step) bool {
	for _, c := range s.cases() {
		if cond, err := c.condition(); err == nil && len(cond.HoursLeaves()) > 0 {
			return true
		}
	}
	return false
}

// hours is the task in front of a branch: JSONata has no time zones, so the function
// answers {"h0": true, …}, one member per test in the order in which they are written.
// params are {"tests": {"h0": {"op", "value"?}}, "times": {"h0": [the field's values]}}.
func (b *builder) hours(s *step) error {
	tests, times := map[string]any{}, map[string]string{}
	for _, c := range s.cases() {
		cond, err := c.condition()
		if err != nil {
			return err
		}
		for _, l := range cond.HoursLeaves() {
			name := hoursName(len(tests))
			test := map[string]any{"op": l.Op}
			if l.Value != nil {
				test["value"] = literals(l.Value)
			}
			tests[name] = test
			times[name] = "[" + b.resolver(s)(l.Path) + "]"
		}
	}
	st := &asl.State{
		Type: asl.Task, Resource: invoke, TimeoutSeconds: 60, Next: s.ID,
		Arguments: b.arguments(s, map[string]any{"type": workflow.TypeHours, "params": map[string]any{"tests": tests, "times": expression(object(times))}}),
		Retry:     []asl.Retrier{retryThrottled(), retryTransient()},
		Assign:    b.assign(s, nil),
		Output:    expression(asObject(payload+".result", "{}")),
	}
	b.add(s.ID+hoursSuffix, Source{s.ID, RoleTask}, st)
	return nil
}
