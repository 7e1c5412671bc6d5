package jsonata

import (
	"math"
	"strconv"
	"unicode/utf16"
)

type tokenType uint8

const (
	tokenEnd tokenType = iota
	tokenOperator
	tokenName
	tokenVariable
	tokenString
	tokenNumber
	tokenValue // true, false, null
	tokenRegex
)

// token is one lexical unit. pos is just past it, counted in UTF-16 code units: the position that errors report.
type token struct {
	kind  tokenType
	text  string // operator, name, string or regex source
	value any    // number or value
	flags string // of a regex
	pos   int
}

// lexer works on UTF-16 so that positions agree with JSONata's.
type lexer struct {
	src []uint16
	pos int
}

func newLexer(source string) *lexer {
	return &lexer{src: utf16.Encode([]rune(source))}
}

// at returns the code unit at i, or 0 past the end.
func (l *lexer) at(i int) uint16 {
	if i < 0 || i >= len(l.src) {
		return 0
	}
	return l.src[i]
}

func (l *lexer) text(from, to int) string { return fromUTF16(l.src[from:to]) }

func isSpace(c uint16) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v'
}

// isOperatorChar reports the characters that end a name.
func isOperatorChar(c uint16) bool {
	switch c {
	case '.', '[', ']', '{', '}', '(', ')', ',', '@', '#', ';', ':', '?', '+', '-', '*', '/', '%', '|', '=', '<', '>', '^', '&', '!', '~':
		return true
	}
	return false
}

func isDigit(c uint16) bool { return c >= '0' && c <= '9' }

// next reads a token. After an operand (infix true) a slash divides; elsewhere it opens a regular expression.
func (l *lexer) next(infix bool) (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	if l.pos >= len(l.src) {
		return token{kind: tokenEnd, pos: len(l.src)}, nil
	}
	c, d := l.at(l.pos), l.at(l.pos+1)
	if c == '/' && !infix {
		l.pos++
		return l.regex()
	}
	two := false
	switch c {
	case '.':
		two = d == '.'
	case ':', '!', '<':
		two = d == '='
	case '>':
		two = d == '='
	case '*':
		two = d == '*'
	case '~':
		two = d == '>'
	}
	if two {
		l.pos += 2
		return l.operator(l.text(l.pos-2, l.pos)), nil
	}
	switch {
	case isOperatorChar(c):
		l.pos++
		return l.operator(l.text(l.pos-1, l.pos)), nil
	case c == '"' || c == '\'':
		return l.quoted(c)
	case isDigit(c):
		return l.number()
	case c == '`':
		return l.backquoted()
	}
	return l.name(), nil
}

func (l *lexer) operator(text string) token {
	return token{kind: tokenOperator, text: text, pos: l.pos}
}

// skip passes white space and comments.
func (l *lexer) skip() error {
	for {
		for l.pos < len(l.src) && isSpace(l.src[l.pos]) {
			l.pos++
		}
		if l.at(l.pos) != '/' || l.at(l.pos+1) != '*' {
			return nil
		}
		start := l.pos
		l.pos += 2
		for l.at(l.pos) != '*' || l.at(l.pos+1) != '/' {
			l.pos++
			if l.pos >= len(l.src) {
				return failAt("S0106", start)
			}
		}
		l.pos += 2
	}
}

func (l *lexer) regex() (token, error) {
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		if c == '/' && depth == 0 {
			slashes := 0
			for l.at(l.pos-slashes-1) == '\\' {
				slashes++
			}
			if slashes%2 == 0 {
				break
			}
		}
		if l.at(l.pos-1) != '\\' {
			switch c {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				depth--
			}
		}
		l.pos++
	}
	if l.pos >= len(l.src) {
		return token{}, failAt("S0302", l.pos)
	}
	if l.pos == start {
		return token{}, failAt("S0301", l.pos)
	}
	pattern := l.text(start, l.pos)
	l.pos++
	flags := l.pos
	for l.at(l.pos) == 'i' || l.at(l.pos) == 'm' {
		l.pos++
	}
	return token{kind: tokenRegex, text: pattern, flags: l.text(flags, l.pos), pos: l.pos}, nil
}

func (l *lexer) quoted(quote uint16) (token, error) {
	l.pos++
	var out []uint16
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch {
		case c == quote:
			l.pos++
			return token{kind: tokenString, text: fromUTF16(out), pos: l.pos}, nil
		case c != '\\':
			out = append(out, c)
		default:
			l.pos++
			u, err := l.escape()
			if err != nil {
				return token{}, err
			}
			out = append(out, u)
		}
		l.pos++
	}
	return token{}, failAt("S0101", l.pos)
}

// escape reads what follows a backslash and stops on its last code unit.
func (l *lexer) escape() (uint16, error) {
	c := l.at(l.pos)
	switch c {
	case '"', '\\', '/':
		return c, nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		if l.pos+4 < len(l.src) {
			if n, err := strconv.ParseUint(l.text(l.pos+1, l.pos+5), 16, 16); err == nil {
				l.pos += 4
				return uint16(n), nil
			}
		}
		return 0, failAt("S0104", l.pos)
	}
	tok := ""
	if l.pos < len(l.src) {
		tok = l.text(l.pos, l.pos+1)
	}
	return 0, failToken("S0103", tok, l.pos)
}

// number reads digits as JSON has them; a sign is an operator.
func (l *lexer) number() (token, error) {
	i := l.pos
	if l.src[i] == '0' {
		i++
	} else {
		for isDigit(l.at(i)) {
			i++
		}
	}
	if l.at(i) == '.' && isDigit(l.at(i+1)) {
		for i++; isDigit(l.at(i)); i++ {
		}
	}
	if c := l.at(i); c == 'e' || c == 'E' {
		j := i + 1
		if s := l.at(j); s == '+' || s == '-' {
			j++
		}
		if isDigit(l.at(j)) {
			for i = j; isDigit(l.at(i)); i++ {
			}
		}
	}
	text := l.text(l.pos, i)
	f, _ := strconv.ParseFloat(text, 64)
	if math.IsInf(f, 0) {
		return token{}, failToken("S0102", text, l.pos)
	}
	l.pos = i
	return token{kind: tokenNumber, value: f, pos: l.pos}, nil
}

func (l *lexer) backquoted() (token, error) {
	l.pos++
	for i := l.pos; i < len(l.src); i++ {
		if l.src[i] == '`' {
			name := l.text(l.pos, i)
			l.pos = i + 1
			return token{kind: tokenName, text: name, pos: l.pos}, nil
		}
	}
	l.pos = len(l.src)
	return token{}, failAt("S0105", l.pos)
}

func (l *lexer) name() token {
	start := l.pos
	for l.pos < len(l.src) && !isSpace(l.src[l.pos]) && !isOperatorChar(l.src[l.pos]) {
		l.pos++
	}
	if l.src[start] == '$' {
		return token{kind: tokenVariable, text: l.text(start+1, l.pos), pos: l.pos}
	}
	text := l.text(start, l.pos)
	t := token{kind: tokenName, text: text, pos: l.pos}
	switch text {
	case "or", "in", "and":
		t.kind = tokenOperator
	case "true":
		t.kind, t.value = tokenValue, true
	case "false":
		t.kind, t.value = tokenValue, false
	case "null":
		t.kind = tokenValue
	}
	return t
}
