package expression

import (
	"slices"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// Projection says which parts of an item are wanted.
type Projection struct{ paths []Path }

// Projection reads a ProjectionExpression.
func (p *Placeholders) Projection(text string) (*Projection, error) {
	s, err := lex("ProjectionExpression", text)
	if err != nil {
		return nil, err
	}
	var out Projection
	for {
		path, err := p.path(s)
		if err != nil {
			return nil, err
		}
		out.paths = append(out.paths, path)
		if s.take(",") {
			continue
		}
		if s.peek().class != end {
			return nil, s.unexpected()
		}
		return &out, s.apart(out.paths)
	}
}

// Roots are the top-level attributes wanted.
func (p *Projection) Roots() []string { return Roots(p.paths) }

// Apply picks the wanted parts: maps keep their shape, lists close up.
func (p *Projection) Apply(item attribute.Item) attribute.Item {
	out := attribute.Item{}
	for _, name := range p.Roots() {
		v, ok := item[name]
		if !ok {
			continue
		}
		if w, ok := pick(v, under(p.paths, Step{Name: name, Index: -1})); ok {
			out[name] = w
		}
	}
	return out
}

// under are the rests of the paths that begin with the step.
func under(paths []Path, s Step) []Path {
	var out []Path
	for _, p := range paths {
		if p[0] == s {
			out = append(out, p[1:])
		}
	}
	return out
}

func pick(v attribute.Value, paths []Path) (attribute.Value, bool) {
	if len(paths[0]) == 0 { // all of it; no other path overlaps
		return v, true
	}
	var steps []Step
	for _, p := range paths {
		if !slices.Contains(steps, p[0]) {
			steps = append(steps, p[0])
		}
	}
	slices.SortFunc(steps, func(a, b Step) int { return a.Index - b.Index })
	out := attribute.Value{Kind: v.Kind}
	found := false
	for _, s := range steps {
		e, ok := s.in(v)
		if !ok {
			continue
		}
		if e, ok = pick(e, under(paths, s)); !ok {
			continue
		}
		found = true
		if s.Index < 0 {
			if out.Map == nil {
				out.Map = attribute.Item{}
			}
			out.Map[s.Name] = e
		} else {
			out.List = append(out.List, e)
		}
	}
	return out, found
}
