// Package attribute holds DynamoDB attribute values: their kinds, exact decimal
// numbers, the JSON of the wire, the sizes AWS bills and limits by, a compact
// storage form and an order-preserving key form. It knows nothing of tables,
// expressions or requests; its neighbours are ../expression and the service itself.
//
// Values are treated as immutable once made: whoever changes a document builds a
// new value and shares the untouched parts.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
package attribute

import (
	"maps"
	"slices"
	"strings"
)

// Kind is the data type of a value.
type Kind uint8

// The ten data types.
const (
	None Kind = iota
	S
	N
	B
	BOOL
	NULL
	M
	L
	SS
	NS
	BS
)

var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

// String is the type's name on the wire.
func (k Kind) String() string { return kindNames[k] }

// KindOf finds a type by its name on the wire; None when there is none.
func KindOf(name string) Kind {
	for i, n := range kindNames {
		if n == name {
			return Kind(i)
		}
	}
	return None
}

// MaxDepth is how deep lists and maps may nest.
const MaxDepth = 32

// Value is one attribute value.
type Value struct {
	Kind Kind
	Text string           // S: the text; N: the number in plain normal form; B: the raw bytes
	Bool bool             // BOOL
	Map  map[string]Value // M
	List []Value          // L
	Set  []string         // SS, NS, BS: members in ascending order, as Text
}

// Item is a whole item, or a key.
type Item = map[string]Value

// Invalid is the text of a ValidationException.
type Invalid string

func (e Invalid) Error() string { return string(e) }

// String makes an S.
func String(s string) Value { return Value{Kind: S, Text: s} }

// Equal compares as DynamoDB's = does: same type, same value, sets without order.
func Equal(a, b Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case S, N, B:
		return a.Text == b.Text
	case BOOL:
		return a.Bool == b.Bool
	case M:
		return maps.EqualFunc(a.Map, b.Map, Equal)
	case L:
		return slices.EqualFunc(a.List, b.List, Equal)
	case SS, NS, BS:
		return slices.Equal(a.Set, b.Set)
	}
	return true
}

// EqualItems compares two items; nil is no item.
func EqualItems(a, b Item) bool {
	return (a == nil) == (b == nil) && maps.EqualFunc(a, b, Equal)
}

// Compare orders two values of one ordered type (S, N, B); ok is false for others.
func Compare(a, b Value) (order int, ok bool) {
	if a.Kind != b.Kind {
		return 0, false
	}
	switch a.Kind {
	case S, B:
		return strings.Compare(a.Text, b.Text), true
	case N:
		return compareNumbers(a.Text, b.Text), true
	}
	return 0, false
}

// Has says whether a set has a member (given as Text).
func (v Value) Has(member string) bool {
	if v.Kind == NS {
		return slices.Contains(v.Set, member)
	}
	_, ok := slices.BinarySearch(v.Set, member)
	return ok
}

// Element is the kind of a set's members; None for what is not a set.
func (k Kind) Element() Kind {
	switch k {
	case SS:
		return S
	case NS:
		return N
	case BS:
		return B
	}
	return None
}

// SetOf makes a set of the kind from members, sorted, without duplicates.
func SetOf(kind Kind, members []string) Value {
	out := slices.Clone(members)
	sortMembers(kind, out)
	return Value{Kind: kind, Set: slices.Compact(out)}
}

func sortMembers(kind Kind, members []string) {
	if kind == NS {
		slices.SortFunc(members, compareNumbers)
		return
	}
	slices.Sort(members)
}

// Depth is how many lists and maps are nested in v.
func (v Value) Depth() int {
	deepest := 0
	switch v.Kind {
	case M:
		for _, e := range v.Map {
			deepest = max(deepest, e.Depth())
		}
	case L:
		for _, e := range v.List {
			deepest = max(deepest, e.Depth())
		}
	default:
		return 0
	}
	return deepest + 1
}
