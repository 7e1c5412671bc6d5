package jsonata

func defineValues() {
	defined("boolean", "<x-:b>", 1, 1, func(_ *call, args []any) (any, error) {
		if isFunction(args[0]) {
			return false, nil
		}
		return boolean(truth(args[0]))
	})
	defined("not", "<x-:b>", 1, 1, func(_ *call, args []any) (any, error) {
		if isFunction(args[0]) {
			return true, nil
		}
		ok, err := truth(args[0])
		return boolean(!ok, err)
	})
	define("exists", "<x:b>", 1, 1, func(_ *call, args []any) (any, error) {
		return !isUndefined(arg(args, 0)), nil
	})
	defined("type", "<x:s>", 1, 1, func(_ *call, args []any) (any, error) { return typeName(args[0]) })
	define("error", "<s?:x>", 1, 1, func(_ *call, args []any) (any, error) {
		message, _ := stringArg(args, 0)
		if message == "" {
			message = "$error() function evaluated"
		}
		return nil, failMessage("D3137", message)
	})
	define("assert", "<bs?:x>", 2, 2, func(_ *call, args []any) (any, error) {
		if ok, _ := arg(args, 0).(bool); ok {
			return undefined, nil
		}
		message, _ := stringArg(args, 1)
		if message == "" {
			message = "$assert() statement failed"
		}
		return nil, failMessage("D3141", message)
	})
}

// boolean lifts a pair of bool and error.
func boolean(ok bool, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return ok, nil
}

func typeName(v any) (any, error) {
	if v == nil {
		return "null", nil
	}
	switch v.(type) {
	case float64:
		ok, err := isNumeric(v)
		if err != nil {
			return nil, err
		}
		if !ok {
			return "object", nil // NaN
		}
		return "number", nil
	case string:
		return "string", nil
	case bool:
		return "boolean", nil
	}
	if isArray(v) {
		return "array", nil
	}
	if isFunction(v) {
		return "function", nil
	}
	return "object", nil
}
