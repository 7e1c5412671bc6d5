package compile

import (
	"encoding/json"
	"sort"
	"strings"

	"github.com/deskhand/deskhand/shared/condition"
)

// expression makes the text by which Step Functions knows JSONata.
func expression(source string) string { return "{% " + source + " %}" }

// literal is user text in a machine. Text that Step Functions would take for an
// expression, or for half of one, is written as an expression of that text.
func literal(s string) string {
	t := strings.TrimSpace(s)
	if strings.HasPrefix(t, "{%") || strings.HasSuffix(t, "%}") {
		return expression(condition.Quote(s))
	}
	return s
}

// literals copies a JSON value with its texts as literal gives them.
func literals(v any) any {
	switch v := v.(type) {
	case string:
		return literal(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = literals(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = literals(item)
		}
		return out
	}
	return v
}

// object prints a JSONata object; members with undefined values drop out of it.
func object(members map[string]string) string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = condition.Quote(name) + ": " + members[name]
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// scalar prints a number, boolean or null as JSONata.
func scalar(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
