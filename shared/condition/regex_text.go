package condition

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Ways to say "any character", "the end" and "the start" that engines on UTF-16 units
// (JavaScript, .NET) and on code points (Java, ours) read alike. At the border between two
// characters the next unit is never a low surrogate and the last never a high one; $ and
// [\s\S] mean different things in different engines.
const (
	pair        = `[\uD800-\uDBFF][\uDC00-\uDFFF]`
	anyChar     = `(?:` + pair + `|[^\uD800-\uDFFF])`
	endOfText   = `(?![^\uDFFF])`
	startOfText = `(?<![^\uD800])`
)

// literalRegex prints a regex that matches exactly the text, under simple case folding if
// folded. Flags are not used: engines fold differently under "i".
func literalRegex(text string, folded bool) string {
	var b strings.Builder
	for _, r := range text {
		if !folded {
			writeRune(&b, r)
			continue
		}
		writeChoice(&b, orbit(r))
	}
	return b.String()
}

// writeChoice prints one of the runes. Characters beyond U+FFFF are pairs to engines on
// UTF-16 and cannot stand in a class.
func writeChoice(b *strings.Builder, runes []rune) {
	if len(runes) == 1 {
		writeRune(b, runes[0])
		return
	}
	open, sep, end := "[", "", "]"
	for _, r := range runes {
		if r > 0xffff {
			open, sep, end = "(?:", "|", ")"
		}
	}
	b.WriteString(open)
	for i, r := range runes {
		if i > 0 {
			b.WriteString(sep)
		}
		writeRune(b, r)
	}
	b.WriteString(end)
}

// writeRune prints a character that means itself, in and out of a class: letters and
// digits as they are, all else escaped. JSONata's scanner counts brackets even inside
// classes and ends at any bare slash, so none is ever written.
func writeRune(b *strings.Builder, r rune) {
	switch {
	case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)), r > 0x80 && unicode.IsLetter(r), r > 0xffff:
		b.WriteRune(r)
	default:
		b.WriteString(unicodeEscape(r))
	}
}

// unicodeEscape is \uXXXX, as a pair beyond U+FFFF.
func unicodeEscape(r rune) string {
	if r > 0xffff {
		hi, lo := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04X\u%04X`, hi, lo)
	}
	return fmt.Sprintf(`\u%04X`, r)
}
