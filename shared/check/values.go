package check

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/deskhand/deskhand/shared/workflow"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// object checks a valueMap or a fieldMap.
func (p *paramChecker) object(param workflow.Param, v any, at string) {
	m, ok := v.(map[string]any)
	if !ok {
		p.typ(at, param.Name, "an object of names and values", v)
		return
	}
	if len(m) == 0 && param.Required && p.what != "event.emit" { // an event without details is one all the same
		p.fail(p.node, at, "param_required", "%s is empty; put at least one name and value in it", param.Name)
	}
	if param.Max > 0 && len(m) > param.Max {
		p.fail(p.node, at, "param_value", "%s has %d members; the limit is %d", param.Name, len(m), param.Max)
	}
	for _, name := range sorted(m) {
		here := at + workflow.Pointer(name)
		if p.what == "set" || param.Kind == workflow.KindFieldMap {
			if !variableName.MatchString(name) {
				p.fail(p.node, here, "param_value", "the name %q must begin with a letter and have only letters, digits and _, at most 40", name)
			}
		} else if name == "" || len(name) > 200 || strings.ContainsRune(name, '`') || strings.IndexFunc(name, unicode.IsControl) >= 0 {
			p.fail(p.node, here, "param_value", "the name %q cannot be used; write a short name without control characters and backquotes", name)
		}
		if param.Kind == workflow.KindFieldMap {
			if s, ok := m[name].(string); !ok || !slices.Contains(param.Enum, s) {
				p.fail(p.node, here, "param_value", "%s must be one of %s", name, strings.Join(param.Enum, ", "))
			}
			continue
		}
		p.values(workflow.Param{Name: name, Max: 50_000}, m[name], here, 1)
	}
}

// values checks any JSON value whose texts are templates.
func (p *paramChecker) values(param workflow.Param, v any, at string, depth int) {
	if depth > workflow.MaxDepth {
		p.fail(p.node, at, "param_value", "%s nests more than %d deep; flatten it", param.Name, workflow.MaxDepth)
		return
	}
	switch v := v.(type) {
	case string:
		p.template(param, v, at)
	case []any:
		for i, item := range v {
			p.values(param, item, at+workflow.Pointer(i), depth+1)
		}
	case map[string]any:
		for _, name := range sorted(v) {
			p.values(param, v[name], at+workflow.Pointer(name), depth+1)
		}
	}
}
