package expression

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// node is a part of a condition; it is true or false of an item, never an error.
type node interface {
	holds(item attribute.Item) bool
}

type (
	allOf    []node
	anyOf    []node
	negation struct{ node }
	group    struct{ node } // parentheses

	comparison struct {
		op          string
		left, right operand
	}
	between    struct{ v, low, high operand }
	membership struct {
		v    operand
		list []operand
	}
	call struct {
		name string
		args []operand
	}
)

func (n allOf) holds(item attribute.Item) bool {
	for _, part := range n {
		if !part.holds(item) {
			return false
		}
	}
	return true
}

func (n anyOf) holds(item attribute.Item) bool {
	for _, part := range n {
		if part.holds(item) {
			return true
		}
	}
	return false
}

func (n negation) holds(item attribute.Item) bool { return !n.node.holds(item) }

// A missing operand makes every comparison false but <>, which is the opposite of =.
func (n comparison) holds(item attribute.Item) bool {
	a, okA := n.left.in(item)
	b, okB := n.right.in(item)
	equal := okA && okB && attribute.Equal(a, b)
	switch n.op {
	case "=":
		return equal
	case "<>":
		return !equal
	}
	if !okA || !okB {
		return false
	}
	order, ok := attribute.Compare(a, b)
	if !ok {
		return false
	}
	switch n.op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (n between) holds(item attribute.Item) bool {
	return comparison{">=", n.v, n.low}.holds(item) && comparison{"<=", n.v, n.high}.holds(item)
}

func (n membership) holds(item attribute.Item) bool {
	v, ok := n.v.in(item)
	return ok && slices.ContainsFunc(n.list, func(o operand) bool {
		e, ok := o.in(item)
		return ok && attribute.Equal(v, e)
	})
}

func (n call) holds(item attribute.Item) bool {
	a, ok := n.args[0].in(item)
	switch n.name {
	case "attribute_exists":
		return ok
	case "attribute_not_exists":
		return !ok
	}
	b, okB := n.args[1].in(item)
	if !ok || !okB {
		return false
	}
	switch n.name {
	case "attribute_type":
		return b.Kind == attribute.S && attribute.KindOf(b.Text) == a.Kind
	case "begins_with":
		return a.Kind == b.Kind && (a.Kind == attribute.S || a.Kind == attribute.B) && strings.HasPrefix(a.Text, b.Text)
	}
	return contains(a, b)
}

// contains: a substring, a member of a set, or an element of a list.
func contains(a, b attribute.Value) bool {
	switch a.Kind {
	case attribute.S, attribute.B:
		return a.Kind == b.Kind && strings.Contains(a.Text, b.Text)
	case attribute.SS, attribute.NS, attribute.BS:
		return a.Kind.Element() == b.Kind && a.Has(b.Text)
	case attribute.L:
		return slices.ContainsFunc(a.List, func(e attribute.Value) bool { return attribute.Equal(e, b) })
	}
	return false
}

// operand is a path, a literal, or the size of either.
type operand struct {
	path    Path
	value   attribute.Value
	literal bool
	size    bool
}

func (o operand) in(item attribute.Item) (attribute.Value, bool) {
	v, ok := o.value, true
	if o.path != nil {
		v, ok = o.path.Find(item)
	}
	if !ok || !o.size {
		return v, ok
	}
	switch v.Kind {
	case attribute.S: // in UTF-16 units, as Amazon's DynamoDB Local counts
		return attribute.Int(int64(len(utf16.Encode([]rune(v.Text))))), true
	case attribute.B:
		return attribute.Int(int64(len(v.Text))), true
	case attribute.SS, attribute.NS, attribute.BS:
		return attribute.Int(int64(len(v.Set))), true
	case attribute.L:
		return attribute.Int(int64(len(v.List))), true
	case attribute.M:
		return attribute.Int(int64(len(v.Map))), true
	}
	return v, false
}

// same says whether two operands are one path.
func (o operand) same(p operand) bool {
	return o.path != nil && o.size == p.size && slices.Equal(o.path, p.path)
}

func (o operand) describe() string {
	if o.path != nil {
		return o.path.String()
	}
	return describe(o.value)
}

// describe is the form of AWS's messages, {N:5}.
func describe(v attribute.Value) string {
	switch v.Kind {
	case attribute.S, attribute.N:
		return "{" + v.Kind.String() + ":" + v.Text + "}"
	}
	return string(v.AppendJSON(nil))
}
