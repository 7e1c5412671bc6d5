package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"unicode/utf8"
)

// Parse reads a definition. It always returns one: members of the wrong JSON type are left
// out and reported as Problems with a JSON Pointer, as is a syntax error (path ""). Members
// it does not know are kept in Extra; reporting them is check's business. A definition of
// an older format is read as Upgrade makes it, so that Problems point into that.
func Parse(data []byte) (*Definition, []Problem) {
	d := &Definition{}
	r := &reader{}
	if len(data) > MaxSize {
		// A definition this large is refused whole: reading it further helps nobody.
		r.add("", "", "size", "the definition is %d bytes; the limit is %d: split the workflow or shorten its texts", len(data), MaxSize)
		return d, r.problems
	}
	if !utf8.Valid(data) {
		r.add("", "", "syntax", "the definition is not valid UTF-8: save it as UTF-8")
		return d, r.problems
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		r.add("", "", "syntax", "the definition is not valid JSON: %s", syntaxMessage(data, err))
		return d, r.problems
	}
	whole, _, err := Upgrade(whole)
	if err != nil {
		r.add("", Pointer(FormatMember), "format", "%v", err)
		return d, r.problems
	}
	m, ok := r.object(whole, "", "", "the definition")
	if !ok {
		return d, r.problems
	}
	if raw, ok := m.take("trigger"); ok {
		r.trigger(raw, &d.Trigger)
	}
	if raw, ok := m.take("nodes"); ok {
		for i, item := range r.array(raw, "", "/nodes", "nodes") {
			var n Node
			r.node(item, Pointer("nodes", i), &n)
			d.Nodes = append(d.Nodes, n)
		}
	}
	if raw, ok := m.take("edges"); ok {
		for i, item := range r.array(raw, "", "/edges", "edges") {
			var e Edge
			r.edge(item, Pointer("edges", i), &e)
			d.Edges = append(d.Edges, e)
		}
	}
	if raw, ok := m.take("stickies"); ok {
		for i, item := range r.array(raw, "", "/stickies", "stickies") {
			var s Sticky
			r.sticky(item, Pointer("stickies", i), &s)
			d.Stickies = append(d.Stickies, s)
		}
	}
	d.Extra = m.rest()
	return d, r.problems
}

// UnmarshalJSON reads a definition as Parse does and fails on its first Problem.
func (d *Definition) UnmarshalJSON(data []byte) error {
	parsed, problems := Parse(data)
	if len(problems) > 0 {
		return fmt.Errorf("workflow definition: %s: %s", problems[0].Path, problems[0].Message)
	}
	*d = *parsed
	return nil
}

// MarshalJSON writes the known members in the order of the contract, then unknown ones
// sorted by name; equal definitions give equal bytes.
func (d Definition) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("trigger", d.Trigger)
	nodes, edges := d.Nodes, d.Edges
	if nodes == nil {
		nodes = []Node{}
	}
	if edges == nil {
		edges = []Edge{}
	}
	w.put("nodes", nodes)
	w.put("edges", edges)
	if len(d.Stickies) > 0 {
		w.put("stickies", d.Stickies)
	}
	return w.finish(d.Extra)
}

// MarshalJSON: see Definition.MarshalJSON.
func (t Trigger) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("type", t.Type)
	w.raw("params", t.Params)
	w.raw("conditions", t.Conditions)
	if t.Position != nil {
		w.put("position", t.Position)
	}
	return w.finish(t.Extra)
}

// MarshalJSON: see Definition.MarshalJSON.
func (n Node) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("id", n.ID)
	w.put("type", n.Type)
	w.text("name", n.Name)
	w.text("notes", n.Notes)
	if n.Position != nil {
		w.put("position", n.Position)
	}
	if n.Disabled {
		w.put("disabled", true)
	}
	if n.Retry != nil {
		w.put("retry", n.Retry)
	}
	w.text("timeout", n.Timeout)
	w.raw("params", n.Params)
	return w.finish(n.Extra)
}

// MarshalJSON: see Definition.MarshalJSON.
func (r Retry) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("maxAttempts", r.MaxAttempts)
	w.text("interval", r.Interval)
	if r.Backoff != 0 {
		w.put("backoff", r.Backoff)
	}
	return w.finish(r.Extra)
}

// MarshalJSON: see Definition.MarshalJSON.
func (e Edge) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("from", e.From)
	w.text("output", e.Output)
	w.put("to", e.To)
	return w.finish(e.Extra)
}

// MarshalJSON: see Definition.MarshalJSON.
func (p Position) MarshalJSON() ([]byte, error) {
	w := &writer{}
	w.put("x", p.X)
	w.put("y", p.Y)
	return w.finish(p.Extra)
}

// writer builds one JSON object member by member.
type writer struct {
	buf bytes.Buffer
	err error
}

func (w *writer) put(name string, v any) {
	raw, err := encode(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.raw(name, raw)
}

func (w *writer) text(name, s string) {
	if s != "" {
		w.put(name, s)
	}
}

func (w *writer) raw(name string, raw json.RawMessage) {
	if raw == nil {
		return
	}
	if w.buf.Len() > 0 {
		w.buf.WriteByte(',')
	}
	key, _ := encode(name)
	w.buf.Write(key)
	w.buf.WriteByte(':')
	w.buf.Write(raw)
}

func (w *writer) finish(extra map[string]json.RawMessage) ([]byte, error) {
	names := make([]string, 0, len(extra))
	for name := range extra {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		w.raw(name, extra[name])
	}
	if w.err != nil {
		return nil, w.err
	}
	return append(append([]byte{'{'}, w.buf.Bytes()...), '}'), nil
}

// encode is json.Marshal without HTML escaping: people read and diff definitions.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
