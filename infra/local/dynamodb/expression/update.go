package expression

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Texts of what can go wrong when an update meets an item.
const (
	errUpdatePath  = attribute.Invalid("The document path provided in the update expression is invalid for update")
	errNoAttribute = attribute.Invalid("The provided expression refers to an attribute that does not exist in the item")
	errOperandType = attribute.Invalid("An operand in the update expression has an incorrect data type")
)

// Update is an update expression.
type Update struct {
	sets    []setAction
	removes []Path
	adds    []setAction // ADD, and DELETE below, take literals only
	deletes []setAction
	paths   []Path
}

type setAction struct {
	path  Path
	value term
}

// term is the right side of a SET.
type term struct {
	path    Path
	literal attribute.Value
	op      string // "", + - if_not_exists list_append
	args    []term
}

// Roots are the top-level attributes the update changes.
func (u *Update) Roots() []string { return Roots(u.paths) }

// Touched projects an item to what the update names: UPDATED_OLD and UPDATED_NEW.
func (u *Update) Touched(item attribute.Item) attribute.Item {
	if item == nil || len(u.paths) == 0 {
		return nil
	}
	return (&Projection{u.paths}).Apply(item)
}

// OnlyRemoves says whether the update takes away only; such an update of an item
// that does not exist makes none.
func (u *Update) OnlyRemoves() bool {
	return len(u.sets) == 0 && len(u.adds) == 0 && len(u.removes)+len(u.deletes) > 0
}

// Update reads an UpdateExpression.
func (p *Placeholders) Update(text string) (*Update, error) {
	s, err := lex("UpdateExpression", text)
	if err != nil {
		return nil, err
	}
	u := &Update{}
	seen := map[string]bool{}
	for s.peek().class != end {
		section := strings.ToUpper(s.peek().text)
		read := map[string]func(*source, *Update) error{"SET": p.set, "REMOVE": p.remove, "ADD": p.add, "DELETE": p.delete}[section]
		if read == nil || s.peek().class != word {
			return nil, s.unexpected()
		}
		if seen[section] {
			return nil, s.errorf("The %q section can only be used once in an update expression;", section)
		}
		seen[section] = true
		s.next()
		for {
			if err := read(s, u); err != nil {
				return nil, err
			}
			if !s.take(",") {
				break
			}
		}
	}
	for _, a := range u.sets {
		u.paths = append(u.paths, a.path)
	}
	u.paths = append(u.paths, u.removes...)
	for _, a := range slices.Concat(u.adds, u.deletes) {
		u.paths = append(u.paths, a.path)
	}
	return u, s.apart(u.paths)
}

func (p *Placeholders) set(s *source, u *Update) error {
	path, err := p.path(s)
	if err != nil {
		return err
	}
	if err := s.expect("="); err != nil {
		return err
	}
	left, err := p.term(s)
	if err != nil {
		return err
	}
	if t := s.peek(); s.take("+") || s.take("-") {
		if err := s.operator(); err != nil {
			return err
		}
		right, err := p.term(s)
		if err != nil {
			return err
		}
		for _, o := range []term{left, right} {
			if o.isLiteral() && o.literal.Kind != attribute.N {
				return s.errorf("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", t.text, o.literal.Kind)
			}
		}
		left = term{op: t.text, args: []term{left, right}}
	}
	u.sets = append(u.sets, setAction{path, left})
	return nil
}

func (t term) isLiteral() bool { return t.op == "" && t.path == nil }

func (p *Placeholders) term(s *source) (term, error) {
	t := s.peek()
	if t.class == value {
		v, err := p.literal(s)
		return term{literal: v}, err
	}
	if t.class != word || s.tokens[s.at+1].text != "(" {
		path, err := p.path(s)
		return term{path: path}, err
	}
	switch t.text {
	case "if_not_exists", "list_append":
	default:
		if _, known := conditionFunctions[t.text]; known || t.text == "size" {
			return term{}, s.errorf("The function is not allowed in an update expression; function: %s", t.text)
		}
		return term{}, s.errorf("Invalid function name; function: %s", t.text)
	}
	if err := s.operator(); err != nil {
		return term{}, err
	}
	s.next()
	s.next()
	var args []term
	for {
		a, err := p.term(s)
		if err != nil {
			return term{}, err
		}
		args = append(args, a)
		if s.take(",") {
			continue
		}
		if err := s.expect(")"); err != nil {
			return term{}, err
		}
		break
	}
	if len(args) != 2 {
		return term{}, s.errorf("Incorrect number of operands for operator or function; operator or function: %s, number of operands: %d", t.text, len(args))
	}
	if t.text == "if_not_exists" && args[0].path == nil {
		return term{}, s.errorf("Operator or function requires a document path; operator or function: if_not_exists")
	}
	if t.text == "list_append" {
		for _, a := range args {
			if a.isLiteral() && a.literal.Kind != attribute.L {
				return term{}, s.errorf("Incorrect operand type for operator or function; operator or function: list_append, operand type: %s", a.literal.Kind)
			}
		}
	}
	return term{op: t.text, args: args}, nil
}

func (p *Placeholders) remove(s *source, u *Update) error {
	path, err := p.path(s)
	u.removes = append(u.removes, path)
	return err
}

var longKinds = map[attribute.Kind]string{
	attribute.S: "STRING", attribute.N: "NUMBER", attribute.B: "BINARY", attribute.BOOL: "BOOLEAN", attribute.NULL: "NULL",
	attribute.M: "MAP", attribute.L: "LIST", attribute.SS: "STRING_SET", attribute.NS: "NUMBER_SET", attribute.BS: "BINARY_SET",
}

func (p *Placeholders) add(s *source, u *Update) error {
	a, err := p.pair(s)
	if k := a.value.literal.Kind; err == nil && k != attribute.N && k.Element() == attribute.None {
		return s.errorf("Incorrect operand type for operator or function; operator: ADD, operand type: %s, typeSet: ALLOWED_FOR_ADD_OPERAND", longKinds[k])
	}
	u.adds = append(u.adds, a)
	return err
}

func (p *Placeholders) delete(s *source, u *Update) error {
	a, err := p.pair(s)
	if k := a.value.literal.Kind; err == nil && k.Element() == attribute.None {
		return s.errorf("Incorrect operand type for operator or function; operator: DELETE, operand type: %s, typeSet: ALLOWED_FOR_DELETE_OPERAND", longKinds[k])
	}
	u.deletes = append(u.deletes, a)
	return err
}

// pair reads "path :value".
func (p *Placeholders) pair(s *source) (setAction, error) {
	path, err := p.path(s)
	if err != nil {
		return setAction{}, err
	}
	v, err := p.literal(s)
	return setAction{path, term{literal: v}}, err
}

func (t term) eval(item attribute.Item) (attribute.Value, error) {
	var none attribute.Value
	switch t.op {
	case "":
		if t.path == nil {
			return t.literal, nil
		}
		v, ok := t.path.Find(item)
		if !ok {
			return none, errNoAttribute
		}
		return v, nil
	case "if_not_exists":
		if v, ok := t.args[0].path.Find(item); ok {
			return v, nil
		}
		return t.args[1].eval(item)
	}
	a, err := t.args[0].eval(item)
	if err != nil {
		return none, err
	}
	b, err := t.args[1].eval(item)
	if err != nil {
		return none, err
	}
	if t.op == "list_append" {
		if a.Kind != attribute.L || b.Kind != attribute.L {
			return none, errOperandType
		}
		return attribute.Value{Kind: attribute.L, List: slices.Concat([]attribute.Value{}, a.List, b.List)}, nil
	}
	if a.Kind != attribute.N || b.Kind != attribute.N {
		return none, errOperandType
	}
	if t.op == "+" {
		return attribute.Add(a, b)
	}
	return attribute.Sub(a, b)
}

// Apply makes the new item of the old one, which it leaves as it is. Every value is
// taken from the old item, whatever the order of the actions.
func (u *Update) Apply(old attribute.Item) (attribute.Item, error) {
	type change struct {
		path  Path
		value attribute.Value
	}
	var puts []change
	removes := slices.Clone(u.removes)
	for _, a := range u.sets {
		v, err := a.value.eval(old)
		if err != nil {
			return nil, err
		}
		puts = append(puts, change{a.path, v})
	}
	for _, a := range u.adds {
		v, err := added(old, a)
		if err != nil {
			return nil, err
		}
		puts = append(puts, change{a.path, v})
	}
	for _, a := range u.deletes {
		v, ok, err := deleted(old, a)
		switch {
		case err != nil:
			return nil, err
		case ok && len(v.Set) == 0:
			removes = append(removes, a.path)
		case ok:
			puts = append(puts, change{a.path, v})
		}
	}
	out := maps.Clone(old)
	if out == nil {
		out = attribute.Item{}
	}
	root := attribute.Value{Kind: attribute.M, Map: out}
	// Elements appended past the end of a list come in the order of their indexes.
	slices.SortStableFunc(puts, func(a, b change) int { return comparePaths(a.path, b.path) })
	for _, p := range puts {
		var err error
		if root, err = put(root, p.path, p.value); err != nil {
			return nil, err
		}
	}
	// From the back, so that indexes stay those of the old item.
	slices.SortFunc(removes, func(a, b Path) int { return comparePaths(b, a) })
	for _, p := range removes {
		if _, ok := p.Find(old); !ok {
			if _, ok := p[:len(p)-1].parent(old); !ok {
				return nil, errUpdatePath
			}
			continue
		}
		root = cut(root, p)
	}
	return root.Map, nil
}

// parent finds what a path's last step would be taken in.
func (p Path) parent(item attribute.Item) (attribute.Value, bool) {
	if len(p) == 0 {
		return attribute.Value{Kind: attribute.M}, true
	}
	v, ok := p.Find(item)
	return v, ok && (v.Kind == attribute.M || v.Kind == attribute.L)
}

func comparePaths(a, b Path) int {
	return slices.CompareFunc(a, b, func(s, t Step) int {
		return cmp.Or(cmp.Compare(s.Index, t.Index), strings.Compare(s.Name, t.Name))
	})
}

// put sets the place at path in v, copying what it changes.
func put(v attribute.Value, path Path, to attribute.Value) (attribute.Value, error) {
	s := path[0]
	e, exists := s.in(v)
	if len(path) > 1 {
		if !exists {
			return v, errUpdatePath
		}
		var err error
		if to, err = put(e, path[1:], to); err != nil {
			return v, err
		}
	}
	switch {
	case s.Index < 0 && v.Kind == attribute.M:
		v.Map = maps.Clone(v.Map)
		if v.Map == nil {
			v.Map = attribute.Item{}
		}
		v.Map[s.Name] = to
	case s.Index >= 0 && v.Kind == attribute.L:
		v.List = slices.Clone(v.List)
		if exists {
			v.List[s.Index] = to
		} else {
			v.List = append(v.List, to)
		}
	default:
		return v, errUpdatePath
	}
	return v, nil
}

// cut takes away the place at path, which exists.
func cut(v attribute.Value, path Path) attribute.Value {
	s := path[0]
	if e, ok := s.in(v); ok && len(path) > 1 {
		out, err := put(v, path[:1], cut(e, path[1:]))
		if err != nil {
			return v
		}
		return out
	}
	if s.Index < 0 {
		v.Map = maps.Clone(v.Map)
		delete(v.Map, s.Name)
		return v
	}
	v.List = slices.Delete(slices.Clone(v.List), s.Index, s.Index+1)
	return v
}

func added(old attribute.Item, a setAction) (attribute.Value, error) {
	by := a.value.literal
	v, ok := a.path.Find(old)
	switch {
	case !ok:
		return by, nil
	case v.Kind != by.Kind:
		return v, errOperandType
	case v.Kind == attribute.N:
		return attribute.Add(v, by)
	}
	return attribute.SetOf(v.Kind, slices.Concat(v.Set, by.Set)), nil
}

func deleted(old attribute.Item, a setAction) (attribute.Value, bool, error) {
	by := a.value.literal
	v, ok := a.path.Find(old)
	if !ok {
		if _, ok := a.path[:len(a.path)-1].parent(old); !ok {
			return v, false, errUpdatePath
		}
		return v, false, nil
	}
	if v.Kind != by.Kind {
		return v, false, errOperandType
	}
	left := slices.DeleteFunc(slices.Clone(v.Set), by.Has)
	return attribute.Value{Kind: v.Kind, Set: left}, true, nil
}
