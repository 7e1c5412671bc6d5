package action

import (
	"context"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/fault"
)

// hours answers the tests within_hours and outside_hours of a branch that follows:
// {tests: {h0: {op, value?}}, times: {h0: [field values]}} → {h0: true, …}. It changes
// nothing; the evaluator is that of trigger conditions.
func (d *Desk) hours(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Tests map[string]struct {
			Op    string
			Value any
		}
		Times map[string]any
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	result := map[string]bool{}
	for name, t := range p.Tests {
		if result[name], err = condition.Open(t.Op, t.Value, p.Times[name], *settings.Open()); err != nil {
			return nil, &fault.Error{Code: fault.Invalid, Message: err.Error(), Cause: err}
		}
	}
	return &Response{Result: result}, nil
}
