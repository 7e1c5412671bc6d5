package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Diff is what differs between two definitions. Where nodes are drawn (position) and the
// notes on the canvas (stickies) are left out: nothing but the editor reads them.
type Diff struct {
	Added   []string `json:"added"`   // ids of nodes that only the second one has
	Removed []string `json:"removed"` // ids of nodes that only the first one has
	Changed []Change `json:"changed"`
}

// Change is one difference in a node that both definitions have, in the trigger (Node
// "trigger") or in the definition itself (Node ""). Path is a JSON Pointer (RFC 6901) into
// that node as the definition has it; the edge that leaves it at an output is /edges/<output>
// and its value the id of the node it leads to. What one side lacks is null.
type Change struct {
	Node   string `json:"node"`
	Path   string `json:"path"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Compare finds the differences between two definitions: of the definition itself, then of
// the trigger, then of the nodes in the order of the second one, each sorted by path. An
// edge of a node that was added or removed comes and goes with it and is not told.
func Compare(before, after *Definition) Diff {
	d := Diff{Added: []string{}, Removed: []string{}, Changed: []Change{}}
	was, is := nodesByID(before), nodesByID(after)
	for _, n := range before.Nodes {
		if _, ok := is[n.ID]; !ok && !slices.Contains(d.Removed, n.ID) {
			d.Removed = append(d.Removed, n.ID)
		}
	}
	d.compare("", "", tree(before.Extra), tree(after.Extra))
	d.compare(TriggerID, "", tree(before.Trigger), tree(after.Trigger))
	d.compare(TriggerID, "/edges", edgesOf(before, TriggerID), edgesOf(after, TriggerID))
	seen := map[string]bool{}
	for _, n := range after.Nodes {
		if seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		old, ok := was[n.ID]
		if !ok {
			d.Added = append(d.Added, n.ID)
			continue
		}
		d.compare(n.ID, "", tree(old), tree(n))
		d.compare(n.ID, "/edges", edgesOf(before, n.ID), edgesOf(after, n.ID))
	}
	return d
}

func nodesByID(d *Definition) map[string]Node {
	out := make(map[string]Node, len(d.Nodes))
	for _, n := range d.Nodes {
		if _, twice := out[n.ID]; !twice {
			out[n.ID] = n
		}
	}
	return out
}

// tree is a part of a definition as plain JSON, without its place in the drawing.
func tree(v any) map[string]any {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("workflow: a part of a parsed definition marshals: %v", err))
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		panic(fmt.Sprintf("workflow: what was marshalled is JSON: %v", err))
	}
	m, ok := out.(map[string]any)
	if !ok {
		return map[string]any{} // there are no unknown members
	}
	delete(m, "position")
	return m
}

func edgesOf(d *Definition, from string) any {
	out := map[string]any{}
	for _, e := range d.Edges {
		output := e.Output
		if output == "" {
			output = OutputNext
		}
		if _, twice := out[output]; e.From == from && !twice {
			out[output] = e.To
		}
	}
	return out
}

// compare walks two trees. Objects are compared member by member, lists of objects
// element by element; other lists, and texts, are told whole.
func (d *Diff) compare(node, path string, before, after any) {
	if reflect.DeepEqual(before, after) {
		return
	}
	a, okA := before.(map[string]any)
	b, okB := after.(map[string]any)
	if okA && okB {
		names := maps.Clone(a)
		maps.Copy(names, b)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			d.compare(node, path+Pointer(name), a[name], b[name])
		}
		return
	}
	x, okX := before.([]any)
	y, okY := after.([]any)
	if okX && okY && (hasObjects(x) || hasObjects(y)) {
		for i := range max(len(x), len(y)) {
			d.compare(node, path+Pointer(i), at(x, i), at(y, i))
		}
		return
	}
	d.Changed = append(d.Changed, Change{Node: node, Path: path, Before: before, After: after})
}

func hasObjects(list []any) bool {
	return slices.ContainsFunc(list, func(v any) bool { _, ok := v.(map[string]any); return ok })
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
