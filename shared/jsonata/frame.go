package jsonata

import (
	"context"
	"math/rand/v2"
	"time"
)

// frame holds the variables of one scope. Names are numbered when the expression is compiled.
type frame struct {
	parent *frame
	vars   []binding
}

type binding struct {
	id    int
	value any
}

func (f *frame) bind(id int, v any) {
	for i := range f.vars {
		if f.vars[i].id == id {
			f.vars[i].value = v
			return
		}
	}
	f.vars = append(f.vars, binding{id, v})
}

func (f *frame) lookup(id int) (any, bool) {
	for ; f != nil; f = f.parent {
		for i := range f.vars {
			if f.vars[i].id == id {
				return f.vars[i].value, true
			}
		}
	}
	return nil, false
}

// run is the state of one evaluation.
type run struct {
	ctx      context.Context
	done     <-chan struct{}
	bindings map[string]any
	input    any // the value of $$
	options  Options

	depth, maxDepth int
	steps, maxSteps int
	check           int // steps at which to look at the clock again
	nesting         int // of functions composed with ~>
	deadline        time.Time
	timestamp       time.Time
}

// checkEvery is how many steps pass between two looks at the context and the clock.
const checkEvery = 1024

func (e *Expr) evaluate(ctx context.Context, input any, bindings map[string]any, o Options) (any, error) {
	r := &run{ctx: ctx, done: ctx.Done(), bindings: bindings, input: input, options: o, maxDepth: o.MaxDepth, maxSteps: o.MaxSteps}
	if r.maxDepth <= 0 {
		r.maxDepth = DefaultMaxDepth
	}
	if r.maxSteps <= 0 {
		r.maxSteps = DefaultMaxSteps
	}
	if o.Timeout > 0 {
		r.deadline = time.Now().Add(o.Timeout)
	}
	r.check = min(checkEvery, r.maxSteps)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := input
	if items, ok := itemsOf(input); ok {
		in = &array{items: []any{items}, sequence: true, outerWrapper: true}
	}
	v, err := r.eval(e.root, in, &frame{})
	if err != nil {
		return nil, finish(err)
	}
	return v, nil
}

// spend counts n steps and, now and then, looks whether the evaluation should stop.
func (r *run) spend(n int) error {
	r.steps += n
	if r.steps < r.check {
		return nil
	}
	return r.checkBounds()
}

func (r *run) checkBounds() error {
	if r.steps >= r.maxSteps {
		return failMessage("U1001", "the evaluation took more steps than allowed; check for recursion or ranges without end")
	}
	r.check = min(r.steps+checkEvery, r.maxSteps)
	select {
	case <-r.done:
		return r.ctx.Err()
	default:
	}
	if !r.deadline.IsZero() && time.Now().After(r.deadline) {
		return failMessage("U1001", "the evaluation took longer than allowed; check for recursion without end")
	}
	return nil
}

// now is the one instant that all of an evaluation sees.
func (r *run) now() time.Time {
	if r.timestamp.IsZero() {
		if r.options.Now != nil {
			r.timestamp = r.options.Now()
		} else {
			r.timestamp = time.Now()
		}
	}
	return r.timestamp
}

func (r *run) random() float64 {
	if r.options.Random != nil {
		return r.options.Random()
	}
	return rand.Float64()
}

// variable finds the value of a variable node: scopes, then the caller's bindings, then built-in functions.
func (r *run) variable(n *node, env *frame) any {
	if v, ok := env.lookup(n.id); ok {
		return v
	}
	if v, ok := r.bindings[n.text]; ok {
		switch v.(type) {
		case map[string]any, string, float64, bool, nil:
			return v
		}
		return canonical(v)
	}
	if n.builtin != nil {
		return n.builtin
	}
	if n.text == "$" {
		return r.input
	}
	return undefined
}
