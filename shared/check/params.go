package check

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// params: every node's params are those of the catalog, of the right kind and within their
// limits (param_required, param_type, param_value, param_choice, template, duration, …).
func params(c *checker) {
	for _, n := range c.nodes {
		if n.kind == nil {
			continue
		}
		p := paramChecker{checker: c, node: n.ID, at: n.at + "/params", what: n.Type}
		p.all(n.kind.Params, n.params)
		p.choice(n)
		switch n.Type {
		case "approval":
			p.approval(n)
		case "wait":
			p.wait(n)
		case "event.emit":
			p.emitted(n)
		case "http.request":
			p.called(n)
		case "ai.extract":
			p.extracted(n)
		}
	}
}

// paramChecker checks the params of one node, or the trigger.
type paramChecker struct {
	*checker
	node string
	at   string // pointer to params
	what string
}

func (p *paramChecker) all(known []workflow.Param, given map[string]any) {
	var names []string
	for _, param := range known {
		names = append(names, param.Name)
		v, ok := given[param.Name]
		if !ok || v == nil || blank(v) && param.Required {
			if param.Required {
				p.fail(p.node, p.at+workflow.Pointer(param.Name), "param_required", "%s needs %s: %s", p.what, param.Name, describeKind(param))
			}
			continue
		}
		p.param(param, v, p.at+workflow.Pointer(param.Name))
	}
	for _, name := range sorted(given) {
		if !slices.Contains(names, name) {
			p.warn(p.node, p.at+workflow.Pointer(name), "unknown_member", "%s has no param %q; it is kept and does nothing: correct its name or take it out", p.what, name)
		}
	}
}

func blank(v any) bool {
	s, ok := v.(string)
	return ok && strings.TrimSpace(s) == ""
}

// choice checks params of which one, or at least one, is needed.
func (p *paramChecker) choice(n *node) {
	given := func(names []string) []string {
		var out []string
		for _, name := range names {
			if list, ok := n.params[name].([]any); n.params[name] != nil && (!ok || len(list) > 0) {
				out = append(out, name)
			}
		}
		return out
	}
	if names := n.kind.ExactlyOne; len(names) > 0 {
		switch got := given(names); {
		case len(got) == 0:
			p.fail(p.node, p.at, "param_choice", "%s needs one of %s", n.Type, strings.Join(names, ", "))
		case len(got) > 1:
			p.fail(p.node, p.at, "param_choice", "%s takes only one of %s, and has %s: take the others out", n.Type, strings.Join(names, ", "), strings.Join(got, " and "))
		}
	}
	if names := n.kind.AtLeastOne; len(names) > 0 && len(given(names)) == 0 {
		p.fail(p.node, p.at, "param_choice", "%s needs at least one of %s", n.Type, strings.Join(names, ", "))
	}
}

func (p *paramChecker) typ(at, name, want string, v any) {
	p.fail(p.node, at, "param_type", "%s must be %s, not %s", name, want, jsonType(v))
}

func (p *paramChecker) param(param workflow.Param, v any, at string) {
	switch param.Kind {
	case workflow.KindText, workflow.KindSchedule, workflow.KindTimezone, workflow.KindWorkflow:
		s, ok := p.literalText(param, v, at)
		switch {
		case !ok:
		case param.Kind == workflow.KindWorkflow:
			p.known(at, "unknown_workflow", "workflow", s, p.opts.Workflows)
		case param.Kind == workflow.KindSchedule:
			p.schedule(s, at)
		case param.Kind == workflow.KindTimezone:
			p.timezone(s, at)
		}
	case workflow.KindTemplate, workflow.KindMarkdown:
		p.template(param, v, at)
	case workflow.KindInbox, workflow.KindGroup, workflow.KindUser, workflow.KindTime:
		if s, ok := p.template(param, v, at); ok {
			p.slug(param, s, at)
		}
	case workflow.KindTemplateList, workflow.KindAddresses:
		p.templateList(param, v, at)
	case workflow.KindTextList:
		p.textList(param, v, at)
	case workflow.KindEnum:
		s, ok := v.(string)
		if !ok {
			p.typ(at, param.Name, "one of "+strings.Join(param.Enum, ", "), v)
		} else if !slices.Contains(param.Enum, s) {
			p.fail(p.node, at, "param_value", "%s is %q; it must be one of %s", param.Name, s, strings.Join(param.Enum, ", "))
		}
	case workflow.KindDuration:
		p.duration(param.Name, v, at)
	case workflow.KindDurationList:
		list, ok := p.list(param, v, at)
		for i, item := range list {
			if ok {
				p.duration("each of "+param.Name, item, at+workflow.Pointer(i))
			}
		}
	case workflow.KindBool:
		if _, ok := v.(bool); !ok {
			p.typ(at, param.Name, "true or false", v)
		}
	case workflow.KindInteger:
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) {
			p.fail(p.node, at, "param_type", "%s must be a whole number from %d to %d", param.Name, param.Min, param.Max)
		} else if n < float64(param.Min) || n > float64(param.Max) {
			p.fail(p.node, at, "param_value", "%s must be from %d to %d", param.Name, param.Min, param.Max)
		}
	case workflow.KindPerson:
		p.person(param.Name, v, at)
	case workflow.KindPersonList:
		list, _ := p.list(param, v, at)
		for i, item := range list {
			p.person("each of "+param.Name, item, at+workflow.Pointer(i))
		}
	case workflow.KindEscalation:
		p.escalation(param, v, at)
	case workflow.KindCases:
		p.cases(param, v, at)
	case workflow.KindCancelOn:
		p.cancelOn(param, v, at)
	case workflow.KindValueMap, workflow.KindFieldMap:
		p.object(param, v, at)
	case workflow.KindJSON:
		p.values(param, v, at, 0)
	}
}

// literalText is text without templates.
func (p *paramChecker) literalText(param workflow.Param, v any, at string) (string, bool) {
	s, ok := v.(string)
	if !ok {
		p.typ(at, param.Name, "text", v)
		return "", false
	}
	if strings.Contains(s, "{{") {
		p.fail(p.node, at, "param_value", "%s cannot have {{ }} in it; write the text itself", param.Name)
		return "", false
	}
	p.length(param, s, at)
	return s, true
}

func (p *paramChecker) length(param workflow.Param, s, at string) {
	if param.Max > 0 && utf8.RuneCountInString(s) > param.Max {
		p.fail(p.node, at, "param_value", "%s is longer than %d characters; shorten it", param.Name, param.Max)
	}
}

// template checks a text with {{ }}; it answers the text when there is no {{ }} in it.
func (p *paramChecker) template(param workflow.Param, v any, at string) (string, bool) {
	s, ok := v.(string)
	if !ok {
		p.typ(at, param.Name, "text", v)
		return "", false
	}
	p.length(param, s, at)
	t, problems := template.Parse(s)
	p.problems = append(p.problems, workflow.Under(problems, p.node, at)...)
	if t == nil {
		return "", false
	}
	return t.Literal()
}

func (p *paramChecker) duration(name string, v any, at string) {
	s, ok := v.(string)
	if !ok {
		p.typ(at, name, "a duration like 30s, 15m, 24h or 7d", v)
		return
	}
	d, err := workflow.ParseDuration(s)
	switch {
	case err != nil:
		p.fail(p.node, at, "duration", "%s: %v", name, err)
	case d > workflow.MaxWait:
		p.fail(p.node, at, "duration", "%s is %s; the longest is a year (365d), because a run cannot last longer", name, s)
	}
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case float64:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case json.Number:
		return "a number"
	}
	return "an object"
}

func describeKind(param workflow.Param) string {
	switch param.Kind {
	case workflow.KindEnum:
		return "one of " + strings.Join(param.Enum, ", ")
	case workflow.KindPerson:
		return "a person, named by " + personForm
	case workflow.KindPersonList:
		return "at least one person, each named by " + personForm
	case workflow.KindDuration:
		return "a duration like 30s, 15m, 24h or 7d"
	case workflow.KindCases:
		return "at least one case, which has an id, a name if you like, and under when the condition on which it is taken"
	case workflow.KindAddresses:
		return "an e-mail address or a list of them"
	case workflow.KindTemplateList, workflow.KindTextList:
		return "a list of texts"
	case workflow.KindValueMap, workflow.KindFieldMap:
		return "at least one name with a value"
	}
	return "write the " + strings.ToLower(param.Title)
}
