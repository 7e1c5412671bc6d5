package interp

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/jsonata"
)

// Program is a machine with its expressions compiled: immutable, for any number of
// executions at once.
type Program struct {
	machine *asl.Machine
	states  map[string]*state
}

// Compile checks and compiles a machine; the error is an *asl.Error with diagnostics.
// The machine must not be changed afterwards.
func Compile(m *asl.Machine) (*Program, error) {
	if err := asl.Check(m); err != nil {
		return nil, err
	}
	p := &Program{machine: m, states: make(map[string]*state, len(m.States))}
	for name, s := range m.States {
		c := compiler{jsonata: m.Language(s) == asl.JSONata}
		st := &state{State: s, name: name}
		st.arguments = c.template(s.Arguments, "Arguments")
		st.credentials = c.template(s.Credentials, "Credentials")
		st.timeout = c.template(s.TimeoutSeconds, "TimeoutSeconds")
		st.heartbeat = c.template(s.HeartbeatSeconds, "HeartbeatSeconds")
		st.seconds = c.template(s.Seconds, "Seconds")
		if s.Timestamp != "" {
			st.timestamp = c.template(s.Timestamp, "Timestamp")
		}
		st.error = c.template(s.Error, "Error")
		st.cause = c.template(s.Cause, "Cause")
		st.body = c.body(s.Assign, s.Output, "")
		for i, r := range s.Choices {
			at := fmt.Sprintf("Choices[%d]/", i)
			st.rules = append(st.rules, rule{c.template(r.Condition, at+"Condition"), c.body(r.Assign, r.Output, at), r.Next})
		}
		for i, r := range s.Catch {
			st.catch = append(st.catch, c.body(r.Assign, r.Output, fmt.Sprintf("Catch[%d]/", i)))
		}
		if s.Result != nil {
			st.result = (&compiler{}).template(s.Result, "Result")
		}
		if c.err != nil {
			return nil, fmt.Errorf("state %q: %w", name, c.err)
		}
		p.states[name] = st
	}
	return p, nil
}

// Machine is what was compiled.
func (p *Program) Machine() *asl.Machine { return p.machine }

type state struct {
	*asl.State
	name                                   string
	arguments, credentials, result         *template
	timeout, heartbeat, seconds, timestamp *template
	error, cause                           *template
	body                                   body
	rules                                  []rule
	catch                                  []body
}

// body is an Assign and an Output.
type body struct {
	names  []string
	values []*template
	output *template
}

type rule struct {
	condition *template
	body      body
	next      string
}

// template is a compiled template: exactly one of literal, expr, fields and items.
type template struct {
	at      string // the field, for messages: "Output/name", "Choices[0]/Condition"
	literal json.RawMessage
	expr    *jsonata.Expr
	source  string
	direct  string // the expression is no more than "input", "result", "errorOutput" of $states, or "$name"
	keys    []string
	fields  []*template
	items   []*template
}

type compiler struct {
	jsonata bool
	err     error
}

func (c *compiler) body(assign map[string]any, output any, at string) body {
	b := body{output: c.template(output, at+"Output")}
	for name := range assign {
		b.names = append(b.names, name)
	}
	sort.Strings(b.names)
	for _, name := range b.names {
		v := assign[name]
		if v == nil {
			v = asl.Null
		}
		b.values = append(b.values, c.template(v, at+"Assign/"+name))
	}
	return b
}

func (c *compiler) template(v any, at string) *template {
	if v == nil || c.err != nil {
		return nil
	}
	plain, err := asl.Plain(v)
	if err != nil {
		c.err = err
		return nil
	}
	return c.compile(plain, at)
}

func (c *compiler) compile(v any, at string) *template {
	if c.jsonata && holdsExpression(v) {
		switch v := v.(type) {
		case string:
			source, _ := asl.Expression(v)
			expr, err := jsonata.Compile(source)
			if err != nil {
				c.err = err
				return nil
			}
			return &template{at: at, expr: expr, source: source, direct: direct(source)}
		case map[string]any:
			t := &template{at: at}
			for k := range v {
				t.keys = append(t.keys, k)
			}
			sort.Strings(t.keys)
			for _, k := range t.keys {
				t.fields = append(t.fields, c.compile(v[k], at+"/"+k))
			}
			return t
		case []any:
			t := &template{at: at, items: []*template{}}
			for i, e := range v {
				t.items = append(t.items, c.compile(e, fmt.Sprintf("%s[%d]", at, i)))
			}
			return t
		}
	}
	text, err := encode(v)
	if err != nil {
		c.err = err
		return nil
	}
	return &template{at: at, literal: text}
}

func holdsExpression(v any) bool {
	switch v := v.(type) {
	case string:
		_, ok := asl.Expression(v)
		return ok
	case map[string]any:
		for _, e := range v {
			if holdsExpression(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if holdsExpression(e) {
				return true
			}
		}
	}
	return false
}

// direct finds expressions that only name a value, so that it can be handed on as its
// text, with the order of its keys and all digits of its numbers.
func direct(source string) string {
	switch source {
	case "$states.input", "$states.result", "$states.errorOutput":
		return strings.TrimPrefix(source, "$states.")
	case "$", "$$", "$states":
		return ""
	}
	if !strings.HasPrefix(source, "$") {
		return ""
	}
	for _, r := range source[1:] {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return ""
		}
	}
	return source
}
