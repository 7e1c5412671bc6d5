package jsonata

// group evaluates an object constructor: for every item of the input the keys, then for every distinct key its
// value against all the items that gave it.
func (r *run) group(n *node, input any, env *frame) (any, error) {
	if isTuples(input) {
		list, _ := itemsOf(input)
		stream := make([]*tuple, len(list))
		for i, it := range list {
			stream[i] = it.(*tuple)
		}
		return r.groupTuples(n, stream, env)
	}
	items, ok := itemsOf(input)
	if !ok {
		return r.object(n, input, env)
	}
	if len(items) == 0 {
		return r.object(n, undefined, env)
	}
	if len(items) == 1 {
		return r.object(n, items[0], env)
	}
	var groups grouping
	data := []gather{}
	for _, it := range items {
		for i := range n.pairs {
			at, err := r.groupKey(n, i, it, env, &groups)
			if err != nil {
				return nil, err
			}
			if at < 0 {
				continue
			}
			if at == len(data) {
				data = append(data, gather{})
			}
			data[at].add(it)
			if err := r.spend(weight(it)); err != nil {
				return nil, err
			}
		}
	}
	return r.groupValues(n, &groups, func(at int) (any, *frame) { return data[at].value(), env })
}

func (r *run) groupTuples(n *node, stream []*tuple, env *frame) (any, error) {
	if len(stream) == 0 {
		return r.object(n, undefined, env)
	}
	var groups grouping
	var data [][]*tuple
	for _, t := range stream {
		scope := t.frame(env)
		for i := range n.pairs {
			at, err := r.groupKey(n, i, t.context, scope, &groups)
			if err != nil {
				return nil, err
			}
			if at < 0 {
				continue
			}
			if at == len(data) {
				data = append(data, nil)
			}
			data[at] = append(data[at], t)
		}
	}
	return r.groupValues(n, &groups, func(at int) (any, *frame) {
		t := mergeTuples(data[at])
		return t.context, t.frame(env)
	})
}

// grouping numbers the keys seen so far.
type grouping struct {
	names []string
	pair  []int // which pair gave the key
	at    map[string]int
}

// groupKey evaluates the key of pair i for an item and returns the number of its group, -1 when it has none.
func (r *run) groupKey(n *node, i int, item any, env *frame, g *grouping) (int, error) {
	v, err := r.eval(n.pairs[i][0], item, env)
	if err != nil {
		return -1, err
	}
	key, ok := v.(string)
	if !ok {
		if isUndefined(v) {
			return -1, nil
		}
		return -1, &Error{Code: "T1003", Position: n.pos, Value: v}
	}
	if at, ok := g.at[key]; ok {
		if g.pair[at] != i {
			return -1, &Error{Code: "D1009", Position: n.pos, Value: key}
		}
		return at, nil
	}
	if g.at == nil {
		g.at = map[string]int{}
	}
	g.at[key] = len(g.names)
	g.names = append(g.names, key)
	g.pair = append(g.pair, i)
	return len(g.names) - 1, nil
}

func (r *run) groupValues(n *node, g *grouping, data func(int) (any, *frame)) (any, error) {
	out := newObject(len(g.names))
	for at, name := range g.names {
		context, scope := data(at)
		v, err := r.eval(n.pairs[g.pair[at]][1], context, scope)
		if err != nil {
			return nil, err
		}
		if !isUndefined(v) {
			out.set(name, v)
		}
	}
	return out, nil
}

// object is the common case of group: one item, so that each key is a group of its own.
func (r *run) object(n *node, input any, env *frame) (any, error) {
	out := newObject(len(n.pairs))
	keys := make([]any, len(n.pairs))
	var seen map[string]bool
	for i := range n.pairs {
		v, err := r.eval(n.pairs[i][0], input, env)
		if err != nil {
			return nil, err
		}
		keys[i] = v
		key, ok := v.(string)
		if !ok {
			if isUndefined(v) {
				continue
			}
			return nil, &Error{Code: "T1003", Position: n.pos, Value: v}
		}
		if len(n.pairs) > indexFrom && seen == nil {
			seen = make(map[string]bool, len(n.pairs))
		}
		twice := seen[key]
		if seen != nil {
			seen[key] = true
		} else {
			for _, k := range keys[:i] {
				if k, ok := k.(string); ok && k == key {
					twice = true
				}
			}
		}
		if twice {
			return nil, &Error{Code: "D1009", Position: n.pos, Value: key}
		}
	}
	for i := range n.pairs {
		key, ok := keys[i].(string)
		if !ok {
			continue
		}
		v, err := r.eval(n.pairs[i][1], input, env)
		if err != nil {
			return nil, err
		}
		if !isUndefined(v) {
			out.set(key, v)
		}
	}
	return out, nil
}
