package compile

import (
	"strconv"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// branch compiles to a Choice; one that asks for hours to a task and a Choice.
func (b *builder) branch(s *step) error {
	st, role := &asl.State{Type: asl.Choice}, RoleTask
	if b.asksHours(s) {
		if err := b.hours(s); err != nil {
			return err
		}
		role = RoleChoice
		if s.ID == b.entry { // the task is the first state; here the variables exist
			defer func(entry string) { b.entry = entry }(b.entry)
			b.entry = ""
		}
	}
	asked := 0
	for _, c := range s.cases() {
		cond, err := c.condition()
		if err != nil {
			return err
		}
		to, err := b.targetOrDone(s, c.id)
		if err != nil {
			return err
		}
		answer := func(condition.Leaf) string {
			asked++
			return `($states.input.` + hoursName(asked-1) + ` = true)`
		}
		st.Choices = append(st.Choices, asl.Rule{
			Condition: expression(cond.JSONataAsking(condition.Resolver(b.resolver(s)), answer)),
			Assign:    b.assign(s, nil), Output: map[string]any{"output": c.id}, Next: to, Comment: c.name,
		})
	}
	to, err := b.targetOrDone(s, workflow.OutputOtherwise)
	if err != nil {
		return err
	}
	st.Default, st.Assign, st.Output = to, b.assign(s, nil), map[string]any{"output": workflow.OutputOtherwise}
	b.add(s.ID, Source{s.ID, role}, st)
	return nil
}

// set compiles to a Pass.
func (b *builder) set(s *step) error {
	p := paramPrinter{resolve: b.resolver(s)}
	source, _, err := p.value(s.params["values"], 0)
	if err != nil {
		return err
	}
	st := &asl.State{Type: asl.Pass, Output: expression(source)}
	own := map[string]any{}
	if b.usesVars {
		before := "$vars"
		if s.ID == b.entry {
			before = "{}"
		}
		own["vars"] = expression("$merge([" + before + ", " + source + "])")
	}
	st.Assign = b.assign(s, own)
	if st.Next, err = b.target(s, workflow.OutputNext); err != nil {
		return err
	}
	st.End = st.Next == ""
	b.add(s.ID, Source{s.ID, RoleTask}, st)
	return nil
}

// EndError is the error name of runs that an end node fails.
const EndError = "ended"

const maxReason = 1000 // characters

// end compiles to Succeed or Fail.
func (b *builder) end(s *step) error {
	reason, _ := s.params["reason"].(string)
	t, problems := template.Parse(reason)
	if t == nil {
		return &paramError{"reason", problems[0].Message}
	}
	source := `$substring(` + t.Text(b.resolver(s)) + `, 0, ` + strconv.Itoa(maxReason) + `)`
	plain, isLiteral := t.Literal()
	st := &asl.State{Type: asl.Succeed}
	if s.params["result"] == "failed" {
		st.Type, st.Error, st.Cause = asl.Fail, EndError, expression(source)
		if isLiteral {
			st.Cause = literal(plain)
		}
	} else {
		out := map[string]any{"result": "succeeded"}
		if reason != "" {
			out["reason"] = expression(source)
			if isLiteral {
				out["reason"] = literal(plain)
			}
		}
		st.Output = out
	}
	b.add(s.ID, Source{s.ID, RoleTask}, st)
	return nil
}

type paramError struct{ param, message string }

func (e *paramError) Error() string { return "param " + e.param + ": " + e.message }
