package asl

import (
	"strings"

	"github.com/deskhand/deskhand/shared/jsonata"
)

// Expression gives the JSONata inside "{% … %}", trimmed; false for other text.
func Expression(s string) (string, bool) {
	if len(s) < 4 || !strings.HasPrefix(s, "{%") || !strings.HasSuffix(s, "%}") {
		return "", false
	}
	return strings.TrimSpace(s[2 : len(s)-2]), true
}

// halfOpen tells text that opens or closes an expression but does not do both.
func halfOpen(s string) bool {
	if _, ok := Expression(s); ok {
		return false
	}
	return strings.HasPrefix(s, "{%") || strings.HasSuffix(s, "%}") && !strings.HasPrefix(strings.TrimSpace(s), "{%")
}

// expression checks one text, which may be an expression. In Step Functions an
// expression has no context item: it reads $states and variables only.
func (t templates) expression(x, at string) {
	source, ok := Expression(x)
	if !ok {
		if halfOpen(x) {
			t.v.schema(at, "A JSONata expression should start with '{%%' and end with '%%}', without spaces outside")
		}
		return
	}
	expr, err := jsonata.Compile(source)
	if err != nil {
		t.v.add(CodeExpression, at, "%s", plainMessage(err))
		return
	}
	told := map[string]bool{}
	add := func(format, name string) {
		if !told[format+name] {
			told[format+name] = true
			t.v.add(CodeUnsupported, at, format, name)
		}
	}
	for _, r := range expr.References() {
		switch r.Kind {
		case jsonata.RootReference:
			add("Reference to '%s' is not supported.", "$$")
		case jsonata.ContextReference:
			if r.TopLevel {
				add("Reference to '%s' at the top level is not supported.", "$")
			}
		case jsonata.FieldReference:
			if r.TopLevel {
				add("Reference to '%s' at the top level is not supported.", r.Name)
			}
		case jsonata.VariableReference:
			if r.Name != "states" || len(r.Path) == 0 {
				continue
			}
			switch f := r.Path[0]; f {
			case "input", "context":
			case "result", "errorOutput":
				if f == "result" && !t.result || f == "errorOutput" && !t.errorOutput {
					add("Field '$states.%s' does not exist.", f)
				}
			default:
				add("Unknown reserved states field: %s", f)
			}
		}
	}
}

// plainMessage is a JSONata error without its code, as AWS shows it.
func plainMessage(err error) string {
	text := err.Error()
	if code, rest, ok := strings.Cut(text, ": "); ok && len(code) == 5 && strings.ToUpper(code) == code {
		return rest
	}
	return text
}
