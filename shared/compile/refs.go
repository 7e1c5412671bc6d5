package compile

import (
	"encoding/json"
	"fmt"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// input is the execution's input; message, event, detail, workflow and run are read from
// it where they are used.
const input = "$states.context.Execution.Input"

// entities are those that change during a run and are therefore variables.
var entities = []string{workflow.EntityConversation, workflow.EntityContact, workflow.EntityTicket}

// resolver prints references for one step. The first state cannot read the variables that
// it assigns itself, and needs none: nothing has changed yet.
func (b *builder) resolver(s *step) func(workflow.Path) string {
	first := s.ID == b.entry
	return func(p workflow.Path) string {
		switch p[0] {
		case workflow.EntityConversation, workflow.EntityContact, workflow.EntityTicket:
			if first {
				return input + p.JSONata()
			}
			return "$" + p[0] + p[1:].JSONata()
		case "vars":
			if first || !b.usesVars {
				return "{}" + nothing(p[1:])
			}
			return "$vars" + p[1:].JSONata()
		case "steps":
			if first || len(p) < 2 || !b.referenced[p[1]] || p[1] == s.ID {
				return "{}" + nothing(p[1:])
			}
			return stepVariable(p[1]) + p[2:].JSONata()
		}
		return input + p.JSONata()
	}
}

// nothing are steps into {}, of which there is always one: {} itself would be a value.
func nothing(p workflow.Path) string {
	if len(p) == 0 {
		return ".nothing"
	}
	return p.JSONata()
}

func stepVariable(id string) string { return "$step_" + id }

// collect notes which steps and variables a step reads.
func (b *builder) collect(s *step) error {
	note := func(p workflow.Path) {
		switch {
		case p[0] == "vars":
			b.usesVars = true
		case p[0] == "steps" && len(p) > 1 && b.steps[p[1]] != nil:
			b.referenced[p[1]] = true
		}
	}
	for name, value := range s.params {
		param, ok := s.kind.Param(name)
		if !ok {
			continue
		}
		for _, text := range template.Texts(param.Kind, value) {
			t, problems := template.Parse(text.Source)
			if t == nil {
				return fmt.Errorf("param %s: %s", name, problems[0].Message)
			}
			for _, r := range t.Refs() {
				note(r.Path)
			}
		}
	}
	for _, c := range s.cases() {
		cond, err := c.condition()
		if err != nil {
			return err
		}
		for _, l := range cond.Leaves() {
			note(l.Path)
		}
	}
	return nil
}

// branchCase is one case of a branch.
type branchCase struct {
	id   string
	name string
	when any
}

func (s *step) cases() []branchCase {
	if s.Type != "branch" {
		return nil
	}
	list, _ := s.params["cases"].([]any)
	var out []branchCase
	for _, item := range list {
		m, _ := item.(map[string]any)
		id, _ := m["id"].(string)
		name, _ := m["name"].(string)
		out = append(out, branchCase{id, name, m["when"]})
	}
	return out
}

func (c branchCase) condition() (*condition.Cond, error) {
	raw, err := json.Marshal(c.when)
	if err != nil {
		return nil, err
	}
	cond, problems := condition.Parse(raw)
	if cond == nil {
		return nil, fmt.Errorf("case %s: %s", c.id, problems[0].Message)
	}
	return cond, nil
}
