package workflow

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Pointer builds a JSON Pointer (RFC 6901) from reference tokens: strings and ints.
func Pointer(tokens ...any) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		switch t := t.(type) {
		case int:
			b.WriteString(strconv.Itoa(t))
		case string:
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(t))
		default:
			fmt.Fprint(&b, t)
		}
	}
	return b.String()
}

// Errorf makes an error Problem.
func Errorf(node, path, rule, format string, args ...any) Problem {
	return Problem{Severity: Error, Node: node, Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a warning Problem.
func Warnf(node, path, rule, format string, args ...any) Problem {
	return Problem{Severity: Warning, Node: node, Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// HasErrors tells whether any Problem blocks publish.
func HasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}

// Under moves problems whose paths are relative to a member of the definition: node is
// filled in and prefix put before each path.
func Under(problems []Problem, node, prefix string) []Problem {
	out := make([]Problem, len(problems))
	for i, p := range problems {
		p.Node = node
		p.Path = prefix + p.Path
		out[i] = p
	}
	return out
}

// SortProblems orders by place in the definition (pointers compare token by token, numbers
// as numbers), errors before warnings, then rule and message; exact repeats are dropped.
func SortProblems(problems []Problem) []Problem {
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		if c := comparePointers(a.Path, b.Path); c != 0 {
			return c < 0
		}
		if a.Severity != b.Severity {
			return a.Severity == Error
		}
		if a.Rule != b.Rule {
			return a.Rule < b.Rule
		}
		return a.Message < b.Message
	})
	out := problems[:0]
	for i, p := range problems {
		if i > 0 && p == out[len(out)-1] {
			continue
		}
		out = append(out, p)
	}
	return out
}

func comparePointers(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := 0; i < len(as) && i < len(bs); i++ {
		if as[i] == bs[i] {
			continue
		}
		// trigger, nodes, edges: the order in which people read a definition.
		if i == 1 {
			if x, y := rank(as[i]), rank(bs[i]); x != y {
				return x - y
			}
		}
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		if errX == nil && errY == nil {
			return x - y
		}
		return strings.Compare(as[i], bs[i])
	}
	return len(as) - len(bs)
}

func rank(member string) int {
	switch member {
	case "trigger":
		return 0
	case "nodes":
		return 1
	case "edges":
		return 2
	}
	return 3
}
