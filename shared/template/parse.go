package template

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Parse reads a text. Problems have no path and no node and name the character at fault,
// counted from 1; with an error among them the Template is nil.
func Parse(text string) (*Template, []workflow.Problem) {
	t := &Template{}
	var problems []workflow.Problem
	count := 0
	for rest := text; rest != ""; {
		open := strings.Index(rest, "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: rest})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: rest[:open]})
		}
		s := &scanner{text: text, pos: len(text) - len(rest) + open + 2}
		p, err := s.expression()
		if err != nil {
			at := utf8.RuneCountInString(text[:min(err.pos, len(text))]) + 1
			problems = append(problems, workflow.Errorf("", "", "template", "the template is wrong at character %d: %s", at, err.message))
			// Go on after this expression, so that one text reports all its faults.
			next := strings.Index(text[s.pos:], "}}")
			if next < 0 {
				break
			}
			rest = text[s.pos+next+2:]
			continue
		}
		if count++; count == MaxExpressions+1 {
			problems = append(problems, workflow.Errorf("", "", "template", "the text has more than %d {{ }}; split it", MaxExpressions))
		}
		t.parts = append(t.parts, p)
		rest = text[s.pos:]
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

type scanner struct {
	text string
	pos  int // byte offset
}

type scanError struct {
	pos     int
	message string
}

func (s *scanner) fail(pos int, format string, args ...any) *scanError {
	return &scanError{pos, fmt.Sprintf(format, args...)}
}

func (s *scanner) spaces() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

// take consumes token if it comes next.
func (s *scanner) take(token string) bool {
	if strings.HasPrefix(s.text[s.pos:], token) {
		s.pos += len(token)
		return true
	}
	return false
}

const unclosed = "{{ is not closed; write {{ path }}, or take the braces out"

// expression reads from behind {{ to behind }}.
func (s *scanner) expression() (part, *scanError) {
	s.spaces()
	start := s.pos
	quoted := false
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c == '`' {
			quoted = !quoted
		} else if !quoted && (strings.IndexByte("|} \t\r\n", c) >= 0) {
			break
		}
		s.pos++
	}
	raw := s.text[start:s.pos]
	if s.pos == len(s.text) {
		s.pos = start
		return part{}, s.fail(start, unclosed)
	}
	if raw == "" {
		return part{}, s.fail(start, "there is no path in {{ }}; write one like {{ message.subject }}")
	}
	path, err := workflow.ParsePath(raw)
	if err != nil {
		return part{}, s.fail(start, "%v", err)
	}
	p := part{path: path, offset: utf8.RuneCountInString(s.text[:start])}
	for {
		s.spaces()
		switch {
		case s.take("}}"):
			return p, nil
		case s.pos == len(s.text):
			return part{}, s.fail(start, unclosed)
		case !s.take("|"):
			return part{}, s.fail(s.pos, "after a path or a filter come | and a filter, or }}")
		}
		f, err := s.filter()
		if err != nil {
			return part{}, err
		}
		p.filters = append(p.filters, f)
		if len(p.filters) > 16 {
			return part{}, s.fail(s.pos, "there are more than 16 filters in one {{ }}")
		}
	}
}

func (s *scanner) filter() (filter, *scanError) {
	s.spaces()
	start := s.pos
	for s.pos < len(s.text) && (s.text[s.pos] >= 'a' && s.text[s.pos] <= 'z' || s.text[s.pos] == '_') {
		s.pos++
	}
	f := filter{name: s.text[start:s.pos]}
	kind, ok := workflow.TheCatalog.Filter(f.name)
	if !ok {
		var names []string
		for _, k := range workflow.TheCatalog.Filters {
			names = append(names, k.Name)
		}
		return f, s.fail(start, "there is no filter %q; use one of %s", f.name, strings.Join(names, ", "))
	}
	s.spaces()
	if !s.take(":") {
		if kind.Arg == "required" {
			return f, s.fail(s.pos, "the filter %s needs an argument, like %s", f.name, kind.Example)
		}
		return f, nil
	}
	if kind.Arg == "none" {
		return f, s.fail(s.pos, "the filter %s takes no argument; write %s", f.name, kind.Example)
	}
	s.spaces()
	argStart := s.pos
	text, number, isText, err := s.argument()
	if err != nil {
		return f, err
	}
	if kind.ArgKind == "integer" {
		if n, bad := strconv.Atoi(text); isText && bad == nil {
			isText, number = false, n // a number in quotes is one, too
		}
		if isText || number < 1 || number > 32_768 {
			return f, s.fail(argStart, "the argument of %s must be a whole number from 1 to 32768, like %s", f.name, kind.Example)
		}
		f.count = number
		return f, nil
	}
	if !isText {
		text = strconv.Itoa(number)
	}
	f.text = text
	return f, nil
}

func (s *scanner) argument() (text string, number int, isText bool, err *scanError) {
	start := s.pos
	if s.pos < len(s.text) && (s.text[s.pos] == '"' || s.text[s.pos] == '\'') {
		quote := s.text[s.pos]
		s.pos++
		var b strings.Builder
		for s.pos < len(s.text) {
			c := s.text[s.pos]
			s.pos++
			switch {
			case c == quote:
				return b.String(), 0, true, nil
			case c != '\\':
				b.WriteByte(c)
			case s.pos < len(s.text):
				e := s.text[s.pos]
				s.pos++
				switch e {
				case 'n':
					b.WriteByte('\n')
				case 't':
					b.WriteByte('\t')
				case '"', '\'', '\\':
					b.WriteByte(e)
				default:
					return "", 0, false, s.fail(s.pos-2, `\%c is not an escape; use \" \' \\ \n or \t`, e)
				}
			}
		}
		s.pos = start
		return "", 0, false, s.fail(start, "the text in quotes is not closed")
	}
	for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
		s.pos++
	}
	n, bad := strconv.Atoi(s.text[start:s.pos])
	if bad != nil {
		return "", 0, false, s.fail(start, `after : comes a text in quotes or a whole number, like {{ contact.name | default: "you" }}`)
	}
	return "", n, false, nil
}
