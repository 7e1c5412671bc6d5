// Package check finds everything that is wrong with a workflow definition, as Problems
// with a place, a rule and a remedy. One file holds one rule, or the rules of one thing; a
// rule's name is its id. It never stops at the first Problem and never changes the
// definition. Errors block publish; package compile may assume that there are none.
//
// It knows of the desk only what Options say, and of time nothing.
package check

import "github.com/deskhand/deskhand/shared/workflow"

// Options say what the check may know about the desk. A nil list means "not known": then
// names of that kind are not checked.
type Options struct {
	AI        bool     // is there a model; without one ai.* nodes are errors (ai_disabled)
	Inboxes   []string // slugs
	Groups    []string // slugs
	Managed   []string // slugs of the groups that have a manager
	Workflows []string // ids that workflow.start may name
}

// rules in the order in which they run; the Problems are sorted afterwards.
var rules = []func(*checker){
	size,
	unknownMembers,
	stickies,
	triggerType,
	nodeIDs,
	nodeTypes,
	edges,
	noSteps,
	cycles,
	unreachable,
	approvalEdges,
	disabled,
	retries,
	timeouts,
	aiDisabled,
	params,
	triggerConditions,
	branchConditions,
	references,
	neededEntities,
	loops,
}

// Definition gives all Problems of def, sorted by place; an empty list, never nil, when
// there are none.
func Definition(def *workflow.Definition, opts Options) []workflow.Problem {
	c := newChecker(def, opts)
	if len(c.def.Nodes) > workflow.MaxNodes || len(c.def.Edges) > workflow.MaxEdges {
		size(c) // far too large to look at each part
		return workflow.SortProblems(c.problems)
	}
	for _, rule := range rules {
		rule(c)
	}
	return workflow.SortProblems(c.problems)
}

// Source parses and checks a definition as it is written.
func Source(data []byte, opts Options) (*workflow.Definition, []workflow.Problem) {
	def, problems := workflow.Parse(data)
	if len(problems) > 0 && def.Trigger.Type == "" && len(def.Nodes) == 0 {
		return def, workflow.SortProblems(problems) // nothing could be read: no more to say
	}
	return def, workflow.SortProblems(append(problems, Definition(def, opts)...))
}
