package trail

import (
	"regexp"
	"strings"
)

// maxWords bounds a text in the log, in bytes.
const maxWords = 1000

var (
	// What our messages quote is a value: of a definition, a request or a mail. Ids stay.
	quoted = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"?|`[^`]*`?")
	id     = regexp.MustCompile(`^"(?:wf|run|evt|conv|msg|tkt|con|apr|aud)_[0-9A-Z]{26}"$`)
	// An address; the domain may be any, the local part what mail programs write.
	address = regexp.MustCompile(`[^\s<>()\[\]"',;:=/\\]+@[^\s<>()\[\]"',;:/\\]+`)
	// Of an URL the host is told: the path and the query may hold a secret.
	link = regexp.MustCompile(`(?i)\b(https?://)(?:[^\s/"'<>@]*@)?([^\s/"'<>?#]+)[^\s"'<>]*`)
	// The two addresses of ours that are secrets themselves.
	page = regexp.MustCompile(`(^|[\s"'=])/(a|hooks)/[^\s"'<>]+`)
	// A header of a request, to its end: authorization: bearer …
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{8,}`)
	// Task tokens, signatures, JWTs: no id of ours or of AWS is that long in one piece.
	opaque = regexp.MustCompile(`[A-Za-z0-9+/_=.-]{65,}`)
)

// Words is a text as a log may have it: without what it quotes, addresses, paths of
// links, and whatever looks like a token; of bounded length and in one piece.
func Words(s string) string {
	if len(s) > 4*maxWords {
		s = s[:4*maxWords]
	}
	s = link.ReplaceAllString(s, "${1}${2}/…")
	s = quoted.ReplaceAllStringFunc(s, func(q string) string {
		if id.MatchString(q) {
			return q
		}
		return `"…"`
	})
	s = page.ReplaceAllString(s, "${1}/${2}/…")
	s = address.ReplaceAllString(s, "…@…")
	s = bearer.ReplaceAllString(s, "${1} …")
	s = opaque.ReplaceAllString(s, "…")
	if len(s) > maxWords {
		s = s[:maxWords] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
