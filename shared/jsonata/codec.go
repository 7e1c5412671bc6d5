package jsonata

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
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
func export(v any) (any, error) {
	out, _, err := new(walk).export(v)
	return out, err
}

// export also reports whether the result is another value than v.
func (w *walk) export(v any) (any, bool, error) {
	if !w.enter() {
		return nil, false, w.err()
	}
	defer w.leave()
	switch x := v.(type) {
	case nil, bool, string:
		return v, false, nil
	case float64:
		if x != x {
			return nil, true, nil // NaN has no JSON form; JSON.stringify writes null
		}
		_, err := isNumeric(x)
		return v, false, err
	case undefinedType:
		return nil, true, nil
	case []any:
		return w.exportItems(x)
	case *array:
		out, _, err := w.exportItems(x.items)
		return out, true, err
	case *object:
		m := make(map[string]any, len(x.members))
		for i := range x.members {
			y, _, err := w.export(x.members[i].value)
			if err != nil {
				return nil, false, err
			}
			m[x.members[i].key] = y
		}
		return m, true, nil
	case map[string]any:
		return w.exportMap(x)
	}
	if isFunction(v) {
		return nil, false, fail("T1011")
	}
	out, _, err := w.export(canonical(v))
	return out, true, err
}

func (w *walk) exportItems(items []any) (any, bool, error) {
	if items == nil {
		return []any{}, true, nil
	}
	var out []any
	for i, it := range items {
		y, changed, err := w.export(it)
		if err != nil {
			return nil, false, err
		}
		if changed && out == nil {
			out = append(make([]any, 0, len(items)), items[:i]...)
		}
		if out != nil {
			out = append(out, y)
		}
	}
	if out == nil {
		return items, false, nil
	}
	return out, true, nil
}

func (w *walk) exportMap(m map[string]any) (any, bool, error) {
	var out map[string]any
	for k, v := range m {
		y, changed, err := w.export(v)
		if err != nil {
			return nil, false, err
		}
		if changed {
			if out == nil {
				out = maps.Clone(m)
			}
			out[k] = y
		}
	}
	if out == nil {
		return m, false, nil
	}
	return out, true, nil
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
