// Package condition is the condition tree of triggers, branches and cancellable waits:
// it parses and type-checks it, evaluates it with an explanation, and prints it as
// JSONata that gives the identical verdict for every input. One table of cases in
// testdata states the semantics; both evaluators run it.
//
// A leaf tests one field. A value that is missing, JSON null, or of a type that the
// operator cannot use counts as missing: no text is ever read as a number. Every value is
// looked at as a list of elements (a text is a list of one): a positive operator asks
// whether an element meets it, a negative one whether none does; has_all asks of each of
// its values whether an element is it.
//
// Opening hours are the exception: JSONata has no time zones, so whoever prints a condition
// with HoursLeaves takes the answers to them from elsewhere (package compile from a task).
//
// It does not know where fields come from (package event builds the context) nor where a
// compiled machine keeps them (package compile gives a Resolver).
package condition

import (
	"encoding/json"
	"time"

	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Limits of one condition.
const (
	MaxLeaves  = 500
	MaxText    = 2000 // characters of one value
	MaxPattern = 1000 // characters of one RE2 pattern
)

// Cond is a parsed condition: immutable, safe for concurrent use.
type Cond struct{ root *node }

// node is a group (group is all, any or none) or a leaf.
type node struct {
	group string
	items []*node
	leaf  Leaf
	test  test
}

// Leaf is one test as it was written.
type Leaf struct {
	Field     string
	Path      workflow.Path
	Op        string
	Value     any // encoding/json shape; nil when the operator takes none
	MatchCase bool
	Pointer   string // JSON Pointer of the leaf, relative to the condition
}

// Resolver prints the JSONata expression that gives the value of a path; it must not fail
// at run time, whatever the data.
type Resolver func(workflow.Path) string

// Leaves lists the leaves in the order in which they are written.
func (c *Cond) Leaves() []Leaf {
	var out []Leaf
	var walk func(*node)
	walk = func(n *node) {
		if n.group == "" {
			out = append(out, n.leaf)
		}
		for _, item := range n.items {
			walk(item)
		}
	}
	if c != nil && c.root != nil {
		walk(c.root)
	}
	return out
}

// Eval decides the condition in a context of encoding/json shapes (see workflow.Normalize),
// now being the time that older_than and within_last count from.
// The desk's hours are hours.Default; EvalIn takes others.
func (c *Cond) Eval(ctx map[string]any, now time.Time) (bool, Explanation) {
	return c.EvalIn(ctx, Env{Now: now})
}

// EvalIn decides the condition in a context of encoding/json shapes.
func (c *Cond) EvalIn(ctx map[string]any, env Env) (bool, Explanation) {
	if c == nil || c.root == nil {
		return true, Explanation{Verdict: true, Group: "all"}
	}
	if env.Hours == nil {
		h := hours.Default()
		env.Hours = &h
	}
	e := c.root.eval(ctx, env)
	return e.Verdict, e
}

func (n *node) eval(ctx map[string]any, env Env) Explanation {
	if n.group == "" {
		v := n.leaf.Path.Lookup(ctx)
		var verdict bool
		if t, ok := n.test.(open); ok {
			verdict = t.holdsAt(v, *env.Hours)
		} else {
			verdict = n.test.holds(v, env.Now.UnixMilli())
		}
		return Explanation{
			Verdict: verdict,
			Field:   n.leaf.Field, Op: n.leaf.Op, Value: n.leaf.Value, MatchCase: n.leaf.MatchCase,
			Actual: cut(v), Missing: v == nil,
		}
	}
	e := Explanation{Group: n.group, Verdict: n.group != "any"}
	for _, item := range n.items {
		// Every item is looked at, also when the verdict is settled: the explanation shows all.
		got := item.eval(ctx, env)
		e.Items = append(e.Items, got)
		switch n.group {
		case "all":
			e.Verdict = e.Verdict && got.Verdict
		case "any":
			e.Verdict = e.Verdict || got.Verdict
		case "none":
			e.Verdict = e.Verdict && !got.Verdict
		}
	}
	return e
}

// Must parses a condition that is known to be right; it panics on any error Problem.
func Must(raw string) *Cond {
	c, problems := Parse(json.RawMessage(raw))
	if workflow.HasErrors(problems) {
		panic("condition: " + problems[0].Message)
	}
	return c
}
