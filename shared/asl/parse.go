package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Parse reads a definition. Its error is an *Error when the text is no JSON object or
// longer than MaxDefinition; everything else that is wrong is told by Validate.
func Parse(text []byte) (*Machine, error) {
	if len(text) > MaxDefinition {
		return nil, broken("definition is %d bytes long, at most %d are allowed", len(text), MaxDefinition)
	}
	if err := wellFormed(text); err != nil {
		return nil, broken("%s", err)
	}
	top, err := members(text)
	if err != nil {
		return nil, broken("%s", err)
	}
	p := &parser{}
	m := &Machine{}
	p.fields(top, "", func(key string, v json.RawMessage, at string) bool {
		switch key {
		case "Comment":
			m.Comment = p.text(v, at, key)
		case "QueryLanguage":
			m.QueryLanguage = p.text(v, at, key)
		case "StartAt":
			m.StartAt = p.text(v, at, key)
		case "Version":
			m.Version = p.text(v, at, key)
		case "TimeoutSeconds":
			m.TimeoutSeconds = p.number(v, at, key, 1, MaxSeconds)
		case "States":
			p.states(m, v, at)
		default:
			return false
		}
		return true
	})
	m.problems = p.found
	return m, nil
}

func broken(format string, args ...any) error {
	r := &report{}
	r.add(CodeJSON, "", format, args...)
	return &Error{r.found}
}

type parser struct{ report }

// fields calls set for each member; set answers false for a field that does not exist.
func (p *parser) fields(list []member, at string, set func(key string, v json.RawMessage, at string) bool) {
	seen := map[string]bool{}
	for _, f := range list {
		where := at + "/" + f.key
		if seen[f.key] {
			p.schema(where, "Field '%s' is given more than once", f.key)
			continue
		}
		seen[f.key] = true
		if !set(f.key, f.value, where) {
			root := at
			if root == "" {
				root = "/"
			}
			p.unknown(root, f.key)
		}
	}
}

// pathFields are the fields that exist in JSONPath mode only.
var pathFields = map[string]bool{
	"InputPath": true, "OutputPath": true, "ResultPath": true, "Parameters": true, "ResultSelector": true,
	"SecondsPath": true, "TimestampPath": true, "TimeoutSecondsPath": true, "HeartbeatSecondsPath": true,
	"ErrorPath": true, "CausePath": true, "Variable": true, "ItemsPath": true,
}

func (p *parser) unknown(at, key string) {
	if pathFields[key] {
		p.schema(at, `Field '%s' needs the query language JSONPath, which is not supported; set "QueryLanguage": "JSONata" and write a {%% … %%} expression`, key)
		return
	}
	p.schema(at, "Field '%s' is not supported", key)
}

func (p *parser) states(m *Machine, raw json.RawMessage, at string) {
	list, err := members(raw)
	if err != nil {
		p.schema(at, "The field 'States' should be an object but was: %s", kind(raw))
		return
	}
	m.States = make(map[string]*State, len(list))
	for _, f := range list {
		where := at + "/" + f.key
		if _, twice := m.States[f.key]; twice {
			p.schema(where, "State '%s' is defined more than once", f.key)
			continue
		}
		s := &State{}
		m.States[f.key] = s
		m.Order = append(m.Order, f.key)
		inner, err := members(f.value)
		if err != nil {
			p.schema(where, "State '%s' should be an object but was: %s", f.key, kind(f.value))
			continue
		}
		p.state(s, inner, where)
	}
}

func (p *parser) state(s *State, list []member, at string) {
	p.fields(list, at, func(key string, v json.RawMessage, at string) bool {
		switch key {
		case "Type":
			s.Type = p.text(v, at, key)
		case "Comment":
			s.Comment = p.text(v, at, key)
		case "QueryLanguage":
			s.QueryLanguage = p.text(v, at, key)
		case "Resource":
			s.Resource = p.text(v, at, key)
		case "Arguments":
			s.Arguments = decode(v)
		case "Credentials":
			s.Credentials = decode(v)
		case "TimeoutSeconds":
			s.TimeoutSeconds = decode(v)
		case "HeartbeatSeconds":
			s.HeartbeatSeconds = decode(v)
		case "Retry":
			p.list(v, at, key, func(f []member, at string) { s.Retry = append(s.Retry, p.retrier(f, at)) })
			if s.Retry == nil {
				s.Retry = []Retrier{}
			}
		case "Catch":
			p.list(v, at, key, func(f []member, at string) { s.Catch = append(s.Catch, p.catcher(f, at)) })
			if s.Catch == nil {
				s.Catch = []Catcher{}
			}
		case "Choices":
			p.list(v, at, key, func(f []member, at string) { s.Choices = append(s.Choices, p.rule(f, at)) })
			if s.Choices == nil {
				s.Choices = []Rule{}
			}
		case "Default":
			s.Default = p.text(v, at, key)
		case "Seconds":
			s.Seconds = decode(v)
		case "Timestamp":
			s.Timestamp = p.text(v, at, key)
		case "Result":
			s.Result = decode(v)
		case "Error":
			s.Error = decode(v)
		case "Cause":
			s.Cause = decode(v)
		case "Assign":
			s.Assign = p.assign(v, at)
		case "Output":
			s.Output = decode(v)
		case "Next":
			s.Next = p.text(v, at, key)
		case "End":
			s.End = p.boolean(v, at, key)
		case "Branches", "Iterator", "ItemProcessor", "ItemSelector", "Items", "MaxConcurrency", "ItemReader", "ItemBatcher",
			"ResultWriter", "ToleratedFailureCount", "ToleratedFailurePercentage", "Label":
			// told once, for the state's Type
		default:
			return false
		}
		return true
	})
}

func (p *parser) retrier(list []member, at string) Retrier {
	var r Retrier
	p.fields(list, at, func(key string, v json.RawMessage, at string) bool {
		switch key {
		case "ErrorEquals":
			r.ErrorEquals = p.texts(v, at, key)
		case "IntervalSeconds":
			r.IntervalSeconds = p.number(v, at, key, 1, MaxSeconds)
		case "MaxAttempts":
			r.MaxAttempts = Int(p.number(v, at, key, 0, MaxSeconds))
		case "BackoffRate":
			if err := json.Unmarshal(v, &r.BackoffRate); err != nil || kind(v) != "number" || r.BackoffRate < 1 {
				p.schema(at, "The field 'BackoffRate' should be a number of at least 1.0")
			}
		case "MaxDelaySeconds":
			r.MaxDelaySeconds = p.number(v, at, key, 1, 31622400-1)
		case "JitterStrategy":
			r.JitterStrategy = p.text(v, at, key)
		case "Comment":
			r.Comment = p.text(v, at, key)
		default:
			return false
		}
		return true
	})
	return r
}

func (p *parser) catcher(list []member, at string) Catcher {
	var c Catcher
	p.fields(list, at, func(key string, v json.RawMessage, at string) bool {
		switch key {
		case "ErrorEquals":
			c.ErrorEquals = p.texts(v, at, key)
		case "Assign":
			c.Assign = p.assign(v, at)
		case "Output":
			c.Output = decode(v)
		case "Next":
			c.Next = p.text(v, at, key)
		case "Comment":
			c.Comment = p.text(v, at, key)
		default:
			return false
		}
		return true
	})
	return c
}

func (p *parser) rule(list []member, at string) Rule {
	var c Rule
	p.fields(list, at, func(key string, v json.RawMessage, at string) bool {
		switch key {
		case "Condition":
			c.Condition = decode(v)
		case "Assign":
			c.Assign = p.assign(v, at)
		case "Output":
			c.Output = decode(v)
		case "Next":
			c.Next = p.text(v, at, key)
		case "Comment":
			c.Comment = p.text(v, at, key)
		default:
			// the comparison operators of JSONPath mode are told by the missing Condition
			return strings.HasPrefix(key, "Is") || strings.Contains(key, "Equals") || strings.Contains(key, "Than") ||
				strings.Contains(key, "Matches") || key == "And" || key == "Or" || key == "Not"
		}
		return true
	})
	return c
}

func (p *parser) assign(raw json.RawMessage, at string) map[string]any {
	list, err := members(raw)
	if err != nil {
		p.schema(at, "The field 'Assign' should be an object but was: %s", kind(raw))
		return nil
	}
	out := make(map[string]any, len(list))
	for _, f := range list {
		if _, twice := out[f.key]; twice {
			p.schema(at+"/"+f.key, "Field '%s' is given more than once", f.key)
		}
		out[f.key] = decode(f.value)
	}
	return out
}

func (p *parser) list(raw json.RawMessage, at, key string, each func([]member, string)) {
	var items []json.RawMessage
	if kind(raw) != "array" || json.Unmarshal(raw, &items) != nil {
		p.schema(at, "The field '%s' should be an array but was: %s", key, kind(raw))
		return
	}
	for i, it := range items {
		where := fmt.Sprintf("%s[%d]", at, i)
		f, err := members(it)
		if err != nil {
			p.schema(where, "An element of '%s' should be an object but was: %s", key, kind(it))
			continue
		}
		each(f, where)
	}
}

func (p *parser) text(raw json.RawMessage, at, key string) string {
	var s string
	if kind(raw) != "string" || json.Unmarshal(raw, &s) != nil {
		p.schema(at, "The field '%s' should be a string but was: %s", key, kind(raw))
	}
	return s
}

func (p *parser) texts(raw json.RawMessage, at, key string) []string {
	var list []json.RawMessage
	if kind(raw) != "array" || json.Unmarshal(raw, &list) != nil {
		p.schema(at, "The field '%s' should be an array of strings but was: %s", key, kind(raw))
		return nil
	}
	out := make([]string, 0, len(list))
	for i, it := range list {
		out = append(out, p.text(it, fmt.Sprintf("%s[%d]", at, i), key))
	}
	return out
}

func (p *parser) boolean(raw json.RawMessage, at, key string) bool {
	if kind(raw) != "boolean" {
		p.schema(at, "The field '%s' should be a boolean but was: %s", key, kind(raw))
	}
	return bytes.Equal(bytes.TrimSpace(raw), []byte("true"))
}

func (p *parser) number(raw json.RawMessage, at, key string, low, high int) int {
	var f float64
	if kind(raw) != "number" || json.Unmarshal(raw, &f) != nil || f != math.Trunc(f) || f < float64(low) || f > float64(high) {
		p.schema(at, "The field '%s' should be an integer from %d to %d", key, low, high)
		return low
	}
	return int(f)
}
