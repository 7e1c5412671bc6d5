package jsonata

import "strings"

// maxParseDepth bounds nesting in the source, so that neither parser nor evaluator can exhaust the stack.
const maxParseDepth = 2000

// leftPower is how strongly an operator binds to the operand on its left.
var leftPower = map[string]int{".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "?": 20, "+": 50, "-": 50, "*": 60, "/": 60,
	"%": 60, "=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "and": 30, "or": 25, "in": 40, "&": 50}

// known holds the operators that are no infix ones but may appear.
var known = map[string]bool{":": true, ";": true, ",": true, ")": true, "]": true, "}": true, "..": true, "**": true, "|": true}

// parser is a top-down operator precedence parser; tok is the token not yet consumed.
type parser struct {
	lex   *lexer
	tok   token
	depth int
}

// parse turns source into the raw tree.
func parse(source string) (*node, error) {
	p := &parser{lex: newLexer(source)}
	if err := p.advance("", false); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokenEnd {
		return nil, failToken("S0201", p.tok.source(), p.tok.pos)
	}
	return n, nil
}

// id is the symbol that grammar rules compare with.
func (t token) id() string {
	switch t.kind {
	case tokenOperator:
		return t.text
	case tokenEnd:
		return "(end)"
	case tokenName, tokenVariable:
		return "(name)"
	case tokenRegex:
		return "(regex)"
	}
	return "(literal)"
}

func (t token) is(op string) bool { return t.kind == tokenOperator && t.text == op }

// source is what an error shows of the token.
func (t token) source() string {
	switch t.kind {
	case tokenEnd:
		return "(end)"
	case tokenNumber, tokenValue:
		return printable(t.value)
	case tokenRegex:
		return "/" + t.text + "/" + t.flags
	}
	return t.text
}

// advance consumes the current token, which must be id unless id is empty.
func (p *parser) advance(id string, infix bool) error {
	if id != "" && p.tok.id() != id {
		code := "S0202"
		if p.tok.kind == tokenEnd {
			code = "S0203"
		}
		return &Error{Code: code, Position: p.tok.pos, Token: p.tok.source(), Value: id}
	}
	t, err := p.lex.next(infix)
	if err != nil {
		return err
	}
	if t.kind == tokenOperator {
		if _, ok := leftPower[t.text]; !ok && !known[t.text] {
			return failToken("S0204", t.text, t.pos)
		}
	}
	p.tok = t
	return nil
}

func (p *parser) power() int {
	if p.tok.kind == tokenOperator {
		return leftPower[p.tok.text]
	}
	return 0
}

func (p *parser) expression(right int) (*node, error) {
	if p.depth++; p.depth > maxParseDepth {
		return nil, failAt("S0501", p.tok.pos)
	}
	defer func() { p.depth-- }()
	t := p.tok
	if err := p.advance("", true); err != nil {
		return nil, err
	}
	left, err := p.prefix(t)
	for err == nil && right < p.power() {
		t = p.tok
		if err = p.advance("", false); err != nil {
			break
		}
		left, err = p.infix(t, left)
	}
	return left, err
}

// prefix parses what begins with t.
func (p *parser) prefix(t token) (*node, error) {
	n := &node{pos: t.pos, text: t.text, value: t.value}
	switch t.kind {
	case tokenEnd:
		n.kind = kindEnd
		return n, nil
	case tokenName:
		n.kind = kindName
		return n, nil
	case tokenVariable:
		n.kind = kindVariable
		return n, nil
	case tokenString:
		n.kind, n.value = kindString, t.text
		return n, nil
	case tokenNumber:
		n.kind = kindNumber
		return n, nil
	case tokenValue:
		n.kind = kindValue
		return n, nil
	case tokenRegex:
		re, err := compileRegex(t.text, t.flags)
		if err != nil {
			err.Position = t.pos
			return nil, err
		}
		re.pos = t.pos
		n.kind, n.re = kindRegex, re
		return n, nil
	}
	var err error
	switch t.text {
	case "and", "or", "in":
		n.kind = kindOperator
	case "-":
		n.kind = kindUnary
		n.lhs, err = p.expression(70)
	case "*":
		n.kind = kindWildcard
	case "**":
		n.kind = kindDescendant
	case "%":
		n.kind = kindParent
	case "(":
		n.kind = kindBlock
		for p.tok.id() != ")" && err == nil {
			var e *node
			if e, err = p.expression(0); err != nil {
				break
			}
			n.list = append(n.list, e)
			if !p.tok.is(";") {
				break
			}
			err = p.advance(";", false)
		}
		if err == nil {
			err = p.advance(")", true)
		}
	case "[":
		err = p.arrayItems(n)
	case "{":
		n.kind = kindObject
		n.pairs, err = p.objectPairs()
	case "|":
		err = p.transform(n)
	default:
		return nil, failToken("S0211", t.text, t.pos)
	}
	return n, err
}

func (p *parser) arrayItems(n *node) error {
	n.kind = kindArray
	if !p.tok.is("]") {
		for {
			item, err := p.expression(0)
			if err != nil {
				return err
			}
			if p.tok.is("..") {
				r := &node{kind: kindBinary, text: "..", pos: p.tok.pos, lhs: item}
				if err = p.advance("..", false); err != nil {
					return err
				}
				if r.rhs, err = p.expression(0); err != nil {
					return err
				}
				item = r
			}
			n.list = append(n.list, item)
			if !p.tok.is(",") {
				break
			}
			if err = p.advance(",", false); err != nil {
				return err
			}
		}
	}
	return p.advance("]", true)
}

func (p *parser) objectPairs() (pairs [][2]*node, err error) {
	if !p.tok.is("}") {
		for {
			var pair [2]*node
			if pair[0], err = p.expression(0); err != nil {
				return nil, err
			}
			if err = p.advance(":", false); err != nil {
				return nil, err
			}
			if pair[1], err = p.expression(0); err != nil {
				return nil, err
			}
			pairs = append(pairs, pair)
			if !p.tok.is(",") {
				break
			}
			if err = p.advance(",", false); err != nil {
				return nil, err
			}
		}
	}
	return pairs, p.advance("}", true)
}

func (p *parser) transform(n *node) (err error) {
	n.kind = kindTransform
	if n.lhs, err = p.expression(0); err != nil {
		return err
	}
	if err = p.advance("|", false); err != nil {
		return err
	}
	if n.rhs, err = p.expression(0); err != nil {
		return err
	}
	if p.tok.is(",") {
		if err = p.advance(",", false); err != nil {
			return err
		}
		if n.alt, err = p.expression(0); err != nil {
			return err
		}
	}
	return p.advance("|", false)
}

// infix parses what follows the operator t, whose left operand is left.
func (p *parser) infix(t token, left *node) (*node, error) {
	n := &node{kind: kindBinary, pos: t.pos, text: t.text, lhs: left}
	var err error
	switch t.text {
	case "(":
		return n, p.call(n)
	case "[":
		if p.tok.is("]") {
			// An empty predicate keeps the array of the step before all predicates.
			step := left
			for step.kind == kindBinary && step.text == "[" {
				step = step.lhs
			}
			step.keepArray = true
			return left, p.advance("]", false)
		}
		if n.rhs, err = p.expression(0); err == nil {
			err = p.advance("]", true)
		}
	case "^":
		err = p.orderBy(n)
	case "{":
		n.pairs, err = p.objectPairs()
	case ":=":
		if left.kind != kindVariable {
			return nil, failToken("S0212", left.source(), left.pos)
		}
		n.rhs, err = p.expression(leftPower[":="] - 1)
	case "@", "#":
		if n.rhs, err = p.expression(80); err == nil && n.rhs.kind != kindVariable {
			err = failToken("S0214", t.text, n.rhs.pos)
		}
	case "?":
		n.kind = kindCondition
		if n.rhs, err = p.expression(0); err == nil && p.tok.is(":") {
			if err = p.advance(":", false); err == nil {
				n.alt, err = p.expression(0)
			}
		}
	default:
		n.rhs, err = p.expression(leftPower[t.text])
	}
	return n, err
}

// source is what an error shows of a node.
func (n *node) source() string {
	switch n.kind {
	case kindNumber, kindValue:
		return printable(n.value)
	case kindWildcard, kindDescendant, kindParent, kindOperator, kindName, kindString, kindVariable, kindBinary, kindUnary:
		return n.text
	case kindCondition:
		return "?"
	case kindCall, kindPartial, kindBlock:
		return "("
	case kindArray:
		return "["
	case kindObject:
		return "{"
	case kindTransform:
		return "|"
	}
	return kindNames[n.kind]
}

func (p *parser) orderBy(n *node) error {
	if err := p.advance("(", false); err != nil {
		return err
	}
	for {
		var term sortTerm
		if p.tok.is("<") || p.tok.is(">") {
			term.descending = p.tok.is(">")
			if err := p.advance("", false); err != nil {
				return err
			}
		}
		e, err := p.expression(0)
		if err != nil {
			return err
		}
		term.expr = e
		n.terms = append(n.terms, term)
		if !p.tok.is(",") {
			return p.advance(")", false)
		}
		if err := p.advance(",", false); err != nil {
			return err
		}
	}
}

// call parses arguments; the name function makes it a definition.
func (p *parser) call(n *node) error {
	n.kind = kindCall
	for !p.tok.is(")") {
		if p.tok.is("?") {
			n.kind = kindPartial
			n.list = append(n.list, &node{kind: kindOperator, text: "?", pos: p.tok.pos})
			if err := p.advance("?", false); err != nil {
				return err
			}
		} else {
			e, err := p.expression(0)
			if err != nil {
				return err
			}
			n.list = append(n.list, e)
		}
		if !p.tok.is(",") {
			break
		}
		if err := p.advance(",", false); err != nil {
			return err
		}
		if p.tok.is(")") {
			// a comma promises an argument
			return failToken("S0211", ")", p.tok.pos)
		}
	}
	if err := p.advance(")", true); err != nil {
		return err
	}
	if n.lhs.kind != kindName || (n.lhs.text != "function" && n.lhs.text != "λ") {
		return nil
	}
	for i, a := range n.list {
		if a.kind != kindVariable {
			return &Error{Code: "S0208", Position: a.pos, Token: a.source(), Value: float64(i + 1)}
		}
	}
	n.kind, n.params, n.list, n.lhs = kindLambda, n.list, nil, nil
	if p.tok.is("<") {
		if err := p.signature(n); err != nil {
			return err
		}
	}
	if err := p.advance("{", false); err != nil {
		return err
	}
	body, err := p.expression(0)
	if err != nil {
		return err
	}
	n.rhs = body
	return p.advance("}", false)
}

func (p *parser) signature(n *node) error {
	start, depth := p.tok.pos, 1
	var text strings.Builder
	text.WriteByte('<')
	for depth > 0 && !p.tok.is("{") && p.tok.kind != tokenEnd {
		if err := p.advance("", false); err != nil {
			return err
		}
		if p.tok.is(">") {
			depth--
		} else if p.tok.is("<") {
			depth++
		}
		text.WriteString(p.tok.source())
	}
	if err := p.advance(">", false); err != nil {
		return err
	}
	sig, offset, err := parseSignature(text.String())
	if err != nil {
		err.Position = start + offset
		return err
	}
	n.sig = sig
	return nil
}
