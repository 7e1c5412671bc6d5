package attribute

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Malformed is the text of a SerializationException: JSON of the wrong shape.
type Malformed string

func (e Malformed) Error() string { return string(e) }

// UnmarshalJSON reads the wire form, {"S": "text"}. data is JSON already known to be
// well-formed, as encoding/json gives it.
func (v *Value) UnmarshalJSON(data []byte) error {
	d := decoder{data: data}
	got, err := d.value(0)
	if err != nil {
		return err
	}
	*v = got
	return nil
}

type decoder struct {
	data []byte
	at   int
}

func (d *decoder) peek() byte {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			d.at++ // separators stand where they must: the JSON is well-formed
		default:
			return d.data[d.at]
		}
	}
	return 0
}

func (d *decoder) open(c byte, what string) error {
	if d.peek() != c {
		return Malformed("Unexpected value type in payload: expected " + what)
	}
	d.at++
	return nil
}

// more says whether the list or object goes on, and steps over its end.
func (d *decoder) more(end byte) bool {
	c := d.peek()
	if c == end || c == 0 {
		d.at++
		return false
	}
	return true
}

func (d *decoder) text() (string, error) {
	if d.peek() != '"' {
		return "", Malformed("Unexpected value type in payload: expected a string")
	}
	start := d.at
	plain := true
	for d.at++; d.at < len(d.data) && d.data[d.at] != '"'; d.at++ {
		if d.data[d.at] == '\\' {
			plain = false
			d.at++
		}
	}
	d.at++
	if d.at > len(d.data) {
		return "", Malformed("unterminated string")
	}
	raw := d.data[start:d.at]
	if plain && utf8.Valid(raw) {
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", Malformed(err.Error())
	}
	return s, nil
}

// word reads true, false, null or a number.
func (d *decoder) word() string {
	d.peek()
	start := d.at
	for d.at < len(d.data) && !strings.ContainsRune(" \t\r\n,:]}", rune(d.data[d.at])) {
		d.at++
	}
	return string(d.data[start:d.at])
}

// skip steps over any value.
func (d *decoder) skip() {
	switch c := d.peek(); c {
	case '"':
		_, _ = d.text()
	case '{', '[':
		end := c + 2
		d.at++
		for d.more(end) {
			d.skip()
		}
	default:
		if d.word() == "" {
			d.at++
		}
	}
}

func (d *decoder) value(depth int) (Value, error) {
	var v Value
	if depth > MaxDepth {
		return v, Invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	if err := d.open('{', "an attribute value"); err != nil {
		return v, err
	}
	members := 0
	for d.more('}') {
		name, err := d.text()
		if err != nil {
			return v, err
		}
		kind := KindOf(name)
		if kind == None || d.peek() == 'n' { // unknown members and nulls count as absent
			d.skip()
			continue
		}
		members++
		v = Value{Kind: kind}
		if err := d.content(&v, depth); err != nil {
			return v, err
		}
	}
	switch {
	case members == 0:
		return v, Invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case members > 1:
		return v, Invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	return v, nil
}

func (d *decoder) content(v *Value, depth int) error {
	switch v.Kind {
	case S, N, B:
		s, err := d.text()
		if err != nil {
			return err
		}
		v.Text, err = scalar(v.Kind, s)
		return err
	case BOOL, NULL:
		w := d.word()
		if w != "true" && w != "false" {
			return Malformed("Unexpected value type in payload: expected a boolean")
		}
		if v.Kind == NULL {
			if w == "false" {
				return Invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
			}
			return nil
		}
		v.Bool = w == "true"
		return nil
	case M:
		if err := d.open('{', "a map"); err != nil {
			return err
		}
		v.Map = Item{}
		for d.more('}') {
			k, err := d.text()
			if err != nil {
				return err
			}
			e, err := d.value(depth + 1)
			if err != nil {
				return err
			}
			v.Map[k] = e
		}
		return nil
	case L:
		if err := d.open('[', "a list"); err != nil {
			return err
		}
		v.List = []Value{}
		for d.more(']') {
			e, err := d.value(depth + 1)
			if err != nil {
				return err
			}
			v.List = append(v.List, e)
		}
		return nil
	}
	return d.set(v)
}

func (d *decoder) set(v *Value) error {
	if err := d.open('[', "a list"); err != nil {
		return err
	}
	var given []string
	for d.more(']') {
		s, err := d.text()
		if err != nil {
			return err
		}
		given = append(given, s)
		if s == "" && v.Kind == SS {
			return Invalid("One or more parameter values were invalid: An string set may not have a empty string as a member")
		}
		if s == "" && v.Kind == BS {
			return Invalid("One or more parameter values were invalid: Binary sets may not contain null or empty values")
		}
		if s, err = scalar(v.Kind.Element(), s); err != nil {
			return err
		}
		v.Set = append(v.Set, s)
	}
	if len(v.Set) == 0 {
		what := map[Kind]string{SS: "An string set  may not be empty", NS: "An number set  may not be empty", BS: "Binary sets should not be empty"}[v.Kind]
		return Invalid("One or more parameter values were invalid: " + what)
	}
	sortMembers(v.Kind, v.Set)
	if len(slices.Compact(slices.Clone(v.Set))) != len(v.Set) {
		if v.Kind == NS {
			return Invalid("Input collection contains duplicates")
		}
		return Invalid("One or more parameter values were invalid: Input collection [" + strings.Join(given, ", ") + "] contains duplicates.")
	}
	return nil
}

// scalar makes Text of the wire's string.
func scalar(kind Kind, s string) (string, error) {
	switch kind {
	case N:
		n, err := parseNumber(s)
		if err != nil {
			return "", err
		}
		return n.String(), nil
	case B:
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return "", Malformed("Base64 encoded length is expected a multiple of 4 bytes but found: " + strconv.Itoa(len(s)))
		}
		return string(raw), nil
	}
	return s, nil
}
