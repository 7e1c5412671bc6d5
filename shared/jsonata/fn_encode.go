package jsonata

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

func defineEncodings() {
	simple := func(name string, f func(string) (string, bool)) {
		defined(name, "<s-:s>", 1, 1, func(_ *call, args []any) (any, error) {
			s, _ := stringArg(args, 0)
			out, ok := f(s)
			if !ok {
				return nil, &Error{Code: "D3140", Value: s, Token: name}
			}
			return out, nil
		})
	}
	simple("base64encode", encodeBase64)
	simple("base64decode", decodeBase64)
	simple("encodeUrlComponent", func(s string) (string, bool) { return escapeURL(s, urlMarks) })
	simple("encodeUrl", func(s string) (string, bool) { return escapeURL(s, urlMarks+urlReserved) })
	simple("decodeUrlComponent", func(s string) (string, bool) { return unescapeURL(s, "") })
	simple("decodeUrl", func(s string) (string, bool) { return unescapeURL(s, urlReserved) })
}

// encodeBase64 encodes the low byte of every character.
func encodeBase64(s string) (string, bool) {
	raw := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xFFFF {
			r -= 0x10000
			raw = append(raw, byte(0xD800+(r>>10)), byte(0xDC00+(r&0x3FF)))
			continue
		}
		raw = append(raw, byte(r))
	}
	return base64.StdEncoding.EncodeToString(raw), true
}

// decodeBase64 gives one character per byte. It is lenient: other characters are passed over and the URL alphabet
// is read too.
func decodeBase64(s string) (string, bool) {
	digits := make([]byte, 0, len(s))
	for i := 0; i < len(s) && s[i] != '='; i++ {
		switch c := s[i]; {
		case c == '-':
			digits = append(digits, '+')
		case c == '_':
			digits = append(digits, '/')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/':
			digits = append(digits, c)
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	raw, err := base64.RawStdEncoding.DecodeString(string(digits))
	if err != nil {
		return "", false
	}
	runes := make([]rune, len(raw))
	for i, c := range raw {
		runes[i] = rune(c)
	}
	return string(runes), true
}

const (
	urlMarks    = "-_.!~*'()"
	urlReserved = ";/?:@&=+$,#"
)

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// escapeURL percent-encodes all but letters, digits and keep; text that is no Unicode cannot be encoded.
func escapeURL(s, keep string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isAlphanumeric(c) || c < 0x80 && strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
		}
	}
	return b.String(), true
}

// unescapeURL decodes percent escapes except those of characters in keep; the bytes must be valid UTF-8.
func unescapeURL(s, keep string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '%' {
			b.WriteByte(s[i])
			i++
			continue
		}
		c, ok := percent(s, i)
		if !ok {
			return "", false
		}
		if c < 0x80 {
			if strings.IndexByte(keep, c) >= 0 {
				b.WriteString(s[i : i+3])
			} else {
				b.WriteByte(c)
			}
			i += 3
			continue
		}
		raw := []byte{c}
		for i += 3; !utf8.FullRune(raw) && len(raw) < utf8.UTFMax; i += 3 {
			if c, ok = percent(s, i); !ok {
				return "", false
			}
			raw = append(raw, c)
		}
		if !utf8.Valid(raw) {
			return "", false
		}
		b.Write(raw)
	}
	return b.String(), true
}

func percent(s string, i int) (byte, bool) {
	if i+2 >= len(s) || s[i] != '%' {
		return 0, false
	}
	h, l := strings.IndexByte(hexDigits, s[i+1]|0x20), strings.IndexByte(hexDigits, s[i+2]|0x20)
	if s[i+1] < '0' || s[i+2] < '0' || h < 0 || l < 0 {
		return 0, false
	}
	return byte(h<<4 | l), true
}
