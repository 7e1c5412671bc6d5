package expression

import (
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Condition is a condition or filter expression.
type Condition struct {
	root  node
	paths []Path
}

// Holds evaluates the condition; item is nil when there is none.
func (c *Condition) Holds(item attribute.Item) bool { return c == nil || c.root.holds(item) }

// Roots are the top-level attributes the condition looks at.
func (c *Condition) Roots() []string {
	if c == nil {
		return nil
	}
	return Roots(c.paths)
}

// Condition reads a condition; field is the request member, for messages.
func (p *Placeholders) Condition(field, text string) (*Condition, error) {
	s, err := lex(field, text)
	if err != nil {
		return nil, err
	}
	c := &conditionParser{Placeholders: p, source: s}
	root, err := c.or()
	if err != nil {
		return nil, err
	}
	if s.peek().class != end {
		return nil, s.unexpected()
	}
	return &Condition{root: root, paths: c.paths}, nil
}

type conditionParser struct {
	*Placeholders
	*source
	paths []Path
}

func (c *conditionParser) or() (node, error) { return c.joined("OR", c.and) }

func (c *conditionParser) and() (node, error) { return c.joined("AND", c.not) }

func (c *conditionParser) joined(keyword string, part func() (node, error)) (node, error) {
	first, err := part()
	if err != nil {
		return nil, err
	}
	all := []node{first}
	for c.takeKeyword(keyword) {
		if err := c.operator(); err != nil {
			return nil, err
		}
		n, err := part()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	if len(all) == 1 {
		return first, nil
	}
	if keyword == "OR" {
		return anyOf(all), nil
	}
	return allOf(all), nil
}

func (c *conditionParser) not() (node, error) {
	if !c.takeKeyword("NOT") {
		return c.primary()
	}
	if err := c.operator(); err != nil {
		return nil, err
	}
	n, err := c.not()
	return negation{n}, err
}

func (c *conditionParser) primary() (node, error) {
	if c.is("(") {
		c.next()
		n, err := c.or()
		if err != nil {
			return nil, err
		}
		if err := c.expect(")"); err != nil {
			return nil, err
		}
		if _, wrapped := n.(group); wrapped {
			return nil, c.errorf("The expression has redundant parentheses;")
		}
		return group{n}, nil
	}
	if t := c.peek(); t.class == word && c.tokens[c.at+1].text == "(" && !keywordOperator(t.text) && t.text != "size" {
		return c.function(t.text)
	}
	left, err := c.operand()
	if err != nil {
		return nil, err
	}
	return c.comparison(left)
}

func keywordOperator(w string) bool {
	switch strings.ToUpper(w) {
	case "AND", "OR", "NOT", "IN", "BETWEEN":
		return true
	}
	return false
}

func (c *conditionParser) comparison(left operand) (node, error) {
	t := c.peek()
	if err := c.operator(); err != nil {
		return nil, err
	}
	switch {
	case c.takeKeyword("BETWEEN"):
		low, err := c.operand()
		if err != nil {
			return nil, err
		}
		if !c.takeKeyword("AND") {
			return nil, c.unexpected()
		}
		high, err := c.operand()
		if err != nil {
			return nil, err
		}
		return c.between(left, low, high)
	case c.takeKeyword("IN"):
		list, err := c.list()
		if err != nil {
			return nil, err
		}
		if len(list) > 100 {
			return nil, c.errorf("Too many operands for operator IN; the limit is 100, operands: %d", len(list))
		}
		for _, o := range list {
			if left.same(o) {
				return nil, c.errorf("The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: %s", left.describe())
			}
		}
		return membership{left, list}, nil
	}
	switch t.text {
	case "=", "<>", "<", "<=", ">", ">=":
		c.next()
	default:
		return nil, c.unexpected()
	}
	right, err := c.operand()
	if err != nil {
		return nil, err
	}
	if left.same(right) {
		return nil, c.errorf("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", t.text, left.describe())
	}
	if t.text != "=" && t.text != "<>" {
		if err := c.ordered(t.text, left, right); err != nil {
			return nil, err
		}
	}
	return comparison{t.text, left, right}, nil
}

func (c *conditionParser) between(v, low, high operand) (node, error) {
	if v.same(low) || v.same(high) {
		return nil, c.errorf("The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: %s", v.describe())
	}
	if err := c.ordered("BETWEEN", v, low, high); err != nil {
		return nil, err
	}
	if low.literal && high.literal {
		if low.value.Kind != high.value.Kind {
			return nil, c.errorf("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s", describe(low.value), describe(high.value))
		}
		if o, _ := attribute.Compare(low.value, high.value); o > 0 {
			return nil, c.errorf("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: %s, upper bound operand: AttributeValue: %s", describe(low.value), describe(high.value))
		}
	}
	return between{v, low, high}, nil
}

// ordered refuses literals that have no order.
func (c *conditionParser) ordered(operator string, operands ...operand) error {
	for _, o := range operands {
		if !o.literal {
			continue
		}
		switch o.value.Kind {
		case attribute.S, attribute.N, attribute.B:
		default:
			return c.errorf("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", operator, o.value.Kind)
		}
	}
	return nil
}

// list reads ( operand, … ).
func (c *conditionParser) list() ([]operand, error) {
	if err := c.expect("("); err != nil {
		return nil, err
	}
	var out []operand
	for {
		o, err := c.operand()
		if err != nil {
			return nil, err
		}
		out = append(out, o)
		if c.take(",") {
			continue
		}
		return out, c.expect(")")
	}
}

func (c *conditionParser) operand() (operand, error) {
	t := c.peek()
	switch {
	case t.class == value:
		v, err := c.literal(c.source)
		return operand{value: v, literal: true}, err
	case t.class == word && c.tokens[c.at+1].text == "(" && !keywordOperator(t.text):
		if t.text != "size" {
			if _, known := conditionFunctions[t.text]; known {
				return operand{}, c.errorf("The function is not allowed to be used this way in an expression; function: %s", t.text)
			}
			return operand{}, c.unknownFunction(t.text)
		}
		if err := c.operator(); err != nil {
			return operand{}, err
		}
		c.next()
		args, err := c.list()
		if err != nil {
			return operand{}, err
		}
		if len(args) != 1 {
			return operand{}, c.operands("size", len(args))
		}
		a := args[0]
		if a.literal {
			switch a.value.Kind {
			case attribute.N, attribute.BOOL, attribute.NULL:
				return operand{}, c.errorf("Incorrect operand type for operator or function; operator or function: size, operand type: %s", a.value.Kind)
			}
		}
		if a.size {
			return operand{}, c.errorf("The function is not allowed to be used this way in an expression; function: size")
		}
		a.size = true
		a.literal = false
		return a, nil
	}
	path, err := c.path(c.source)
	c.paths = append(c.paths, path)
	return operand{path: path}, err
}
