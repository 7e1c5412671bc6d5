package action

import (
	"context"

	"github.com/deskhand/deskhand/shared/ai"
)

// summarise is ai.summarise → text, model.
func (d *Reach) summarise(ctx context.Context, r *Request) (*Response, error) {
	message, err := d.question(r, &struct{}{})
	if err != nil {
		return nil, err
	}
	a, err := d.Model.Summarise(ctx, ai.Summarise{Message: message})
	if err != nil {
		return nil, err
	}
	return &Response{Result: map[string]string{"text": a.Text, "model": a.Model}}, nil
}
