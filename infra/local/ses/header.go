package ses

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"
)

// field is one header field: its name as written, its value unfolded but not decoded,
// and its lines as they are.
type field struct {
	name, value string
	raw         []byte
}

// splitHeader takes a message apart: the fields, and the rest from the empty line on.
// Lines that are no field are dropped, as mail servers drop them.
func splitHeader(raw []byte) (fields []field, rest []byte) {
	for len(raw) > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line = raw[:i+1]
		}
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			return fields, raw
		}
		raw = raw[len(line):]
		if (text[0] == ' ' || text[0] == '\t') && len(fields) > 0 {
			f := &fields[len(fields)-1]
			f.value = strings.TrimSpace(f.value + " " + strings.TrimSpace(string(text)))
			f.raw = append(slices.Clip(f.raw), line...)
			continue
		}
		name, value, ok := bytes.Cut(text, []byte(":"))
		if !ok || bytes.ContainsAny(name, " \t") && len(bytes.TrimSpace(name)) == 0 {
			continue
		}
		fields = append(fields, field{string(bytes.TrimSpace(name)), strings.TrimSpace(string(value)), line})
	}
	return fields, []byte("\r\n")
}

// rebuild joins a message again: first on top, then the fields whose names drop lacks.
func rebuild(first []field, fields []field, rest []byte, drop ...string) []byte {
	var b bytes.Buffer
	write := func(f field) {
		if f.raw == nil {
			b.WriteString(f.name + ": " + f.value + "\r\n")
			return
		}
		b.Write(f.raw)
		if !bytes.HasSuffix(f.raw, []byte("\n")) {
			b.WriteString("\r\n")
		}
	}
	for _, f := range first {
		write(f)
	}
	for _, f := range fields {
		if !slices.ContainsFunc(drop, func(d string) bool { return strings.EqualFold(d, f.name) }) {
			write(f)
		}
	}
	if len(rest) == 0 {
		rest = []byte("\r\n")
	}
	b.Write(rest)
	return b.Bytes()
}

func get(fields []field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// words decodes RFC 2047; what cannot be decoded stays as it is.
var words = mime.WordDecoder{CharsetReader: charsetReader}

func decodeWords(s string) string {
	if d, err := words.DecodeHeader(s); err == nil {
		return d
	}
	return s
}

var addressParser = mail.AddressParser{WordDecoder: &words}

// addresses are the bare, lower-case addresses of a header value.
func addresses(value string) []string {
	list, err := addressParser.ParseList(value)
	out := []string{}
	if err != nil {
		return out
	}
	for _, a := range list {
		out = append(out, strings.ToLower(a.Address))
	}
	return out
}

// bare is the lower-case address of "Name <address>".
func bare(s string) string {
	if a, err := addressParser.Parse(s); err == nil {
		return strings.ToLower(a.Address)
	}
	return strings.ToLower(strings.Trim(strings.TrimSpace(s), "<>"))
}

func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}

func charsetReader(label string, in io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, in)
}
