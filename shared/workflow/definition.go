// Package workflow is the definition of a workflow: trigger, nodes, edges, the
// catalog of what they may be, and the Problem that a check reports. It is pure; it
// neither checks (package check) nor compiles (package compile).
package workflow

import "encoding/json"

// Definition is one of today's Format. Unknown members survive a round trip.
type Definition struct {
	Trigger  Trigger
	Nodes    []Node
	Edges    []Edge
	Stickies []Sticky
	Extra    map[string]json.RawMessage // unknown members
}

// Trigger says which events start the workflow.
type Trigger struct {
	Type       string
	Params     json.RawMessage // nil when there are none
	Conditions json.RawMessage // a condition tree (package condition); nil means always
	Position   *Position
	Extra      map[string]json.RawMessage
}

// Node is one step.
type Node struct {
	ID       string
	Type     string
	Name     string
	Notes    string
	Position *Position
	Disabled bool
	Retry    *Retry
	Timeout  string          // duration, "" means the default of the action
	Params   json.RawMessage // nil when there are none
	Extra    map[string]json.RawMessage
}

// Retry is an action's own retry policy.
type Retry struct {
	MaxAttempts int     // retries after the first try, 1–10
	Interval    string  // duration, default "2s"
	Backoff     float64 // ≥ 1, default 2
	Extra       map[string]json.RawMessage
}

// Edge leads from an output of a node (or of the trigger) to a node.
type Edge struct {
	From   string
	Output string // "" means "next"
	To     string
	Extra  map[string]json.RawMessage
}

// Position is where the editor draws a node; nothing else reads it.
type Position struct {
	X     float64                    `json:"x"`
	Y     float64                    `json:"y"`
	Extra map[string]json.RawMessage `json:"-"`
}

// Severity of a Problem.
type Severity string

// The two severities: errors block publish.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing a check found.
type Problem struct {
	Severity Severity `json:"severity"`
	Node     string   `json:"node"`    // node id, "trigger", or "" for the whole definition
	Path     string   `json:"path"`    // JSON Pointer into the definition (RFC 6901)
	Rule     string   `json:"rule"`    // name of the rule, snake_case
	Message  string   `json:"message"` // what is wrong and what to do
}
