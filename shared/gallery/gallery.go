// Package gallery holds the ready-made workflows: definitions as JSON files, each with
// notes on what to adapt and saved example events. They are ordinary definitions; a new
// workflow made from one is a copy that the gallery knows nothing of.
//
// They name the inboxes and groups support and billing, which the demo desk has; on
// another desk the check says which names to replace.
package gallery

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

// Template is one ready-made workflow.
type Template struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Notes       []Note          `json:"notes"` // what to adapt to the desk
	Definition  json.RawMessage `json:"definition"`
	Examples    []Example       `json:"examples"`
}

// Note says what one part of the definition means and what to put there.
type Note struct {
	Path string `json:"path"` // JSON Pointer into the definition
	Text string `json:"text"`
}

// Example is a saved event with the context that a run of it would see.
type Example struct {
	Name    string          `json:"name"`
	Matches bool            `json:"matches"` // does the trigger's filter let it through
	Input   json.RawMessage `json:"input"`   // {"event", "message"?, "conversation"?, "contact"?, "ticket"?, "detail"?}
}

//go:embed templates/*.json
var files embed.FS

var templates = read()

// read parses the embedded files in the order of their names; a file that cannot be read
// is a mistake of the build, which the tests find.
func read() []Template {
	entries, err := files.ReadDir("templates")
	if err != nil {
		panic(fmt.Sprintf("gallery: %v", err))
	}
	var out []Template
	for _, e := range entries {
		data, err := files.ReadFile("templates/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("gallery: %v", err))
		}
		var t Template
		if err := json.Unmarshal(data, &t); err != nil {
			panic(fmt.Sprintf("gallery: %s: %v", e.Name(), err))
		}
		out = append(out, t)
	}
	return out
}

// All lists the templates, in the order in which to show them.
func All() []Template { return slices.Clone(templates) }

// Get finds a template.
func Get(id string) (Template, bool) {
	for _, t := range templates {
		if t.ID == id {
			return t, true
		}
	}
	return Template{}, false
}
