package publish

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/deskhand/deskhand/shared/cycle"
	"github.com/deskhand/deskhand/shared/workflow"
)

// CheckWorkflow finds the Problems of a definition of a workflow: those that Check finds,
// and the circles that it would be in with the other published workflows, enabled or not.
func (p *Publisher) CheckWorkflow(ctx context.Context, head workflow.Head, definition json.RawMessage) (*workflow.Definition, []workflow.Problem, error) {
	def, problems, err := p.Check(ctx, definition)
	if err != nil || def == nil || !cycle.Causes(def) {
		return def, problems, err
	}
	heads, err := p.Store.Workflows(ctx)
	if err != nil {
		return nil, nil, err
	}
	var others []cycle.Workflow
	for _, h := range heads {
		if h.ID == head.ID || h.ActiveVersion == 0 {
			continue
		}
		other, err := p.published(ctx, h.ID, h.ActiveVersion)
		if err != nil {
			return nil, nil, err
		}
		others = append(others, cycle.Workflow{ID: h.ID, Name: h.Name, Definition: other})
	}
	found := cycle.Problems(cycle.Workflow{ID: head.ID, Name: head.Name, Definition: def}, others)
	return def, workflow.SortProblems(append(problems, found...)), nil
}

// published is the definition of a version. It never changes: a process reads it once.
func (p *Publisher) published(ctx context.Context, workflowID string, n int) (*workflow.Definition, error) {
	key := fmt.Sprint(workflowID, " ", n)
	if def, ok := p.definitions.Load(key); ok {
		return def.(*workflow.Definition), nil
	}
	data, err := p.Store.VersionDefinition(ctx, workflowID, n)
	if err != nil {
		return nil, err
	}
	def, _ := workflow.Parse(data)
	p.definitions.Store(key, def)
	return def, nil
}
