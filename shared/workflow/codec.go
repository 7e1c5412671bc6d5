package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"unicode/utf8"
)

// Parse reads a definition. It always returns one: members of the wrong JSON type are left
// out and reported as Problems with a JSON Pointer, as is a syntax error (path ""). Members
// it does not know are kept in Extra; reporting them is check's business.
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

func (r *reader) trigger(raw json.RawMessage, t *Trigger) {
	m, ok := r.object(raw, TriggerID, "/trigger", "trigger")
	if !ok {
		return
	}
	r.string(m, "type", TriggerID, "/trigger", &t.Type)
	t.Params = r.objectMember(m, "params", TriggerID, "/trigger")
	t.Conditions = r.objectMember(m, "conditions", TriggerID, "/trigger")
	t.Position = r.position(m, TriggerID, "/trigger")
	t.Extra = m.rest()
}

func (r *reader) node(raw json.RawMessage, path string, n *Node) {
	m, ok := r.object(raw, "", path, "a node")
	if !ok {
		return
	}
	r.string(m, "id", "", path, &n.ID)
	r.string(m, "type", n.ID, path, &n.Type)
	r.string(m, "name", n.ID, path, &n.Name)
	r.string(m, "notes", n.ID, path, &n.Notes)
	n.Position = r.position(m, n.ID, path)
	if raw, ok := m.take("disabled"); ok {
		r.decode(raw, n.ID, path+"/disabled", "disabled", "true or false", &n.Disabled)
	}
	if raw, ok := m.take("retry"); ok {
		if rm, ok := r.object(raw, n.ID, path+"/retry", "retry"); ok {
			n.Retry = &Retry{}
			if raw, ok := rm.take("maxAttempts"); ok {
				r.decode(raw, n.ID, path+"/retry/maxAttempts", "maxAttempts", "a whole number", &n.Retry.MaxAttempts)
			}
			r.string(rm, "interval", n.ID, path+"/retry", &n.Retry.Interval)
			if raw, ok := rm.take("backoff"); ok {
				r.decode(raw, n.ID, path+"/retry/backoff", "backoff", "a number", &n.Retry.Backoff)
			}
			n.Retry.Extra = rm.rest()
		}
	}
	r.string(m, "timeout", n.ID, path, &n.Timeout)
	n.Params = r.objectMember(m, "params", n.ID, path)
	n.Extra = m.rest()
}

func (r *reader) edge(raw json.RawMessage, path string, e *Edge) {
	m, ok := r.object(raw, "", path, "an edge")
	if !ok {
		return
	}
	r.string(m, "from", "", path, &e.From)
	r.string(m, "output", e.From, path, &e.Output)
	r.string(m, "to", e.From, path, &e.To)
	e.Extra = m.rest()
}

// reader collects what is wrong while members are taken out of objects.
type reader struct{ problems []Problem }

func (r *reader) add(node, path, rule, format string, args ...any) {
	r.problems = append(r.problems, Errorf(node, path, rule, format, args...))
}

// members are those of one object that have not been taken yet.
type members map[string]json.RawMessage

func (m members) take(name string) (json.RawMessage, bool) {
	raw, ok := m[name]
	delete(m, name)
	return raw, ok
}

func (m members) rest() map[string]json.RawMessage {
	if len(m) == 0 {
		return nil
	}
	for name, raw := range m {
		m[name] = compact(raw)
	}
	return m
}

// compact drops the spaces between a value's tokens, so that reading what was written gives
// the same bytes.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

func (r *reader) object(raw json.RawMessage, node, path, what string) (members, bool) {
	if kind(raw) != "an object" {
		r.add(node, path, "wrong_type", "%s must be an object, not %s", what, kind(raw))
		return nil, false
	}
	m := members{}
	if err := json.Unmarshal(raw, &m); err != nil {
		r.add(node, path, "wrong_type", "%s cannot be read: %v", what, err)
		return nil, false
	}
	return m, true
}

func (r *reader) array(raw json.RawMessage, node, path, what string) []json.RawMessage {
	var items []json.RawMessage
	if kind(raw) != "a list" || json.Unmarshal(raw, &items) != nil {
		r.add(node, path, "wrong_type", "%s must be a list, not %s", what, kind(raw))
		return nil
	}
	return items
}

func (r *reader) string(m members, name, node, path string, into *string) {
	if raw, ok := m.take(name); ok {
		r.decode(raw, node, path+"/"+name, name, "text", into)
	}
}

func (r *reader) decode(raw json.RawMessage, node, path, name, want string, into any) {
	if kind(raw) == "null" || json.Unmarshal(raw, into) != nil {
		r.add(node, path, "wrong_type", "%s must be %s, not %s", name, want, kind(raw))
	}
}

// objectMember keeps an object as it was written, without the spaces between its tokens.
func (r *reader) objectMember(m members, name, node, path string) json.RawMessage {
	raw, ok := m.take(name)
	if !ok {
		return nil
	}
	if kind(raw) != "an object" {
		r.add(node, path+"/"+name, "wrong_type", "%s must be an object, not %s", name, kind(raw))
		return nil
	}
	return compact(raw)
}

func (r *reader) position(m members, node, path string) *Position {
	raw, ok := m.take("position")
	if !ok {
		return nil
	}
	var p struct{ X, Y *float64 }
	if kind(raw) != "an object" || json.Unmarshal(raw, &p) != nil || p.X == nil || p.Y == nil {
		r.add(node, path+"/position", "wrong_type", `position must be {"x": number, "y": number}`)
		return nil
	}
	return &Position{X: *p.X, Y: *p.Y}
}

// kind names the JSON type of a value for people.
func kind(raw json.RawMessage) string {
	for _, c := range raw {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		case '{':
			return "an object"
		case '[':
			return "a list"
		case '"':
			return "text"
		case 't', 'f':
			return "true or false"
		case 'n':
			return "null"
		}
		return "a number"
	}
	return "nothing"
}

func syntaxMessage(data []byte, err error) string {
	var syn *json.SyntaxError
	if !errors.As(err, &syn) {
		return err.Error()
	}
	before := data[:min(int(syn.Offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Sprintf("line %d, column %d: %v", line, max(column, 1), syn)
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
