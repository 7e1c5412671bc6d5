package condition

import "regexp/syntax"

// nested finds an unbounded repeat inside another, where backtracking can take very long.
func nested(re *syntax.Regexp, inside bool) bool {
	unbounded := re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max < 0
	if unbounded && inside {
		return true
	}
	for _, sub := range re.Sub {
		if nested(sub, inside || unbounded) {
			return true
		}
	}
	return false
}

// trimEnds takes away optional repeats at both ends: whether x*y is found somewhere is
// whether y is, and looking for .*y costs the square of the text's length.
func trimEnds(re *syntax.Regexp) *syntax.Regexp {
	optional := func(re *syntax.Regexp) bool {
		return re.Op == syntax.OpStar || re.Op == syntax.OpQuest || re.Op == syntax.OpRepeat && re.Min == 0
	}
	switch {
	case re.Op == syntax.OpCapture:
		return trimEnds(re.Sub[0])
	case optional(re):
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case re.Op == syntax.OpPlus:
		return trimEnds(re.Sub[0])
	case re.Op != syntax.OpConcat:
		return re
	}
	subs := re.Sub
	for len(subs) > 0 && optional(subs[0]) {
		subs = subs[1:]
	}
	for len(subs) > 0 && optional(subs[len(subs)-1]) {
		subs = subs[:len(subs)-1]
	}
	if len(subs) == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	out := *re
	out.Sub = append([]*syntax.Regexp{}, subs...)
	if n := len(out.Sub) - 1; out.Sub[n].Op == syntax.OpPlus {
		out.Sub[n] = out.Sub[n].Sub[0]
	}
	if out.Sub[0].Op == syntax.OpPlus {
		out.Sub[0] = out.Sub[0].Sub[0]
	}
	return &out
}

// least is the fewest characters a match takes.
func least(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return least(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * least(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n += least(sub)
		}
		return n
	case syntax.OpAlternate:
		n := least(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, least(sub))
		}
		return n
	}
	return 0
}
