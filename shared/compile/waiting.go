package compile

import (
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// grace is what an approval's task outlives its time to decide by, so that the sweep, and
// not a time-out of the task, normally ends it.
const grace = 60 * time.Second

// redriveVariable keeps the redrive count that the token task asked under: the record of
// an approval or a wait is found by it, also when the task that settles it is redriven.
const redriveVariable = "redrive"

// waiting compiles an approval or a wait: the token task, then the task that settles it,
// whichever way the first ended, then the choice by its output.
func (b *builder) waiting(s *step) error {
	params, err := b.params(s)
	if err != nil {
		return err
	}
	limit, err := b.waitLimit(s)
	if err != nil {
		return err
	}
	resume, choice := s.ID+".resume", s.ID+".choice"
	asked := map[string]any{redriveVariable: expression("$states.context.Execution.RedriveCount")}
	b.add(s.ID, Source{s.ID, RoleTask}, &asl.State{
		Type: asl.Task, Resource: invokeToken,
		Arguments:      b.arguments(s, map[string]any{"params": params, "token": expression("$states.context.Task.Token")}),
		TimeoutSeconds: limit,
		Retry:          []asl.Retrier{retryThrottled(), retryTransient()},
		Catch:          []asl.Catcher{{ErrorEquals: []string{"States.Timeout"}, Assign: b.assign(s, asked), Next: resume}},
		Assign:         b.assign(s, asked),
		Next:           resume,
	})

	settled := *s
	// The settling task comes after the first state, so it reads variables.
	arguments := b.argumentsSettled(&settled)
	st := &asl.State{
		Type: asl.Task, Resource: invoke, Arguments: arguments, TimeoutSeconds: 60,
		Retry:  []asl.Retrier{retryThrottled(), retryTransient()},
		Assign: b.results(s, true),
		Output: expression(asObject(payload+".result", "{}")),
		Next:   choice,
	}
	b.add(resume, Source{s.ID, RoleResume}, st)

	last := s.kind.Outputs[len(s.kind.Outputs)-1]
	c := &asl.State{Type: asl.Choice}
	switch s.Type {
	case "wait":
		last = "elapsed"
	case "approval":
		last = "timed_out"
	}
	for _, output := range s.kind.Outputs {
		to, err := b.targetOrDone(s, output)
		if err != nil {
			return err
		}
		if output == last {
			c.Default = to
			continue
		}
		c.Choices = append(c.Choices, asl.Rule{Condition: expression(`$states.input.output = ` + condition.Quote(output)), Next: to})
	}
	b.add(choice, Source{s.ID, RoleChoice}, c)
	return nil
}

func (b *builder) argumentsSettled(s *step) map[string]any {
	entry := b.entry
	b.entry = ""
	defer func() { b.entry = entry }()
	return b.arguments(s, map[string]any{"type": "resume", "of": s.Type, redriveVariable: expression("$" + redriveVariable)})
}

// waitLimit is the TimeoutSeconds of the token task.
func (b *builder) waitLimit(s *step) (any, error) {
	text := func(name string) string {
		v, _ := s.params[name].(string)
		return v
	}
	if s.Type == "approval" {
		d, err := workflow.ParseDuration(text("timeout"))
		if err != nil {
			return nil, fmt.Errorf("param timeout: %w", err)
		}
		return int(min(d+grace, workflow.MaxWait) / time.Second), nil
	}
	if v := text("for"); v != "" {
		d, err := workflow.ParseDuration(v)
		if err != nil {
			return nil, fmt.Errorf("param for: %w", err)
		}
		return int(min(d, workflow.MaxWait) / time.Second), nil
	}
	t, problems := template.Parse(text("until"))
	if t == nil {
		return nil, fmt.Errorf("param until: %s", problems[0].Message)
	}
	if text("until") == "" {
		return nil, fmt.Errorf("param until: there is neither for nor until")
	}
	// A time that is none is refused by the function, with the error invalid; until then the
	// task has a minute.
	return expression(`($u := ` + t.Text(b.resolver(s)) + `; $contains($u, ` + condition.TimePattern + `) ? ` +
		`($s := $ceil(($toMillis($u) - $toMillis(` + condition.Now + `)) / 1000); ` +
		fmt.Sprintf(`$s < 1 ? 1 : $s > %d ? %d : $s`, int(workflow.MaxWait/time.Second), int(workflow.MaxWait/time.Second)) + `) : 60)`), nil
}
