// Package expression is DynamoDB's expression language: condition, filter, key
// condition, projection and update expressions, read with their placeholders and
// evaluated against items. Errors are attribute.Invalid with AWS's text. It does not
// know tables: which attributes are keys, or projected, is the service's business.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
package expression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Placeholders are a request's ExpressionAttributeNames and -Values; they note which
// of them its expressions used.
type Placeholders struct {
	Names  map[string]string
	Values map[string]attribute.Value
	Keys   map[string]string // attributes that are keys, with what they are called: "Key: pk", "IndexKey: x"
	used   map[string]bool
}

func (p *Placeholders) use(key string) {
	if p.used == nil {
		p.used = map[string]bool{}
	}
	p.used[key] = true
}

// Check refuses malformed placeholders. given lists the request's possible expression
// members ("UpdateExpression") and whether each is present.
func (p *Placeholders) Check(members []string, present bool) error {
	absent := members[0] + " is null"
	if len(members) > 1 {
		absent = strings.Join(members, " and ") + " are null"
	}
	if p.Names != nil {
		if !present {
			return attribute.Invalid("ExpressionAttributeNames can only be specified when using expressions: " + absent)
		}
		if len(p.Names) == 0 {
			return attribute.Invalid("ExpressionAttributeNames must not be empty")
		}
		for _, k := range slices.Sorted(maps.Keys(p.Names)) {
			if !placeholder(k, '#') {
				return attribute.Invalid(fmt.Sprintf("ExpressionAttributeNames contains invalid key: Syntax error; key: \"%s\"", k))
			}
			if p.Names[k] == "" {
				return attribute.Invalid("ExpressionAttributeNames contains invalid value: Empty attribute name for key " + k)
			}
		}
	}
	if p.Values != nil {
		if !present {
			return attribute.Invalid("ExpressionAttributeValues can only be specified when using expressions: " + absent)
		}
		if len(p.Values) == 0 {
			return attribute.Invalid("ExpressionAttributeValues must not be empty")
		}
		for _, k := range slices.Sorted(maps.Keys(p.Values)) {
			if !placeholder(k, ':') {
				return attribute.Invalid(fmt.Sprintf("ExpressionAttributeValues contains invalid key: Syntax error; key: \"%s\"", k))
			}
		}
	}
	return nil
}

func placeholder(k string, mark byte) bool {
	if len(k) < 2 || k[0] != mark {
		return false
	}
	for i := 1; i < len(k); i++ {
		if !letter(k[i]) && !digit(k[i]) && k[i] != '_' {
			return false
		}
	}
	return true
}

// Unused refuses placeholders that no expression used; call it after reading them all.
func (p *Placeholders) Unused() error {
	var left []string
	for k := range p.Names {
		if !p.used[k] {
			left = append(left, k)
		}
	}
	what := "ExpressionAttributeNames"
	if len(left) == 0 {
		what = "ExpressionAttributeValues"
		for k := range p.Values {
			if !p.used[k] {
				left = append(left, k)
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return attribute.Invalid("Value provided in " + what + " unused in expressions: keys: {" + strings.Join(left, ", ") + "}")
}

// literal reads a :value.
func (p *Placeholders) literal(s *source) (attribute.Value, error) {
	t := s.peek()
	if t.class != value {
		return attribute.Value{}, s.unexpected()
	}
	s.next()
	v, ok := p.Values[t.text]
	if !ok {
		return v, s.errorf("An expression attribute value used in expression is not defined; attribute value: %s", t.text)
	}
	p.use(t.text)
	return v, nil
}
