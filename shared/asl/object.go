package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
)

// member is one field of a JSON object, in the order of the text.
type member struct {
	key   string
	value json.RawMessage
}

// members reads an object with its order and its duplicates.
func members(raw json.RawMessage) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var out []member
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, fmt.Errorf("unexpected %v", k)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		out = append(out, member{key, v})
	}
	_, err = dec.Token()
	return out, err
}

// wellFormed checks that text is one JSON value not nested deeper than maxDepth.
func wellFormed(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	depth := 0
	for n := 0; ; n++ {
		t, err := dec.Token()
		if err == io.EOF {
			if n == 0 || depth != 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		if depth == 0 && n > 0 {
			return errors.New("more than one JSON value")
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d levels", maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// decode reads a template: numbers stay as written, null becomes Null at the top.
func decode(raw json.RawMessage) any {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil
	}
	if v == nil {
		return Null
	}
	return v
}

// kind names the JSON type of a value's text, as AWS's messages do.
func kind(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func rest[V any](m map[string]V, seen map[string]bool) []string {
	var out []string
	for n := range m {
		if !seen[n] {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}

func sorted[V any](m map[string]V) []string { return rest(m, nil) }
