// Package template is the text of params with {{ path | filter: "arg" }} in it: it parses
// with positions, lists references and prints JSONata. There is no other evaluator: a dry
// run evaluates what is printed here. Text that looks like {% … %} is plain text.
//
// In text a list is joined by ", ", what is missing is empty, an object is its JSON.
// Filters are those of workflow.TheCatalog; they apply from left to right. An argument is
// a text in double or single quotes (\" \' \\ \n \t are escapes) or a whole number.
//
// It does not know which paths exist (package check asks for Refs) nor where a compiled
// machine keeps them (package compile gives a Resolver).
package template

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// MaxExpressions bounds the {{ }} of one text.
const MaxExpressions = 200

// Template is a parsed text: immutable, safe for concurrent use.
type Template struct{ parts []part }

// part is literal text, or an expression when path is not nil.
type part struct {
	text    string
	path    workflow.Path
	offset  int // of the path, in characters from the start of the text
	filters []filter
}

type filter struct {
	name  string
	text  string // argument, when it is a text
	count int    // argument, when it is a number
}

// Ref is one reference.
type Ref struct {
	Path     workflow.Path
	Offset   int  // in characters from the start of the text
	Optional bool // stands under default:, so that missing is provided for
}

// Resolver prints the JSONata expression that gives the value of a path; it must not fail
// at run time, whatever the data.
type Resolver func(workflow.Path) string

// Refs lists the references in the order in which they are written.
func (t *Template) Refs() []Ref {
	var out []Ref
	for _, p := range t.parts {
		if p.path == nil {
			continue
		}
		r := Ref{Path: p.path, Offset: p.offset}
		for _, f := range p.filters {
			r.Optional = r.Optional || f.name == "default"
		}
		out = append(out, r)
	}
	return out
}

// Literal is the text itself when there is no {{ }} in it.
func (t *Template) Literal() (string, bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.path != nil {
			return "", false
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}

// Single tells whether the text is exactly one {{ }}, whose value keeps its type.
func (t *Template) Single() bool { return len(t.parts) == 1 && t.parts[0].path != nil }
