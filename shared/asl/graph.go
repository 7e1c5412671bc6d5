package asl

import "fmt"

// edge is one transition, with the place that names its target.
type edge struct{ to, at string }

func (s *State) edges(at string) []edge {
	var out []edge
	add := func(to, at string) {
		if to != "" {
			out = append(out, edge{to, at})
		}
	}
	add(s.Next, at+"/Next")
	for i, c := range s.Choices {
		add(c.Next, fmt.Sprintf("%s/Choices[%d]/Next", at, i))
	}
	add(s.Default, at+"/Default")
	for i, c := range s.Catch {
		add(c.Next, fmt.Sprintf("%s/Catch[%d]/Next", at, i))
	}
	return out
}

// graph tells targets that do not exist, states nothing leads to, and a machine that
// cannot end. As in AWS a machine without an end is not searched for unreachable states.
func (v *validator) graph() {
	target := func(e edge) {
		if _, ok := v.m.States[e.to]; !ok {
			v.add(CodeTarget, e.at, "Missing 'Next' target: %s", e.to)
		}
	}
	target(edge{v.m.StartAt, "/StartAt"})
	ends := false
	for _, name := range v.m.Names() {
		s := v.m.States[name]
		if s == nil {
			continue
		}
		for _, e := range s.edges("/States/" + name) {
			target(e)
		}
		ends = ends || s.End || s.Type == Succeed || s.Type == Fail
	}
	if !ends && len(v.m.States) > 0 {
		v.add(CodeEnd, "", "Workflow has no terminal state")
		return
	}
	reached := map[string]bool{}
	todo := []string{v.m.StartAt}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		s := v.m.States[name]
		if s == nil || reached[name] {
			continue
		}
		reached[name] = true
		for _, e := range s.edges("") {
			todo = append(todo, e.to)
		}
	}
	for _, name := range v.m.Names() {
		if !reached[name] {
			v.add(CodeTarget, "/States/"+name, "State %q is not reachable.", name)
		}
	}
}
