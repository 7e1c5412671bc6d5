package jsonata

import "math"

// eval evaluates a node against the context value input.
func (r *run) eval(n *node, input any, env *frame) (any, error) {
	r.depth++
	if r.depth > r.maxDepth {
		return nil, failMessage("U1001", "the evaluation nests more deeply than allowed; check for recursion without end, or make it tail-recursive")
	}
	if r.steps++; r.steps >= r.check {
		if err := r.checkBounds(); err != nil {
			return nil, err
		}
	}
	v, err := r.evalNode(n, input, env)
	if err != nil {
		return nil, err
	}
	for i := range n.predicate {
		if v, err = r.filter(n.predicate[i].expr, v, env); err != nil {
			return nil, err
		}
	}
	if n.group != nil && n.kind != kindPath {
		if v, err = r.group(n.group, v, env); err != nil {
			return nil, err
		}
	}
	r.depth--
	if a, ok := v.(*array); ok && a.sequence && !a.tuples {
		if n.keepArray {
			a.keepSingleton = true
		}
		switch len(a.items) {
		case 0:
			return undefined, nil
		case 1:
			if !a.keepSingleton {
				return a.items[0], nil
			}
		}
	}
	return v, nil
}

func (r *run) evalNode(n *node, input any, env *frame) (any, error) {
	switch n.kind {
	case kindPath:
		return r.path(n, input, env)
	case kindNumber, kindString, kindValue:
		return n.value, nil
	case kindVariable:
		if n.id == 0 {
			if a, ok := input.(*array); ok && a.outerWrapper && len(a.items) > 0 {
				return a.items[0], nil
			}
			return input, nil
		}
		return r.variable(n, env), nil
	case kindBinary:
		return r.binary(n, input, env)
	case kindCall:
		return r.call(n, input, env, undefined, false)
	case kindCondition:
		return r.condition(n, input, env)
	case kindName:
		return r.sized(lookup(input, n.text))
	case kindArray:
		return r.arrayConstructor(n, input, env)
	case kindObject:
		return r.group(n, input, env)
	case kindBlock:
		return r.block(n, input, env)
	case kindBind:
		v, err := r.eval(n.rhs, input, env)
		if err == nil {
			env.bind(n.id, v)
		}
		return v, err
	case kindLambda:
		return &lambda{node: n, input: input, env: env, params: n.names, sig: n.sig, body: n.rhs}, nil
	case kindApply:
		return r.applyTo(n, input, env)
	case kindUnary:
		return r.negate(n, input, env)
	case kindWildcard:
		return r.sized(wildcard(input))
	case kindDescendant:
		return r.sized(descendants(input))
	case kindParent:
		if v, ok := env.lookup(n.slot.label); ok {
			return v, nil
		}
		return undefined, nil
	case kindRegex:
		return n.re, nil
	case kindPartial:
		return r.partial(n, input, env)
	case kindTransform:
		return r.transformer(n, env), nil
	}
	return undefined, nil
}

// sized charges for the size of an array or string that was made.
func (r *run) sized(v any, err error) (any, error) {
	if err == nil {
		if n := weight(v); n > 0 {
			err = r.spend(n)
		}
	}
	return v, err
}

// weight is how many steps the handling of a value costs beyond one.
func weight(v any) int {
	switch x := v.(type) {
	case string:
		return len(x) / 32
	case []any:
		return len(x)
	case *array:
		return len(x.items)
	}
	return 0
}

func (r *run) condition(n *node, input any, env *frame) (any, error) {
	test, err := r.eval(n.lhs, input, env)
	if err != nil {
		return nil, err
	}
	ok, err := truth(test)
	if err != nil {
		return nil, err
	}
	if ok {
		return r.eval(n.rhs, input, env)
	}
	if n.alt != nil {
		return r.eval(n.alt, input, env)
	}
	return undefined, nil
}

func (r *run) block(n *node, input any, env *frame) (any, error) {
	if n.scope {
		env = &frame{parent: env}
	}
	result := undefined
	for _, e := range n.list {
		var err error
		if result, err = r.eval(e, input, env); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func (r *run) negate(n *node, input any, env *frame) (any, error) {
	v, err := r.eval(n.lhs, input, env)
	if err != nil || isUndefined(v) {
		return v, err
	}
	ok, err := isNumeric(v)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &Error{Code: "D1002", Position: n.pos, Token: "-", Value: v}
	}
	return -v.(float64), nil
}

func (r *run) arrayConstructor(n *node, input any, env *frame) (any, error) {
	items := make([]any, 0, len(n.list))
	for _, e := range n.list {
		v, err := r.eval(e, input, env)
		if err != nil {
			return nil, err
		}
		if isUndefined(v) {
			continue
		}
		if sub, ok := itemsOf(v); ok && e.kind != kindArray {
			if len(items) == 0 && len(n.list) == 1 {
				items = sub[:len(sub):len(sub)]
				continue
			}
			if err := r.spend(len(sub)); err != nil {
				return nil, err
			}
			items = append(items, sub...)
		} else {
			items = append(items, v)
		}
	}
	if n.consarray {
		return &array{items: items, cons: true}, nil
	}
	return items, nil
}

// wildcard lists the values of an object, arrays among them flattened.
func wildcard(input any) (any, error) {
	out := &array{sequence: true}
	if a, ok := input.(*array); ok && a.outerWrapper && len(a.items) > 0 {
		input = a.items[0]
	}
	var w walk
	add := func(v any) {
		if items, ok := itemsOf(v); ok {
			out.items = w.flatten(out.items, items)
			out.sequence = false // appending gives a plain array, which does not collapse
		} else {
			out.items = append(out.items, v)
		}
	}
	if items, ok := itemsOf(input); ok {
		for _, it := range items {
			add(it)
		}
	} else {
		for _, k := range keysOf(input) {
			add(field(input, k))
		}
	}
	return out, w.err()
}

// descendants lists a value and everything below it.
func descendants(input any) (any, error) {
	if isUndefined(input) {
		return undefined, nil
	}
	var w walk
	items := w.descend(nil, input)
	if len(items) == 1 {
		return items[0], w.err()
	}
	return &array{sequence: true, items: items}, w.err()
}

func (w *walk) descend(out []any, v any) []any {
	if !w.enter() {
		return out
	}
	if items, ok := itemsOf(v); ok {
		for _, it := range items {
			out = w.descend(out, it)
		}
	} else {
		out = append(out, v)
		for _, k := range keysOf(v) {
			out = w.descend(out, field(v, k))
		}
	}
	w.leave()
	return out
}

// filterIndex turns a numeric predicate into an index, counting from the end when negative.
func filterIndex(f float64, n int) int {
	i := math.Floor(f)
	if i < 0 {
		i += float64(n)
	}
	if i < 0 || i >= float64(n) {
		return -1
	}
	return int(i)
}

// filter keeps the items that a predicate selects, by position or by truth.
func (r *run) filter(test *node, input any, env *frame) (any, error) {
	tuples := isTuples(input)
	items, ok := itemsOf(input)
	if !ok {
		items = []any{input}
	}
	out := &array{sequence: true, tuples: tuples}
	if test.kind == kindNumber {
		i := filterIndex(test.value.(float64), len(items))
		if i >= 0 && !isUndefined(items[i]) {
			if isArray(items[i]) {
				return items[i], nil
			}
			out.items = []any{items[i]}
		}
		return out, nil
	}
	for at, it := range items {
		context, scope := it, env
		if tuples {
			t := it.(*tuple)
			context, scope = t.context, t.frame(env)
		}
		v, err := r.eval(test, context, scope)
		if err != nil {
			return nil, err
		}
		if b, ok := v.(bool); ok {
			if b {
				out.items = append(out.items, it)
			}
			continue
		}
		var indexes []any
		if isNum, err := isNumeric(v); err != nil {
			return nil, err
		} else if isNum {
			indexes = []any{v}
		} else if list, ok := itemsOf(v); ok {
			if isNum, err = allNumbers(list); err != nil {
				return nil, err
			} else if isNum {
				indexes = list
				if len(list) == 0 {
					continue
				}
			}
		}
		if indexes != nil {
			for _, f := range indexes {
				if filterIndex(f.(float64), len(items)) == at {
					out.items = append(out.items, it)
				}
			}
			continue
		}
		keep, err := truth(v)
		if err != nil {
			return nil, err
		}
		if keep {
			out.items = append(out.items, it)
		}
	}
	return out, nil
}
