package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// decodeUTF7 decodes UTF-7 (RFC 2152), which golang.org/x/text does not have: "+" opens modified base64 of UTF-16BE,
// any other character closes it and a "-" that does so is dropped. What does not decode stays as it stands.
func decodeUTF7(content []byte) string {
	var b strings.Builder
	for i := 0; i < len(content); {
		c := content[i]
		if c != '+' {
			if c < 0x80 {
				b.WriteByte(c)
			} else {
				b.WriteRune('\uFFFD')
			}
			i++
			continue
		}
		end := i + 1
		for end < len(content) && isBase64Byte(content[end]) {
			end++
		}
		run := content[i+1 : end]
		closed := end < len(content) && content[end] == '-'
		switch {
		case len(run) == 0:
			b.WriteByte('+')
		default:
			units := make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))
			n, err := base64.RawStdEncoding.Decode(units, run)
			if err != nil && n == 0 {
				b.WriteByte('+')
				b.Write(run)
				break
			}
			words := make([]uint16, 0, n/2)
			for k := 0; k+1 < n; k += 2 {
				words = append(words, uint16(units[k])<<8|uint16(units[k+1]))
			}
			b.WriteString(string(utf16.Decode(words)))
		}
		i = end
		if closed {
			i++
		}
	}
	return b.String()
}

func isBase64Byte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}
