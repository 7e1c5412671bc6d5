package jsonata

// mergeSort is a stable sort whose comparator may fail; after reports whether a belongs behind b.
func mergeSort(items []any, after func(a, b any) (bool, error)) ([]any, error) {
	if len(items) <= 1 {
		return items, nil
	}
	middle := len(items) / 2
	left, err := mergeSort(items[:middle], after)
	if err != nil {
		return nil, err
	}
	right, err := mergeSort(items[middle:], after)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(items))
	for len(left) > 0 && len(right) > 0 {
		swap, err := after(left[0], right[0])
		if err != nil {
			return nil, err
		}
		if swap {
			out, right = append(out, right[0]), right[1:]
		} else {
			out, left = append(out, left[0]), left[1:]
		}
	}
	return append(append(out, left...), right...), nil
}

// sortValues orders items, which may be tuples, by the terms of an order-by clause.
func (r *run) sortValues(n *node, items []any, env *frame) (*array, error) {
	sorted, err := mergeSort(items, func(a, b any) (bool, error) {
		for i := range n.terms {
			c, err := r.compareBy(n, &n.terms[i], a, b, env)
			if err != nil || c != 0 {
				return c > 0, err
			}
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	if len(items) <= 1 {
		return sequenceOf(items...), nil
	}
	return &array{items: sorted}, nil
}

func (r *run) sortKey(e *node, item any, env *frame) (any, error) {
	if t, ok := item.(*tuple); ok {
		return r.eval(e, t.context, t.frame(env))
	}
	return r.eval(e, item, env)
}

func orderable(v any) bool {
	switch v.(type) {
	case string, float64:
		return true
	}
	return false
}

func (r *run) compareBy(n *node, term *sortTerm, a, b any, env *frame) (int, error) {
	x, err := r.sortKey(term.expr, a, env)
	if err != nil {
		return 0, err
	}
	y, err := r.sortKey(term.expr, b, env)
	if err != nil {
		return 0, err
	}
	// what has no key goes last
	if isUndefined(x) {
		if isUndefined(y) {
			return 0, nil
		}
		return 1, nil
	}
	if isUndefined(y) {
		return -1, nil
	}
	if !orderable(x) || !orderable(y) {
		v := x
		if orderable(x) {
			v = y
		}
		return 0, &Error{Code: "T2008", Position: n.pos, Value: v}
	}
	c := 0
	switch x := x.(type) {
	case string:
		s, ok := y.(string)
		if !ok {
			return 0, &Error{Code: "T2007", Position: n.pos, Value: x, value2: y}
		}
		c = compareText(x, s)
	case float64:
		f, ok := y.(float64)
		if !ok {
			return 0, &Error{Code: "T2007", Position: n.pos, Value: x, value2: y}
		}
		if x < f {
			c = -1
		} else if x != f {
			c = 1
		}
	}
	if term.descending {
		c = -c
	}
	return c, nil
}
