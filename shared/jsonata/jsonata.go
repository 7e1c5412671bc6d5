// Package jsonata evaluates JSONata 2.0.6 expressions as AWS Step Functions has them: $eval is absent, and
// $partition, $range, $hash, $random, $uuid and $parse are there in addition
// (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
//
// Values are those of encoding/json: map[string]any, []any, float64, string, bool and nil; json.Number and Go's
// integers are accepted too. An expression without a result gives ErrUndefined, which is not the same as null.
// Failures are *Error with JSONata's own codes.
//
// The package refuses what JSONata 2.1 added (?? and the default operator ?:), does no input or output, and never
// changes the input or the bindings; results may share parts with them. Every evaluation is bounded in depth,
// steps and, if asked, time.
//
// Its neighbours: asl checks the expressions of a state machine with References, interp evaluates them.
package jsonata

import (
	"context"
	"errors"
	"time"
)

// ErrUndefined is returned by Eval when the expression has no result.
var ErrUndefined = errors.New("jsonata: undefined")

// Undefined, given as input, means that there is no context value (nil is JSON's null).
var Undefined any = undefinedType{}

const (
	// DefaultMaxDepth is how deeply evaluations may nest; a call of a function in the expression takes about
	// three levels, a call in tail position none.
	DefaultMaxDepth = 10_000
	// DefaultMaxSteps bounds the work of one evaluation: a step is one node of the expression evaluated once, or
	// one item of an array, or 32 bytes of text, that a function reads or makes.
	DefaultMaxSteps = 40_000_000
)

// Options bound and parameterise one evaluation.
type Options struct {
	Now      func() time.Time // clock behind $now() and $millis(); nil means time.Now
	MaxDepth int              // 0 means DefaultMaxDepth
	MaxSteps int              // 0 means DefaultMaxSteps
	Timeout  time.Duration    // 0 means none but ctx
	Random   func() float64   // source of $random() and $shuffle(), in [0, 1); nil means a random one
	UUID     func() string    // source of $uuid(); nil means random version 4
}

// Expr is a compiled expression: immutable, safe for concurrent use.
type Expr struct {
	src  string
	root *node
}

// Compile parses source. A failure is an *Error whose code starts with S.
func Compile(source string) (*Expr, error) {
	raw, err := parse(source)
	if err != nil {
		return nil, finish(err)
	}
	r := &resolver{ids: map[string]int{}}
	root, err := r.resolve(raw)
	if err != nil {
		return nil, finish(err)
	}
	if root.kind == kindParent || root.seeking != nil {
		return nil, finish(failToken("S0217", kindNames[root.kind], root.pos))
	}
	link(root, 0)
	return &Expr{src: source, root: root}, nil
}

// MustCompile is Compile for expressions that are part of a program; it panics when source is not valid.
func MustCompile(source string) *Expr {
	e, err := Compile(source)
	if err != nil {
		panic("jsonata: " + err.Error() + " in " + source)
	}
	return e
}

// String returns the source.
func (e *Expr) String() string { return e.src }

// link marks the steps that a path may take by a plain lookup.
func link(n *node, depth int) {
	if n.kind == kindPath {
		for _, s := range n.list {
			s.plainName = s.kind == kindName && s.stages == nil && s.predicate == nil && s.group == nil && !s.tuple &&
				s.focus == 0 && s.index == 0 && s.ancestor == nil
		}
	}
	n.children(func(c *node) { link(c, depth+1) })
}

// Eval evaluates against input (encoding/json shapes, or Undefined) with bindings ($name without the dollar).
// JSON null is (nil, nil).
func (e *Expr) Eval(input any, bindings map[string]any) (any, error) {
	return e.EvalContext(context.Background(), input, bindings, Options{})
}

// EvalContext is Eval with cancellation, a clock and bounds. A passed bound is an *Error with code U1001; a
// cancelled ctx returns its own error.
func (e *Expr) EvalContext(ctx context.Context, input any, bindings map[string]any, o Options) (any, error) {
	v, err := e.evaluate(ctx, canonical(input), bindings, o)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case undefinedType:
		return nil, ErrUndefined
	case nil, bool, string:
		return x, nil
	}
	if v, err = export(v); err != nil {
		return nil, finish(err)
	}
	return v, nil
}

func finish(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e.finish()
	}
	return err
}
