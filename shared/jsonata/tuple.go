package jsonata

// tuple is one item of a tuple stream: a context value with the variables bound on the way to it by @, # and
// parent operators.
type tuple struct {
	context any
	vars    []binding
}

func (t *tuple) frame(env *frame) *frame {
	return &frame{parent: env, vars: t.vars[:len(t.vars):len(t.vars)]}
}

// with copies the tuple so that bindings can be added to the copy.
func (t *tuple) with(context any, room int) *tuple {
	c := &tuple{context: context, vars: make([]binding, len(t.vars), len(t.vars)+room)}
	copy(c.vars, t.vars)
	return c
}

func (t *tuple) bind(id int, v any) {
	for i := range t.vars {
		if t.vars[i].id == id {
			t.vars[i].value = v
			return
		}
	}
	t.vars = append(t.vars, binding{id, v})
}

// tupleStep maps a step over a tuple stream, or starts one from items when stream is nil.
func (r *run) tupleStep(step *node, items []any, stream []*tuple, env *frame) ([]*tuple, error) {
	if step.kind == kindSort {
		return r.sortStep(step, items, stream, env)
	}
	if stream == nil {
		stream = make([]*tuple, len(items))
		for i, it := range items {
			stream[i] = &tuple{context: it}
		}
	}
	out := make([]*tuple, 0, len(stream))
	for _, t := range stream {
		v, err := r.eval(step, t.context, t.frame(env))
		if err != nil {
			return nil, err
		}
		if isUndefined(v) {
			continue
		}
		list, ok := itemsOf(v)
		if !ok {
			list = []any{v}
		}
		if err := r.spend(len(list)); err != nil {
			return nil, err
		}
		inner := isTuples(v)
		for i, it := range list {
			var c *tuple
			if inner {
				sub := it.(*tuple)
				c = t.with(sub.context, len(sub.vars))
				for _, b := range sub.vars {
					c.bind(b.id, b.value)
				}
			} else {
				c = t.with(it, 3)
				if step.focus != 0 {
					c.context = t.context
					c.bind(step.focus, it)
				}
				if step.index != 0 {
					c.bind(step.index, float64(i))
				}
				if step.ancestor != nil {
					c.bind(step.ancestor.label, t.context)
				}
			}
			out = append(out, c)
		}
	}
	return r.tupleStages(step.stages, out, env)
}

// sortStep orders a tuple stream, or starts one from the order of plain items.
func (r *run) sortStep(step *node, items []any, stream []*tuple, env *frame) ([]*tuple, error) {
	var out []*tuple
	if stream != nil {
		list := make([]any, len(stream))
		for i, t := range stream {
			list[i] = t
		}
		sorted, err := r.sortValues(step, list, env)
		if err != nil {
			return nil, err
		}
		out = make([]*tuple, len(stream))
		for i, it := range sorted.items {
			out[i] = it.(*tuple)
		}
	} else {
		sorted, err := r.sortValues(step, items, env)
		if err != nil {
			return nil, err
		}
		out = make([]*tuple, len(sorted.items))
		for i, it := range sorted.items {
			out[i] = &tuple{context: it}
			if step.index != 0 {
				out[i].bind(step.index, float64(i))
			}
		}
	}
	return r.tupleStages(step.stages, out, env)
}

// tupleStages applies filters and position bindings to a stream.
func (r *run) tupleStages(stages []stage, stream []*tuple, env *frame) ([]*tuple, error) {
	for _, s := range stages {
		if s.expr == nil {
			for i, t := range stream {
				c := t.with(t.context, 1)
				c.bind(s.index, float64(i))
				stream[i] = c
			}
			continue
		}
		list := make([]any, len(stream))
		for i, t := range stream {
			list[i] = t
		}
		v, err := r.filter(s.expr, &array{sequence: true, tuples: true, items: list}, env)
		if err != nil {
			return nil, err
		}
		kept, _ := itemsOf(v)
		stream = make([]*tuple, len(kept))
		for i, it := range kept {
			stream[i] = it.(*tuple)
		}
	}
	return stream, nil
}

// mergeTuples folds the tuples of one group into one whose bindings hold all their values.
func mergeTuples(stream []*tuple) *tuple {
	if len(stream) == 1 {
		return stream[0]
	}
	var context gather
	type column struct {
		id int
		g  gather
	}
	var columns []column
	for _, t := range stream {
		context.add(t.context)
	next:
		for _, b := range t.vars {
			for i := range columns {
				if columns[i].id == b.id {
					columns[i].g.add(b.value)
					continue next
				}
			}
			columns = append(columns, column{id: b.id})
			columns[len(columns)-1].g.add(b.value)
		}
	}
	out := &tuple{context: context.value()}
	for i := range columns {
		out.vars = append(out.vars, binding{columns[i].id, columns[i].g.value()})
	}
	return out
}
