package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/deskhand/deskhand/shared/workflow"
)

// unknownMembers warns about members that mean nothing: they are kept, but a misspelt one
// is a param that does not work.
func unknownMembers(c *checker) {
	report := func(node, at, what string, extra map[string]json.RawMessage) {
		for _, name := range sorted(extra) {
			c.unknownMember(node, at, what, name)
		}
	}
	extra := maps.Clone(c.def.Extra)
	if string(extra[workflow.FormatMember]) == fmt.Sprint(workflow.Format) { // that is known, and says nothing new
		delete(extra, workflow.FormatMember)
	}
	report("", "", "a definition", extra)
	report(workflow.TriggerID, "/trigger", "the trigger", c.def.Trigger.Extra)
	for _, n := range c.nodes {
		report(n.ID, n.at, "a node", n.Extra)
		if n.Retry != nil {
			report(n.ID, n.at+"/retry", "retry", n.Retry.Extra)
		}
	}
	for i, e := range c.def.Edges {
		report(e.From, workflow.Pointer("edges", i), "an edge", e.Extra)
	}
}

func (c *checker) unknownMember(node, at, what, name string) {
	c.warn(node, at+workflow.Pointer(name), "unknown_member", "%s has no member %q; it is kept and does nothing: correct its name or take it out", what, name)
}

// onlyMembers warns about members of m that are not among known.
func (c *checker) onlyMembers(node, at, what string, m map[string]any, known ...string) {
	for _, name := range sorted(m) {
		if !slices.Contains(known, name) {
			c.unknownMember(node, at, what, name)
		}
	}
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
