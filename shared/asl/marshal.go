package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Marshal writes the definition: the same bytes for the same machine, states in
// Machine.Order, fields in a fixed order, templates with sorted keys.
func Marshal(m *Machine) ([]byte, error) {
	w := newObject()
	w.text("Comment", m.Comment)
	w.text("QueryLanguage", m.QueryLanguage)
	w.text("StartAt", m.StartAt)
	if m.TimeoutSeconds != 0 {
		w.value("TimeoutSeconds", m.TimeoutSeconds)
	}
	w.text("Version", m.Version)
	states := newObject()
	for _, name := range m.Names() {
		s := m.States[name]
		if s == nil {
			return nil, fmt.Errorf("state %q is nil", name)
		}
		states.raw(name, s.object())
	}
	w.raw("States", states)
	return w.bytes()
}

// MarshalJSON is Marshal.
func (m *Machine) MarshalJSON() ([]byte, error) { return Marshal(m) }

func (s *State) object() *object {
	w := newObject()
	w.text("Type", s.Type)
	w.text("Comment", s.Comment)
	w.text("QueryLanguage", s.QueryLanguage)
	w.text("Resource", s.Resource)
	w.value("Arguments", s.Arguments)
	w.value("Credentials", s.Credentials)
	w.value("TimeoutSeconds", s.TimeoutSeconds)
	w.value("HeartbeatSeconds", s.HeartbeatSeconds)
	if s.Choices != nil {
		list := make([]*object, len(s.Choices))
		for i, c := range s.Choices {
			o := newObject()
			o.value("Condition", c.Condition)
			o.text("Comment", c.Comment)
			o.assign(c.Assign)
			o.value("Output", c.Output)
			o.text("Next", c.Next)
			list[i] = o
		}
		w.list("Choices", list)
	}
	w.text("Default", s.Default)
	w.value("Seconds", s.Seconds)
	w.text("Timestamp", s.Timestamp)
	w.value("Result", s.Result)
	w.value("Error", s.Error)
	w.value("Cause", s.Cause)
	if s.Retry != nil {
		list := make([]*object, len(s.Retry))
		for i, r := range s.Retry {
			list[i] = r.object()
		}
		w.list("Retry", list)
	}
	if s.Catch != nil {
		list := make([]*object, len(s.Catch))
		for i, c := range s.Catch {
			o := newObject()
			o.value("ErrorEquals", c.ErrorEquals)
			o.text("Comment", c.Comment)
			o.assign(c.Assign)
			o.value("Output", c.Output)
			o.text("Next", c.Next)
			list[i] = o
		}
		w.list("Catch", list)
	}
	w.assign(s.Assign)
	w.value("Output", s.Output)
	w.text("Next", s.Next)
	if s.End {
		w.value("End", true)
	}
	return w
}

func (r Retrier) object() *object {
	o := newObject()
	o.value("ErrorEquals", r.ErrorEquals)
	o.text("Comment", r.Comment)
	if r.IntervalSeconds != 0 {
		o.value("IntervalSeconds", r.IntervalSeconds)
	}
	if r.MaxAttempts != nil {
		o.value("MaxAttempts", *r.MaxAttempts)
	}
	if r.BackoffRate != 0 {
		o.value("BackoffRate", r.BackoffRate)
	}
	if r.MaxDelaySeconds != 0 {
		o.value("MaxDelaySeconds", r.MaxDelaySeconds)
	}
	o.text("JitterStrategy", r.JitterStrategy)
	return o
}

// object is a JSON object being written in order.
type object struct {
	buf bytes.Buffer
	err error
}

func newObject() *object { return &object{} }

func (o *object) bytes() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(append([]byte{'{'}, o.buf.Bytes()...), '}'), nil
}

func (o *object) put(key string, value []byte, err error) {
	if o.err != nil {
		return
	}
	if err != nil {
		o.err = fmt.Errorf("%s: %w", key, err)
		return
	}
	k, _ := encode(key)
	if o.buf.Len() > 0 {
		o.buf.WriteByte(',')
	}
	o.buf.Write(k)
	o.buf.WriteByte(':')
	o.buf.Write(value)
}

func (o *object) text(key, v string) {
	if v != "" {
		o.value(key, v)
	}
}

func (o *object) value(key string, v any) {
	if v == nil {
		return
	}
	b, err := encode(v)
	o.put(key, b, err)
}

func (o *object) assign(m map[string]any) {
	if m == nil {
		return
	}
	o.value("Assign", m)
}

func (o *object) raw(key string, v *object) {
	b, err := v.bytes()
	o.put(key, b, err)
}

func (o *object) list(key string, items []*object) {
	var buf bytes.Buffer
	buf.WriteByte('[')
	for i, it := range items {
		b, err := it.bytes()
		if err != nil {
			o.put(fmt.Sprintf("%s[%d]", key, i), nil, err)
			return
		}
		if i > 0 {
			buf.WriteByte(',')
		}
		buf.Write(b)
	}
	buf.WriteByte(']')
	o.put(key, buf.Bytes(), nil)
}

func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
