package compile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

// params compiles a step's params to what its function gets as "params".
func (b *builder) params(s *step) (map[string]any, error) {
	p := paramPrinter{resolve: b.resolver(s)}
	out := map[string]any{}
	for _, param := range s.kind.Params {
		v, ok := s.params[param.Name]
		if !ok || v == nil {
			continue
		}
		compiled, err := p.param(param, v)
		if err != nil {
			return nil, fmt.Errorf("param %s: %w", param.Name, err)
		}
		out[param.Name] = compiled
	}
	return out, nil
}

type paramPrinter struct {
	resolve template.Resolver
}

func (p paramPrinter) param(param workflow.Param, v any) (any, error) {
	switch param.Kind {
	case workflow.KindTemplate:
		if param.URL {
			return p.url(v)
		}
		return p.text(v, param.Header)
	case workflow.KindInbox, workflow.KindGroup, workflow.KindUser, workflow.KindTime:
		return p.text(v, param.Header)
	case workflow.KindMarkdown:
		return p.markdown(v)
	case workflow.KindTemplateList, workflow.KindAddresses:
		return p.list(v, param.Header)
	case workflow.KindPerson:
		return p.person(v)
	case workflow.KindPersonList:
		list, ok := v.([]any)
		if !ok {
			return nil, fmt.Errorf("must be a list of persons")
		}
		out := make([]any, len(list))
		for i, item := range list {
			person, err := p.person(item)
			if err != nil {
				return nil, err
			}
			out[i] = person
		}
		return out, nil
	case workflow.KindEscalation:
		m, _ := v.(map[string]any)
		person, err := p.person(m["to"])
		if err != nil {
			return nil, err
		}
		return map[string]any{"to": person, "after": literals(m["after"])}, nil
	case workflow.KindValueMap, workflow.KindJSON:
		source, constant, err := p.value(v, 0)
		if err != nil {
			return nil, err
		}
		if constant {
			return literals(v), nil
		}
		if _, isText := v.(string); isText {
			// As a whole value undefined would be an error.
			return expression("($v := " + source + "; $exists($v) ? $v : null)"), nil
		}
		return expression(source), nil
	}
	return literals(v), nil
}

func (p paramPrinter) parse(v any) (*template.Template, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("must be text")
	}
	t, problems := template.Parse(s)
	if t == nil {
		return nil, fmt.Errorf("%s", problems[0].Message)
	}
	return t, nil
}

// text compiles a text that stays a text. In a header line breaks become spaces.
func (p paramPrinter) text(v any, header bool) (any, error) {
	t, err := p.parse(v)
	if err != nil {
		return nil, err
	}
	if s, ok := t.Literal(); ok {
		if header {
			s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }), " ")
		}
		return literal(s), nil
	}
	source := t.Text(p.resolve)
	if header {
		source = oneLine(source)
	}
	return expression(source), nil
}

// url compiles a URL. A value in it is one part of a path or of a query, whatever
// characters it has: it is percent-encoded. Only a value that the URL begins with is not,
// because that one is the beginning of the URL.
func (p paramPrinter) url(v any) (any, error) {
	t, err := p.parse(v)
	if err != nil {
		return nil, err
	}
	if s, ok := t.Literal(); ok {
		return literal(strings.TrimSpace(s)), nil
	}
	var parts []string
	for i, s := range t.Segments(p.resolve) {
		switch {
		case s.Value == "":
			parts = append(parts, condition.Quote(s.Text))
		case i == 0:
			parts = append(parts, "("+s.Value+")")
		default:
			parts = append(parts, `$encodeUrlComponent("" & (`+s.Value+`))`)
		}
	}
	return expression(`$trim("" & ` + strings.Join(parts, " & ") + `)`), nil
}

func oneLine(source string) string { return `$replace(` + source + `, /[\r\n]+/, " ")` }

// markdown compiles to segments, so that values can be escaped and never become markup.
func (p paramPrinter) markdown(v any) (any, error) {
	t, err := p.parse(v)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, s := range t.Segments(p.resolve) {
		if s.Value == "" {
			out = append(out, map[string]any{"text": literal(s.Text)})
		} else {
			out = append(out, map[string]any{"value": expression(s.Value)})
		}
	}
	return out, nil
}

// list compiles a list of texts, or one text that stands for a list. A text that is
// exactly one {{ }} gives all elements of a list; empty texts drop out.
func (p paramPrinter) list(v any, header bool) (any, error) {
	items, isList := v.([]any)
	if !isList {
		items = []any{v}
	}
	var sources []string
	plain := []any{}
	constant := true
	for _, item := range items {
		t, err := p.parse(item)
		if err != nil {
			return nil, err
		}
		s, ok := t.Literal()
		constant = constant && ok
		plain = append(plain, literal(s))
		sources = append(sources, t.Value(p.resolve))
	}
	if constant {
		return plain, nil
	}
	element := "$string($e)"
	if header {
		element = oneLine(element)
	}
	return expression(`[$map([` + strings.Join(sources, ", ") + `], function($e) { $type($e) != "null" and $e != "" ? ` + element + ` })]`), nil
}

func (p paramPrinter) person(v any) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("must name a person by exactly one of email, user, group or managerOf")
	}
	out := map[string]any{}
	for name, value := range m {
		text, err := p.text(value, true)
		if err != nil {
			return nil, err
		}
		out[name] = text
	}
	return out, nil
}

// value prints any JSON value with templates in it as one JSONata expression, in which
// what is missing drops out of objects and lists. constant tells that it has no templates.
func (p paramPrinter) value(v any, depth int) (source string, constant bool, err error) {
	if depth > workflow.MaxDepth {
		return "", false, fmt.Errorf("nests more than %d deep", workflow.MaxDepth)
	}
	constant = true
	switch v := v.(type) {
	case string:
		t, err := p.parse(v)
		if err != nil {
			return "", false, err
		}
		_, constant := t.Literal()
		return t.Value(p.resolve), constant, nil
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			source, c, err := p.value(item, depth+1)
			if err != nil {
				return "", false, err
			}
			constant = constant && c
			if s, ok := item.(string); ok && !c {
				// A list inside a list stays one element, as it is written.
				if t, _ := template.Parse(s); t.Single() {
					source = "($v := " + source + `; $type($v) = "array" ? [[$v]] : $v)`
				}
			}
			parts = append(parts, source)
		}
		return "[" + strings.Join(parts, ", ") + "]", constant, nil
	case map[string]any:
		members := map[string]string{}
		for name, item := range v {
			source, c, err := p.value(item, depth+1)
			if err != nil {
				return "", false, err
			}
			constant = constant && c
			members[name] = source
		}
		return object(members), constant, nil
	case float64, bool, nil:
		return scalar(v), true, nil
	}
	return condition.Quote(fmt.Sprint(v)), true, nil
}
