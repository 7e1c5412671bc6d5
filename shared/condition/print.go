package condition

import "strings"

// JSONata prints the condition as one expression that gives true or false and cannot fail,
// whatever the data. It uses nothing that JSONata 2.0.6 lacks and no regex feature that
// JavaScript, Java and .NET read differently.
func (c *Cond) JSONata(resolve Resolver) string {
	if c == nil || c.root == nil {
		return "true"
	}
	return c.root.print(resolve)
}

func (n *node) print(resolve Resolver) string {
	if n.group == "" {
		return n.test.print(resolve(n.leaf.Path))
	}
	if len(n.items) == 0 {
		if n.group == "any" {
			return "false"
		}
		return "true"
	}
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = item.print(resolve)
	}
	word := " or "
	if n.group == "all" {
		word = " and "
	}
	joined := parts[0]
	if len(parts) > 1 {
		joined = "(" + strings.Join(parts, word) + ")"
	}
	if n.group == "none" {
		return "$not(" + joined + ")"
	}
	return joined
}
