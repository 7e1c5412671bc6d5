package condition

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// position says where in an element a text has to stand.
type position int

const (
	whole position = iota
	anywhere
	atStart
	atEnd
)

// scalarSet is met by an element that is (contains, begins or ends with) one of its values.
// Numbers and booleans have no parts: for them every position means the whole.
type scalarSet struct {
	values    []any
	texts     []string // folded unless matchCase
	written   []string // as they were written
	others    []any    // numbers and booleans
	how       position
	matchCase bool
}

func newScalarSet(values []any, how position, matchCase bool) *scalarSet {
	s := &scalarSet{values: values, how: how, matchCase: matchCase}
	for _, v := range values {
		text, ok := v.(string)
		if !ok {
			s.others = append(s.others, v)
			continue
		}
		s.written = append(s.written, text)
		if !matchCase {
			text = fold(text)
		}
		s.texts = append(s.texts, text)
	}
	return s
}

func (s *scalarSet) meets(v any, _ int64) bool {
	text, ok := v.(string)
	if !ok {
		switch v.(type) {
		case float64, bool:
			if s.texts == nil && s.others == nil {
				return slices.Contains(s.values, v)
			}
			return slices.Contains(s.others, v)
		}
		return false
	}
	if !s.matchCase {
		text = fold(text)
	}
	return slices.ContainsFunc(s.texts, func(want string) bool {
		switch s.how {
		case anywhere:
			return strings.Contains(text, want)
		case atStart:
			return strings.HasPrefix(text, want)
		case atEnd:
			return strings.HasSuffix(text, want)
		}
		return text == want
	})
}

func (s *scalarSet) print() string {
	others := s.others
	if s.texts == nil && s.others == nil {
		others = s.values
	}
	switch {
	case len(s.texts) == 0:
		return oneOf(others)
	case s.matchCase && s.how == whole:
		return oneOf(append(toAny(s.written), others...))
	}
	rest := "false"
	if len(others) > 0 {
		rest = oneOf(others)
	}
	return `$type($) = "string" ? ` + s.printText() + ` : ` + rest
}

// printText is about $ being a text.
func (s *scalarSet) printText() string {
	hasEmpty := slices.Contains(s.written, "")
	if hasEmpty && s.how != whole {
		return "true" // every text contains, begins and ends with ""
	}
	var alternatives []string
	seen := map[string]bool{}
	for _, text := range s.written {
		alt := literalRegex(text, !s.matchCase)
		if text != "" && !seen[alt] {
			seen[alt] = true
			alternatives = append(alternatives, alt)
		}
	}
	var tests []string
	if hasEmpty {
		tests = append(tests, `$ = ""`) // a JSONata regex must not match the empty text
	}
	if len(alternatives) > 0 {
		body := strings.Join(alternatives, "|")
		if len(alternatives) > 1 && s.how != anywhere {
			body = "(?:" + body + ")"
		}
		if s.how == whole || s.how == atStart {
			body = "^" + body
		}
		if s.how == whole || s.how == atEnd {
			body += endOfText
		}
		tests = append(tests, "$contains($, /"+body+"/)")
	}
	return "(" + strings.Join(tests, " or ") + ")"
}

func oneOf(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = literal(v)
	}
	if len(parts) == 1 {
		return "$ = " + parts[0]
	}
	return "$ in [" + strings.Join(parts, ", ") + "]"
}

func toAny(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// literal prints a text, number or boolean as JSONata.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return Quote(v)
	case float64:
		return number(v)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func number(n float64) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// Quote prints a text as a JSONata string literal. % is written as an escape so that no
// text can end the "{% … %}" around the expression, and so is whatever is not printable.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '%' || r < ' ' || r <= 0xffff && !unicode.IsPrint(r):
			b.WriteString(unicodeEscape(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
