package mail

import "strings"

// decodeWords decodes the encoded words (RFC 2047) of a header value, more tolerantly than the standard library: blanks
// inside a word, a missing "?=" at the very end, a character split over two words, and raw bytes, which are read as
// guess if they are not UTF-8.
func decodeWords(s, guess string) string {
	if !strings.Contains(s, "=?") {
		return decodeRaw(s, guess)
	}
	var out strings.Builder
	var pending []byte // bytes of adjacent words in one charset
	charset := ""
	flush := func() {
		if len(pending) > 0 {
			text, _ := toUTF8(pending, charset)
			out.WriteString(text)
			pending = nil
		}
	}
	for {
		at := strings.Index(s, "=?")
		if at < 0 {
			break
		}
		word, rest, cs, ok := cutWord(s[at:])
		if !ok {
			flush()
			out.WriteString(decodeRaw(s[:at+2], guess))
			s = s[at+2:]
			continue
		}
		// White space between two words is not text; anything else is.
		if between := s[:at]; len(pending) == 0 || strings.Trim(between, " \t\r\n") != "" {
			flush()
			out.WriteString(decodeRaw(between, guess))
		}
		if !strings.EqualFold(cs, charset) {
			flush()
		}
		charset = cs
		pending = append(pending, word...)
		if len(pending) == 0 {
			pending = []byte{}
		}
		s = rest
	}
	flush()
	out.WriteString(decodeRaw(s, guess))
	return out.String()
}

// cutWord reads "=?charset*language?encoding?text?=" at the start of s.
func cutWord(s string) (content []byte, rest, charset string, ok bool) {
	q := strings.IndexByte(s[2:], '?')
	if q <= 0 || q > 60 {
		return nil, "", "", false
	}
	charset, _, _ = strings.Cut(s[2:2+q], "*")
	s = s[2+q+1:]
	if len(s) < 2 || s[1] != '?' {
		return nil, "", "", false
	}
	kind := s[0] | 0x20
	s = s[2:]
	end := strings.Index(s, "?=")
	// "=?utf-8?Q?=3D?=": the first "?=" may be the beginning of "=3D" in a word that starts with "=".
	if end == 0 && kind == 'q' && len(s) > 4 && isHex(s[2]) && isHex(s[3]) {
		if e := strings.Index(s[2:], "?="); e >= 0 {
			end = e + 2
		}
	}
	text := s
	if end >= 0 {
		text, rest = s[:end], s[end+2:]
	} else if strings.HasSuffix(s, "?") {
		text, rest = s[:len(s)-1], ""
	} else if strings.ContainsAny(s, " \t") {
		return nil, "", "", false
	}
	switch kind {
	case 'b':
		return decodeBase64([]byte(text)), rest, charset, true
	case 'q':
		return decodeQuotedPrintable([]byte(strings.ReplaceAll(text, "_", " ")), true), rest, charset, true
	}
	return nil, "", "", false
}

// decodeRaw reads a value without encoded words.
func decodeRaw(s, guess string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == 0x1b {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	text := guessUTF8([]byte(s))
	if guess != "" && strings.ToValidUTF8(s, "") != s {
		if declared, problem := toUTF8([]byte(s), guess); problem == "" {
			return declared
		}
	}
	return text
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
