package mail

import (
	"bytes"
	"fmt"
	"strings"
)

type fieldsOf []Field

func (f fieldsOf) first(name string) string {
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return f[i].Value
		}
	}
	return ""
}

func (f fieldsOf) firstRaw(name string) string {
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return f[i].raw
		}
	}
	return ""
}

func (f fieldsOf) all(name string) []string {
	var values []string
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			values = append(values, f[i].Value)
		}
	}
	return values
}

func (f fieldsOf) allRaw(name string) []string {
	var values []string
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			values = append(values, f[i].raw)
		}
	}
	return values
}

func (f fieldsOf) has(name string) bool {
	for i := range f {
		if strings.EqualFold(f[i].Name, name) {
			return true
		}
	}
	return false
}

// readFields reads a header block. It forgives a leading mbox line, blank lines before the first field, blanks before
// the colon, lines without a colon (taken as continuations) and a missing blank line at the end. body is where the
// body begins.
func readFields(raw []byte) (fields fieldsOf, body int, problems []string) {
	pos := 0
	for pos < len(raw) {
		line, next := cutLine(raw, pos)
		if len(bytes.TrimSpace(line)) == 0 || isMboxLine(line) {
			pos = next
			continue
		}
		break
	}
	start := pos
	limit := min(len(raw), start+MaxHeaderBytes)
	for pos < len(raw) {
		if pos >= limit {
			problems = append(problems, "header longer than 1 MiB: the rest is ignored")
			for pos < len(raw) {
				line, next := cutLine(raw, pos)
				pos = next
				if len(line) == 0 {
					break
				}
			}
			break
		}
		line, next := cutLine(raw, pos)
		if len(line) == 0 || (len(line) == 1 && line[0] == '\x1a') {
			pos = next
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if n := len(fields); n > 0 {
				fields[n-1].raw = extend(fields[n-1].raw, string(bytes.TrimRight(line, " \t")))
			}
			pos = next
			continue
		}
		name, value, ok := cutField(line)
		switch {
		case ok && len(fields) < MaxFields:
			fields = append(fields, Field{Name: name, raw: extend("", strings.Trim(value, " \t"))})
		case ok:
			problems = append(problems, fmt.Sprintf("more than %d header fields: the rest is ignored", MaxFields))
		case len(fields) == 0:
			// No header at all: the bytes are a body.
			return fields, start, append(problems, "no header")
		case bytes.HasPrefix(line, []byte("--")):
			// The blank line before the first part is missing.
			problems = append(problems, "no blank line after the header")
			return finishFields(fields), pos, problems
		default:
			problems = append(problems, "header line without a colon")
			fields[len(fields)-1].raw = extend(fields[len(fields)-1].raw, " "+string(line))
		}
		pos = next
	}
	return finishFields(fields), pos, problems
}

// finishFields decodes the values, with the charset of the body as the guess for raw bytes.
func finishFields(fields fieldsOf) fieldsOf {
	guess := ""
	for _, f := range fields {
		if strings.EqualFold(f.Name, "Content-Type") {
			if _, params := mediaType(f.raw); params["charset"] != "" {
				guess = params["charset"]
			}
		}
	}
	for i := range fields {
		fields[i].Value = cleanLine(decodeWords(fields[i].raw, guess))
	}
	return fields
}

// isMboxLine knows "From a@b Thu Jan 1 …" and its quoted form, not "From : a@b".
func isMboxLine(line []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimPrefix(line, []byte(">")), []byte("From "))
	return ok && !bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(":"))
}

func extend(value, more string) string {
	if room := MaxFieldBytes - len(value); len(more) > room {
		more = more[:max(room, 0)]
	}
	return value + more
}

// cutLine gives the line at pos without its line end (CRLF, LF, CR CR LF or a lone CR) and where the next begins.
func cutLine(raw []byte, pos int) (line []byte, next int) {
	rest := raw[pos:]
	lf := bytes.IndexByte(rest, '\n')
	if cr := bytes.IndexByte(rest[:max(lf, 0)], '\r'); lf < 0 || cr >= 0 {
		if lf < 0 {
			cr = bytes.IndexByte(rest, '\r')
		}
		if cr < 0 {
			return rest, len(raw)
		}
		after := cr + 1
		for after < len(rest) && rest[after] == '\r' && lf > after {
			after++
		}
		if after == lf {
			return rest[:cr], pos + lf + 1
		}
		return rest[:cr], pos + cr + 1
	}
	return rest[:lf], pos + lf + 1
}

func cutField(line []byte) (name, value string, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return "", "", false
	}
	n := bytes.TrimRight(line[:colon], " \t")
	if len(n) == 0 || len(n) > 200 {
		return "", "", false
	}
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", "", false
		}
	}
	return string(n), string(line[colon+1:]), true
}

// cleanLine makes a one-line text: controls become blanks, runs of blanks one, the ends are trimmed.
func cleanLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || isBidiControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// isBidiControl tells the characters that reorder or hide text around them: none of them belongs in a name or subject.
func isBidiControl(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200b || r == 0xfeff
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// clipBytes cuts s to n bytes at a character's edge.
func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
