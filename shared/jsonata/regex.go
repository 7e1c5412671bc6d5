package jsonata

import (
	"strconv"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// matchTimeout stops a pattern that backtracks without end.
const matchTimeout = 2 * time.Second

// regexValue is a regular expression literal: a function from a string to its first match.
type regexValue struct {
	re     *regexp2.Regexp
	source string
	pos    int
}

// compileRegex translates a JavaScript pattern to regexp2's dialect.
func compileRegex(source, flags string) (*regexValue, *Error) {
	t := regexTranslator{src: []rune(source), multiline: strings.Contains(flags, "m")}
	pattern, err := t.translate()
	if err != nil {
		return nil, err
	}
	options := regexp2.None
	if strings.Contains(flags, "i") {
		options |= regexp2.IgnoreCase
	}
	re, e := regexp2.Compile(pattern, options)
	if e != nil {
		return nil, failValue("S0303", source)
	}
	re.MatchTimeout = matchTimeout
	return &regexValue{re: re, source: source}, nil
}

// textMatch is one match; offsets count runes.
type textMatch struct {
	m          *regexp2.Match
	text       string
	start, end int
	groups     []any
}

func (v *regexValue) result(m *regexp2.Match, err error) (*textMatch, error) {
	if err != nil {
		return nil, fail("D3154")
	}
	if m == nil {
		return nil, nil
	}
	out := &textMatch{m: m, text: m.String(), start: m.Index, end: m.Index + m.Length}
	groups := m.Groups()
	for _, g := range groups[1:] {
		if len(g.Captures) == 0 {
			out.groups = append(out.groups, undefined)
		} else {
			out.groups = append(out.groups, g.String())
		}
	}
	return out, nil
}

func (v *regexValue) first(runes []rune) (*textMatch, error) {
	return v.result(v.re.FindRunesMatch(runes))
}

// next is the match after m; one of length zero there is the error D1004.
func (v *regexValue) next(runes []rune, m *textMatch) (*textMatch, error) {
	if m.end >= len(runes) {
		return nil, nil
	}
	n, err := v.result(v.re.FindRunesMatchStartingAt(runes, m.end))
	if err == nil && n != nil && n.text == "" {
		return nil, &Error{Code: "D1004", Position: v.pos, Value: v.source}
	}
	return n, err
}

// matchFrom is the call of a regular expression as a function.
func (v *regexValue) matchFrom(s string) (any, error) {
	runes := []rune(s)
	m, err := v.first(runes)
	return v.object(runes, m, err)
}

func (v *regexValue) object(runes []rune, m *textMatch, err error) (any, error) {
	if err != nil || m == nil {
		return undefined, err
	}
	o := newObject(5)
	start := utf16Len(string(runes[:m.start]))
	o.set("match", m.text)
	o.set("start", float64(start))
	o.set("end", float64(start+utf16Len(m.text)))
	o.set("groups", append([]any{}, m.groups...))
	o.set("next", &native{name: "next", run: func(*call, []any) (any, error) {
		n, err := v.next(runes, m)
		return v.object(runes, n, err)
	}})
	return o, nil
}

// regexTranslator rewrites what differs between JavaScript's regular expressions (without the u flag) and
// regexp2's, which follow .NET: line ends, character classes, group numbers and a few escapes.
type regexTranslator struct {
	src       []rune
	i         int
	multiline bool
	names     []string // of the capturing groups in order; "" when unnamed
	out       strings.Builder
}

const (
	lineEnds  = `\n\r\u2028\u2029`
	jsSpace   = `\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`
	notSpace  = `\u0000-\u0008\u000e-\u001f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-` + highest
	highest   = "\U0010ffff" // the engine sees characters, not UTF-16 units
	wordChars = `a-zA-Z0-9_`
	notWord   = `\u0000-/:-@\[-\^` + "`" + `{-` + highest
	notDigit  = `\u0000-/:-` + highest
)

func (t *regexTranslator) peek(n int) rune {
	if t.i+n < len(t.src) {
		return t.src[t.i+n]
	}
	return -1
}

func (t *regexTranslator) translate() (string, *Error) {
	t.collectGroups()
	for t.i < len(t.src) {
		c := t.src[t.i]
		switch c {
		case '\\':
			t.escape(false)
			continue
		case '[':
			if err := t.class(); err != nil {
				return "", err
			}
			continue
		case '(':
			if err := t.group(); err != nil {
				return "", err
			}
			continue
		case '.':
			t.out.WriteString("[^" + lineEnds + "]")
		case '^':
			if t.multiline {
				t.out.WriteString(`(?<=\A|[` + lineEnds + `])`)
			} else {
				t.out.WriteString(`\A`)
			}
		case '$':
			if t.multiline {
				t.out.WriteString(`(?=\z|[` + lineEnds + `])`)
			} else {
				t.out.WriteString(`\z`)
			}
		default:
			t.out.WriteRune(c)
		}
		t.i++
	}
	return t.out.String(), nil
}

// collectGroups notes the capturing groups, which back references count.
func (t *regexTranslator) collectGroups() {
	inClass := false
	for i := 0; i < len(t.src); i++ {
		switch c := t.src[i]; {
		case c == '\\':
			i++
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '(' && !inClass:
			name, captures := "", true
			if i+1 < len(t.src) && t.src[i+1] == '?' {
				captures = false
				if i+3 < len(t.src) && t.src[i+2] == '<' && t.src[i+3] != '=' && t.src[i+3] != '!' {
					end := i + 3
					for end < len(t.src) && t.src[end] != '>' {
						end++
					}
					name, captures = string(t.src[i+3:end]), true
				}
			}
			if captures {
				t.names = append(t.names, name)
			}
		}
	}
}

func (t *regexTranslator) group() *Error {
	if t.peek(1) != '?' {
		t.out.WriteByte('(')
		t.i++
		return nil
	}
	switch t.peek(2) {
	case ':', '=', '!':
		t.out.WriteString("(?" + string(t.peek(2)))
		t.i += 3
		return nil
	case '<':
		if d := t.peek(3); d == '=' || d == '!' {
			t.out.WriteString("(?<" + string(d))
			t.i += 4
			return nil
		}
		// named groups are numbered like the others in JavaScript
		for t.i < len(t.src) && t.src[t.i] != '>' {
			t.i++
		}
		t.i++
		t.out.WriteByte('(')
		return nil
	}
	return failValue("S0303", string(t.src))
}

// class translates [...]; the empty ones match nothing and anything.
func (t *regexTranslator) class() *Error {
	t.i++
	negated := t.peek(0) == '^'
	if negated {
		t.i++
	}
	if t.peek(0) == ']' {
		t.i++
		if negated {
			t.out.WriteString(`[\s\S]`)
		} else {
			t.out.WriteString(`(?!)`)
		}
		return nil
	}
	t.out.WriteByte('[')
	if negated {
		t.out.WriteByte('^')
	}
	for t.i < len(t.src) && t.src[t.i] != ']' {
		switch c := t.src[t.i]; c {
		case '\\':
			t.escape(true)
			continue
		case '[', '^':
			t.out.WriteByte('\\')
			t.out.WriteRune(c)
		case '-':
			// .NET reads -[ as a subtraction of classes
			if t.peek(1) == '[' {
				t.out.WriteByte('\\')
			}
			t.out.WriteRune(c)
		default:
			t.out.WriteRune(c)
		}
		t.i++
	}
	if t.i >= len(t.src) {
		return failValue("S0303", string(t.src))
	}
	t.i++
	t.out.WriteByte(']')
	return nil
}

// escape translates a backslash and what it governs.
func (t *regexTranslator) escape(inClass bool) {
	c := t.peek(1)
	t.i += 2
	set := func(members, complement string, negate bool) {
		switch {
		case inClass && negate:
			t.out.WriteString(complement)
		case inClass:
			t.out.WriteString(members)
		case negate:
			t.out.WriteString("[^" + members + "]")
		default:
			t.out.WriteString("[" + members + "]")
		}
	}
	code := func(r rune) {
		h := strconv.FormatInt(int64(r), 16)
		t.out.WriteString(`\u` + strings.Repeat("0", max(0, 4-len(h))) + h)
	}
	switch {
	case c == -1:
		t.out.WriteString(`\\`)
	case c == 'd' || c == 'D':
		set("0-9", notDigit, c == 'D')
	case c == 'w' || c == 'W':
		set(wordChars, notWord, c == 'W')
	case c == 's' || c == 'S':
		set(jsSpace, notSpace, c == 'S')
	case c == 'b' && inClass:
		code('\b')
	case c == 'b':
		t.out.WriteString(`(?:(?<=[` + wordChars + `])(?![` + wordChars + `])|(?<![` + wordChars + `])(?=[` + wordChars + `]))`)
	case c == 'B' && !inClass:
		t.out.WriteString(`(?:(?<=[` + wordChars + `])(?=[` + wordChars + `])|(?<![` + wordChars + `])(?![` + wordChars + `]))`)
	case strings.ContainsRune("nrtfv", c):
		t.out.WriteByte('\\')
		t.out.WriteRune(c)
	case c == 'x' && t.hex(2) >= 0:
		code(t.hex(2))
		t.i += 2
	case c == 'u' && t.hex(4) >= 0:
		r := t.hex(4)
		t.i += 4
		// a surrogate pair is one character here
		if r >= 0xD800 && r < 0xDC00 && t.peek(0) == '\\' && t.peek(1) == 'u' {
			t.i += 2
			if low := t.hex(4); low >= 0xDC00 && low < 0xE000 {
				t.i += 4
				t.out.WriteRune((r-0xD800)<<10 + (low - 0xDC00) + 0x10000)
				return
			}
			t.i -= 2
		}
		code(r)
	case c == 'c' && isLetter(t.peek(0)):
		code(t.peek(0) & 31)
		t.i++
	case c == 'k' && !inClass && t.named():
	case c >= '1' && c <= '9' && !inClass:
		t.backReference()
	case c >= '0' && c <= '7':
		code(t.octal(c))
	case isLetter(c) || c >= '0' && c <= '9' || c == '_':
		t.out.WriteRune(c) // an escape without meaning stands for itself
	default:
		if c < 128 {
			t.out.WriteByte('\\')
		}
		t.out.WriteRune(c)
	}
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// hex reads n hexadecimal digits ahead, -1 when there are fewer.
func (t *regexTranslator) hex(n int) rune {
	if t.i+n > len(t.src) {
		return -1
	}
	v, err := strconv.ParseUint(string(t.src[t.i:t.i+n]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(v)
}

func (t *regexTranslator) octal(first rune) rune {
	v := first - '0'
	for n := 0; n < 2 && t.peek(0) >= '0' && t.peek(0) <= '7' && v*8+t.peek(0)-'0' < 256; n++ {
		v = v*8 + t.peek(0) - '0'
		t.i++
	}
	return v
}

// named writes \k<name> as a numbered reference.
func (t *regexTranslator) named() bool {
	if t.peek(0) != '<' {
		return false
	}
	end := t.i
	for end < len(t.src) && t.src[end] != '>' {
		end++
	}
	if end == len(t.src) {
		return false
	}
	name := string(t.src[t.i+1 : end])
	for i, n := range t.names {
		if n != "" && n == name {
			t.i = end + 1
			t.reference(i + 1)
			return true
		}
	}
	return false
}

// reference writes a back reference; a group that has not matched matches the empty string in JavaScript.
func (t *regexTranslator) reference(n int) {
	s := strconv.Itoa(n)
	t.out.WriteString(`(?(` + s + `)\` + s + `|)`)
}

// backReference reads \N: a reference when there are that many groups, else an octal escape or the digit itself.
func (t *regexTranslator) backReference() {
	start := t.i - 1
	end := start
	for end < len(t.src) && t.src[end] >= '0' && t.src[end] <= '9' && end-start < 5 {
		end++
	}
	n, _ := strconv.Atoi(string(t.src[start:end]))
	if n <= len(t.names) {
		t.i = end
		t.reference(n)
		return
	}
	if c := t.src[start]; c <= '7' {
		r := t.octal(c)
		t.out.WriteString(`\u00` + string(hexDigits[r>>4&15]) + string(hexDigits[r&15]))
		return
	}
	t.out.WriteRune(t.src[start])
}
