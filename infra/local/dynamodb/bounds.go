package dynamodb

import (
	"bytes"
	"slices"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// narrow sets the bounds that a key condition gives.
func (l *listing) narrow(terms []expression.KeyTerm) error {
	byName := map[string]expression.KeyTerm{}
	for _, t := range terms {
		byName[t.Name] = t
	}
	pk, ok := byName[l.key.partition.Name]
	if !ok {
		return invalidf("Query condition missed key schema element: %s", l.key.partition.Name)
	}
	if pk.Op != "=" {
		return invalidf("Query key condition not supported")
	}
	sk, hasSort := byName[l.key.sort.Name]
	hasSort = hasSort && l.key.sort.Name != ""
	if len(terms) > 2 {
		return invalidf("Conditions can be of length 1 or 2 only")
	}
	if len(terms) == 2 && !hasSort {
		if l.key.sort.Name == "" {
			return invalidf("Query key condition not supported")
		}
		return invalidf("Query condition missed key schema element: %s", l.key.sort.Name)
	}
	if err := checkTerm(pk, l.key.partition); err != nil {
		return err
	}
	prefix := partitionPrefix(pk.Values[0])
	l.low, l.high = prefix, attribute.Successor(prefix)
	if !hasSort {
		return nil
	}
	if err := checkTerm(sk, l.key.sort); err != nil {
		return err
	}
	at := func(i int) []byte { return attribute.AppendKey(slices.Clone(prefix), sk.Values[i]) }
	switch sk.Op {
	case "=":
		l.low, l.high = at(0), attribute.Successor(at(0))
	case "<":
		l.high = at(0)
	case "<=":
		l.high = attribute.Successor(at(0))
	case ">":
		l.low = attribute.Successor(at(0))
	case ">=":
		l.low = at(0)
	case "BETWEEN":
		l.low, l.high = at(0), attribute.Successor(at(1))
	case "begins_with":
		if l.key.sort.kind() == attribute.N {
			return invalidf("Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")
		}
		l.low = attribute.AppendKeyPrefix(slices.Clone(prefix), sk.Values[0])
		l.high = attribute.Successor(l.low)
	}
	return nil
}

func checkTerm(t expression.KeyTerm, k Key) error {
	for _, v := range t.Values {
		if v.Kind != k.kind() {
			return invalidf("One or more parameter values were invalid: Condition parameter type does not match schema type")
		}
		if v.Text == "" {
			return invalidf(emptyKey+"The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyWord(v.Kind), k.Name)
		}
	}
	return nil
}

// names are the attributes of a LastEvaluatedKey: the key read by, and the table's.
func (l *listing) names() []string {
	out := l.key.names()
	for _, n := range l.t.key.names() {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// startAfter narrows the bounds to what comes after the place of a LastEvaluatedKey.
func (l *listing) startAfter(key attribute.Item) error {
	bad := invalidf("The provided starting key is invalid: The provided key element does not match the schema")
	types := map[string]attribute.Kind{}
	for _, k := range slices.Concat(l.key.keys(), l.t.key.keys()) {
		types[k.Name] = k.kind()
	}
	if len(key) != len(types) {
		return bad
	}
	for name, kind := range types {
		if v, ok := key[name]; !ok || v.Kind != kind || v.Text == "" {
			return bad
		}
	}
	at := l.key.of(key)
	if l.index != nil {
		at = l.index.place(key)
	}
	if bytes.Compare(at, l.low) < 0 || l.high != nil && bytes.Compare(at, l.high) >= 0 {
		if l.in.TotalSegments != nil {
			return invalidf("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d", *l.in.TotalSegments, *l.in.Segment)
		}
		if prefix := partitionPrefix(key[l.key.partition.Name]); l.low != nil && bytes.HasPrefix(l.low, prefix) {
			return invalidf("The provided starting key does not match the range key predicate")
		}
		return invalidf("The provided starting key is outside query boundaries based on provided conditions")
	}
	if l.reverse {
		l.high = at
	} else {
		l.low = append(at, 0)
	}
	return nil
}
