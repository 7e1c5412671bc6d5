package cycle

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/condition"
)

// facts are what is surely so about the entities after a node has done its work.
type facts struct {
	values      map[string]any // field → its value
	has, hasNot []string       // tags of the conversation
}

// answer of a test whose field may be unknown.
type answer int

const (
	unknown answer = iota
	no
	yes
)

// allow tells whether a trigger's conditions may hold: they are not surely false.
func (f facts) allow(conditions json.RawMessage) bool {
	var tree any
	if len(conditions) == 0 || json.Unmarshal(conditions, &tree) != nil {
		return true
	}
	return f.decide(tree) != no
}

func (f facts) decide(node any) answer {
	m, _ := node.(map[string]any)
	for _, group := range []string{"all", "any", "none"} {
		items, ok := m[group].([]any)
		if !ok {
			continue
		}
		// In all, one no decides; in any and none, one yes does.
		decisive, verdict, otherwise := no, no, yes
		if group != "all" {
			decisive, verdict, otherwise = yes, yes, no
		}
		result := otherwise
		for _, item := range items {
			switch f.decide(item) {
			case decisive:
				result = verdict
			case unknown:
				if result == otherwise {
					result = unknown
				}
			}
			if result == verdict {
				break
			}
		}
		if group == "none" {
			return opposite(result)
		}
		return result
	}
	return f.leaf(m)
}

func opposite(a answer) answer {
	switch a {
	case no:
		return yes
	case yes:
		return no
	}
	return a
}

// leaf decides a test by the evaluator of conditions, where the facts suffice.
func (f facts) leaf(m map[string]any) answer {
	field, _ := m["field"].(string)
	entity, member, _ := strings.Cut(field, ".")
	if v, ok := f.values[field]; ok {
		return of(holds(m, map[string]any{entity: map[string]any{member: v}}))
	}
	if field != "conversation.tags" || len(f.has)+len(f.hasNot) == 0 {
		return unknown
	}
	// Of the tags only some are known: with more of them a positive test that holds goes on
	// holding, and a negative one that fails goes on failing.
	known := map[string]any{"conversation": map[string]any{"tags": list(f.has)}}
	op, _ := m["op"].(string)
	negative := slices.Contains([]string{"is_not", "not_contains", "not_in", "has_none", "is_empty"}, op)
	switch got := holds(m, known); {
	case len(f.has) > 0 && got && !negative:
		return yes
	case len(f.has) > 0 && !got && negative:
		return no
	}
	// A positive test about nothing but tags that were taken away fails.
	if values := texts(m["value"]); !negative && op != "contains" && op != "starts_with" && op != "ends_with" && len(values) > 0 &&
		!slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(f.hasNot, v) }) {
		return no
	}
	return unknown
}

func list(texts []string) []any {
	out := []any{}
	for _, t := range texts {
		out = append(out, t)
	}
	return out
}

func of(b bool) answer {
	if b {
		return yes
	}
	return no
}

// holds is true also for a test that cannot be read: check reports it.
func holds(leaf map[string]any, ctx map[string]any) bool {
	raw, err := json.Marshal(leaf)
	if err != nil {
		return true
	}
	c, _ := condition.Parse(raw)
	if c == nil {
		return true
	}
	got, _ := c.Eval(ctx, time.Time{})
	return got
}
