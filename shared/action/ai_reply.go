package action

import (
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/fault"
)

// Reach is what the actions that leave the account work with; it has no Store.
type Reach struct {
	Model   ai.Model // nil: AI is switched off
	Fetcher Fetcher
}

// Actions of the function reach.
func (d *Reach) Actions() Registry {
	return Registry{
		"ai.reply":     Func(d.reply),
		"ai.classify":  Func(d.classify),
		"ai.extract":   Func(d.extract),
		"ai.summarise": Func(d.summarise),
		"http.request": Func(d.request),
	}
}

// reply is ai.reply {instructions, tone?} → text, model.
func (d *Reach) reply(ctx context.Context, r *Request) (*Response, error) {
	if d.Model == nil {
		return nil, fault.Named(fault.Unprocessable, "ai_disabled", "AI steps are switched off in this stack: set the parameter AiProvider")
	}
	var p struct{ Instructions, Tone string }
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	var about struct{ Message ai.Message }
	if len(r.Context) > 0 {
		if err := json.Unmarshal(r.Context, &about); err != nil {
			return nil, fault.New(fault.Invalid, "the message for %s cannot be read: %s", r.Node, err)
		}
	}
	answer, err := d.Model.Reply(ctx, ai.Reply{Instructions: p.Instructions, Tone: p.Tone, Message: about.Message})
	if err != nil {
		return nil, err
	}
	return &Response{Result: map[string]string{"text": answer.Text, "model": answer.Model}}, nil
}
