package template

import (
	"sort"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Text is one template text inside a param.
type Text struct {
	Pointer string // relative to the param's value; "" when the value is the text
	Source  string
}

// Texts lists the texts in a param's value that are templates, by the param's kind, in a
// fixed order. Values of the wrong JSON type are passed over; package check reports them.
func Texts(kind workflow.ParamKind, value any) []Text {
	var out []Text
	add := func(pointer string, v any) {
		if s, ok := v.(string); ok {
			out = append(out, Text{pointer, s})
		}
	}
	person := func(pointer string, v any) {
		m, _ := v.(map[string]any)
		for _, name := range names(m) {
			add(pointer+workflow.Pointer(name), m[name])
		}
	}
	switch kind {
	case workflow.KindTemplate, workflow.KindMarkdown, workflow.KindTime, workflow.KindInbox, workflow.KindGroup, workflow.KindUser:
		add("", value)
	case workflow.KindTemplateList, workflow.KindAddresses:
		add("", value)
		list, _ := value.([]any)
		for i, item := range list {
			add(workflow.Pointer(i), item)
		}
	case workflow.KindPerson:
		person("", value)
	case workflow.KindPersonList:
		list, _ := value.([]any)
		for i, item := range list {
			person(workflow.Pointer(i), item)
		}
	case workflow.KindEscalation:
		m, _ := value.(map[string]any)
		person("/to", m["to"])
	case workflow.KindValueMap, workflow.KindJSON:
		var walk func(string, any, int)
		walk = func(pointer string, v any, depth int) {
			if depth > workflow.MaxDepth {
				return
			}
			switch v := v.(type) {
			case string:
				add(pointer, v)
			case []any:
				for i, item := range v {
					walk(pointer+workflow.Pointer(i), item, depth+1)
				}
			case map[string]any:
				for _, name := range names(v) {
					walk(pointer+workflow.Pointer(name), v[name], depth+1)
				}
			}
		}
		walk("", value, 0)
	}
	return out
}

func names(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
