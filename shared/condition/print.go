package condition

import "strings"

// JSONata prints the condition as one expression that gives true or false and cannot fail,
// whatever the data. It uses nothing that JSONata 2.0.6 lacks and no regex feature that
// JavaScript, Java and .NET read differently. A condition with HoursLeaves needs
// JSONataAsking.
func (c *Cond) JSONata(resolve Resolver) string { return c.JSONataAsking(resolve, nil) }

// JSONataAsking prints the condition with the answers to its HoursLeaves taken from
// elsewhere: ask gives, for each in their order, an expression of true or false.
func (c *Cond) JSONataAsking(resolve Resolver, ask func(Leaf) string) string {
	if c == nil || c.root == nil {
		return "true"
	}
	return c.root.print(resolve, ask)
}

func (n *node) print(resolve Resolver, ask func(Leaf) string) string {
	if n.group == "" {
		if _, ok := n.test.(open); ok && ask != nil {
			return ask(n.leaf)
		}
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
		parts[i] = item.print(resolve, ask)
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
