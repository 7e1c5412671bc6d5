package expression

import (
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// MaxBytes bounds one expression, MaxOperators its operators and functions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	MaxBytes     = 4 << 10
	MaxOperators = 300
)

type class uint8

const (
	end    class = iota
	word         // a name or a keyword
	name         // #name
	value        // :value
	number       // digits, in a path's [index]
	symbol       // punctuation and comparators
)

type token struct {
	class class
	text  string
	from  int // byte offsets in the source
	to    int
}

// source is one expression being read; field is the request member it came in.
type source struct {
	field  string
	text   string
	tokens []token
	at     int
	ops    int
}

func (s *source) errorf(format string, args ...any) error {
	return attribute.Invalid("Invalid " + s.field + ": " + fmt.Sprintf(format, args...))
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

func lex(field, text string) (*source, error) {
	s := &source{field: field, text: text}
	if strings.TrimSpace(text) == "" {
		return nil, s.errorf("The expression can not be empty;")
	}
	if len(text) > MaxBytes {
		return nil, s.errorf("Expression size has exceeded the maximum allowed size; expression size: %d", len(text))
	}
	for i := 0; i < len(text); {
		start := i
		c := text[i]
		run := func(also string) {
			for i++; i < len(text) && (letter(text[i]) || digit(text[i]) || strings.IndexByte(also, text[i]) >= 0); i++ {
			}
		}
		cl := symbol
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
			continue
		case letter(c):
			cl = word
			run("_")
		case digit(c):
			cl = number
			for i++; i < len(text) && digit(text[i]); i++ {
			}
		case c == '#' || c == ':':
			cl = name
			if c == ':' {
				cl = value
			}
			if run("_"); i == start+1 {
				cl = symbol
			}
		case strings.HasPrefix(text[i:], "<>"), strings.HasPrefix(text[i:], "<="), strings.HasPrefix(text[i:], ">="):
			i += 2
		default:
			i++
			for i < len(text) && text[i]&0xC0 == 0x80 { // the rest of a character
				i++
			}
		}
		s.tokens = append(s.tokens, token{class: cl, text: text[start:i], from: start, to: i})
	}
	s.tokens = append(s.tokens, token{class: end, text: "<EOF>", from: len(text), to: len(text)})
	return s, nil
}

func (s *source) peek() token { return s.tokens[s.at] }

func (s *source) next() token {
	t := s.tokens[s.at]
	if t.class != end {
		s.at++
	}
	return t
}

// is says whether the next token is the symbol.
func (s *source) is(text string) bool {
	t := s.peek()
	return t.class == symbol && t.text == text
}

func (s *source) take(text string) bool {
	if s.is(text) {
		s.at++
		return true
	}
	return false
}

// keyword says whether the next token is the keyword, in any case.
func (s *source) keyword(text string) bool {
	t := s.peek()
	return t.class == word && strings.EqualFold(t.text, text)
}

func (s *source) takeKeyword(text string) bool {
	if s.keyword(text) {
		s.at++
		return true
	}
	return false
}

// unexpected is the syntax error at the next token, with its neighbours.
func (s *source) unexpected() error {
	i := s.at
	from, to := s.tokens[max(i-1, 0)].from, s.tokens[min(i+1, len(s.tokens)-1)].to
	return s.errorf("Syntax error; token: %q, near: %q", plain(s.tokens[i].text), plain(strings.TrimSpace(s.text[from:to])))
}

// plain keeps %q from escaping: AWS quotes the source as it is.
type plain string

func (p plain) Format(f fmt.State, _ rune) { fmt.Fprint(f, `"`+string(p)+`"`) }

func (s *source) expect(text string) error {
	if !s.take(text) {
		return s.unexpected()
	}
	return nil
}

// operator counts one more operator or function.
func (s *source) operator() error {
	s.ops++
	if s.ops > MaxOperators {
		return s.errorf("The expression contains too many operators; the limit is %d", MaxOperators)
	}
	return nil
}
