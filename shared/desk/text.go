package desk

import (
	"strings"
	"unicode/utf8"
)

// Plain is a text as the desk keeps it: valid UTF-8 without control characters but tab
// and line feed, and at most limit bytes of it, cut at a character's edge. cut tells
// that there was more.
func Plain(s string, limit int) (out string, cut bool) {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r == '\r' {
			return '\n'
		}
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s, false
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit], true
}

// maxShown bounds the bytes of each list of a message that conditions and templates see.
const maxShown = 8 << 10

// line is a subject, name or address without control characters.
func line(s string) string {
	s, _ = Plain(s, maxShown)
	return s
}

// shown is the beginning of a list that has at most maxShown bytes.
func shown(list []string) []any {
	out, total := []any{}, 0
	for _, s := range list {
		s = line(s)
		if total += len(s); total > maxShown {
			break
		}
		out = append(out, s)
	}
	return out
}
