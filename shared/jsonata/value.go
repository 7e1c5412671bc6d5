package jsonata

import (
	"encoding/json"
	"math"
	"reflect"
	"sort"
)

// Values inside an evaluation are: undefined, nil (JSON null), bool, float64, string, map[string]any (from the
// caller, never written to), *object (built here, ordered), []any (plain array), *array (array with JSONata's
// flags), *tuple (inside tuple streams only), and functions: *lambda, *native, *regexValue.

type undefinedType struct{}

// undefined is the result of an expression that has none.
var undefined any = undefinedType{}

func isUndefined(v any) bool { _, ok := v.(undefinedType); return ok }

// array is an array with the marks that decide how it is flattened.
type array struct {
	items         []any
	sequence      bool // result of a path: collapses when it holds one item or none
	keepSingleton bool // a sequence that must stay an array
	outerWrapper  bool // wraps an array that is the whole input
	cons          bool // built by [ ] at an end of a path: not flattened into the result
	tuples        bool // items are *tuple
}

func sequenceOf(items ...any) *array { return &array{items: items, sequence: true} }

// itemsOf returns the items of an array of either kind.
func itemsOf(v any) ([]any, bool) {
	switch a := v.(type) {
	case []any:
		return a, true
	case *array:
		return a.items, true
	}
	return nil, false
}

func isArray(v any) bool {
	switch v.(type) {
	case []any, *array:
		return true
	}
	return false
}

func isSequence(v any) bool {
	a, ok := v.(*array)
	return ok && a.sequence
}

func isConsed(v any) bool {
	a, ok := v.(*array)
	return ok && a.cons
}

func isTuples(v any) bool {
	a, ok := v.(*array)
	return ok && a.tuples
}

func isObject(v any) bool {
	switch v.(type) {
	case map[string]any, *object:
		return true
	}
	return false
}

func isFunction(v any) bool {
	switch v.(type) {
	case *lambda, *native, *regexValue:
		return true
	}
	return false
}

// isNumeric reports whether v is a number that is not NaN; an infinite one is the error D1001.
func isNumeric(v any) (bool, error) {
	f, ok := v.(float64)
	if !ok || f != f {
		return false, nil
	}
	if math.IsInf(f, 0) {
		return false, failValue("D1001", v)
	}
	return true, nil
}

func allNumbers(items []any) (bool, error) {
	for _, it := range items {
		if ok, err := isNumeric(it); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func allStrings(items []any) bool {
	for _, it := range items {
		if _, ok := it.(string); !ok {
			return false
		}
	}
	return true
}

// canonical turns a value given by the caller into the types listed above. Maps are taken as they are; their
// values are made canonical when they are read.
func canonical(v any) any {
	switch x := v.(type) {
	case nil, bool, float64, string, map[string]any, *object, *array, undefinedType, *lambda, *native, *regexValue:
		return v
	case []any:
		for i, it := range x {
			switch y := it.(type) {
			case nil, bool, float64, string, map[string]any, *object:
			case []any:
				if len(y) > 0 {
					if c := canonical(y).([]any); &c[0] != &y[0] {
						return canonicalCopy(x, i)
					}
				}
			default:
				return canonicalCopy(x, i)
			}
		}
		return v
	case json.Number:
		f, err := x.Float64()
		if err != nil && !math.IsInf(f, 0) {
			return string(x)
		}
		return f
	case json.RawMessage:
		if d, err := decodeJSON(x); err == nil {
			return d
		}
		return undefined
	case int:
		return float64(x)
	case int64:
		return float64(x)
	}
	return canonicalReflect(reflect.ValueOf(v))
}

func canonicalCopy(x []any, from int) []any {
	out := make([]any, len(x))
	copy(out, x[:from])
	for i := from; i < len(x); i++ {
		out[i] = canonical(x[i])
	}
	return out
}

// canonicalReflect takes the Go values that encoding/json would not have made, as a courtesy to callers.
func canonicalReflect(r reflect.Value) any {
	switch r.Kind() {
	case reflect.Bool:
		return r.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(r.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return float64(r.Uint())
	case reflect.Float32, reflect.Float64:
		return r.Float()
	}
	if r.IsValid() && r.CanInterface() {
		if raw, err := json.Marshal(r.Interface()); err == nil {
			if v, err := decodeJSON(raw); err == nil {
				return v
			}
		}
	}
	return undefined
}

// field reads one member of an object; other values have none.
func field(v any, key string) any {
	switch o := v.(type) {
	case map[string]any:
		if x, ok := o[key]; ok {
			switch x.(type) {
			case string, map[string]any, float64, bool, nil:
				return x
			}
			return canonical(x)
		}
	case *object:
		if x, ok := o.get(key); ok {
			return x
		}
	}
	return undefined
}

// keysOf lists the member names of an object in iteration order.
func keysOf(v any) []string {
	switch o := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(o))
		for k := range o {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		return keys
	case *object:
		return o.keys()
	}
	return nil
}

func sizeOf(v any) int {
	switch o := v.(type) {
	case map[string]any:
		return len(o)
	case *object:
		return len(o.members)
	}
	return 0
}

// lookup is a path step by name: through arrays it maps and flattens.
func lookup(v any, key string) (any, error) {
	items, ok := itemsOf(v)
	if !ok {
		return field(v, key), nil
	}
	var w walk
	out := &array{sequence: true, items: w.lookup(nil, items, key)}
	return out, w.err()
}

func (w *walk) lookup(out []any, items []any, key string) []any {
	if !w.enter() {
		return out
	}
	for _, it := range items {
		if sub, ok := itemsOf(it); ok {
			out = w.lookup(out, sub, key)
			continue
		}
		r := field(it, key)
		if rs, ok := itemsOf(r); ok {
			w.nodes += len(rs)
			out = append(out, rs...)
		} else if !isUndefined(r) {
			out = append(out, r)
		}
	}
	w.leave()
	return out
}

// appendValues is $append: undefined is nothing, a single value an array of one.
func appendValues(a, b any) any {
	if isUndefined(a) {
		return b
	}
	if isUndefined(b) {
		return a
	}
	as, ok := itemsOf(a)
	if !ok {
		as = []any{a}
	}
	bs, ok := itemsOf(b)
	if !ok {
		bs = []any{b}
	}
	out := make([]any, 0, len(as)+len(bs))
	return append(append(out, as...), bs...)
}

// gather builds what a run of appendValues would give, in linear time.
type gather struct {
	first any
	items []any
	n     int
}

func (g *gather) add(v any) {
	if isUndefined(v) {
		return
	}
	g.n++
	if g.n == 1 {
		g.first = v
		return
	}
	if g.n == 2 {
		if as, ok := itemsOf(g.first); ok {
			g.items = append(make([]any, 0, len(as)+1), as...)
		} else {
			g.items = append(g.items, g.first)
		}
	}
	if bs, ok := itemsOf(v); ok {
		g.items = append(g.items, bs...)
	} else {
		g.items = append(g.items, v)
	}
}

func (g *gather) value() any {
	switch g.n {
	case 0:
		return undefined
	case 1:
		return g.first
	}
	return g.items
}

// truth is JSONata's cast to boolean as the operators and predicates use it.
func truth(v any) (bool, error) {
	if items, ok := itemsOf(v); ok {
		var w walk
		return w.anyTrue(items)
	}
	switch x := v.(type) {
	case bool:
		return x, nil
	case string:
		return x != "", nil
	case float64:
		ok, err := isNumeric(x)
		return ok && x != 0, err
	case map[string]any, *object:
		return sizeOf(x) > 0, nil
	case *lambda, *native:
		return true, nil
	}
	return false, nil
}

func (w *walk) anyTrue(items []any) (bool, error) {
	if !w.enter() {
		return false, w.err()
	}
	defer w.leave()
	found := false
	for _, it := range items {
		var ok bool
		var err error
		if sub, isArr := itemsOf(it); isArr {
			ok, err = w.anyTrue(sub)
		} else {
			ok, err = truth(it)
		}
		if err != nil {
			return false, err
		}
		found = found || ok
	}
	return found, nil
}

// same is identity as the operator "in" has it: scalars by value, the rest by reference.
func same(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case float64:
		y, ok := b.(float64)
		return ok && x == y
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && len(x) > 0 && &x[0] == &y[0]
	}
	if _, ok := b.([]any); ok {
		return false
	}
	if _, ok := b.(map[string]any); ok {
		return false
	}
	return a == b
}

// deepEqual compares by structure; member order does not count.
func deepEqual(a, b any) (bool, error) {
	var w walk
	equal := w.equal(a, b)
	return equal, w.err()
}

func (w *walk) equal(a, b any) bool {
	if same(a, b) {
		return true
	}
	as, aok := itemsOf(a)
	bs, bok := itemsOf(b)
	if aok != bok || aok && len(as) != len(bs) || !aok && (!isObject(a) || !isObject(b) || sizeOf(a) != sizeOf(b)) {
		return false
	}
	if !w.enter() {
		return false
	}
	defer w.leave()
	if aok {
		for i := range as {
			if !w.equal(as[i], bs[i]) {
				return false
			}
		}
		return true
	}
	for _, k := range keysOf(a) {
		y := field(b, k)
		if isUndefined(y) || !w.equal(field(a, k), y) {
			return false
		}
	}
	return true
}

// flatten spreads nested arrays into one list.
func (w *walk) flatten(out []any, items []any) []any {
	w.nodes += len(items)
	if !w.enter() {
		return out
	}
	for _, it := range items {
		if sub, ok := itemsOf(it); ok {
			out = w.flatten(out, sub)
		} else {
			out = append(out, it)
		}
	}
	w.leave()
	return out
}
