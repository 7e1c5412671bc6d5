package jsonata

import (
	"math"
	"strconv"
	"strings"
)

// numberSigns are the characters of a number picture, after XPath's decimal format
// (https://www.w3.org/TR/xpath-functions-31/#formatting-numbers). $formatNumber's third argument overrides them.
type numberSigns struct {
	decimal, grouping, exponent, infinity, minus, nan, percent, perMille, zero, digit, separator string
	digits                                                                                       []string // of the digit family
}

func newNumberSigns(options any) *numberSigns {
	s := &numberSigns{decimal: ".", grouping: ",", exponent: "e", infinity: "Infinity", minus: "-", nan: "NaN", percent: "%",
		perMille: "‰", zero: "0", digit: "#", separator: ";"}
	for name, p := range map[string]*string{"decimal-separator": &s.decimal, "grouping-separator": &s.grouping,
		"exponent-separator": &s.exponent, "infinity": &s.infinity, "minus-sign": &s.minus, "NaN": &s.nan, "percent": &s.percent,
		"per-mille": &s.perMille, "zero-digit": &s.zero, "digit": &s.digit, "pattern-separator": &s.separator} {
		if v, ok := field(options, name).(string); ok {
			*p = v
		}
	}
	if zero := []rune(s.zero); len(zero) > 0 {
		for i := range rune(10) {
			s.digits = append(s.digits, string(zero[0]+i))
		}
	}
	return s
}

func (s *numberSigns) isDigit(c string) bool {
	for _, d := range s.digits {
		if c == d {
			return true
		}
	}
	return false
}

func (s *numberSigns) isActive(c string) bool {
	return s.isDigit(c) || c == s.decimal || c == s.exponent || c == s.grouping || c == s.digit || c == s.separator
}

// characters splits a string into its characters.
func characters(s string) []string {
	out := make([]string, 0, len(s))
	for i := 0; i < len(s); {
		n := nextRune(s, i)
		out = append(out, s[i:i+n])
		i += n
	}
	return out
}

// count counts the characters of part that are digits, or also optional digits.
func (s *numberSigns) count(part string, optional bool) int {
	n := 0
	for _, c := range characters(part) {
		if s.isDigit(c) || optional && c == s.digit {
			n++
		}
	}
	return n
}

// subPicture is one half of a picture, for positive or for negative numbers.
type subPicture struct {
	text, prefix, suffix, active, mantissa, integer, fraction, exponent string

	hasExponent       bool
	minInteger, scale int
	minFraction       int
	maxFraction       int
	minExponent       int
	integerGroups     []int
	fractionGroups    []int
	regular           int // distance of grouping separators when it is regular
	percent, perMille bool
	hasDecimal        bool
}

func (s *numberSigns) split(text string) *subPicture {
	p := &subPicture{text: text, suffix: text}
	chars := characters(text)
	first, last := -1, -1
	for i, c := range chars {
		if s.isActive(c) && c != s.exponent {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		p.fraction = text
		return p
	}
	p.prefix = strings.Join(chars[:first], "")
	p.suffix = strings.Join(chars[last+1:], "")
	p.active = strings.Join(chars[first:last+1], "")
	p.mantissa = p.active
	// As in JSONata, the exponent separator is looked for in the whole sub-picture, an 'e' in front of the suffix
	// counts, and its place is then taken within the active part.
	for at := first; at <= last+1 && at < len(chars); at++ {
		if chars[at] == s.exponent {
			active := chars[first : last+1]
			p.mantissa = strings.Join(active[:min(at, len(active))], "")
			p.exponent = strings.Join(active[min(at+1, len(active)):], "")
			p.hasExponent = true
			break
		}
	}
	p.integer, p.fraction = p.mantissa, p.suffix
	if before, after, ok := strings.Cut(p.mantissa, s.decimal); ok {
		p.integer, p.fraction = before, after
	}
	return p
}

// check returns the code of the last rule that the sub-picture breaks.
func (s *numberSigns) check(p *subPicture) string {
	code := ""
	broken := func(c string, when bool) {
		if when {
			code = c
		}
	}
	percents, perMilles := strings.Count(p.text, s.percent), strings.Count(p.text, s.perMille)
	decimal := strings.Index(p.text, s.decimal)
	broken("D3081", strings.Count(p.text, s.decimal) > 1)
	broken("D3082", percents > 1)
	broken("D3083", perMilles > 1)
	broken("D3084", percents > 0 && perMilles > 0)
	broken("D3085", s.count(p.mantissa, true) == 0)
	passive := false
	for _, c := range characters(p.active) {
		passive = passive || !s.isActive(c)
	}
	broken("D3086", passive)
	if decimal >= 0 {
		broken("D3087", strings.HasSuffix(p.text[:decimal], s.grouping) || strings.HasPrefix(p.text[decimal+len(s.decimal):], s.grouping))
	} else {
		broken("D3088", strings.HasSuffix(p.integer, s.grouping))
	}
	broken("D3089", strings.Contains(p.text, s.grouping+s.grouping))
	if i := strings.Index(p.integer, s.digit); i >= 0 {
		broken("D3090", s.count(p.integer[:i], false) > 0)
	}
	if i := strings.LastIndex(p.fraction, s.digit); i >= 0 {
		broken("D3091", s.count(p.fraction[i:], false) > 0)
	}
	broken("D3092", p.hasExponent && p.exponent != "" && percents+perMilles > 0)
	broken("D3093", p.hasExponent && (p.exponent == "" || s.count(p.exponent, false) != len(characters(p.exponent))))
	return code
}

// analyse derives the sizes of the parts.
func (s *numberSigns) analyse(p *subPicture) {
	for i := 0; ; {
		at := strings.Index(p.integer[i:], s.grouping)
		if at < 0 || s.grouping == "" {
			break
		}
		i += at
		p.integerGroups = append(p.integerGroups, s.count(p.integer[i:], true))
		i += len(s.grouping)
	}
	p.regular = regularDistance(p.integerGroups)
	for i := 0; ; {
		at := strings.Index(p.fraction[i:], s.grouping)
		if at < 0 || s.grouping == "" {
			break
		}
		i += at
		p.fractionGroups = append(p.fractionGroups, s.count(p.fraction[:i], true))
		i += len(s.grouping)
	}
	p.minInteger = s.count(p.integer, false)
	p.scale = p.minInteger
	p.minFraction = s.count(p.fraction, false)
	p.maxFraction = s.count(p.fraction, true)
	if p.minInteger == 0 && p.maxFraction == 0 {
		if p.hasExponent {
			p.minFraction, p.maxFraction = 1, 1
		} else {
			p.minInteger = 1
		}
	}
	if p.hasExponent && p.minInteger == 0 && strings.Contains(p.integer, s.digit) {
		p.minInteger = 1
	}
	if p.minInteger == 0 && p.minFraction == 0 {
		p.minFraction = 1
	}
	if p.hasExponent {
		p.minExponent = s.count(p.exponent, false)
	}
	p.percent = strings.Contains(p.text, s.percent)
	p.perMille = strings.Contains(p.text, s.perMille)
	p.hasDecimal = strings.Contains(p.text, s.decimal)
}

// regularDistance is the common distance when positions are its first multiples, else 0.
func regularDistance(positions []int) int {
	if len(positions) == 0 {
		return 0
	}
	factor := 0
	for _, p := range positions {
		for a, b := factor, p; ; a, b = b, a%b {
			if b == 0 {
				factor = a
				break
			}
		}
	}
	if factor == 0 {
		return 0
	}
	has := map[int]bool{}
	for _, p := range positions {
		has[p] = true
	}
	for i := range positions {
		if !has[(i+1)*factor] {
			return 0
		}
	}
	return factor
}

// formatNumber writes x as the picture says.
func formatNumber(x float64, picture string, options any) (any, error) {
	s := newNumberSigns(options)
	texts := []string{picture}
	if s.separator != "" {
		texts = strings.Split(picture, s.separator)
	}
	if len(texts) > 2 {
		return nil, fail("D3080")
	}
	var halves []*subPicture
	for _, t := range texts {
		p := s.split(t)
		if code := s.check(p); code != "" {
			return nil, fail(code)
		}
		s.analyse(p)
		halves = append(halves, p)
	}
	p := halves[0]
	if !(x >= 0) {
		if len(halves) == 2 {
			p = halves[1]
		} else {
			negative := *p
			negative.prefix = s.minus + p.prefix
			p = &negative
		}
	}
	if math.IsInf(x, 0) || x != x {
		word := s.infinity
		if x != x {
			word = s.nan
		}
		return p.prefix + word + p.suffix, nil
	}
	return p.prefix + s.number(x, p) + p.suffix, nil
}

// number writes the digits of x between prefix and suffix.
func (s *numberSigns) number(x float64, p *subPicture) string {
	if p.percent {
		x *= 100
	} else if p.perMille {
		x *= 1000
	}
	exponent := 0
	if p.minExponent > 0 && x != 0 {
		high, low := math.Pow(10, float64(p.scale)), math.Pow(10, float64(p.scale-1))
		sign := 1.0
		if x < 0 {
			sign, x = -1, -x
		}
		for x < low {
			x *= 10
			exponent--
		}
		for x > high {
			x /= 10
			exponent++
		}
		x *= sign
	}
	integer, fraction, _ := strings.Cut(fixed(round(x, float64(p.maxFraction)), p.maxFraction), ".")
	integer, fraction = strings.TrimLeft(integer, "0"), strings.TrimRight(fraction, "0")
	integer = strings.Repeat("0", max(0, p.minInteger-len(integer))) + integer
	fraction += strings.Repeat("0", max(0, p.minFraction-len(fraction)))
	var b strings.Builder
	b.WriteString(s.group(integer, p))
	if p.hasDecimal && fraction != "" {
		b.WriteString(s.decimal)
		at := 0
		for _, g := range p.fractionGroups {
			if g <= len(fraction) {
				b.WriteString(s.family(fraction[at:g]))
				b.WriteString(s.grouping)
				at = g
			}
		}
		b.WriteString(s.family(fraction[at:]))
	}
	if p.minExponent > 0 {
		digits := strconv.Itoa(max(exponent, -exponent))
		b.WriteString(s.exponent)
		if exponent < 0 {
			b.WriteString(s.minus)
		}
		b.WriteString(s.family(strings.Repeat("0", max(0, p.minExponent-len(digits))) + digits))
	}
	return b.String()
}

// fixed is toFixed of JavaScript on the absolute value.
func fixed(x float64, places int) string {
	x = math.Abs(x)
	if x >= 1e21 {
		places = -1
	}
	return strconv.FormatFloat(x, 'f', places, 64)
}

// group puts grouping separators into the integer part.
func (s *numberSigns) group(integer string, p *subPicture) string {
	cuts := map[int]bool{}
	if p.regular > 0 {
		for n := p.regular; n < len(integer); n += p.regular {
			cuts[n] = true
		}
	} else {
		for _, g := range p.integerGroups {
			cuts[g] = g <= len(integer)
		}
	}
	var b strings.Builder
	for i := range integer {
		if cuts[len(integer)-i] {
			b.WriteString(s.grouping)
		}
		b.WriteString(s.family(integer[i : i+1]))
	}
	return b.String()
}

// family writes ASCII digits in the digit family of the picture.
func (s *numberSigns) family(digits string) string {
	if s.zero == "0" || len(s.digits) == 0 {
		return digits
	}
	var b strings.Builder
	for _, c := range digits {
		b.WriteString(s.digits[c-'0'])
	}
	return b.String()
}
