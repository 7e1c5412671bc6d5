package publish

import (
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// startable lists the ids of the workflows that there are, when the definition starts
// any; nil otherwise. The list may lag behind, so those that it names are looked up.
func (p *Publisher) startable(ctx context.Context, definition json.RawMessage) ([]string, error) {
	def, _ := workflow.Parse(definition)
	if def == nil {
		return nil, nil
	}
	var out []string
	for _, n := range def.Nodes {
		if n.Type != "workflow.start" {
			continue
		}
		if out == nil {
			heads, err := p.Store.Workflows(ctx)
			if err != nil {
				return nil, err
			}
			out = []string{}
			for _, h := range heads {
				out = append(out, h.ID)
			}
		}
		var params struct{ Workflow string }
		if json.Unmarshal(n.Params, &params) != nil || params.Workflow == "" {
			continue // check says so
		}
		h, err := p.Store.Workflow(ctx, params.Workflow)
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return nil, err
		case !h.Archived:
			out = append(out, h.ID)
		}
	}
	return out, nil
}
