package workflow

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path is a reference such as contact.attributes.plan, split at its dots. A segment that
// holds spaces, dots or signs is written in backquotes: contact.attributes.`Customer No.`
type Path []string

// MaxPathSegments and MaxPathLength bound one reference.
const (
	MaxPathSegments = 16
	MaxPathLength   = 500
)

// ParsePath splits a reference. Outside backquotes a segment is letters, digits, _ and -.
func ParsePath(s string) (Path, error) {
	if s == "" {
		return nil, fmt.Errorf("the path is empty; write one like message.subject")
	}
	if len(s) > MaxPathLength {
		return nil, fmt.Errorf("the path is longer than %d characters", MaxPathLength)
	}
	var p Path
	for rest := s; ; {
		var seg string
		if strings.HasPrefix(rest, "`") {
			end := strings.IndexByte(rest[1:], '`')
			if end < 0 {
				return nil, fmt.Errorf("the path %q has a backquote that is not closed", s)
			}
			seg, rest = rest[1:1+end], rest[end+2:]
			if strings.IndexFunc(seg, unicode.IsControl) >= 0 || !utf8.ValidString(seg) {
				return nil, fmt.Errorf("the path %q has a control character in it", s)
			}
		} else {
			end := strings.IndexFunc(rest, func(r rune) bool { return !plainSegment(r) })
			if end < 0 {
				end = len(rest)
			}
			seg, rest = rest[:end], rest[end:]
		}
		if seg == "" {
			return nil, fmt.Errorf("the path %q has an empty part; write names with dots between them, like message.subject", s)
		}
		p = append(p, seg)
		if len(p) > MaxPathSegments {
			return nil, fmt.Errorf("the path %q has more than %d parts", s, MaxPathSegments)
		}
		if rest == "" {
			return p, nil
		}
		if rest[0] != '.' {
			r, _ := utf8.DecodeRuneInString(rest)
			return nil, fmt.Errorf("the path %q has %q in it; put a name that is not letters, digits, _ or - in backquotes", s, r)
		}
		rest = rest[1:]
	}
}

func plainSegment(r rune) bool {
	return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// String writes the path as ParsePath reads it.
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, seg := range p {
		parts[i] = seg
		if strings.IndexFunc(seg, func(r rune) bool { return !plainSegment(r) }) >= 0 {
			parts[i] = "`" + seg + "`"
		}
	}
	return strings.Join(parts, ".")
}

// JSONata prints steps into a value, "" for none: .attributes.`Customer No.`
func (p Path) JSONata() string {
	var b strings.Builder
	for _, seg := range p {
		b.WriteByte('.')
		if plainJSONataName(seg) {
			b.WriteString(seg)
		} else {
			b.WriteString("`" + seg + "`")
		}
	}
	return b.String()
}

// plainJSONataName: names that JSONata reads without quoting; its word operators and
// literals are not among them.
func plainJSONataName(s string) bool {
	switch s {
	case "and", "or", "in", "true", "false", "null", "function":
		return false
	}
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

// Lookup follows the path through encoding/json-shaped values as JSONata's path operator
// does: a step into a list is taken in each element and the results are joined to one
// list, a single result standing for itself. nil, JSON null included, means missing.
func (p Path) Lookup(root any) any {
	v, ok := root, true
	for _, seg := range p {
		v, ok = step(v, seg)
		if !ok {
			return nil
		}
	}
	return v
}

func step(v any, name string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		got, ok := v[name]
		return got, ok
	case []any:
		var out []any
		for _, item := range v {
			got, ok := step(item, name)
			if !ok {
				continue
			}
			if list, isList := got.([]any); isList {
				out = append(out, list...)
			} else {
				out = append(out, got)
			}
		}
		switch len(out) {
		case 0:
			return nil, false
		case 1:
			return out[0], true
		}
		return out, true
	}
	return nil, false
}

// Normalize turns any value that encodes as JSON into encoding/json's own shapes (maps,
// lists, float64, string, bool, nil), which Lookup and package condition expect.
func Normalize(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(raw, &out)
	return out, err
}
