package jsonata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
)

// decodeJSON reads JSON text into values that keep member order.
func decodeJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text follows the JSON value")
	}
	return v, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch x := t.(type) {
	case json.Delim:
		if x == '[' {
			items := []any{}
			for d.More() {
				v, err := decodeValue(d)
				if err != nil {
					return nil, err
				}
				items = append(items, v)
			}
			_, err := d.Token()
			return items, err
		}
		o := newObject(4)
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			o.set(k.(string), v)
		}
		_, err := d.Token()
		return o, err
	case json.Number:
		f, err := strconv.ParseFloat(string(x), 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, err
		}
		return f, nil
	}
	return t, nil
}

// export turns a result into encoding/json's shapes. Parts of the input that appear in it unchanged are shared.
func export(v any, depth int) (any, error) {
	if depth > maxNesting {
		return nil, fail("D3155")
	}
	switch x := v.(type) {
	case nil, bool, string:
		return v, nil
	case float64:
		if _, err := isNumeric(x); err != nil {
			return nil, err
		}
		if x != x {
			return nil, nil // NaN has no JSON form; JSON.stringify writes null
		}
		return v, nil
	case undefinedType:
		return nil, nil
	case []any:
		return exportItems(x, depth)
	case *array:
		return exportItems(x.items, depth)
	case *object:
		m := make(map[string]any, len(x.members))
		for i := range x.members {
			y, err := export(x.members[i].value, depth+1)
			if err != nil {
				return nil, err
			}
			m[x.members[i].key] = y
		}
		return m, nil
	case map[string]any:
		if plain(x, 0) {
			return x, nil
		}
		m := make(map[string]any, len(x))
		for k, y := range x {
			z, err := export(canonical(y), depth+1)
			if err != nil {
				return nil, err
			}
			m[k] = z
		}
		return m, nil
	}
	if isFunction(v) {
		return nil, fail("T1011")
	}
	return export(canonical(v), depth+1)
}

func exportItems(items []any, depth int) (any, error) {
	if plain(items, 0) {
		if items == nil {
			return []any{}, nil
		}
		return items, nil
	}
	out := make([]any, len(items))
	for i, it := range items {
		y, err := export(it, depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = y
	}
	return out, nil
}

// plain reports whether a value already consists of encoding/json's own types.
func plain(v any, depth int) bool {
	switch x := v.(type) {
	case nil, bool, string:
		return true
	case float64:
		return !math.IsInf(x, 0) && x == x
	case []any:
		for _, it := range x {
			if depth > maxNesting || !plain(it, depth+1) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, it := range x {
			if depth > maxNesting || !plain(it, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// EvalJSON is EvalContext on JSON text, keeping the order of members from input to output. An empty input means
// that there is no context value. Bindings may hold json.RawMessage, whose order is kept as well.
func (e *Expr) EvalJSON(ctx context.Context, input json.RawMessage, bindings map[string]any, o Options) (json.RawMessage, error) {
	in := undefined
	if len(bytes.TrimSpace(input)) > 0 {
		v, err := decodeJSON(input)
		if err != nil {
			return nil, err
		}
		in = v
	}
	bound := make(map[string]any, len(bindings))
	for k, v := range bindings {
		if raw, ok := v.(json.RawMessage); ok {
			d, err := decodeJSON(raw)
			if err != nil {
				return nil, err
			}
			v = d
		}
		bound[k] = v
	}
	v, err := e.evaluate(ctx, in, bound, o)
	if err != nil {
		return nil, err
	}
	if isUndefined(v) {
		return nil, ErrUndefined
	}
	w := jsonWriter{strict: true}
	if err := w.write(v, 0); err != nil {
		return nil, finish(err)
	}
	return w.buf, nil
}
