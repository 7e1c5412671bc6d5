// Package condition is the condition tree of triggers, branches and cancellable waits:
// it parses and type-checks it, evaluates it with an explanation, and prints it as
// JSONata that gives the identical verdict for every input. One table of cases in
// testdata states the semantics; both evaluators run it.
//
// A leaf tests one field. A value that is missing, JSON null, or of a type that the
// operator cannot use counts as missing. Every value is looked at as a list of elements
// (a text is a list of one): a positive operator asks whether an element meets it, a
// negative one whether none does.
//
// It does not know where fields come from (package event builds the context) nor where a
// compiled machine keeps them (package compile gives a Resolver).
package condition

import (
	"encoding/json"
	"time"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Cond is a parsed condition: immutable, safe for concurrent use.
type Cond struct {
	root *node
}

type node struct{}

// Failed is the leaf that decided against: what a match record shows.
type Failed struct {
	Field  string `json:"field"`
	Op     string `json:"op"`
	Value  any    `json:"value,omitempty"`
	Actual any    `json:"actual"` // nil when missing
}

// Explanation tells how a verdict came about. It mirrors the tree: a group has Group and
// Items, a leaf has Field, Op, Value and Actual.
type Explanation struct {
	Verdict   bool          `json:"verdict"`
	Group     string        `json:"group,omitempty"` // all, any, none
	Items     []Explanation `json:"items,omitempty"`
	Field     string        `json:"field,omitempty"`
	Op        string        `json:"op,omitempty"`
	Value     any           `json:"value,omitempty"`
	MatchCase bool          `json:"matchCase,omitempty"`
	Actual    any           `json:"actual,omitempty"` // cut when long; absent when missing
	Missing   bool          `json:"missing,omitempty"`
}

// Resolver prints the JSONata expression that gives the value of a path.
type Resolver func(workflow.Path) string

// Parse reads a condition. Problems have paths relative to it and no node; with an error
// among them the Cond is nil. Nil or empty raw is a condition that always holds.
func Parse(raw json.RawMessage) (*Cond, []workflow.Problem) { return &Cond{}, nil }

// Eval decides the condition in a context of encoding/json shapes, now being the time
// that older_than and within_last count from.
func (c *Cond) Eval(ctx map[string]any, now time.Time) (bool, Explanation) {
	return true, Explanation{}
}

// FirstFailed is the leaf that blocked, nil when the verdict is true.
func (e Explanation) FirstFailed() *Failed { return nil }

// JSONata prints the condition.
func (c *Cond) JSONata(resolve Resolver) string { return "true" }
