// Package compile turns a checked workflow definition into a state machine (package asl)
// and a source map from states to nodes. It is deterministic: equal input gives equal
// bytes. It assumes that package check found no errors; what it cannot compile all the
// same is an error naming the node, never a panic.
package compile

import (
	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Options name the workflow and the functions that do its actions.
type Options struct {
	WorkflowID string
	Name       string // only in the machine's comment
	Version    int
	ActARN     string // qualified ARN of the function act
	ReachARN   string // of the function reach: models and outbound HTTP
}

// Role is what a state does for its node.
type Role string

// Roles of states. A branch's and a set's only state has the role task too.
const (
	RoleTask   Role = "task"   // the node itself
	RoleResume Role = "resume" // settles an approval or a wait and reads the entities afresh
	RoleChoice Role = "choice" // goes on by the output of an approval or a wait
	RoleDone   Role = "done"   // the end that outputs without an edge lead to; no node
)

// Source says which node a state came from.
type Source struct {
	Node string `json:"node"` // "" for RoleDone
	Role Role   `json:"role"`
}

// SourceMap leads from state names to nodes.
type SourceMap map[string]Source

// Machine compiles def.
func Machine(def *workflow.Definition, opts Options) (*asl.Machine, SourceMap, error) {
	return nil, nil, nil
}
