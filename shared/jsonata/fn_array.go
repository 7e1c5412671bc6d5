package jsonata

import "math"

func defineArrays() {
	define("append", "<xx:a>", 2, 2, func(_ *call, args []any) (any, error) {
		return appendValues(arg(args, 0), arg(args, 1)), nil
	})
	defined("reverse", "<a:a>", 1, 1, func(_ *call, args []any) (any, error) {
		items := listArg(args, 0)
		if len(items) <= 1 {
			return args[0], nil
		}
		out := make([]any, len(items))
		for i, it := range items {
			out[len(items)-1-i] = it
		}
		return out, nil
	})
	defined("shuffle", "<a:a>", 1, 1, func(c *call, args []any) (any, error) {
		items := listArg(args, 0)
		if len(items) <= 1 {
			return args[0], nil
		}
		out := make([]any, len(items))
		for i, it := range items {
			j := min(i, int(c.random()*float64(i+1)))
			out[i] = out[j]
			out[j] = it
		}
		return out, nil
	})
	defined("distinct", "<x:x>", 1, 1, distinct)
	define("zip", "<a+>", 0, 0, zip)
	defined("sort", "<af?:a>", 2, 2, sortArray)
}

// distinct keeps the first of every group of equal values.
func distinct(c *call, args []any) (any, error) {
	items, ok := itemsOf(args[0])
	if !ok || len(items) <= 1 {
		return args[0], nil
	}
	out := make([]any, 0, len(items))
	scalars := map[any]bool{}
	var structures []any
next:
	for _, it := range items {
		switch it.(type) {
		case string, float64, bool, nil:
			if !scalars[it] {
				scalars[it] = true
				out = append(out, it)
			}
			continue
		}
		if err := c.spend(1 + len(structures)); err != nil {
			return nil, err
		}
		for _, s := range structures {
			equal, err := deepEqual(it, s)
			if err != nil {
				return nil, err
			}
			if equal {
				continue next
			}
		}
		structures = append(structures, it)
		out = append(out, it)
	}
	if isSequence(args[0]) {
		return &array{sequence: true, items: out}, nil
	}
	return out, nil
}

func zip(_ *call, args []any) (any, error) {
	length := math.MaxInt
	lists := make([][]any, len(args))
	for i := range args {
		lists[i] = listArg(args, i)
		length = min(length, len(lists[i]))
	}
	if len(args) == 0 {
		length = 0
	}
	out := make([]any, length)
	for i := range out {
		t := make([]any, len(lists))
		for j := range lists {
			t[j] = lists[j][i]
		}
		out[i] = t
	}
	return out, nil
}

func sortArray(c *call, args []any) (any, error) {
	items := listArg(args, 0)
	if len(items) <= 1 {
		return args[0], nil
	}
	compare := arg(args, 1)
	if !isUndefined(compare) {
		sorted, err := mergeSort(items, func(a, b any) (bool, error) {
			v, err := c.apply(compare, []any{a, b}, nil, site{})
			if err != nil {
				return false, err
			}
			return truth(v)
		})
		return sorted, err
	}
	numbers, err := allNumbers(items)
	if err != nil {
		return nil, err
	}
	if !numbers && !allStrings(items) {
		return nil, failArg("D3070", 1, undefined)
	}
	if err := c.spend(len(items)); err != nil {
		return nil, err
	}
	sorted, err := mergeSort(items, func(a, b any) (bool, error) {
		if x, ok := a.(float64); ok {
			return x > b.(float64), nil
		}
		return compareText(a.(string), b.(string)) > 0, nil
	})
	return sorted, err
}
