package action

import (
	"context"

	"github.com/deskhand/deskhand/shared/ai"
)

// extract is ai.extract {fields} → the fields that were found; one that the message does
// not state is missing.
func (d *Reach) extract(ctx context.Context, r *Request) (*Response, error) {
	var p struct{ Fields map[string]string }
	message, err := d.question(r, &p)
	if err != nil {
		return nil, err
	}
	v, err := d.Model.Extract(ctx, ai.Extract{Fields: p.Fields, Message: message})
	if err != nil {
		return nil, err
	}
	return &Response{Result: v.Fields}, nil
}
