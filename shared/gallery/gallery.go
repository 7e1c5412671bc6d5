// Package gallery holds the ready-made workflows: definitions as JSON files, each with
// notes on what to adapt and saved example events. They are ordinary definitions; a new
// workflow made from one is a copy that the gallery knows nothing of.
package gallery

import "encoding/json"

// Template is one ready-made workflow.
type Template struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Notes       []Note          `json:"notes"` // what to adapt to the desk
	Definition  json.RawMessage `json:"definition"`
	Examples    []Example       `json:"examples"`
}

// Note says what one param means and what to put there.
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

// All lists the templates, in the order in which to show them.
func All() []Template { return nil }

// Get finds a template.
func Get(id string) (Template, bool) { return Template{}, false }
