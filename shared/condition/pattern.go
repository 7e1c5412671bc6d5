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
