package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045). It works in place where it can: an attachment of 30 MB
// must not be held twice. Both decoders accept anything and keep what can be kept.
func decodeTransfer(content []byte, encoding string) []byte {
	encoding = strings.ToLower(strings.Trim(encoding, " \t\"';"))
	encoding, _, _ = strings.Cut(encoding, " ")
	switch strings.Trim(encoding, "\"';") {
	case "base64", "b64", "base-64", "b":
		return decodeBase64(content)
	case "quoted-printable", "quoted-printabel", "quotedprintable", "qp", "q":
		return decodeQuotedPrintable(content, false)
	case "x-uuencode", "uuencode", "x-uue":
		return decodeUU(content)
	}
	return content
}

// decodeBase64 drops every byte outside the alphabet and decodes the rest, group by group when padding stands in the
// middle. It overwrites content.
func decodeBase64(content []byte) []byte {
	out := content[:0]
	var group [4]byte
	n := 0
	flush := func() {
		if n >= 2 {
			var dst [3]byte
			k, _ := base64.RawStdEncoding.Decode(dst[:], group[:n])
			out = append(out, dst[:k]...)
		}
		n = 0
	}
	for i, c := range content {
		switch {
		case isBase64Byte(c):
		case c == '-' && !bytes.HasPrefix(content[i:], []byte("--")):
			c = '+'
		case c == '_':
			c = '/'
		case c == '=':
			flush()
			continue
		default:
			continue
		}
		group[n] = c
		n++
		if n == 4 {
			flush()
		}
	}
	flush()
	return out
}

// decodeQuotedPrintable undoes =XX and, unless it is a header word, soft line ends and white space at line ends. A bad
// escape stays as it stands. It overwrites content.
func decodeQuotedPrintable(content []byte, word bool) []byte {
	out := content[:0]
	keep := 0 // an escaped blank is text, not white space to trim
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c == '\n' && !word {
			end := len(out)
			cr := end > 0 && out[end-1] == '\r'
			if cr {
				end--
			}
			for end > keep && (out[end-1] == ' ' || out[end-1] == '\t') {
				end--
			}
			out = out[:end]
			if cr {
				out = append(out, '\r')
			}
			out = append(out, '\n')
			continue
		}
		if c != '=' {
			out = append(out, c)
			continue
		}
		if i+2 < len(content) && isHex(content[i+1]) && isHex(content[i+2]) {
			out = append(out, unhex(content[i+1])<<4|unhex(content[i+2]))
			i += 2
			keep = len(out)
			continue
		}
		if word {
			out = append(out, c)
			continue
		}
		// A soft line end, perhaps with blanks a relay has added.
		j := i + 1
		for j < len(content) && (content[j] == ' ' || content[j] == '\t') {
			j++
		}
		switch {
		case j >= len(content):
			i = j
		case content[j] == '\n':
			i, keep = j, len(out)
		case content[j] == '\r' && j+1 < len(content) && content[j+1] == '\n':
			i, keep = j+1, len(out)
		case content[j] == '\r':
			i, keep = j, len(out)
		default:
			out = append(out, c)
		}
	}
	return out
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// decodeUU decodes the lines between "begin" and "end". Without a begin line the content is returned as it is.
func decodeUU(content []byte) []byte {
	at := bytes.Index(content, []byte("begin "))
	if at < 0 || at > 0 && content[at-1] != '\n' {
		return content
	}
	var out []byte
	_, pos := cutLine(content, at)
	for pos < len(content) {
		line, next := cutLine(content, pos)
		pos = next
		if len(line) == 0 || string(line) == "end" || line[0] == '`' {
			break
		}
		n := int(line[0]-' ') & 63
		for i := 1; i+3 < len(line) && n > 0; i += 4 {
			a, b, c, d := (line[i]-32)&63, (line[i+1]-32)&63, (line[i+2]-32)&63, (line[i+3]-32)&63
			group := []byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
			out = append(out, group[:min(n, 3)]...)
			n -= 3
		}
	}
	return out
}
