package condition

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/workflow"
)

// pattern is matches: an RE2 pattern found anywhere in an element. The Go evaluator runs
// Go's regexp on the tree that the printed regex is made of, so that both look for the
// same thing.
//
// RE2 (https://github.com/google/re2/wiki/Syntax) and the backtracking engines behind
// JSONata differ in \w \d \s \b $ . and in case folding; so every class is spelled out and
// anchors are written as look-around.
type pattern struct {
	re    *regexp.Regexp
	regex string // portable, without slashes
	empty bool   // does it match ""
	taken bool   // does every match take at least one character
}

// maxAlternatives bounds the characters beyond U+FFFF that one class may list.
const maxAlternatives = 300

// maxRegex bounds the printed regex: a definition may hold hundreds.
const maxRegex = 20_000

func newPattern(s string, matchCase bool) (*pattern, []workflow.Problem) {
	fail := func(format string, args ...any) (*pattern, []workflow.Problem) {
		return nil, []workflow.Problem{workflow.Errorf("", "", "pattern", format, args...)}
	}
	if utf8.RuneCountInString(s) > MaxPattern {
		return fail("the pattern is longer than %d characters; shorten it or use several tests", MaxPattern)
	}
	flags := syntax.Perl
	if !matchCase {
		flags |= syntax.FoldCase
	}
	tree, err := syntax.Parse(s, flags)
	if err != nil {
		return fail("the pattern is not RE2 (https://github.com/google/re2/wiki/Syntax): %v", err)
	}
	p := &patternPrinter{}
	tree = p.bounded(tree)
	var problems []workflow.Problem
	if p.cut {
		problems = append(problems, workflow.Warnf("", "", "pattern", "a class of this pattern has many characters beyond U+FFFF (such as emoji); those are never matched by it: list the ones you need"))
	}
	tree = trimEnds(tree)
	p.regex(tree)
	if p.b.Len() > maxRegex {
		return fail("the pattern is too large when its repeats and classes are written out; use smaller counts or classes")
	}
	if nested(tree, false) {
		problems = append(problems, workflow.Warnf("", "", "slow_pattern", "the pattern repeats a repeat, like (a+)+, which can be slow on long texts; repeat only one of them"))
	}
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return fail("the pattern cannot be used: %v", err)
	}
	return &pattern{re: re, regex: p.b.String(), empty: re.MatchString(""), taken: least(tree) > 0}, problems
}

func (p *pattern) meets(v any, _ int64) bool {
	s, ok := v.(string)
	return ok && p.re.MatchString(s)
}

// print: a JSONata regex must not match an empty piece of text (error D1004), so the
// pattern stands in a look-ahead and one character is taken; "" has its answer already.
func (p *pattern) print() string {
	if p.taken {
		return `$type($) = "string" ? $contains($, /` + p.regex + `/) : false`
	}
	return `$type($) = "string" ? ($ = "" ? ` + strconv.FormatBool(p.empty) + ` : $contains($, /^(?=` + anyChar + `*?(?:` + p.regex + `))` + anyChar + `/)) : false`
}

type patternPrinter struct {
	b   strings.Builder
	cut bool
}

const word = `[0-9A-Za-z_]`

// bounded replaces what cannot be written portably: a class with some, but not all and not
// few, of the characters beyond U+FFFF loses those.
func (p *patternPrinter) bounded(re *syntax.Regexp) *syntax.Regexp {
	for i, sub := range re.Sub {
		re.Sub[i] = p.bounded(sub)
	}
	if re.Op != syntax.OpCharClass {
		return re
	}
	if n := astral(re.Rune); n == 0 || n <= maxAlternatives || n == unicode.MaxRune-0xffff {
		return re
	}
	missing := 0x10ffff - 0xffff - astral(re.Rune)
	var kept []rune
	for i := 0; i < len(re.Rune); i += 2 {
		if lo, hi := re.Rune[i], re.Rune[i+1]; lo <= 0xffff {
			kept = append(kept, lo, min(hi, 0xffff))
		}
	}
	if missing <= maxAlternatives {
		// Nearly all of them: [^😀]. Taking in the few that are excluded would be wrong, and
		// so would be leaving all out; excluded() writes them as a look-ahead.
		return re
	}
	p.cut = true
	out := *re
	out.Rune = kept
	if len(kept) == 0 {
		out.Op = syntax.OpNoMatch
	}
	return &out
}

func astral(class []rune) int {
	n := 0
	for i := 0; i < len(class); i += 2 {
		if hi := class[i+1]; hi > 0xffff {
			n += int(hi - max(class[i], 0x10000) + 1)
		}
	}
	return n
}

func (p *patternPrinter) regex(re *syntax.Regexp) {
	if p.b.Len() > maxRegex {
		return
	}
	switch re.Op {
	case syntax.OpNoMatch:
		p.b.WriteString(`(?!)`)
	case syntax.OpEmptyMatch:
		p.b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				writeChoice(&p.b, orbit(r))
			} else {
				writeRune(&p.b, r)
			}
		}
	case syntax.OpCharClass:
		p.class(re.Rune)
	case syntax.OpAnyChar:
		p.b.WriteString(anyChar)
	case syntax.OpAnyCharNotNL:
		p.b.WriteString(`(?:` + pair + `|[^\u000A\uD800-\uDFFF])`)
	case syntax.OpBeginText:
		p.b.WriteString(startOfText)
	case syntax.OpEndText:
		p.b.WriteString(endOfText)
	case syntax.OpBeginLine:
		p.b.WriteString(`(?<![^\u000A])`)
	case syntax.OpEndLine:
		p.b.WriteString(`(?![^\u000A])`)
	case syntax.OpWordBoundary:
		p.b.WriteString(`(?:(?<=` + word + `)(?!` + word + `)|(?<!` + word + `)(?=` + word + `))`)
	case syntax.OpNoWordBoundary:
		p.b.WriteString(`(?:(?<=` + word + `)(?=` + word + `)|(?<!` + word + `)(?!` + word + `))`)
	case syntax.OpCapture:
		p.group(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				p.group(sub)
			} else {
				p.regex(sub)
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				p.b.WriteByte('|')
			}
			p.regex(sub)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		p.group(re.Sub[0])
		switch re.Op {
		case syntax.OpStar:
			p.b.WriteByte('*')
		case syntax.OpPlus:
			p.b.WriteByte('+')
		case syntax.OpQuest:
			p.b.WriteByte('?')
		default:
			p.b.WriteString("{" + strconv.Itoa(re.Min))
			if re.Max != re.Min {
				p.b.WriteByte(',')
				if re.Max >= 0 {
					p.b.WriteString(strconv.Itoa(re.Max))
				}
			}
			p.b.WriteByte('}')
		}
		// Which match is found first does not matter to a yes or no: no lazy forms.
	}
}

func (p *patternPrinter) group(re *syntax.Regexp) {
	p.b.WriteString("(?:")
	p.regex(re)
	p.b.WriteByte(')')
}

// class prints a set of ranges: the BMP part as a class without surrogates, the rest as
// pairs or alternatives.
func (p *patternPrinter) class(runes []rune) {
	var bmp strings.Builder
	for i := 0; i < len(runes); i += 2 {
		lo, hi := runes[i], min(runes[i+1], 0xffff)
		for _, part := range [][2]rune{{lo, min(hi, 0xd7ff)}, {max(lo, 0xe000), hi}} {
			if part[0] > part[1] {
				continue
			}
			writeRune(&bmp, part[0])
			if part[1] > part[0] {
				bmp.WriteByte('-')
				writeRune(&bmp, part[1])
			}
		}
	}
	n := astral(runes)
	if n == 0 {
		if bmp.Len() == 0 {
			p.b.WriteString(`(?!)`)
			return
		}
		p.b.WriteString("[" + bmp.String() + "]")
		return
	}
	p.b.WriteString("(?:")
	if bmp.Len() > 0 {
		p.b.WriteString("[" + bmp.String() + "]|")
	}
	if n <= maxAlternatives {
		first := true
		for i := 0; i < len(runes); i += 2 {
			for r := max(runes[i], 0x10000); r <= runes[i+1]; r++ {
				if !first {
					p.b.WriteByte('|')
				}
				first = false
				writeRune(&p.b, r)
			}
		}
	} else {
		p.excluded(runes)
		p.b.WriteString(`(?:` + pair + `|[^\u0000-\uFFFF])`)
	}
	p.b.WriteByte(')')
}

// excluded writes a look-ahead that none of the few characters beyond U+FFFF that are
// missing from the class comes next.
func (p *patternPrinter) excluded(runes []rune) {
	var out []string
	next := rune(0x10000)
	for i := 0; i < len(runes); i += 2 {
		for ; next < runes[i] && next <= unicode.MaxRune; next++ {
			var b strings.Builder
			writeRune(&b, next)
			out = append(out, b.String())
		}
		next = max(next, runes[i+1]+1)
	}
	for ; next <= unicode.MaxRune; next++ {
		var b strings.Builder
		writeRune(&b, next)
		out = append(out, b.String())
	}
	if len(out) > 0 {
		p.b.WriteString("(?!" + strings.Join(out, "|") + ")")
	}
}

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
