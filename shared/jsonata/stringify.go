package jsonata

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// numberText prints a number as JavaScript does: the shortest digits that read back, decimal notation from 1e-6
// up to 1e21.
func numberText(f float64) string {
	if f == 0 {
		return "0"
	}
	if f != f {
		return "NaN"
	}
	if math.IsInf(f, 0) {
		if f < 0 {
			return "-Infinity"
		}
		return "Infinity"
	}
	abs := math.Abs(f)
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	// Go pads the exponent to two digits.
	if i := strings.IndexByte(s, 'e'); i >= 0 && i+3 < len(s) && s[i+2] == '0' {
		s = s[:i+2] + s[i+3:]
	}
	return s
}

// precise rounds to 15 significant digits, which hides the noise of binary fractions.
func precise(f float64) float64 {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return f
	}
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil {
		return f
	}
	return r
}

// stringify is $string.
func stringify(v any, pretty bool) (string, error) {
	switch x := v.(type) {
	case string:
		return x, nil
	case float64:
		if math.IsInf(x, 0) || x != x {
			return "", failValue("D3001", x)
		}
		return numberText(precise(x)), nil
	case bool:
		if x {
			return "true", nil
		}
		return "false", nil
	case nil:
		return "null", nil
	case *array:
		if x.outerWrapper && len(x.items) > 0 {
			return stringify(x.items[0], pretty)
		}
	}
	if isFunction(v) {
		return "", nil
	}
	w := jsonWriter{pretty: pretty, round: true}
	if err := w.write(v, 0); err != nil {
		return "", err
	}
	return string(w.buf), nil
}

// jsonWriter prints values as JSON.stringify does.
type jsonWriter struct {
	buf    []byte
	pretty bool
	round  bool // to 15 digits, as $string does
	strict bool // functions are an error instead of ""
}

func (w *jsonWriter) newline(depth int) {
	if w.pretty {
		w.buf = append(w.buf, '\n')
		for range depth {
			w.buf = append(w.buf, ' ', ' ')
		}
	}
}

func (w *jsonWriter) write(v any, depth int) error {
	if depth > maxNesting {
		return fail("D3155")
	}
	if err := checkText(len(w.buf)); err != nil {
		return err
	}
	switch x := v.(type) {
	case nil, undefinedType:
		w.buf = append(w.buf, "null"...)
	case bool:
		w.buf = strconv.AppendBool(w.buf, x)
	case string:
		w.buf = appendQuoted(w.buf, x)
	case float64:
		// $string on a structure refuses an infinite number as a number operator would.
		if ok, err := isNumeric(x); err != nil {
			return err
		} else if !ok {
			w.buf = append(w.buf, "null"...)
			break
		}
		if w.round {
			x = precise(x)
		}
		w.buf = append(w.buf, numberText(x)...)
	case []any:
		return w.array(x, depth)
	case *array:
		return w.array(x.items, depth)
	case map[string]any, *object:
		return w.object(v, depth)
	default:
		if isFunction(v) {
			if w.strict {
				return fail("T1011")
			}
			w.buf = append(w.buf, `""`...)
			return nil
		}
		return w.write(canonical(v), depth+1)
	}
	return nil
}

func (w *jsonWriter) array(items []any, depth int) error {
	w.buf = append(w.buf, '[')
	for i, it := range items {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.newline(depth + 1)
		if err := w.write(it, depth+1); err != nil {
			return err
		}
	}
	if len(items) > 0 {
		w.newline(depth)
	}
	w.buf = append(w.buf, ']')
	return nil
}

func (w *jsonWriter) object(v any, depth int) error {
	w.buf = append(w.buf, '{')
	keys := keysOf(v)
	for i, k := range keys {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.newline(depth + 1)
		w.buf = appendQuoted(w.buf, k)
		w.buf = append(w.buf, ':')
		if w.pretty {
			w.buf = append(w.buf, ' ')
		}
		if err := w.write(field(v, k), depth+1); err != nil {
			return err
		}
	}
	if len(keys) > 0 {
		w.newline(depth)
	}
	w.buf = append(w.buf, '}')
	return nil
}

const hexDigits = "0123456789abcdef"

// appendQuoted quotes as JSON.stringify does: control characters, quote and backslash only; half of a surrogate
// pair becomes an escape.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			if u, n := surrogateAt(s, i); n > 0 {
				b = append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
				i += n
				continue
			}
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			if c < 0x20 {
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				b = append(b, c)
			}
		}
		i++
	}
	return append(b, '"')
}
