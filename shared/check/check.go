// Package check finds everything that is wrong with a workflow definition, as Problems
// with a place, a rule and a remedy. One file holds one rule (or the rules of one param
// kind); a rule's name is its id. It never stops at the first Problem and never changes
// the definition. Errors block publish; package compile may assume that there are none.
package check

import "github.com/deskhand/deskhand/shared/workflow"

// Options say what the check may know about the desk. A nil list means "not known": then
// names of that kind are not checked.
type Options struct {
	AI        bool     // is there a model; without one ai.* nodes are errors (ai_disabled)
	Inboxes   []string // slugs
	Groups    []string // slugs
	Managed   []string // slugs of the groups that have a manager; nil: not checked
	Workflows []string // ids that workflow.start may name
}

// Definition gives all Problems of def, sorted by place; an empty list, never nil, when
// there are none.
func Definition(def *workflow.Definition, opts Options) []workflow.Problem {
	return []workflow.Problem{}
}

// Source parses and checks a definition as it is written.
func Source(data []byte, opts Options) (*workflow.Definition, []workflow.Problem) {
	def, problems := workflow.Parse(data)
	return def, workflow.SortProblems(append(problems, Definition(def, opts)...))
}
