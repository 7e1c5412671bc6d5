package mail

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// looseEquals is a folded line between a parameter's name and its value.
var looseEquals = lazy(`\s*=\s+"`)

// missingSemicolon is a type followed by a parameter without one between.
var missingSemicolon = lazy(`^(\s*[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)\s+([A-Za-z-]+\*?=)`)

// mediaType reads a Content-Type or Content-Disposition: lower-case type, parameters with lower-case names.
func mediaType(value string) (string, map[string]string) {
	value = looseEquals.ReplaceAllString(value, `="`)
	value = missingSemicolon.ReplaceAllString(value, "$1; $2")
	kind, params, _, err := mediatype.ParseWithOptions(value, mediatype.ParseOptions{StripMediaTypeInvalidCharacters: true})
	if err != nil {
		kind, _, _ = strings.Cut(value, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		if strings.ContainsAny(kind, " \t=\"") {
			kind = ""
		}
		params = looseParams(value)
	}
	if params == nil {
		params = map[string]string{}
	}
	return strings.ToLower(kind), params
}

// looseParams finds name=value pairs in what the parser refuses.
func looseParams(value string) map[string]string {
	params := map[string]string{}
	for _, piece := range splitParams(value)[1:] {
		name, v, ok := strings.Cut(piece, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && name != "" && !strings.ContainsAny(name, " \t\"") {
			if _, have := params[name]; !have {
				params[name] = strings.Trim(strings.TrimSpace(v), `"`)
			}
		}
	}
	return params
}

// extendedParam reads a parameter in the form of RFC 2231 ("name*=koi8-r'ru'%F4%C5", "name*0*=…; name*1=…") in any
// charset; the standard library knows US-ASCII and UTF-8. It is "" for a parameter in the plain form.
func extendedParam(value, name string) string {
	if !strings.Contains(value, "*") {
		return ""
	}
	charset, started := "", false
	pieces := map[int][]byte{}
	for _, param := range splitParams(value) {
		key, v, ok := strings.Cut(param, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		rest, mine := strings.CutPrefix(key, name+"*")
		if !ok || !mine {
			continue
		}
		v = strings.Trim(strings.TrimSpace(v), `"`)
		number, encoded := strings.CutSuffix(rest, "*")
		n := 0
		if rest == "" {
			encoded = true
		} else if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < 100 {
			n = i
		} else {
			continue
		}
		if encoded && n == 0 && !started {
			if cs, tail, ok := strings.Cut(v, "'"); ok {
				if _, text, ok := strings.Cut(tail, "'"); ok {
					charset, v = cs, text
				}
			}
			started = true
		}
		if encoded {
			pieces[n] = unpercent(v)
		} else {
			pieces[n] = []byte(v)
		}
	}
	var joined []byte
	for n := 0; pieces[n] != nil; n++ {
		joined = append(joined, pieces[n]...)
	}
	if len(joined) == 0 {
		return ""
	}
	text, _ := toUTF8(joined, charset)
	return decodeWords(text, "")
}

func unpercent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

// splitParams cuts at the semicolons outside quotes.
func splitParams(value string) []string {
	var params []string
	start, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				params = append(params, value[start:i])
				start = i + 1
			}
		}
	}
	return append(params, value[min(start, len(value)):])
}

// opener decides which multiparts are opened, within MaxMultiparts and MaxParts. It is the parser's media type function,
// because only there can a multipart be made a leaf before its bytes are walked.
type opener struct {
	raw       []byte
	seen      map[string]bool
	sniffed   map[string]string // by header value: the parser asks twice for the root
	parts     int
	multipart int
	refused   bool
}

func (o *opener) parse(value string) (string, map[string]string, []string, error) {
	kind, params := mediaType(value)
	if !strings.HasPrefix(kind, "multipart/") {
		// A boundary on anything else would make the parser look for parts in it.
		delete(params, "boundary")
		return kind, params, nil, nil
	}
	boundary := params["boundary"]
	if boundary == "" {
		if boundary = o.sniff(value); boundary != "" {
			params["boundary"] = boundary
		}
	}
	parts := 0
	if boundary != "" {
		if parts = bytes.Count(o.raw, []byte("\n--"+boundary)); parts == 0 {
			if boundary = o.sniff(value); boundary != "" {
				parts = bytes.Count(o.raw, []byte("\n--"+boundary))
				params["boundary"] = boundary
			}
		}
	}
	if boundary == "" {
		// No part begins anywhere: what stands there is read as text.
		delete(params, "boundary")
		return "text/plain", params, nil, nil
	}
	open, known := o.seen[boundary]
	if !known {
		open = o.multipart < MaxMultiparts && o.parts+parts <= MaxParts && len(boundary) <= 1000
		if open {
			o.multipart++
			o.parts += parts
		} else {
			o.refused = true
		}
		o.seen[boundary] = open
	}
	if !open {
		delete(params, "boundary")
		return "application/octet-stream", params, nil, nil
	}
	return kind, params, nil, nil
}

// sniff looks for the delimiter of a multipart that does not tell its boundary: the first line "--x" that has a closing
// "--x--".
func (o *opener) sniff(value string) string {
	if found, asked := o.sniffed[value]; asked {
		return found
	}
	o.sniffed[value] = o.firstDelimiter()
	return o.sniffed[value]
}

func (o *opener) firstDelimiter() string {
	pos := 0
	for tries := 0; tries < 20; tries++ {
		at := bytes.Index(o.raw[pos:], []byte("\n--"))
		if at < 0 {
			return ""
		}
		line, next := cutLine(o.raw, pos+at+1)
		pos = next
		token := bytes.TrimRight(line[2:], " \t")
		if len(token) < 3 || len(token) > 70 || bytes.ContainsAny(token, " \t") || o.seen[string(token)] {
			continue
		}
		if bytes.Contains(o.raw[pos-1:], []byte("\n--"+string(token)+"--")) {
			return string(token)
		}
	}
	return ""
}
