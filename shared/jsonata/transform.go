package jsonata

// transformer is the function that | pattern | update, delete | makes: it copies its argument and changes the
// objects of the copy that the pattern finds.
func (r *run) transformer(n *node, env *frame) any {
	return &native{sig: transformSignature, arity: 1, total: 1, run: func(c *call, args []any) (any, error) {
		if isUndefined(args[0]) {
			return undefined, nil
		}
		clone, ok := env.lookup(n.id)
		if !ok {
			if b, bound := r.bindings["clone"]; bound {
				clone = canonical(b)
			} else {
				clone = builtins["clone"]
			}
		}
		if !isFunction(clone) {
			return nil, failAt("T2013", n.pos)
		}
		result, err := c.apply(clone, args[:1], nil, site{})
		if err != nil {
			return nil, err
		}
		found, err := c.eval(n.lhs, result, env)
		if err != nil || isUndefined(found) {
			return result, err
		}
		items, ok := itemsOf(found)
		if !ok {
			items = []any{found}
		}
		for _, it := range items {
			if err := c.change(n, it, env); err != nil {
				return nil, err
			}
		}
		return result, nil
	}}
}

var transformSignature = mustSignature("<(oa):o>")

// change applies the update and delete clauses to one object of the copy.
func (r *run) change(n *node, found any, env *frame) error {
	update, err := r.eval(n.rhs, found, env)
	if err != nil {
		return err
	}
	target, isTarget := found.(*object)
	if !isUndefined(update) {
		if !isObject(update) {
			return &Error{Code: "T2011", Position: n.rhs.pos, Value: update}
		}
		if isTarget {
			for _, k := range keysOf(update) {
				target.set(k, field(update, k))
			}
		}
	}
	if n.alt == nil {
		return nil
	}
	deletions, err := r.eval(n.alt, found, env)
	if err != nil || isUndefined(deletions) {
		return err
	}
	names, ok := itemsOf(deletions)
	if !ok {
		names = []any{deletions}
	}
	if !allStrings(names) {
		return &Error{Code: "T2012", Position: n.alt.pos, Value: deletions}
	}
	if isTarget {
		for _, k := range names {
			target.remove(k.(string))
		}
	}
	return nil
}

// clone copies a value so that a transform may write to every object in it; functions become empty text as in
// JSON.
func (w *walk) clone(v any) (any, error) {
	if !w.enter() {
		return nil, w.err()
	}
	defer w.leave()
	if items, ok := itemsOf(v); ok {
		out := make([]any, len(items))
		for i, it := range items {
			c, err := w.clone(it)
			if err != nil {
				return nil, err
			}
			out[i] = c
		}
		return out, nil
	}
	if isObject(v) {
		keys := keysOf(v)
		out := newObject(len(keys))
		for _, k := range keys {
			c, err := w.clone(field(v, k))
			if err != nil {
				return nil, err
			}
			out.set(k, c)
		}
		return out, nil
	}
	switch x := v.(type) {
	case float64:
		if _, err := isNumeric(x); err != nil {
			return nil, err
		}
		return precise(x), nil
	case undefinedType:
		return nil, nil
	}
	if isFunction(v) {
		return "", nil
	}
	return v, nil
}
