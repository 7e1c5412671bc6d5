package check

import (
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// size: a definition has at most 200 nodes and 200 KB, a name 200 characters, notes 10,000.
func size(c *checker) {
	if n := len(c.def.Nodes); n > workflow.MaxNodes {
		c.fail("", "/nodes", "size", "the workflow has %d nodes; the limit is %d: split it into two", n, workflow.MaxNodes)
	}
	if n := len(c.def.Edges); n > workflow.MaxEdges {
		c.fail("", "/edges", "size", "the workflow has %d edges; the limit is %d", n, workflow.MaxEdges)
	}
	if raw, err := c.def.MarshalJSON(); err != nil {
		c.fail("", "", "syntax", "the definition cannot be written as JSON: %v", err)
	} else if len(raw) > workflow.MaxSize {
		c.fail("", "", "size", "the definition is %d bytes; the limit is %d: split the workflow or shorten its texts", len(raw), workflow.MaxSize)
	}
	for _, n := range c.nodes {
		if utf8.RuneCountInString(n.Name) > workflow.MaxNameLength {
			c.fail(n.ID, n.at+"/name", "size", "name is longer than %d characters; shorten it", workflow.MaxNameLength)
		}
		if utf8.RuneCountInString(n.Notes) > workflow.MaxNotesLength {
			c.fail(n.ID, n.at+"/notes", "size", "notes are longer than %d characters; shorten them", workflow.MaxNotesLength)
		}
	}
}
