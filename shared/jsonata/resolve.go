package jsonata

// resolver turns the raw tree into the one that is evaluated: dots become paths with steps, predicates become
// filters of steps, parent operators find the step they name, and calls in tail position are marked.
type resolver struct {
	ids   map[string]int // variable name → id
	slots []*slot        // every parent operator, by index
	depth int
}

// id numbers a variable name; 0 is the context variable $.
func (r *resolver) id(name string) int {
	if name == "" {
		return 0
	}
	id, ok := r.ids[name]
	if !ok {
		id = len(r.ids) + 1
		r.ids[name] = id
	}
	return id
}

// resolve is called on every node of the raw tree once.
func (r *resolver) resolve(n *node) (*node, error) {
	if r.depth++; r.depth > 4*maxParseDepth {
		return nil, failAt("S0501", n.pos)
	}
	out, err := r.resolveNode(n)
	r.depth--
	if err != nil {
		return nil, err
	}
	if n.keepArray {
		out.keepArray = true
	}
	return out, nil
}

func (r *resolver) resolveNode(n *node) (*node, error) {
	var err error
	switch n.kind {
	case kindBinary:
		return r.binary(n)
	case kindUnary:
		if n.lhs, err = r.resolve(n.lhs); err != nil {
			return nil, err
		}
		if n.lhs.kind == kindNumber {
			f := n.lhs.value.(float64)
			n.lhs.value = -f
			return n.lhs, nil
		}
		r.pushSeeking(n, n.lhs)
	case kindArray:
		return n, r.each(n, n.list)
	case kindObject:
		return n, r.pairs(n, n.pairs)
	case kindCall, kindPartial:
		if err = r.each(n, n.list); err != nil {
			return nil, err
		}
		if n.lhs, err = r.resolve(n.lhs); err == nil && n.lhs.kind == kindPath {
			// so that a call of a bare name can tell whether a variable was meant
			n.lhs.list[0].id = r.id(n.lhs.list[0].text)
		}
		return n, err
	case kindLambda:
		for _, p := range n.params {
			p.id = r.id(p.text)
			n.names = append(n.names, p.id)
		}
		if n.rhs, err = r.resolve(n.rhs); err != nil {
			return nil, err
		}
		n.rhs = markTail(n.rhs)
	case kindCondition:
		for _, p := range []**node{&n.lhs, &n.rhs, &n.alt} {
			if *p == nil {
				continue
			}
			if *p, err = r.resolve(*p); err != nil {
				return nil, err
			}
			r.pushSeeking(n, *p)
		}
	case kindTransform:
		n.id = r.id("clone")
		for _, p := range []**node{&n.lhs, &n.rhs, &n.alt} {
			if *p == nil {
				continue
			}
			if *p, err = r.resolve(*p); err != nil {
				return nil, err
			}
		}
	case kindBlock:
		if err = r.each(n, n.list); err != nil {
			return nil, err
		}
		for _, e := range n.list {
			if e.consarray || (e.kind == kindPath && e.list[0].consarray) {
				n.consarray = true
			}
			n.scope = n.scope || assigns(e, 0)
		}
	case kindName:
		return r.path(n), nil
	case kindOperator:
		if n.text == "?" {
			return n, nil
		}
		n.kind = kindName
		return r.path(n), nil
	case kindParent:
		n.slot = &slot{label: -1 - len(r.slots), level: 1, index: len(r.slots)}
		r.slots = append(r.slots, n.slot)
	case kindVariable:
		n.id = r.id(n.text)
		n.builtin = builtins[n.text]
	case kindEnd:
		return nil, failToken("S0207", "(end)", n.pos)
	}
	return n, nil
}

func (r *resolver) path(name *node) *node {
	return &node{kind: kindPath, list: []*node{name}, pos: name.pos, keepSingleton: name.keepArray}
}

func (r *resolver) each(n *node, list []*node) error {
	for i, e := range list {
		v, err := r.resolve(e)
		if err != nil {
			return err
		}
		r.pushSeeking(n, v)
		list[i] = v
	}
	return nil
}

// pairs resolves keys and values; n collects their open parent operators unless it is nil.
func (r *resolver) pairs(n *node, pairs [][2]*node) error {
	for i := range pairs {
		for j := range pairs[i] {
			v, err := r.resolve(pairs[i][j])
			if err != nil {
				return err
			}
			if n != nil {
				r.pushSeeking(n, v)
			}
			pairs[i][j] = v
		}
	}
	return nil
}

func (r *resolver) binary(n *node) (*node, error) {
	switch n.text {
	case ".":
		return r.dot(n)
	case "[":
		return r.filter(n)
	case "{":
		return r.groupBy(n)
	case "^":
		return r.orderBy(n)
	case "@":
		return r.bindFocus(n)
	case "#":
		return r.bindIndex(n)
	}
	lhs, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	rhs, err := r.resolve(n.rhs)
	if err != nil {
		return nil, err
	}
	n.lhs, n.rhs = lhs, rhs
	switch n.text {
	case ":=":
		n.kind = kindBind
		n.id = lhs.id
		r.pushSeeking(n, rhs)
	case "~>":
		n.kind = kindApply
		n.keepArray = lhs.keepArray || rhs.keepArray
	default:
		n.op = opcodes[n.text]
		r.pushSeeking(n, lhs)
		r.pushSeeking(n, rhs)
	}
	return n, nil
}

func (r *resolver) dot(n *node) (*node, error) {
	left, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	path := left
	if left.kind != kindPath {
		path = &node{kind: kindPath, list: []*node{left}, pos: n.pos}
	}
	if left.kind == kindParent {
		path.seeking = []*slot{left.slot}
	}
	rest, err := r.resolve(n.rhs)
	if err != nil {
		return nil, err
	}
	if rest.kind == kindPath {
		path.list = append(path.list, rest.list...)
	} else {
		if rest.predicate != nil {
			rest.stages, rest.predicate = rest.predicate, nil
		}
		path.list = append(path.list, rest)
	}
	for _, s := range path.list {
		switch s.kind {
		case kindNumber, kindValue:
			return nil, &Error{Code: "S0213", Position: s.pos, Value: s.value}
		case kindString:
			s.kind = kindName
		}
		if s.keepArray {
			path.keepSingleton = true
		}
	}
	if first := path.list[0]; first.kind == kindArray {
		first.consarray = true
	}
	if last := path.list[len(path.list)-1]; last.kind == kindArray {
		last.consarray = true
	}
	return path, r.placeParents(path)
}

// lastStep is the step that a postfix operator applies to.
func lastStep(n *node) *node {
	if n.kind == kindPath {
		return n.list[len(n.list)-1]
	}
	return n
}

func (r *resolver) filter(n *node) (*node, error) {
	result, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	step := lastStep(result)
	if step.group != nil {
		return nil, failAt("S0209", n.pos)
	}
	test, err := r.resolve(n.rhs)
	if err != nil {
		return nil, err
	}
	for _, s := range test.seeking {
		if s.level == 1 {
			if _, err := r.seek(step, s); err != nil {
				return nil, err
			}
		} else {
			s.level--
		}
	}
	if test.seeking != nil {
		r.pushSeeking(step, test)
	}
	if result.kind == kindPath {
		step.stages = append(step.stages, stage{expr: test})
	} else {
		step.predicate = append(step.predicate, stage{expr: test})
	}
	return result, nil
}

func (r *resolver) groupBy(n *node) (*node, error) {
	result, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	if result.group != nil {
		return nil, failAt("S0210", n.pos)
	}
	if err := r.pairs(nil, n.pairs); err != nil {
		return nil, err
	}
	result.group = &node{kind: kindObject, pos: n.pos, pairs: n.pairs}
	return result, nil
}

func (r *resolver) orderBy(n *node) (*node, error) {
	result, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	if result.kind != kindPath {
		result = &node{kind: kindPath, list: []*node{result}, pos: n.pos}
	}
	sorting := &node{kind: kindSort, pos: n.pos, terms: n.terms}
	for i := range sorting.terms {
		e, err := r.resolve(sorting.terms[i].expr)
		if err != nil {
			return nil, err
		}
		r.pushSeeking(sorting, e)
		sorting.terms[i].expr = e
	}
	result.list = append(result.list, sorting)
	return result, r.placeParents(result)
}

func (r *resolver) bindFocus(n *node) (*node, error) {
	result, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	step := lastStep(result)
	if step.stages != nil || step.predicate != nil {
		return nil, failAt("S0215", n.pos)
	}
	if step.kind == kindSort {
		return nil, failAt("S0216", n.pos)
	}
	if n.keepArray {
		step.keepArray = true
	}
	step.focus, step.focusName = r.id(n.rhs.text), n.rhs.text
	step.tuple = true
	return result, nil
}

func (r *resolver) bindIndex(n *node) (*node, error) {
	result, err := r.resolve(n.lhs)
	if err != nil {
		return nil, err
	}
	step := lastStep(result)
	if result.kind != kindPath {
		result = &node{kind: kindPath, list: []*node{result}, pos: n.pos}
		if step.predicate != nil {
			step.stages, step.predicate = step.predicate, nil
		}
	}
	if step.stages == nil {
		step.index, step.indexName = r.id(n.rhs.text), n.rhs.text
	} else {
		step.stages = append(step.stages, stage{index: r.id(n.rhs.text), name: n.rhs.text})
	}
	step.tuple = true
	return result, nil
}

// markTail turns a call in tail position into a thunk, so that recursion there needs no stack.
func markTail(n *node) *node {
	switch n.kind {
	case kindCall:
		if n.predicate == nil {
			return &node{kind: kindLambda, thunk: true, pos: n.pos, rhs: n}
		}
	case kindCondition:
		n.rhs = markTail(n.rhs)
		if n.alt != nil {
			n.alt = markTail(n.alt)
		}
	case kindBlock:
		if len(n.list) > 0 {
			n.list[len(n.list)-1] = markTail(n.list[len(n.list)-1])
		}
	}
	return n
}

// assigns reports whether evaluating n may bind a variable in the scope around it. Blocks and lambdas have
// scopes of their own.
func assigns(n *node, depth int) bool {
	if n == nil || n.kind == kindBlock || n.kind == kindLambda {
		return false
	}
	if n.kind == kindBind || depth > maxParseDepth {
		return true
	}
	found := false
	n.children(func(c *node) {
		if !found && assigns(c, depth+1) {
			found = true
		}
	})
	return found
}

// children calls f on every node directly below n.
func (n *node) children(f func(*node)) {
	for _, c := range []*node{n.lhs, n.rhs, n.alt, n.group} {
		if c != nil {
			f(c)
		}
	}
	for _, c := range n.list {
		f(c)
	}
	for _, p := range n.pairs {
		f(p[0])
		f(p[1])
	}
	for _, t := range n.terms {
		f(t.expr)
	}
	for _, s := range n.predicate {
		if s.expr != nil {
			f(s.expr)
		}
	}
	for _, s := range n.stages {
		if s.expr != nil {
			f(s.expr)
		}
	}
}
