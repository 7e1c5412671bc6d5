package jsonata

import (
	"sort"
	"strings"
)

// ReferenceKind says what a reference in an expression refers to.
type ReferenceKind uint8

const (
	// VariableReference is a variable that the expression does not bind itself, such as $states.result.
	VariableReference ReferenceKind = iota
	// ContextReference is $, the context value.
	ContextReference
	// RootReference is $$, the input of the whole expression.
	RootReference
	// FieldReference is a path that starts with a bare name, a wildcard or a parent operator.
	FieldReference
)

// Reference is one place where an expression reads something from outside.
type Reference struct {
	Kind ReferenceKind
	// Name is the variable's name without the dollar; of a FieldReference the first name of the path.
	Name string
	// Path holds the names that follow, as far as they are plain: $states.input.a[0].b gives input, a.
	Path []string
	// Position is that of the name, as in Error.
	Position int
	// TopLevel means that the context value there is the input of the whole expression, and not an item of a
	// path, a predicate, an order-by or a group. Step Functions gives an expression no input, so a reference
	// other than to a variable is a mistake there.
	TopLevel bool
	// Called means that the variable is called as a function: $name(…).
	Called bool
	// Builtin means that the variable is a built-in function.
	Builtin bool
}

// String writes the reference as in the source: $states.result, $, $$ or a.b.
func (r Reference) String() string {
	dotted := strings.Join(append([]string{r.Name}, r.Path...), ".")
	switch r.Kind {
	case VariableReference:
		return "$" + dotted
	case ContextReference:
		return strings.TrimSuffix("$."+strings.Join(r.Path, "."), ".")
	case RootReference:
		return strings.TrimSuffix("$$."+strings.Join(r.Path, "."), ".")
	}
	return dotted
}

// References lists what the expression reads from outside, in the order of the source. Variables that the
// expression binds itself (:=, parameters, @, #) are left out.
func (e *Expr) References() []Reference {
	w := &referenceWalker{}
	w.node(e.root, &names{}, true)
	sort.SliceStable(w.found, func(i, j int) bool { return w.found[i].Position < w.found[j].Position })
	return w.found
}

// Variables lists the free variables with the plain path that follows each, such as "states.result" or "steps_x",
// sorted and without repeats. Built-in functions are left out.
func (e *Expr) Variables() []string {
	return e.list(func(r Reference) bool { return r.Kind == VariableReference && !r.Builtin })
}

// TopLevelPaths lists the references to $, $$ and bare field names whose context is the input of the whole
// expression, as written, sorted and without repeats.
func (e *Expr) TopLevelPaths() []string {
	return e.list(func(r Reference) bool { return r.Kind != VariableReference && (r.TopLevel || r.Kind == RootReference) })
}

func (e *Expr) list(keep func(Reference) bool) []string {
	seen := map[string]bool{}
	out := []string{}
	for _, r := range e.References() {
		s := r.String()
		if r.Kind == VariableReference {
			s = s[1:]
		}
		if keep(r) && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	sort.Strings(out)
	return out
}

// names is a scope of the walk.
type names struct {
	parent *names
	bound  map[string]bool
}

func (n *names) has(name string) bool {
	for ; n != nil; n = n.parent {
		if n.bound[name] {
			return true
		}
	}
	return false
}

func (n *names) bind(name string) {
	if n.bound == nil {
		n.bound = map[string]bool{}
	}
	n.bound[name] = true
}

type referenceWalker struct{ found []Reference }

func (w *referenceWalker) add(r Reference) { w.found = append(w.found, r) }

func (w *referenceWalker) variable(n *node, path []string, scope *names, top, called bool) {
	r := Reference{Name: n.text, Path: path, Position: n.pos, TopLevel: top, Called: called}
	switch {
	case n.text == "":
		r.Kind = ContextReference
	case n.text == "$":
		r.Kind, r.Name = RootReference, ""
	case scope.has(n.text):
		return
	default:
		r.Builtin = builtins[n.text] != nil
	}
	w.add(r)
}

// node walks n; top says whether its context value is the input of the whole expression.
func (w *referenceWalker) node(n *node, scope *names, top bool) {
	if n == nil {
		return
	}
	switch n.kind {
	case kindVariable:
		w.variable(n, nil, scope, top, false)
	case kindPath:
		w.path(n, scope, top)
		return
	case kindWildcard, kindDescendant, kindParent:
		if top {
			w.add(Reference{Kind: FieldReference, Name: map[kind]string{kindWildcard: "*", kindDescendant: "**", kindParent: "%"}[n.kind], Position: n.pos, TopLevel: true})
		}
	case kindBlock:
		inner := &names{parent: scope}
		for _, e := range n.list {
			w.node(e, inner, top)
		}
	case kindBind:
		w.bind(n, scope, top)
	case kindLambda:
		inner := &names{parent: scope}
		for _, p := range n.params {
			inner.bind(p.text)
		}
		w.node(n.rhs, inner, top)
	case kindCall, kindPartial:
		w.call(n, scope, top)
	case kindTransform:
		for _, c := range []*node{n.lhs, n.rhs, n.alt} {
			w.node(c, scope, false)
		}
	default:
		for _, c := range []*node{n.lhs, n.rhs, n.alt} {
			w.node(c, scope, top)
		}
		for _, c := range n.list {
			w.node(c, scope, top)
		}
		for _, p := range n.pairs {
			w.node(p[0], scope, top)
			w.node(p[1], scope, top)
		}
	}
	w.attached(n, scope)
}

// bind walks name := value. A function may call itself by the name.
func (w *referenceWalker) bind(n *node, scope *names, top bool) {
	if n.rhs.kind == kindLambda {
		scope.bind(n.lhs.text)
	}
	w.node(n.rhs, scope, top)
	scope.bind(n.lhs.text)
}

func (w *referenceWalker) call(n *node, scope *names, top bool) {
	switch p := n.lhs; {
	case p.kind == kindVariable:
		w.variable(p, nil, scope, top, true)
	default:
		w.node(p, scope, top)
	}
	for _, a := range n.list {
		if a.kind != kindOperator {
			w.node(a, scope, top)
		}
	}
}

// attached walks what is evaluated for each item of n's value.
func (w *referenceWalker) attached(n *node, scope *names) {
	for _, s := range n.predicate {
		w.node(s.expr, scope, false)
	}
	for _, s := range n.stages {
		w.node(s.expr, scope, false)
	}
	for _, t := range n.terms {
		w.node(t.expr, scope, false)
	}
	if n.group != nil {
		for _, p := range n.group.pairs {
			w.node(p[0], scope, false)
			w.node(p[1], scope, false)
		}
	}
}

// plainPath lists the names that follow step i and are reached without a choice.
func plainPath(steps []*node, i int) []string {
	var out []string
	for ; i < len(steps) && steps[i].kind == kindName; i++ {
		out = append(out, steps[i].text)
		if steps[i].stages != nil || steps[i].tuple {
			break
		}
	}
	return out
}

func (w *referenceWalker) path(n *node, scope *names, top bool) {
	inner := &names{parent: scope}
	for i, s := range n.list {
		context := top && i == 0
		switch {
		case i == 0 && s.kind == kindVariable:
			var path []string
			if s.stages == nil && s.predicate == nil && s.group == nil {
				path = plainPath(n.list, 1)
			}
			w.variable(s, path, inner, context, false)
			w.attached(s, inner)
		case s.kind == kindName:
			if context {
				path := plainPath(n.list, 0)
				w.add(Reference{Kind: FieldReference, Name: path[0], Path: path[1:], Position: s.pos, TopLevel: true})
			}
			w.attached(s, inner)
		default:
			w.node(s, inner, context)
			if s.kind == kindPath {
				for _, st := range s.stages {
					w.node(st.expr, inner, false)
				}
			}
		}
		if s.focusName != "" {
			inner.bind(s.focusName)
		}
		if s.indexName != "" {
			inner.bind(s.indexName)
		}
		for _, st := range s.stages {
			if st.name != "" {
				inner.bind(st.name)
			}
		}
	}
	// what the path bound is visible to what is attached to it
	if n.group != nil {
		for _, p := range n.group.pairs {
			w.node(p[0], inner, false)
			w.node(p[1], inner, false)
		}
	}
	for _, s := range n.predicate {
		w.node(s.expr, inner, false)
	}
}
