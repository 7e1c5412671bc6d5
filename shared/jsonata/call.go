package jsonata

// lambda is a function defined in the expression, closed over its scope and context value.
type lambda struct {
	node   *node
	input  any
	env    *frame
	params []int
	sig    *signature
	body   *node
	native any // the function behind a partial application of a built-in; its parameters are params
}

// native is a function of this package. Those in the table of built-ins are shared and immutable.
type native struct {
	name  string
	sig   *signature
	arity int // how many arguments higher-order functions pass
	total int // how many arguments it takes at most
	run   func(c *call, args []any) (any, error)
}

// call is what a native function sees of its caller.
type call struct {
	*run
	input any
}

// site is where a function is called: what an error inside reports when it has no place of its own.
type site struct {
	token string
	pos   int
}

func arityOf(f any) int {
	switch f := f.(type) {
	case *lambda:
		return len(f.params)
	case *native:
		return f.arity
	}
	return 1
}

// procedureName is the name that errors show for the called expression.
func procedureName(n *node) string {
	if n.kind == kindPath {
		n = n.list[0]
	}
	switch n.kind {
	case kindNumber, kindValue:
		return printable(n.value)
	case kindCall, kindPartial:
		return "("
	case kindLambda, kindParent:
		return ""
	}
	return n.text
}

// procedure evaluates the expression before the parenthesis; code is the error when a bare name was meant to be a
// variable.
func (r *run) procedure(n *node, input any, env *frame, code string) (any, error) {
	p := n.lhs
	f, err := r.eval(p, input, env)
	if err != nil {
		return nil, err
	}
	if !isUndefined(f) {
		return f, nil
	}
	if p.kind == kindPath {
		name := p.list[0].text
		_, bound := r.bindings[name]
		if bound || builtins[name] != nil || scopeHas(env, p.list[0].id) {
			return nil, failToken(code, name, n.pos)
		}
	}
	if p.kind == kindVariable && p.text == "eval" {
		e := failMessage("T1006", "$eval does not exist in Step Functions; to read JSON text use $parse")
		e.Position, e.Token = n.pos, "eval"
		return nil, e
	}
	return undefined, nil
}

func scopeHas(env *frame, id int) bool {
	if id == 0 {
		return false
	}
	v, ok := env.lookup(id)
	return ok && !isUndefined(v)
}

// call evaluates a function call; with piped, first is an argument before the written ones.
func (r *run) call(n *node, input any, env *frame, first any, piped bool) (any, error) {
	f, err := r.procedure(n, input, env, "T1005")
	if err != nil {
		return nil, err
	}
	args := make([]any, 0, len(n.list)+1)
	if piped {
		args = append(args, first)
	}
	for _, e := range n.list {
		v, err := r.eval(e, input, env)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	at := site{procedureName(n.lhs), n.pos}
	v, err := r.apply(f, args, input, at)
	if err != nil {
		if e, ok := err.(*Error); ok && e.Code != "U1001" {
			if e.Position == 0 {
				e.Position = at.pos
			}
			if e.Token == "" {
				e.Token = at.token
			}
		}
		return nil, err
	}
	return v, nil
}

// apply calls a function and then, one after the other, the calls it left in tail position.
func (r *run) apply(f any, args []any, input any, at site) (any, error) {
	v, err := r.applyOnce(f, args, input, at)
	for err == nil {
		t, ok := v.(*lambda)
		if !ok || t.node == nil || !t.node.thunk {
			return v, nil
		}
		next := t.node.rhs
		if f, err = r.procedure(next, t.input, t.env, "T1005"); err != nil {
			return nil, err
		}
		args = make([]any, len(next.list))
		for i, e := range next.list {
			if args[i], err = r.eval(e, t.input, t.env); err != nil {
				return nil, err
			}
		}
		at = site{"", next.lhs.pos}
		if next.lhs.kind == kindVariable {
			at.token = next.lhs.text
		}
		v, err = r.applyOnce(f, args, input, at)
	}
	return nil, err
}

func (r *run) applyOnce(f any, args []any, input any, at site) (any, error) {
	v, err := r.invoke(f, args, input)
	if err == nil {
		return v, nil
	}
	if e, ok := err.(*Error); ok && e.Code != "U1001" && !isUndefined(f) {
		e.place(f, at)
	}
	return nil, err
}

// place gives an error that comes out of f the position of the call. A function that calls itself reports the
// innermost call.
func (e *Error) place(f any, at site) {
	if e.Token == "" {
		e.Token = at.token
	}
	if !isFunction(f) {
		return
	}
	pos := at.pos
	for _, c := range e.calls {
		if c.proc == f {
			pos = c.pos
		}
	}
	if pos != 0 {
		e.Position = pos
		e.calls = append(e.calls, callSite{f, pos})
	}
}

func (r *run) invoke(f any, args []any, input any) (any, error) {
	switch f := f.(type) {
	case *lambda:
		if f.sig != nil {
			var err *Error
			if args, err = f.sig.validate(args, input); err != nil {
				return nil, err
			}
		}
		return r.enter(f, args)
	case *native:
		if f.sig != nil {
			var err *Error
			if args, err = f.sig.validate(args, input); err != nil {
				return nil, err
			}
		}
		for _, a := range args {
			if n := weight(a); n > 0 {
				if err := r.spend(n); err != nil {
					return nil, err
				}
			}
		}
		return r.sized(f.run(&call{r, input}, args))
	case *regexValue:
		if len(args) == 0 {
			return undefined, nil
		}
		s, ok := args[0].(string)
		if !ok {
			return undefined, nil
		}
		return f.matchFrom(s)
	}
	return nil, fail("T1006")
}

// enter evaluates the body of a lambda in a scope of its own.
func (r *run) enter(f *lambda, args []any) (any, error) {
	env := &frame{parent: f.env}
	if len(f.params) > 0 {
		env.vars = make([]binding, len(f.params))
		for i, id := range f.params {
			v := undefined
			if i < len(args) {
				v = args[i]
			}
			env.vars[i] = binding{id, v}
		}
	}
	if f.native == nil {
		return r.eval(f.body, f.input, env)
	}
	given := make([]any, 0, 8)
	for id := 1; id <= totalOf(f.native); id++ {
		v, ok := env.lookup(id)
		if !ok {
			v = undefined
		}
		given = append(given, v)
	}
	return r.apply(f.native, given, undefined, site{})
}

func totalOf(f any) int {
	if n, ok := f.(*native); ok {
		return n.total
	}
	return 1
}

// partial is f(?, x): a function of what is left open.
func (r *run) partial(n *node, input any, env *frame) (any, error) {
	args := make([]any, len(n.list))
	open := make([]bool, len(n.list))
	for i, e := range n.list {
		if e.kind == kindOperator && e.text == "?" {
			open[i] = true
			continue
		}
		var err error
		if args[i], err = r.eval(e, input, env); err != nil {
			return nil, err
		}
	}
	f, err := r.procedure(n, input, env, "T1007")
	if err != nil {
		return nil, err
	}
	var params []int
	out := &lambda{input: undefined}
	switch f := f.(type) {
	case *lambda:
		params = f.params
		out.input, out.body, out.native = f.input, f.body, f.native
		out.env = &frame{parent: f.env}
	case *native, *regexValue:
		// the parameters of a built-in function are numbered, in a scope that nothing else sees
		for id := 1; id <= totalOf(f); id++ {
			params = append(params, id)
		}
		out.native = f
		out.env = &frame{}
	default:
		return nil, failToken("T1008", procedureName(n.lhs), n.pos)
	}
	for i, id := range params {
		if i < len(open) && open[i] {
			out.params = append(out.params, id)
			continue
		}
		v := undefined
		if i < len(args) {
			v = args[i]
		}
		out.env.bind(id, v)
	}
	return out, nil
}

// applyTo is lhs ~> rhs.
func (r *run) applyTo(n *node, input any, env *frame) (any, error) {
	lhs, err := r.eval(n.lhs, input, env)
	if err != nil {
		return nil, err
	}
	if n.rhs.kind == kindCall {
		return r.applyCall(n.rhs, input, env, lhs)
	}
	f, err := r.eval(n.rhs, input, env)
	if err != nil {
		return nil, err
	}
	if !isFunction(f) {
		return nil, &Error{Code: "T2006", Position: n.pos, Value: f}
	}
	if isFunction(lhs) {
		return compose(lhs, f), nil
	}
	return r.apply(f, []any{lhs}, nil, site{})
}

// applyCall is lhs ~> f(args), with what may be attached to the call.
func (r *run) applyCall(n *node, input any, env *frame, first any) (any, error) {
	return r.call(n, input, env, first, true)
}

// maxComposed bounds functions built by chaining functions.
const maxComposed = 1000

// compose is f ~> g.
func compose(f, g any) any {
	return &native{arity: 1, total: 1, run: func(c *call, args []any) (any, error) {
		if c.nesting++; c.nesting > maxComposed {
			return nil, failMessage("U1001", "too many functions are chained with ~>")
		}
		v, err := c.apply(f, args, nil, site{})
		if err == nil {
			v, err = c.apply(g, []any{v}, nil, site{})
		}
		c.nesting--
		return v, err
	}}
}
