package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Expression gives the JSONata inside "{% … %}", trimmed; false for other text.
func Expression(s string) (string, bool) {
	if len(s) < 4 || !strings.HasPrefix(s, "{%") || !strings.HasSuffix(s, "%}") {
		return "", false
	}
	return strings.TrimSpace(s[2 : len(s)-2]), true
}

// halfOpen tells text that opens or closes an expression but does not do both.
func halfOpen(s string) bool {
	if _, ok := Expression(s); ok {
		return false
	}
	return strings.HasPrefix(s, "{%") || strings.HasSuffix(s, "%}") && !strings.HasPrefix(strings.TrimSpace(s), "{%")
}

// references are what an expression reads from outside itself.
type references struct {
	context   []string // names, "$" and "$$" read from a context item, which does not exist
	states    []string // fields of $states
	variables []string // without the dollar; $states and what the expression binds itself excluded
}

// refer scans source for its references. It reads tokens, not a syntax tree: it follows
// brackets to know where a context item exists (after a dot, in a predicate, in a sort
// term, in a grouping, in a transform) and where none does.
func refer(source string) references {
	s := scanner{src: source, top: true}
	return s.run()
}

type frame struct {
	open     byte
	top      bool // of the enclosing expression
	wasStep  bool // the operand this bracket belongs to is a later step of a path
	bars     int
	function bool // the parentheses of a function's parameters
}

type scanner struct {
	src     string
	pos     int
	top     bool // no context item here
	operand bool // the last token ended an operand
	step    bool // the next operand is a later step of a path
	inStep  bool // the last operand was one
	lambda  bool // "function" was read, its parameters are next
	body    bool // a function's body is next
	sort    bool // "^" was read
	bind    bool // "@" or "#" was read
	stack   []frame
	out     references
	local   map[string]bool
	read    []string
}

func (s *scanner) run() references {
	s.local = map[string]bool{}
	for s.space(); s.pos < len(s.src); s.space() {
		s.token()
	}
	for _, v := range s.read {
		if !s.local[v] {
			s.out.variables = appendNew(s.out.variables, v)
		}
	}
	return s.out
}

func appendNew(list []string, v string) []string {
	for _, have := range list {
		if have == v {
			return list
		}
	}
	return append(list, v)
}

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch {
		case strings.HasPrefix(s.src[s.pos:], "/*"):
			end := strings.Index(s.src[s.pos+2:], "*/")
			if end < 0 {
				s.pos = len(s.src)
				return
			}
			s.pos += end + 4
		case strings.IndexByte(" \t\r\n\v", s.src[s.pos]) >= 0:
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.src) {
		r, n := utf8.DecodeRuneInString(s.src[s.pos:])
		if unicode.IsSpace(r) || strings.ContainsRune(".[]{}()@#;:?+-*/%|=<>^&,~!\"'`$", r) {
			break
		}
		s.pos += n
	}
	if s.pos == start { // never stand still
		_, n := utf8.DecodeRuneInString(s.src[s.pos:])
		s.pos += n
	}
	return s.src[start:s.pos]
}

func (s *scanner) quoted(q byte) string {
	start := s.pos + 1
	for s.pos++; s.pos < len(s.src); s.pos++ {
		if s.src[s.pos] == '\\' && q != '`' {
			s.pos++
		} else if s.src[s.pos] == q {
			s.pos++
			return s.src[start : s.pos-1]
		}
	}
	s.pos = len(s.src)
	return s.src[min(start, len(s.src)):]
}

func (s *scanner) value() {
	s.operand, s.inStep, s.step = true, s.step, false
}

func (s *scanner) operator(n int) {
	s.pos += n
	s.operand, s.step, s.inStep = false, false, false
}

func (s *scanner) name(n string) {
	if s.top && !s.step {
		s.out.context = appendNew(s.out.context, n)
	}
	s.value()
}

func (s *scanner) token() {
	c := s.src[s.pos]
	switch {
	case c == '"' || c == '\'':
		s.quoted(c)
		s.value()
	case c == '`':
		s.name(s.quoted(c))
	case c == '$':
		s.variable()
	case strings.IndexByte("([{", c) >= 0:
		s.open(c)
	case strings.IndexByte(")]}", c) >= 0:
		s.close()
	case c >= '0' && c <= '9':
		s.numeral()
		s.value()
	default:
		if s.symbol(c) {
			return
		}
		w := s.word()
		switch {
		case s.operand && (w == "and" || w == "or" || w == "in"):
			s.operator(0)
		case !s.step && (w == "true" || w == "false" || w == "null"):
			s.value()
		case !s.step && (w == "function" || w == "λ"):
			s.lambda = true
			s.operand = false
		default:
			s.name(w)
		}
	}
}

// numeral reads digits, a fraction and an exponent; "1..3" is 1, then "..".
func (s *scanner) numeral() {
	digits := func() {
		for s.pos < len(s.src) && s.src[s.pos] >= '0' && s.src[s.pos] <= '9' {
			s.pos++
		}
	}
	digits()
	if s.pos+1 < len(s.src) && s.src[s.pos] == '.' && s.src[s.pos+1] >= '0' && s.src[s.pos+1] <= '9' {
		s.pos++
		digits()
	}
	if s.pos < len(s.src) && (s.src[s.pos] == 'e' || s.src[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.src) && (s.src[s.pos] == '+' || s.src[s.pos] == '-') {
			s.pos++
		}
		digits()
	}
}

func (s *scanner) variable() {
	s.pos++
	if s.pos < len(s.src) && s.src[s.pos] == '$' {
		s.pos++
		s.out.context = appendNew(s.out.context, "$$")
		s.value()
		return
	}
	start := s.pos
	if s.pos < len(s.src) {
		if r, _ := utf8.DecodeRuneInString(s.src[s.pos:]); r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			s.word()
		}
	}
	name := s.src[start:s.pos]
	step := s.step
	s.value()
	switch {
	case s.bind:
		s.bind = false
		s.local[name] = true
	case name == "":
		if s.top && !step {
			s.out.context = appendNew(s.out.context, "$")
		}
	case len(s.stack) > 0 && s.stack[len(s.stack)-1].function:
		s.local[name] = true
	case name == "states":
		s.statesField()
	default:
		s.space()
		if strings.HasPrefix(s.src[s.pos:], ":=") {
			s.local[name] = true
		} else if !strings.HasPrefix(s.src[s.pos:], "(") || !builtin[name] {
			s.read = append(s.read, name)
		}
	}
}

// statesField looks ahead for ".field" after $states.
func (s *scanner) statesField() {
	at := *s
	at.space()
	if !strings.HasPrefix(at.src[at.pos:], ".") || strings.HasPrefix(at.src[at.pos:], "..") {
		return
	}
	at.pos++
	at.space()
	if at.pos >= len(at.src) {
		return
	}
	switch c := at.src[at.pos]; {
	case c == '`' || c == '"' || c == '\'':
		s.out.states = appendNew(s.out.states, at.quoted(c))
	case c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		s.out.states = appendNew(s.out.states, at.word())
	}
}

func (s *scanner) open(c byte) {
	f := frame{open: c, top: s.top}
	switch {
	case c == '(' && s.lambda:
		f.function = true
		s.lambda = false
	case c == '(' && s.sort:
		s.top, s.sort = false, false
		f.wasStep = true
	case c == '{' && s.body:
		s.body = false
	case s.operand && c == '(': // a call's arguments see what the call sees
		f.wasStep = s.inStep
		s.top = s.top && !s.inStep
	case s.operand: // a predicate or a grouping
		f.wasStep = s.inStep
		s.top = false
	default:
		f.wasStep = s.step
		s.top = s.top && !s.step
	}
	s.stack = append(s.stack, f)
	s.operator(1)
}

func (s *scanner) close() {
	s.pos++
	s.operand, s.step = true, false
	for n := len(s.stack); n > 0; n = len(s.stack) {
		f := s.stack[n-1]
		s.stack = s.stack[:n-1]
		s.top, s.inStep = f.top, f.wasStep
		if f.open == '|' {
			continue
		}
		if f.function {
			s.signature()
			s.body, s.operand = true, false
		}
		return
	}
}

// signature skips "<n-n:n>" after a function's parameters.
func (s *scanner) signature() {
	s.space()
	if s.pos >= len(s.src) || s.src[s.pos] != '<' {
		return
	}
	for depth := 0; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case '<':
			depth++
		case '>':
			if depth--; depth == 0 {
				s.pos++
				return
			}
		}
	}
}

// symbol reads an operator; false when there is none at this place.
func (s *scanner) symbol(c byte) bool {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, ".."), strings.HasPrefix(rest, ":="), strings.HasPrefix(rest, "~>"),
		strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, ">="), strings.HasPrefix(rest, "!="):
		s.operator(2)
	case c == '.':
		s.operator(1)
		s.step = true
	case c == '^':
		s.operator(1)
		s.sort = true
	case c == '@' || c == '#':
		s.operator(1)
		s.bind = true
	case c == '|':
		s.bar()
	case c == '/' && !s.operand:
		s.regex()
	case (c == '*' || c == '%') && !s.operand:
		s.pos++
		if strings.HasPrefix(rest, "**") {
			s.pos++
			c = '*'
		}
		s.name(string(c))
	case c == '?' && !s.operand:
		s.pos++
		s.value()
	case strings.IndexByte("+-*/%=<>&,;:?!~", c) >= 0:
		s.operator(1)
	default:
		return false
	}
	return true
}

func (s *scanner) bar() {
	n := len(s.stack)
	if n > 0 && s.stack[n-1].open == '|' {
		f := &s.stack[n-1]
		if f.bars++; f.bars < 3 {
			s.operator(1)
			return
		}
		s.top = f.top
		s.stack = s.stack[:n-1]
		s.pos++
		s.value()
		return
	}
	s.stack = append(s.stack, frame{open: '|', top: s.top, bars: 1})
	s.top = false
	s.operator(1)
}

func (s *scanner) regex() {
	depth := 0
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case '\\':
			s.pos++
		case '[':
			depth = 1
		case ']':
			depth = 0
		case '/':
			if depth == 0 {
				for s.pos++; s.pos < len(s.src) && (s.src[s.pos] == 'i' || s.src[s.pos] == 'm'); s.pos++ {
				}
				s.value()
				return
			}
		}
	}
	s.pos = len(s.src)
	s.value()
}

// builtin are the functions of JSONata and those Step Functions adds.
var builtin = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(`string length substring substringBefore substringAfter uppercase lowercase trim pad
		contains split join match replace eval base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent
		decodeUrl number abs floor ceil round power sqrt random formatNumber formatBase formatInteger parseInteger sum max
		min average boolean not exists count append sort reverse shuffle distinct zip keys lookup spread merge sift each
		error assert type now millis fromMillis toMillis map filter single reduce partition range hash uuid parse clone`) {
		m[n] = true
	}
	return m
}()
