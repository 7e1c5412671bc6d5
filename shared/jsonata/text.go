package jsonata

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Strings are UTF-8. Half of a surrogate pair, which JavaScript allows, is kept as the three bytes its code point
// would have (it is not valid UTF-8, so it is seen where it matters and becomes U+FFFD in output).

// surrogateAt returns the half pair at s[i:] and its length, or 0.
func surrogateAt(s string, i int) (rune, int) {
	if i+2 < len(s) && s[i] == 0xED && s[i+1] >= 0xA0 && s[i+1] <= 0xBF && s[i+2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return 0, 0
}

// fromUTF16 decodes code units, keeping half pairs.
func fromUTF16(u []uint16) string {
	var b strings.Builder
	b.Grow(len(u))
	for i := 0; i < len(u); i++ {
		c := rune(u[i])
		if utf16.IsSurrogate(c) {
			if i+1 < len(u) {
				if r := utf16.DecodeRune(c, rune(u[i+1])); r != utf8.RuneError {
					b.WriteRune(r)
					i++
					continue
				}
			}
			b.Write([]byte{0xED, byte(0x80 | c>>6&0x3F), byte(0x80 | c&0x3F)})
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// nextRune returns the length in bytes of the character at s[i:].
func nextRune(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	if _, n := surrogateAt(s, i); n > 0 {
		return n
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

// runeLen counts characters.
func runeLen(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		i += nextRune(s, i)
	}
	return n
}

// utf16Len counts UTF-16 code units, the unit of positions in $match.
func utf16Len(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		w := nextRune(s, i)
		if w == 4 {
			n++
		}
		i += w
	}
	return n
}

// runeSlice cuts characters from (inclusive) to end (exclusive).
func runeSlice(s string, from, to int) string {
	i, n := 0, 0
	for i < len(s) && n < from {
		i += nextRune(s, i)
		n++
	}
	start := i
	for i < len(s) && n < to {
		i += nextRune(s, i)
		n++
	}
	return s[start:i]
}

// compareText orders as JavaScript does, by UTF-16 code unit.
func compareText(a, b string) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		// A character outside the basic plane starts with 0xF0 in UTF-8 but with 0xD8… in UTF-16, below U+E000.
		if x >= 0xF0 && (y == 0xEE || y == 0xEF) {
			return -1
		}
		if y >= 0xF0 && (x == 0xEE || x == 0xEF) {
			return 1
		}
		if x < y {
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}
