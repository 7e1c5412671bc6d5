package jsonata

// builtins maps names to the functions of this package. It is filled once, before any expression is compiled.
var builtins = map[string]*native{}

type function = func(c *call, args []any) (any, error)

// define adds a function. arity is how many arguments higher-order functions pass to it, total how many it takes.
func define(name, sig string, arity, total int, run function) {
	builtins[name] = &native{name: name, sig: mustSignature(sig), arity: arity, total: total, run: run}
}

// defined adds a function that gives nothing for a missing first argument.
func defined(name, sig string, arity, total int, run function) {
	define(name, sig, arity, total, func(c *call, args []any) (any, error) {
		if isUndefined(args[0]) {
			return undefined, nil
		}
		return run(c, args)
	})
}

func init() {
	defineAggregates()
	defineNumbers()
	defineStrings()
	defineMatching()
	defineEncodings()
	defineArrays()
	defineObjects()
	defineHigherOrder()
	defineValues()
	defineDates()
	defineStepFunctions()
}

// arg is the i-th argument or undefined.
func arg(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return undefined
}

func numberArg(args []any, i int) (float64, bool) {
	f, ok := arg(args, i).(float64)
	return f, ok
}

func stringArg(args []any, i int) (string, bool) {
	s, ok := arg(args, i).(string)
	return s, ok
}

func listArg(args []any, i int) []any {
	items, _ := itemsOf(arg(args, i))
	return items
}
