package pattern

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// matcher tests one scalar of an event: string, number, bool or nil.
type matcher interface{ match(v any) bool }

type (
	equal    struct{ want any }                // string, bool, nil or float64
	text     struct{ test func(string) bool }  // strings only
	number   struct{ test func(float64) bool } // numbers only
	any1     struct{}                          // exists: true
	absent   struct{}                          // exists: false; decided in matchLeaf
	network  struct{ prefix netip.Prefix }     // cidr
	noneOf   struct{ of []matcher }            // anything-but: any value, also of other types
	relation struct {
		op    string
		limit float64
	}
)

func (m equal) match(v any) bool {
	if f, ok := numberOf(v); ok {
		w, isNumber := m.want.(float64)
		return isNumber && w == f
	}
	switch v.(type) {
	case string, bool, nil:
		return v == m.want
	}
	return false
}

func (m text) match(v any) bool {
	s, ok := v.(string)
	return ok && m.test(s)
}

func (m number) match(v any) bool {
	f, ok := numberOf(v)
	return ok && m.test(f)
}

func (any1) match(any) bool   { return true }
func (absent) match(any) bool { return false }

func (m network) match(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && m.prefix.Contains(a.Unmap())
}

func (m noneOf) match(v any) bool {
	return !slices.ContainsFunc(m.of, func(x matcher) bool { return x.match(v) })
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), 64)
		return f, err == nil
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	}
	return 0, false
}

func compileLeaf(list []any, path string) ([]matcher, error) {
	if len(list) == 0 {
		return nil, &Error{Path: path, Reason: "Empty arrays are not allowed"}
	}
	var out []matcher
	for _, v := range list {
		m, err := compileMatcher(v, path)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func compileMatcher(v any, path string) (matcher, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) != 1 {
			return nil, &Error{Path: path, Reason: "Only one key allowed in match expression"}
		}
		for op, arg := range v {
			return compileOperator(op, arg, path)
		}
	case []any:
		return nil, &Error{Path: path, Reason: "Match value must be String, number, true, false, or null"}
	}
	return exact(v), nil
}

func exact(v any) matcher {
	if f, ok := numberOf(v); ok {
		return equal{f}
	}
	return equal{v}
}

func compileOperator(op string, arg any, path string) (matcher, error) {
	switch op {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
		return compileText(op, arg, path)
	case "anything-but":
		return compileAnythingBut(arg, path)
	case "numeric":
		return compileNumeric(arg, path)
	case "exists":
		b, ok := arg.(bool)
		if !ok {
			return nil, &Error{Path: path, Reason: "exists match pattern must be either true or false"}
		}
		if b {
			return any1{}, nil
		}
		return absent{}, nil
	case "cidr":
		s, _ := arg.(string)
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, &Error{Path: path, Reason: fmt.Sprintf("Malformed CIDR, one '/' required: %v", arg)}
		}
		return network{p.Masked()}, nil
	}
	return nil, &Error{Path: path, Reason: "Unrecognized match type " + op}
}

func compileText(op string, arg any, path string) (matcher, error) {
	if m, ok := arg.(map[string]any); ok && (op == "prefix" || op == "suffix") && len(m) == 1 {
		if s, ok := m["equals-ignore-case"].(string); ok {
			want := strings.ToLower(s)
			if op == "prefix" {
				return text{func(v string) bool { return strings.HasPrefix(strings.ToLower(v), want) }}, nil
			}
			return text{func(v string) bool { return strings.HasSuffix(strings.ToLower(v), want) }}, nil
		}
	}
	s, ok := arg.(string)
	if !ok {
		return nil, &Error{Path: path, Reason: op + " match pattern must be a string"}
	}
	switch op {
	case "prefix":
		return text{func(v string) bool { return strings.HasPrefix(v, s) }}, nil
	case "suffix":
		return text{func(v string) bool { return strings.HasSuffix(v, s) }}, nil
	case "equals-ignore-case":
		return text{func(v string) bool { return strings.EqualFold(v, s) }}, nil
	}
	parts, err := wildcard(s)
	if err != nil {
		return nil, &Error{Path: path, Reason: err.Error()}
	}
	return text{func(v string) bool { return glob(parts, v) }}, nil
}

func compileAnythingBut(arg any, path string) (matcher, error) {
	var out noneOf
	switch arg := arg.(type) {
	case map[string]any:
		if len(arg) != 1 {
			return nil, &Error{Path: path, Reason: "Only one key allowed in anything-but expression"}
		}
		for op, inner := range arg {
			if !slices.Contains([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}, op) {
				return nil, &Error{Path: path, Reason: "Unsupported anything-but pattern: " + op}
			}
			list, ok := inner.([]any)
			if !ok {
				list = []any{inner}
			}
			for _, v := range list {
				m, err := compileText(op, v, path)
				if err != nil {
					return nil, err
				}
				out.of = append(out.of, m)
			}
		}
	case []any:
		for _, v := range arg {
			if _, number := numberOf(v); !number {
				if _, isText := v.(string); !isText {
					return nil, &Error{Path: path, Reason: "Inside anything-but list, start|null|boolean is not supported: use strings and numbers"}
				}
			}
			out.of = append(out.of, exact(v))
		}
	case nil, bool:
		return nil, &Error{Path: path, Reason: "Value of anything-but must be an array or single string/number value"}
	default:
		out.of = append(out.of, exact(arg))
	}
	if len(out.of) == 0 {
		return nil, &Error{Path: path, Reason: "Empty arrays are not allowed"}
	}
	return out, nil
}

// numericLimit bounds operands, as EventBridge does.
const numericLimit = 5e9

func compileNumeric(arg any, path string) (matcher, error) {
	bad := func(why string) (matcher, error) {
		return nil, &Error{Path: path, Reason: "Invalid numeric match: " + why}
	}
	list, _ := arg.([]any)
	if len(list) != 2 && len(list) != 4 {
		return bad(`it is ["op", number] or ["op", number, "op", number]`)
	}
	var rel []relation
	for i := 0; i < len(list); i += 2 {
		op, _ := list[i].(string)
		n, isNumber := list[i+1].(json.Number)
		if !isNumber || !slices.Contains([]string{"=", "<", "<=", ">", ">="}, op) {
			return bad("operators are = < <= > >=, each followed by a number")
		}
		if r, ok := new(big.Float).SetString(n.String()); !ok || r.Cmp(big.NewFloat(numericLimit)) > 0 || r.Cmp(big.NewFloat(-numericLimit)) < 0 {
			return bad("value must be between -5.0e9 and +5.0e9")
		}
		f, _ := numberOf(n)
		rel = append(rel, relation{op, f})
	}
	if len(rel) == 2 {
		if rel[0].op == "=" || rel[1].op == "=" || rel[0].op[0] == rel[1].op[0] {
			return bad("a range has one lower and one upper limit")
		}
		lower, upper := rel[0], rel[1]
		if lower.op[0] == '<' {
			lower, upper = upper, lower
		}
		if lower.limit >= upper.limit {
			return bad("bottom must be less than top")
		}
	}
	return number{func(v float64) bool {
		for _, r := range rel {
			if !r.holds(v) {
				return false
			}
		}
		return true
	}}, nil
}

func (r relation) holds(v float64) bool {
	switch r.op {
	case "=":
		return v == r.limit
	case "<":
		return v < r.limit
	case "<=":
		return v <= r.limit
	case ">":
		return v > r.limit
	}
	return v >= r.limit
}
