package jsonata

func defineHigherOrder() {
	defined("map", "<af>", 2, 2, func(c *call, args []any) (any, error) {
		items := listArg(args, 0)
		out := &array{sequence: true, items: make([]any, 0, len(items))}
		for i, it := range items {
			v, err := callBack(c, arg(args, 1), it, float64(i), args[0])
			if err != nil {
				return nil, err
			}
			if !isUndefined(v) {
				out.items = append(out.items, v)
			}
		}
		return out, nil
	})
	defined("filter", "<af>", 2, 2, func(c *call, args []any) (any, error) {
		out := &array{sequence: true}
		for i, it := range listArg(args, 0) {
			ok, err := test(c, args, it, i)
			if err != nil {
				return nil, err
			}
			if ok {
				out.items = append(out.items, it)
			}
		}
		return out, nil
	})
	defined("single", "<af?>", 2, 2, func(c *call, args []any) (any, error) {
		result, found := undefined, false
		for i, it := range listArg(args, 0) {
			ok := true
			if !isUndefined(arg(args, 1)) {
				var err error
				if ok, err = test(c, args, it, i); err != nil {
					return nil, err
				}
			}
			if !ok {
				continue
			}
			if found {
				return nil, fail("D3138")
			}
			result, found = it, true
		}
		if !found {
			return nil, fail("D3139")
		}
		return result, nil
	})
	defined("reduce", "<afj?:j>", 3, 3, reduce)
}

// callBack passes a function as many of value, key and whole as it takes.
func callBack(c *call, f, value, key, whole any) (any, error) {
	if err := c.spend(1); err != nil {
		return nil, err
	}
	args := []any{value, key, whole}
	switch n := arityOf(f); {
	case n >= 3:
	case n == 2:
		args = args[:2]
	default:
		args = args[:1]
	}
	return c.apply(f, args, nil, site{})
}

func test(c *call, args []any, it any, i int) (bool, error) {
	v, err := callBack(c, arg(args, 1), it, float64(i), args[0])
	if err != nil {
		return false, err
	}
	return truth(v)
}

func reduce(c *call, args []any) (any, error) {
	items := listArg(args, 0)
	f := arg(args, 1)
	arity := arityOf(f)
	if arity < 2 {
		return nil, failArg("D3050", 1, undefined)
	}
	result, from := arg(args, 2), 0
	if isUndefined(result) && len(items) > 0 {
		result, from = items[0], 1
	}
	for i := from; i < len(items); i++ {
		if err := c.spend(1); err != nil {
			return nil, err
		}
		given := []any{result, items[i], float64(i), args[0]}
		var err error
		if result, err = c.apply(f, given[:min(arity, 4)], nil, site{}); err != nil {
			return nil, err
		}
	}
	return result, nil
}
