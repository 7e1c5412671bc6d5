package jsonata

// path evaluates the steps of a path one after the other. Values flow as sequences: what a step gives for each
// item is flattened into the next one, and a sequence of one collapses at the end.
func (r *run) path(n *node, input any, env *frame) (any, error) {
	var items []any
	first := 0
	if list, ok := itemsOf(input); ok && n.list[0].kind != kindVariable {
		items = list
	} else {
		value, at, err := r.walk(n, input, env)
		if err != nil {
			return nil, err
		}
		if at == len(n.list) {
			return r.walked(n, value, env)
		}
		if at > 0 {
			first = at
			if list, ok := itemsOf(value); ok && !isConsed(value) {
				items = list
			} else {
				items = []any{value}
			}
		} else {
			items = []any{value}
		}
	}
	var result any = undefined
	tuples := false
	var stream []*tuple
	var err error
	for i := first; i < len(n.list); i++ {
		step := n.list[i]
		tuples = tuples || step.tuple
		if i == 0 && step.consarray {
			result, err = r.eval(step, sequenceOf(items...), env)
		} else if tuples {
			stream, err = r.tupleStep(step, items, stream, env)
		} else {
			result, err = r.step(step, items, env, i == len(n.list)-1)
		}
		if err != nil {
			return nil, err
		}
		if !tuples || i == 0 && step.consarray {
			list, ok := itemsOf(result)
			if !ok || len(list) == 0 {
				// A predicate on an array constructor at the start may leave a single value, which no step
				// goes into: JSONata gives no result for [{"x": 1}][0].x.
				if !ok && i < len(n.list)-1 {
					result = undefined
				}
				break
			}
			if step.focus == 0 {
				items = list
			}
		}
	}
	if tuples {
		if n.tuple {
			out := &array{sequence: true, tuples: true, items: make([]any, len(stream))}
			for i, t := range stream {
				out.items[i] = t
			}
			result = out
		} else {
			out := &array{sequence: true, items: make([]any, len(stream))}
			for i, t := range stream {
				out.items[i] = t.context
			}
			result = out
		}
	}
	return r.finishPath(n, result, stream, tuples, env)
}

func (r *run) finishPath(n *node, result any, stream []*tuple, tuples bool, env *frame) (any, error) {
	if n.keepSingleton {
		if a, ok := result.(*array); ok {
			if a.cons && !a.sequence {
				a = sequenceOf(a)
				result = a
			}
			a.keepSingleton = true
		}
	}
	if n.group != nil {
		if tuples {
			return r.groupTuples(n.group, stream, env)
		}
		return r.group(n.group, result, env)
	}
	return result, nil
}

// walk follows leading steps as long as each is a plain name (or, at first, a variable) and the value is not an
// array. It returns the value and how many steps it took; what is left needs sequences.
func (r *run) walk(n *node, input any, env *frame) (any, int, error) {
	if r.depth+1 > r.maxDepth && len(n.list) > 0 {
		return input, 0, nil // the ordinary way reports it
	}
	v, i := input, 0
	if s := n.list[0]; s.kind == kindVariable && s.stages == nil && s.predicate == nil && s.group == nil && !s.tuple && !s.keepArray {
		if s.id == 0 {
			if a, ok := input.(*array); ok && a.outerWrapper && len(a.items) > 0 {
				v = a.items[0]
			}
		} else {
			v = r.variable(s, env)
		}
		i = 1
		if isUndefined(v) {
			return v, len(n.list), nil
		}
	}
	for ; i < len(n.list); i++ {
		s := n.list[i]
		if !s.plainName || isArray(v) {
			break
		}
		v = field(v, s.text)
		if isUndefined(v) {
			return v, len(n.list), nil
		}
	}
	return v, i, nil
}

// walked turns the value that walk ended with into the result that steps would have given.
func (r *run) walked(n *node, v any, env *frame) (any, error) {
	if isUndefined(v) {
		if n.group == nil {
			return v, nil
		}
		return r.group(n.group, sequenceOf(), env)
	}
	if a, ok := v.(*array); ok && a.sequence {
		// a sequence is spread into a new one
		v = &array{sequence: true, items: a.items}
	} else if !ok && n.keepSingleton {
		if _, plainArray := v.([]any); !plainArray {
			v = sequenceOf(v)
		}
	}
	if !n.keepSingleton && n.group == nil {
		return v, nil
	}
	return r.finishPath(n, v, nil, false, env)
}

// step maps one step over the items of the sequence before it.
func (r *run) step(step *node, items []any, env *frame, last bool) (any, error) {
	if step.kind == kindSort {
		sorted, err := r.sortValues(step, items, env)
		if err != nil {
			return nil, err
		}
		var v any = sorted
		for _, s := range step.stages {
			if s.expr == nil {
				continue
			}
			if v, err = r.filter(s.expr, v, env); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
	results := make([]any, 0, len(items))
	for _, it := range items {
		var v any
		var err error
		if step.plainName && !step.keepArray && !isArray(it) {
			v = field(it, step.text)
			if err = r.spend(1); err != nil {
				return nil, err
			}
			if isSequence(v) {
				v = collapse(v)
			}
		} else if v, err = r.eval(step, it, env); err != nil {
			return nil, err
		}
		for _, s := range step.stages {
			if s.expr == nil {
				continue
			}
			if v, err = r.filter(s.expr, v, env); err != nil {
				return nil, err
			}
		}
		if !isUndefined(v) {
			results = append(results, v)
		}
	}
	if last && len(results) == 1 && isArray(results[0]) && !isSequence(results[0]) {
		return results[0], nil
	}
	flat := true
	for _, v := range results {
		if isArray(v) && !isConsed(v) {
			flat = false
			break
		}
	}
	if flat {
		return &array{sequence: true, items: results}, nil
	}
	out := make([]any, 0, len(results)*2)
	for _, v := range results {
		if list, ok := itemsOf(v); ok && !isConsed(v) {
			out = append(out, list...)
		} else {
			out = append(out, v)
		}
	}
	return r.sized(&array{sequence: true, items: out}, nil)
}

// collapse is what becomes of a sequence when a node has been evaluated.
func collapse(v any) any {
	if a, ok := v.(*array); ok && a.sequence && !a.tuples {
		switch len(a.items) {
		case 0:
			return undefined
		case 1:
			if !a.keepSingleton {
				return a.items[0]
			}
		}
	}
	return v
}
