package expression

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Step is one step of a path: a member of a map, or an element of a list.
type Step struct {
	Name  string
	Index int // -1 for a name
}

// Path is a document path; its first step is a name.
type Path []Step

// String is the form of AWS's messages, [a, b, [1]].
func (p Path) String() string {
	part := make([]string, len(p))
	for i, s := range p {
		part[i] = s.Name
		if s.Index >= 0 {
			part[i] = "[" + strconv.Itoa(s.Index) + "]"
		}
	}
	return "[" + strings.Join(part, ", ") + "]"
}

// Find looks the path up in an item.
func (p Path) Find(item attribute.Item) (attribute.Value, bool) {
	v, ok := item[p[0].Name]
	for _, s := range p[1:] {
		if !ok {
			return v, false
		}
		v, ok = s.in(v)
	}
	return v, ok
}

// in looks one step up in a value.
func (s Step) in(v attribute.Value) (attribute.Value, bool) {
	switch {
	case s.Index < 0 && v.Kind == attribute.M:
		e, ok := v.Map[s.Name]
		return e, ok
	case s.Index >= 0 && v.Kind == attribute.L && s.Index < len(v.List):
		return v.List[s.Index], true
	}
	return attribute.Value{}, false
}

// clash says whether two paths overlap (one within the other) or conflict (the same
// place taken for a map and for a list).
func (p Path) clash(q Path) string {
	for i := range min(len(p), len(q)) {
		a, b := p[i], q[i]
		if (a.Index < 0) != (b.Index < 0) {
			return "conflict"
		}
		if a != b {
			return ""
		}
	}
	return "overlap"
}

// apart refuses paths that overlap or conflict.
func (s *source) apart(paths []Path) error {
	for i, p := range paths {
		for _, q := range paths[:i] {
			if how := q.clash(p); how != "" {
				return s.errorf("Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", how, q, p)
			}
		}
	}
	return nil
}

// path reads a document path.
func (p *Placeholders) path(s *source) (Path, error) {
	first, err := p.segment(s)
	if err != nil {
		return nil, err
	}
	out := Path{first}
	for {
		switch {
		case s.take("."):
			step, err := p.segment(s)
			if err != nil {
				return nil, err
			}
			out = append(out, step)
		case s.take("["):
			t := s.peek()
			i, err := strconv.Atoi(t.text)
			if t.class != number || err != nil {
				return nil, s.unexpected()
			}
			s.next()
			if err := s.expect("]"); err != nil {
				return nil, err
			}
			out = append(out, Step{Index: i})
		default:
			if key, ok := p.Keys[first.Name]; ok && len(out) > 1 {
				return nil, attribute.Invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: " + key)
			}
			if len(out) > attribute.MaxDepth {
				return nil, s.errorf("The document path has too many nesting elements; nesting elements: %d", len(out))
			}
			return out, nil
		}
	}
}

func (p *Placeholders) segment(s *source) (Step, error) {
	t := s.peek()
	switch t.class {
	case word:
		if reserved(t.text) {
			return Step{}, s.errorf("Attribute name is a reserved keyword; reserved keyword: %s", t.text)
		}
		s.next()
		return Step{Name: t.text, Index: -1}, nil
	case name:
		s.next()
		real, ok := p.Names[t.text]
		if !ok {
			return Step{}, s.errorf("An expression attribute name used in the document path is not defined; attribute name: %s", t.text)
		}
		p.use(t.text)
		return Step{Name: real, Index: -1}, nil
	}
	return Step{}, s.unexpected()
}

// Roots are the top-level attributes of paths, each once.
func Roots(paths []Path) []string {
	var out []string
	for _, p := range paths {
		if !slices.Contains(out, p[0].Name) {
			out = append(out, p[0].Name)
		}
	}
	return out
}
