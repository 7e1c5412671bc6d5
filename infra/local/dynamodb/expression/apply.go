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
			in, ok := p[:len(p)-1].parent(old)
			if last := p[len(p)-1]; !ok || (last.Index < 0) != (in.Kind == attribute.M) {
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
