package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

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
	wrong := func() *Position {
		r.add(node, path+"/position", "wrong_type", "position must have the numbers x and y")
		return nil
	}
	if kind(raw) != "an object" {
		return wrong()
	}
	pm, ok := r.object(raw, node, path+"/position", "position")
	if !ok {
		return nil
	}
	p := &Position{}
	for name, into := range map[string]*float64{"x": &p.X, "y": &p.Y} {
		raw, ok := pm.take(name)
		if !ok || kind(raw) != "a number" || json.Unmarshal(raw, into) != nil {
			return wrong()
		}
	}
	p.Extra = pm.rest()
	return p
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
