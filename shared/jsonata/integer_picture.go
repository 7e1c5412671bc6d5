package jsonata

import (
	"math"
	"strconv"
	"strings"
)

type integerStyle uint8

const (
	styleDecimal integerStyle = iota
	styleLetters
	styleRoman
	styleWords
	styleSequence // a picture that stands for some other sequence
)

type letterCase uint8

const (
	caseLower letterCase = iota
	caseUpper
	caseTitle
)

// integerPicture is a picture of $formatInteger, after XPath's fn:format-integer
// (https://www.w3.org/TR/xpath-functions-31/#func-format-integer).
type integerPicture struct {
	style      integerStyle
	letters    letterCase
	ordinal    bool
	zero       rune // first digit of the decimal group
	mandatory  int
	optional   int
	separators []groupSeparator // from the right
	regular    int              // distance of separators when it is regular
	token      string
}

// groupSeparator stands after position digits, counted from the right.
type groupSeparator struct {
	position int
	text     string
}

// decimalGroups are the zero digits of the decimal digit families.
var decimalGroups = []rune{'0', 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50,
	0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0,
	0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10}

func parseIntegerPicture(picture string) (*integerPicture, error) {
	p := &integerPicture{}
	format := picture
	if i := strings.LastIndexByte(picture, ';'); i >= 0 {
		format = picture[:i]
		p.ordinal = strings.HasPrefix(picture[i+1:], "o")
	}
	switch format {
	case "A":
		p.style, p.letters = styleLetters, caseUpper
	case "a":
		p.style = styleLetters
	case "I":
		p.style, p.letters = styleRoman, caseUpper
	case "i":
		p.style = styleRoman
	case "W":
		p.style, p.letters = styleWords, caseUpper
	case "Ww":
		p.style, p.letters = styleWords, caseTitle
	case "w":
		p.style = styleWords
	default:
		return p, p.decimal(format)
	}
	return p, nil
}

// decimal reads a picture of digits, optional digits (#) and separators.
func (p *integerPicture) decimal(format string) error {
	runes := []rune(format)
	position := 0
	for i := len(runes) - 1; i >= 0; i-- {
		c := runes[i]
		if zero := digitGroup(c); zero >= 0 {
			if p.zero == 0 {
				p.zero = zero
			} else if p.zero != zero {
				return fail("D3131")
			}
			p.mandatory++
			position++
		} else if c == '#' {
			p.optional++
			position++
		} else {
			p.separators = append(p.separators, groupSeparator{position, string(c)})
		}
	}
	if p.mandatory == 0 {
		p.style, p.token = styleSequence, format
		return nil
	}
	var positions []int
	for _, s := range p.separators {
		if s.text != p.separators[0].text {
			return nil
		}
		positions = append(positions, s.position)
	}
	p.regular = regularDistance(positions)
	return nil
}

func digitGroup(c rune) rune {
	for _, zero := range decimalGroups {
		if c >= zero && c <= zero+9 {
			return zero
		}
	}
	return -1
}

// format writes an integer.
func (p *integerPicture) format(x float64) (string, error) {
	abs := math.Abs(x)
	var s string
	switch p.style {
	case styleLetters:
		s = toLetters(abs, p.letters == caseUpper)
	case styleRoman:
		if s = toRoman(abs); p.letters == caseUpper {
			s = strings.ToUpper(s)
		}
	case styleWords:
		s = toWords(abs, false, p.ordinal)
		switch p.letters {
		case caseUpper:
			s = strings.ToUpper(s)
		case caseLower:
			s = strings.ToLower(s)
		}
	case styleDecimal:
		s = p.digits(abs)
	default:
		return "", failValue("D3130", p.token)
	}
	if x < 0 {
		s = "-" + s
	}
	return s, nil
}

func (p *integerPicture) digits(abs float64) string {
	s := numberText(abs)
	s = strings.Repeat("0", max(0, p.mandatory-len(s))) + s
	cuts := map[int]string{}
	if p.regular > 0 {
		for n := p.regular; n < len(s); n += p.regular {
			cuts[n] = p.separators[0].text
		}
	} else {
		for _, g := range p.separators {
			if g.position <= len(s) {
				cuts[g.position] = g.text + cuts[g.position]
			}
		}
	}
	var b strings.Builder
	for i := range s {
		b.WriteString(cuts[len(s)-i])
		if c := s[i]; p.zero != '0' && c >= '0' && c <= '9' {
			b.WriteRune(p.zero + rune(c-'0'))
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteString(cuts[0])
	if p.ordinal {
		b.WriteString(ordinalSuffix(s))
	}
	return b.String()
}

func ordinalSuffix(s string) string {
	if n := len(s); n < 2 || s[n-2] != '1' {
		switch s[n-1] {
		case '1':
			return "st"
		case '2':
			return "nd"
		case '3':
			return "rd"
		}
	}
	return "th"
}

// parse reads an integer written with the picture; text that does not fit gives no result.
func (p *integerPicture) parse(s string) (any, error) {
	switch p.style {
	case styleLetters:
		return fromLetters(s, p.letters == caseUpper), nil
	case styleRoman:
		if p.letters != caseUpper {
			s = strings.ToUpper(s)
		}
		return fromRoman(s), nil
	case styleWords:
		return fromWords(strings.ToLower(s)), nil
	case styleDecimal:
		return p.parseDigits(s), nil
	}
	return nil, failValue("D3130", p.token)
}

func (p *integerPicture) parseDigits(s string) any {
	if p.ordinal && len(s) >= 2 {
		s = s[:len(s)-2]
	}
	if p.regular > 0 {
		s = strings.ReplaceAll(s, ",", "")
		s = strings.ReplaceAll(s, p.separators[0].text, "")
	}
	for _, g := range p.separators {
		s = strings.ReplaceAll(s, g.text, "")
	}
	if p.zero != '0' {
		s = strings.Map(func(r rune) rune { return r - p.zero + '0' }, s)
	}
	end := 0
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		end = 1
	}
	start := end
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == start {
		return math.NaN()
	}
	f, _ := strconv.ParseFloat(s[:end], 64)
	return f
}
