package jsonata

import (
	"strings"
	"unicode"
)

// casing applies Unicode's full case mappings where they differ from the simple ones that Go has.
type casing struct{ special map[rune]string }

var caser = casing{special: map[rune]string{
	'ß': "SS", 'ŉ': "ʼN", 'ǰ': "J̌", 'ΐ': "Ϊ́", 'ΰ': "Ϋ́", 'և': "ԵՒ", 'ẖ': "H̱", 'ẗ': "T̈", 'ẘ': "W̊", 'ẙ': "Y̊", 'ẚ': "Aʾ",
	'ﬀ': "FF", 'ﬁ': "FI", 'ﬂ': "FL", 'ﬃ': "FFI", 'ﬄ': "FFL", 'ﬅ': "ST", 'ﬆ': "ST",
}}

func (c casing) upper(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := nextRune(s, i)
		part := s[i : i+n]
		i += n
		r := []rune(part)[0]
		if special, ok := c.special[r]; ok {
			b.WriteString(special)
		} else if r == unicode.ReplacementChar {
			b.WriteString(part)
		} else {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

func (c casing) lower(s string) string {
	var b strings.Builder
	previous := false // was the character before a letter
	for i := 0; i < len(s); {
		n := nextRune(s, i)
		part := s[i : i+n]
		i += n
		r := []rune(part)[0]
		switch {
		case r == 'İ':
			b.WriteString("i̇")
		case r == 'Σ' && previous && !startsWithLetter(s[i:]):
			b.WriteRune('ς') // at the end of a word
		case r == unicode.ReplacementChar:
			b.WriteString(part)
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		previous = unicode.IsLetter(r)
	}
	return b.String()
}

func startsWithLetter(s string) bool {
	for _, r := range s {
		return unicode.IsLetter(r)
	}
	return false
}
