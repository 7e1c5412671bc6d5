package mail

import (
	"bytes"
	"strings"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// mediaType reads a Content-Type or Content-Disposition: lower-case type, parameters with lower-case names.
func mediaType(value string) (string, map[string]string) {
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
	for _, piece := range strings.Split(value, ";")[1:] {
		name, v, ok := strings.Cut(piece, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); ok && name != "" && !strings.ContainsAny(name, " \t\"") {
			if _, have := params[name]; !have {
				params[name] = strings.Trim(strings.TrimSpace(v), `"`)
			}
		}
	}
	return params
}

// opener decides which multiparts are opened, within MaxMultiparts and MaxParts. It is the parser's media type function,
// because only there can a multipart be made a leaf before its bytes are walked.
type opener struct {
	raw       []byte
	seen      map[string]bool
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
		if boundary = o.sniff(); boundary != "" {
			params["boundary"] = boundary
		}
	}
	if boundary == "" {
		return kind, params, nil, nil
	}
	open, known := o.seen[boundary]
	if !known {
		parts := bytes.Count(o.raw, []byte("\n--"+boundary))
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
func (o *opener) sniff() string {
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
