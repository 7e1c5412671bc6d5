package expression

import (
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// KeyTerm is one condition of a key condition: an attribute, an operator
// (= < <= > >= BETWEEN begins_with) and its one or two values.
type KeyTerm struct {
	Name   string
	Op     string
	Values []attribute.Value
}

var flipped = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// KeyCondition reads a KeyConditionExpression into the terms it joins with AND.
func (p *Placeholders) KeyCondition(text string) ([]KeyTerm, error) {
	c, err := p.Condition("KeyConditionExpression", text)
	if err != nil {
		return nil, err
	}
	var out []KeyTerm
	if err := keyTerms(c.root, &out); err != nil {
		return nil, err
	}
	for i, t := range out {
		for _, u := range out[:i] {
			if t.Name == u.Name {
				return nil, attribute.Invalid("KeyConditionExpressions must only contain one condition per key")
			}
		}
	}
	return out, nil
}

func keyTerms(n node, out *[]KeyTerm) error {
	bad := func(operator string) error {
		return attribute.Invalid("Invalid operator used in KeyConditionExpression: " + operator)
	}
	term := func(key operand, op string, values ...operand) error {
		t := KeyTerm{Op: op}
		switch {
		case key.size:
			return bad("size")
		case key.path == nil:
			return attribute.Invalid("Invalid condition in KeyConditionExpression: " + op + " operator must have the key attribute as its first operand")
		case len(key.path) > 1:
			return attribute.Invalid("KeyConditionExpressions cannot have conditions on nested attributes")
		}
		t.Name = key.path[0].Name
		for _, v := range values {
			if v.size {
				return bad("size")
			}
			if !v.literal {
				return attribute.Invalid("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
			}
			t.Values = append(t.Values, v.value)
		}
		*out = append(*out, t)
		return nil
	}
	switch n := n.(type) {
	case group:
		return keyTerms(n.node, out)
	case allOf:
		for _, part := range n {
			if err := keyTerms(part, out); err != nil {
				return err
			}
		}
		return nil
	case comparison:
		if n.op == "<>" {
			return bad("<>")
		}
		if n.left.literal && n.right.path != nil {
			return term(n.right, flipped[n.op], n.left)
		}
		return term(n.left, n.op, n.right)
	case between:
		return term(n.v, "BETWEEN", n.low, n.high)
	case call:
		if n.name != "begins_with" {
			return bad(n.name)
		}
		return term(n.args[0], "begins_with", n.args[1])
	case anyOf:
		return bad("OR")
	case negation:
		return bad("NOT")
	}
	return bad("IN")
}
