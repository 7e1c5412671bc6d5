package jsonata

func defineObjects() {
	define("keys", "<x-:a<s>>", 1, 1, func(_ *call, args []any) (any, error) {
		out := &array{sequence: true}
		all := newObject(0)
		var w walk
		w.collectKeys(all, arg(args, 0))
		for _, k := range all.keys() {
			out.items = append(out.items, k)
		}
		return out, w.err()
	})
	define("lookup", "<x-s:x>", 2, 2, func(_ *call, args []any) (any, error) {
		key, ok := stringArg(args, 1)
		if !ok {
			return undefined, nil
		}
		return lookup(arg(args, 0), key)
	})
	define("spread", "<x-:a<o>>", 1, 1, func(_ *call, args []any) (any, error) {
		var w walk
		v := w.spread(arg(args, 0))
		return v, w.err()
	})
	defined("merge", "<a<o>:o>", 1, 1, func(_ *call, args []any) (any, error) {
		out := newObject(4)
		for _, it := range listArg(args, 0) {
			for _, k := range keysOf(it) {
				out.set(k, field(it, k))
			}
		}
		return out, nil
	})
	define("sift", "<o-f?:o>", 2, 2, func(c *call, args []any) (any, error) {
		out := newObject(0)
		for _, k := range keysOf(arg(args, 0)) {
			v := field(args[0], k)
			keep, err := callBack(c, arg(args, 1), v, k, args[0])
			if err != nil {
				return nil, err
			}
			ok, err := truth(keep)
			if err != nil {
				return nil, err
			}
			if ok {
				out.set(k, v)
			}
		}
		if len(out.members) == 0 {
			return undefined, nil
		}
		return out, nil
	})
	define("each", "<o-f:a>", 2, 2, func(c *call, args []any) (any, error) {
		out := &array{sequence: true}
		for _, k := range keysOf(arg(args, 0)) {
			v, err := callBack(c, arg(args, 1), field(args[0], k), k, args[0])
			if err != nil {
				return nil, err
			}
			if !isUndefined(v) {
				out.items = append(out.items, v)
			}
		}
		return out, nil
	})
	defined("clone", "<(oa)-:o>", 1, 1, func(_ *call, args []any) (any, error) {
		if a, ok := args[0].(*array); ok && a.outerWrapper && len(a.items) > 0 {
			return new(walk).clone(a.items[0])
		}
		return new(walk).clone(args[0])
	})
}

func (w *walk) collectKeys(into *object, v any) {
	if !w.enter() {
		return
	}
	defer w.leave()
	if items, ok := itemsOf(v); ok {
		for _, it := range items {
			w.collectKeys(into, it)
		}
		return
	}
	for _, k := range keysOf(v) {
		into.set(k, true)
	}
}

// spread makes an object of one member out of every member.
func (w *walk) spread(v any) any {
	if !w.enter() {
		return v
	}
	defer w.leave()
	if items, ok := itemsOf(v); ok {
		out := &array{sequence: true}
		for _, it := range items {
			s := w.spread(it)
			if isUndefined(s) {
				continue
			}
			// appending gives a plain array
			out.sequence = false
			if list, ok := itemsOf(s); ok {
				out.items = append(out.items, list...)
			} else {
				out.items = append(out.items, s)
			}
		}
		return out
	}
	if !isObject(v) {
		return v
	}
	out := &array{sequence: true}
	for _, k := range keysOf(v) {
		o := newObject(1)
		o.set(k, field(v, k))
		out.items = append(out.items, o)
	}
	return out
}
