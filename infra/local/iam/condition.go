package iam

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// condition is one operator on one key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	key      string // small letters
	values   []string
	test     func(want, got string) bool
	negative bool // every value must fail the test
	ifExists bool
	forAll   bool
	forAny   bool
	null     bool
}

func newCondition(operator, key string, values words) (condition, error) {
	c := condition{key: strings.ToLower(key), values: values}
	op := operator
	if rest, ok := strings.CutPrefix(op, "ForAllValues:"); ok {
		c.forAll, op = true, rest
	} else if rest, ok := strings.CutPrefix(op, "ForAnyValue:"); ok {
		c.forAny, op = true, rest
	}
	if rest, ok := strings.CutSuffix(op, "IfExists"); ok {
		c.ifExists, op = true, rest
	}
	if len(values) == 0 {
		return c, fmt.Errorf("Condition %s %s has no value", operator, key)
	}
	if op == "Null" {
		c.null = true
		return c, nil
	}
	positive := strings.Replace(op, "Not", "", 1)
	c.negative = positive != op
	c.test = tests[positive]
	if c.test == nil || c.negative && (positive == "Bool" || strings.Contains(positive, "Than")) {
		return c, fmt.Errorf("the condition operator %s is not supported by the local stack", operator)
	}
	return c, nil
}

var tests = map[string]func(want, got string) bool{
	"StringEquals":             func(w, g string) bool { return w == g },
	"StringEqualsIgnoreCase":   strings.EqualFold,
	"StringLike":               glob,
	"ArnEquals":                arnLike,
	"ArnLike":                  arnLike,
	"Bool":                     strings.EqualFold,
	"NumericEquals":            numeric(func(w, g float64) bool { return g == w }),
	"NumericLessThan":          numeric(func(w, g float64) bool { return g < w }),
	"NumericLessThanEquals":    numeric(func(w, g float64) bool { return g <= w }),
	"NumericGreaterThan":       numeric(func(w, g float64) bool { return g > w }),
	"NumericGreaterThanEquals": numeric(func(w, g float64) bool { return g >= w }),
	"DateEquals":               date(func(w, g time.Time) bool { return g.Equal(w) }),
	"DateLessThan":             date(func(w, g time.Time) bool { return g.Before(w) }),
	"DateLessThanEquals":       date(func(w, g time.Time) bool { return !g.After(w) }),
	"DateGreaterThan":          date(func(w, g time.Time) bool { return g.After(w) }),
	"DateGreaterThanEquals":    date(func(w, g time.Time) bool { return !g.Before(w) }),
}

func numeric(f func(w, g float64) bool) func(string, string) bool {
	return func(want, got string) bool {
		w, err := strconv.ParseFloat(want, 64)
		g, err2 := strconv.ParseFloat(got, 64)
		return err == nil && err2 == nil && f(w, g)
	}
}

func date(f func(w, g time.Time) bool) func(string, string) bool {
	return func(want, got string) bool {
		w, ok := instant(want)
		g, ok2 := instant(got)
		return ok && ok2 && f(w, g)
	}
}

func instant(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// arnLike compares the six parts of an ARN one by one, so that a * stays in its part.
func arnLike(pattern, arn string) bool {
	p, a := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(p) != 6 || len(a) != 6 {
		return pattern == "*" || glob(pattern, arn) && len(p) == len(a)
	}
	for i := range p {
		if !glob(p[i], a[i]) {
			return false
		}
	}
	return true
}

func (c condition) holds(context map[string][]string) bool {
	got, there := context[c.key]
	if c.null {
		return strings.EqualFold(c.values[0], "true") == !there
	}
	if !there {
		switch {
		case c.forAll, c.ifExists:
			return true
		case c.forAny:
			return false
		}
		return c.negative // a negated operator holds when the key is missing
	}
	one := func(g string) bool {
		for _, w := range c.values {
			if c.test(expand(w, context), g) {
				return !c.negative
			}
		}
		return c.negative
	}
	if c.forAll {
		for _, g := range got {
			if !one(g) {
				return false
			}
		}
		return true
	}
	for _, g := range got {
		if one(g) {
			return true
		}
	}
	return false
}
