package expression

import (
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

func (c *conditionParser) unknownFunction(name string) error {
	switch name {
	case "if_not_exists", "list_append":
		return c.errorf("The function is not allowed in a %s; function: %s", spoken(c.field), name)
	}
	return c.errorf("Invalid function name; function: %s", name)
}

// spoken is "condition expression" for ConditionExpression.
func spoken(field string) string {
	var b strings.Builder
	for i, r := range field {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func (c *conditionParser) operands(function string, n int) error {
	return c.errorf("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", function, n)
}

// conditionFunctions are the functions that say true or false, with their number of operands.
var conditionFunctions = map[string]int{
	"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2,
}

func (c *conditionParser) function(name string) (node, error) {
	want, known := conditionFunctions[name]
	if !known {
		return nil, c.unknownFunction(name)
	}
	if err := c.operator(); err != nil {
		return nil, err
	}
	c.next()
	args, err := c.list()
	if err != nil {
		return nil, err
	}
	if len(args) != want {
		return nil, c.operands(name, len(args))
	}
	return call{name, args}, c.checkCall(name, args)
}

func (c *conditionParser) checkCall(name string, args []operand) error {
	wrong := func(o operand) error {
		return c.errorf("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", name, o.value.Kind)
	}
	switch name {
	case "attribute_exists", "attribute_not_exists":
		if args[0].literal || args[0].size {
			return c.errorf("Operator or function requires a document path; operator or function: %s", name)
		}
	case "attribute_type":
		if args[0].literal || args[0].size {
			return c.errorf("Operator or function requires a document path; operator or function: %s", name)
		}
		if o := args[1]; o.literal && o.value.Kind != attribute.S {
			return wrong(o)
		} else if o.literal && attribute.KindOf(o.value.Text) == attribute.None {
			return c.errorf("Invalid attribute type name found; type: %s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", o.value.Text)
		}
	case "begins_with":
		for _, o := range args {
			if o.literal && o.value.Kind != attribute.S && o.value.Kind != attribute.B {
				return wrong(o)
			}
		}
	}
	if len(args) == 2 && args[0].same(args[1]) {
		return c.errorf("The first operand must be distinct from the remaining operands for this operator or function; operator: %s, first operand: %s", name, args[0].describe())
	}
	return nil
}
