package expression

import (
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
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
