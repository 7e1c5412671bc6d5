package condition

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
)

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
