// Package pattern compiles and matches Amazon EventBridge event patterns, the same
// language that Lambda's filter criteria use. It knows nothing of rules, buses and
// targets (see infra/local/eventbridge), and does not decode an SQS body for Lambda:
// it is given values as encoding/json decodes them.
//
// All operators of the language are here: exact values, prefix, suffix (each also
// with equals-ignore-case), equals-ignore-case, wildcard, anything-but (values,
// lists, prefix, suffix, equals-ignore-case, wildcard), numeric, exists, cidr, $or.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
// and, for arrays of objects, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Pattern is a compiled event pattern; it is immutable and safe for concurrent use.
type Pattern struct{ root *object }

// object holds the fields of one level, all of which must match, and the groups of
// "$or", of each of which one alternative must.
type object struct {
	fields []field
	or     [][]*object
}

type field struct {
	name string
	sub  *object   // an intermediate level, or
	leaf []matcher // what the value may be
}

// Error says what is wrong with a pattern and where.
type Error struct {
	Path   string // "detail.state"; empty for the whole pattern
	Reason string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return "Event pattern is not valid. Reason: " + e.Reason
	}
	return fmt.Sprintf("Event pattern is not valid. Reason: %s at %s", e.Reason, e.Path)
}

// Compile reads a pattern; the error is an *Error in AWS's words.
func Compile(source json.RawMessage) (*Pattern, error) {
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, &Error{Reason: "it is not JSON: " + err.Error()}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &Error{Reason: "there is text after the JSON object"}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, &Error{Reason: "Filter is not an object"}
	}
	root, err := compileObject(m, "")
	if err != nil {
		return nil, err
	}
	return &Pattern{root: root}, nil
}

func compileObject(m map[string]any, path string) (*object, error) {
	if len(m) == 0 {
		return nil, &Error{Path: path, Reason: "Empty objects are not allowed"}
	}
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	o := &object{}
	for _, n := range names {
		at := strings.TrimPrefix(path+"."+n, ".")
		switch v := m[n].(type) {
		case map[string]any:
			sub, err := compileObject(v, at)
			if err != nil {
				return nil, err
			}
			o.fields = append(o.fields, field{name: n, sub: sub})
		case []any:
			if n == "$or" {
				group, err := compileOr(v, at)
				if err != nil {
					return nil, err
				}
				o.or = append(o.or, group)
				continue
			}
			leaf, err := compileLeaf(v, at)
			if err != nil {
				return nil, err
			}
			o.fields = append(o.fields, field{name: n, leaf: leaf})
		default:
			return nil, &Error{Path: at, Reason: fmt.Sprintf("%q must be an object or an array", n)}
		}
	}
	return o, nil
}

func compileOr(list []any, path string) ([]*object, error) {
	if len(list) < 2 {
		return nil, &Error{Path: path, Reason: "$or needs an array of two or more patterns"}
	}
	var group []*object
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, &Error{Path: path, Reason: "$or takes patterns (objects) only"}
		}
		o, err := compileObject(m, path)
		if err != nil {
			return nil, err
		}
		group = append(group, o)
	}
	return group, nil
}

// Match tells whether event, as encoding/json decodes it (numbers as float64 or
// json.Number), meets the pattern.
func (p *Pattern) Match(event any) bool {
	return p.root.match(event, []any{event})
}

// match holds o against v. An array of objects matches when one of its elements
// meets the whole level. all is every value the event has at this path, through
// every element of every array above: a field is absent only if no element has it.
func (o *object) match(v any, all []any) bool {
	if list, ok := v.([]any); ok && len(list) > 0 {
		for _, e := range list {
			if o.match(e, all) {
				return true
			}
		}
		return false
	}
	m, _ := v.(map[string]any)
	for _, f := range o.fields {
		value, there := m[f.name]
		below := descend(all, f.name)
		if f.sub != nil {
			if !f.sub.match(value, below) {
				return false
			}
		} else if !matchLeaf(f.leaf, value, there, below) {
			return false
		}
	}
	for _, group := range o.or {
		if !slices.ContainsFunc(group, func(alt *object) bool { return alt.match(v, all) }) {
			return false
		}
	}
	return true
}

func descend(all []any, name string) []any {
	var out []any
	for _, v := range all {
		switch v := v.(type) {
		case map[string]any:
			if x, ok := v[name]; ok {
				out = append(out, x)
			}
		case []any:
			out = append(out, descend(v, name)...)
		}
	}
	return out
}

func matchLeaf(leaf []matcher, v any, there bool, all []any) bool {
	var values []any
	if there {
		values = leaves(v, nil)
	}
	for _, m := range leaf {
		if _, ok := m.(absent); ok {
			if !slices.ContainsFunc(all, func(x any) bool { return len(leaves(x, nil)) > 0 }) {
				return true
			}
			continue
		}
		if slices.ContainsFunc(values, m.match) {
			return true
		}
	}
	return false
}

// leaves are the scalar values of v: itself, or the scalars of an array (of arrays).
// An object is no leaf: patterns, exists among them, look at leaves only.
func leaves(v any, out []any) []any {
	switch v := v.(type) {
	case map[string]any:
		return out
	case []any:
		for _, e := range v {
			out = leaves(e, out)
		}
		return out
	}
	return append(out, v)
}
