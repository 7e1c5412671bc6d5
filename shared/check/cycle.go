package check

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// cycles: no edge leads back. Every circle is reported once, at one of its edges.
func cycles(c *checker) {
	state := map[string]int{} // 1 on the way, 2 done
	var stack []string
	var visit func(string)
	visit = func(id string) {
		state[id] = 1
		stack = append(stack, id)
		for i, e := range c.def.Edges {
			if e.From != id || c.byID[e.To] == nil {
				continue
			}
			switch state[e.To] {
			case 0:
				visit(e.To)
			case 1:
				start := 0
				for stack[start] != e.To {
					start++
				}
				way := strings.Join(append(append([]string{}, stack[start:]...), e.To), " → ")
				c.fail(id, workflow.Pointer("edges", i), "cycle", "the edges lead in a circle: %s; take one of them out (use a wait, or start another workflow, to do something again)", way)
			}
		}
		stack = stack[:len(stack)-1]
		state[id] = 2
	}
	for _, n := range c.nodes {
		if state[n.ID] == 0 {
			visit(n.ID)
		}
	}
}
