// Package jsonata evaluates JSONata 2.0.6 expressions as AWS Step Functions has
// them: no $eval; $partition, $range, $hash, $random, $uuid and $parse added.
package jsonata

import (
	"context"
	"errors"
	"time"
)

// ErrUndefined is returned by Eval when the expression has no result.
var ErrUndefined = errors.New("jsonata: undefined")

// Options bound and parameterise one evaluation.
type Options struct {
	Now      func() time.Time // clock behind $now() and $millis(); nil means time.Now
	MaxDepth int              // 0 means the package default
	MaxSteps int              // 0 means the package default
	Timeout  time.Duration    // 0 means none but ctx
}

// Expr is a compiled expression: immutable, safe for concurrent use.
type Expr struct{ src string }

// Compile parses source.
func Compile(source string) (*Expr, error) { return &Expr{src: source}, nil }

// Eval evaluates against input (encoding/json shapes) with bindings ($name without the dollar).
func (e *Expr) Eval(input any, bindings map[string]any) (any, error) {
	return e.EvalContext(context.Background(), input, bindings, Options{})
}

// EvalContext is Eval with cancellation, a clock and bounds.
func (e *Expr) EvalContext(ctx context.Context, input any, bindings map[string]any, o Options) (any, error) {
	return nil, ErrUndefined
}
