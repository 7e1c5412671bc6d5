package check

import (
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

func (p *paramChecker) list(param workflow.Param, v any, at string) ([]any, bool) {
	list, ok := v.([]any)
	if !ok {
		p.typ(at, param.Name, "a list", v)
		return nil, false
	}
	least := param.Min
	if param.Required {
		least = max(least, 1)
	}
	if len(list) < least {
		p.fail(p.node, at, "param_value", "%s needs at least %d; add to the list", param.Name, least)
	}
	if most := param.Max; most > 0 && len(list) > most {
		p.fail(p.node, at, "param_value", "%s has %d; the limit is %d", param.Name, len(list), most)
	}
	return list, true
}

func (p *paramChecker) templateList(param workflow.Param, v any, at string) {
	item := workflow.Param{Name: "each of " + param.Name, Max: 500}
	check := func(v any, at string) {
		s, ok := p.template(item, v, at)
		switch {
		case !ok:
		case strings.TrimSpace(s) == "":
			p.fail(p.node, at, "param_value", "%s has an empty text in it; fill it in or take it out", param.Name)
		case param.Kind == workflow.KindAddresses && !address(s):
			p.fail(p.node, at, "address", "%q in %s is not an e-mail address; write one like someone@example.com", s, param.Name)
		case param.Kind == workflow.KindTemplateList && s != strings.TrimSpace(s):
			p.fail(p.node, at, "param_value", "%q in %s has spaces around it; take them out", s, param.Name)
		}
	}
	if _, isText := v.(string); isText {
		check(v, at)
		return
	}
	list, _ := p.list(param, v, at)
	if len(list) == 0 && !param.Required {
		if l, ok := v.([]any); ok && len(l) == 0 {
			p.warn(p.node, at, "param_value", "%s is an empty list and does nothing; take it out", param.Name)
		}
	}
	for i, v := range list {
		check(v, at+workflow.Pointer(i))
	}
}

func (p *paramChecker) textList(param workflow.Param, v any, at string) {
	list, _ := p.list(param, v, at)
	seen := map[string]bool{}
	for i, item := range list {
		here := at + workflow.Pointer(i)
		s, ok := p.literalText(workflow.Param{Name: "each of " + param.Name, Max: 200}, item, here)
		if !ok {
			continue
		}
		if strings.TrimSpace(s) == "" || seen[s] {
			p.fail(p.node, here, "param_value", "%s must be different texts, none empty", param.Name)
		}
		seen[s] = true
	}
}
