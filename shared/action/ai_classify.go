package action

import (
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/fault"
)

// classify is ai.classify {labels, instructions?} → label, confidence, model.
func (d *Reach) classify(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Labels       []string
		Instructions string
	}
	message, err := d.question(r, &p)
	if err != nil {
		return nil, err
	}
	if len(p.Labels) == 0 {
		return nil, fault.New(fault.Invalid, "%s has no labels to choose from", r.Node)
	}
	l, err := d.Model.Classify(ctx, ai.Classify{Labels: p.Labels, Instructions: p.Instructions, Message: message})
	if err != nil {
		return nil, err
	}
	return &Response{Result: map[string]any{"label": l.Label, "confidence": l.Confidence, "model": l.Model}}, nil
}

// question reads an ai.* step: its params, and the message that it is about.
func (d *Reach) question(r *Request, params any) (ai.Message, error) {
	if d.Model == nil {
		return ai.Message{}, fault.Named(fault.Unprocessable, "ai_disabled", "AI steps are switched off in this stack: set the parameter AiProvider")
	}
	if err := r.decode(params); err != nil {
		return ai.Message{}, err
	}
	var about struct{ Message ai.Message }
	if len(r.Context) > 0 {
		if err := json.Unmarshal(r.Context, &about); err != nil {
			return ai.Message{}, fault.New(fault.Invalid, "the message for %s cannot be read: %s", r.Node, err)
		}
	}
	return about.Message, nil
}
