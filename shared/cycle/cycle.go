// Package cycle finds workflows that start each other in a circle: what the nodes of one
// bring about starts the next, and that one, or one after it, starts the first again. It
// looks at definitions only, is pure, and errs on the side of a warning: a circle is
// left out when a trigger's conditions are surely false after what starts it. At run time
// the loop guard ends a circle after a few rounds (package match).
package cycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Workflow is one that is published, or about to be.
type Workflow struct {
	ID         string
	Name       string
	Definition *workflow.Definition
}

// cause is something that a node brings about.
type cause struct {
	node  string
	at    string // JSON Pointer of the node
	event string // type of the event; "" starts the workflow directly
	to    string // of workflow.start and of calls to a webhook: the workflow
	words string // what the node does: adds tag vip; "" when that is to start the workflow
	known facts  // what is surely so afterwards
}

// Problems finds the circles that lead through a workflow, the shortest from each of its
// nodes, as warnings of the rule workflow_cycle that name the whole chain. others may hold
// w itself (an older version): it is passed over.
func Problems(w Workflow, others []Workflow) []workflow.Problem {
	all := []Workflow{w}
	for _, o := range others {
		if o.ID != w.ID && o.Definition != nil {
			all = append(all, o)
		}
	}
	causes := make([][]cause, len(all))
	for i := range all {
		causes[i] = causesOf(all[i].Definition)
	}
	out := []workflow.Problem{}
	for _, first := range causes[0] {
		if chain := shortest(all, causes, first); chain != "" {
			out = append(out, workflow.Warnf(first.node, first.at, "workflow_cycle",
				"these workflows start each other in a circle: %s; the loop guard ends it after a few rounds. Put a condition on one of the triggers that is false after what starts it", chain))
		}
	}
	return out
}

// way is how a workflow was reached.
type way struct {
	workflow int
	from     *way
	by       cause
}

// shortest is the chain from a cause of the first workflow back to it, in words; "" when
// there is none.
func shortest(all []Workflow, causes [][]cause, first cause) string {
	seen := map[int]bool{}
	open := []*way{}
	reach := func(from *way, c cause) *way {
		for i := range all {
			if !starts(c, all[i]) {
				continue
			}
			next := &way{workflow: i, from: from, by: c}
			if i == 0 {
				return next
			}
			if !seen[i] {
				seen[i] = true
				open = append(open, next)
			}
		}
		return nil
	}
	end := reach(nil, first)
	if end != nil && all[0].Definition.Trigger.Conditions == nil {
		return "" // a workflow that starts itself without any filter: the rule loop says so
	}
	for end == nil && len(open) > 0 {
		at := open[0]
		open = open[1:]
		for _, c := range causes[at.workflow] {
			if end = reach(at, c); end != nil {
				break
			}
		}
	}
	if end == nil {
		return ""
	}
	var steps []string
	for w := end; w != nil; w = w.from {
		step := fmt.Sprintf("starts %q", all[w.workflow].Name)
		if w.by.words != "" {
			step = w.by.words + " → " + step
		}
		steps = append(steps, step)
	}
	slices.Reverse(steps)
	return fmt.Sprintf("%q %s", all[0].Name, strings.Join(steps, ", which "))
}

// starts tells whether a cause may start a workflow.
func starts(c cause, w Workflow) bool {
	t := w.Definition.Trigger
	if c.to != "" {
		return c.to == w.ID && (c.event == "" || c.event == t.Type)
	}
	if c.event != t.Type {
		if t.Type != "event" {
			return false
		}
		var p struct{ DetailType string }
		if json.Unmarshal(t.Params, &p) != nil || p.DetailType != c.event {
			return false
		}
	}
	return c.known.allow(t.Conditions)
}
