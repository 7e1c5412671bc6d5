package condition

import (
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// CheckTypes compares every leaf with the catalog: does the field exist, may the operator
// be used on its type, has the value that type and is it one the field can have. Whether
// the trigger gives the field's entity is check's question. typeOf may narrow a field whose
// type the catalog leaves open, such as a step's value; nil leaves it open.
func (c *Cond) CheckTypes(typeOf func(workflow.Path) workflow.FieldType) []workflow.Problem {
	var out []workflow.Problem
	for _, l := range c.Leaves() {
		out = append(out, l.check(typeOf)...)
	}
	return out
}

func (l Leaf) check(typeOf func(workflow.Path) workflow.FieldType) []workflow.Problem {
	fail := func(member, rule, format string, args ...any) []workflow.Problem {
		return []workflow.Problem{workflow.Errorf("", l.Pointer+"/"+member, rule, format, args...)}
	}
	f, ok := workflow.TheCatalog.Field(l.Path)
	if !ok {
		return fail("field", "unknown_field", "there is no field %s%s", l.Field, Suggest(l.Path))
	}
	typ := f.Type
	if typ == workflow.Any && typeOf != nil {
		if t := typeOf(l.Path); t != "" {
			typ = t
		}
	}
	op, ok := workflow.TheCatalog.Operator(l.Op)
	if !ok {
		return nil // Parse has said so
	}
	if !slices.Contains(op.Fields, typ) {
		return fail("op", "operator_type", "%s is %s; %s cannot be used on it: use %s", l.Field, typeName(typ), l.Op, usable(typ))
	}
	if op.Value != workflow.ValueAnyOf && op.Value != workflow.ValueList {
		return nil
	}
	values, isList := l.Value.([]any)
	if !isList {
		values = []any{l.Value}
	}
	var out []workflow.Problem
	for i, v := range values {
		member := "value"
		if isList {
			member = strings.TrimPrefix(workflow.Pointer("value", i), "/")
		}
		if want := scalarType(typ); want != "" && !isScalarType(v, want) {
			out = append(out, fail(member, "condition_value", "%s is %s; the value must be %s, not %s", l.Field, typeName(typ), typeName(want), describe(v))...)
			continue
		}
		if text, ok := v.(string); ok && strings.Contains(text, "{{") {
			out = append(out, workflow.Warnf("", l.Pointer+"/"+member, "literal_value", "values are compared as they are written; {{ }} is not filled in here: test the field itself, or take the braces out"))
		}
		whole := !strings.Contains(l.Op, "contains") && !strings.HasSuffix(l.Op, "_with")
		if s, ok := v.(string); ok && whole && len(f.Enum) > 0 && !slices.ContainsFunc(f.Enum, func(e string) bool { return e == s || !l.MatchCase && fold(e) == fold(s) }) {
			out = append(out, fail(member, "condition_value", "%s is never %q; it is one of %s", l.Field, s, strings.Join(f.Enum, ", "))...)
		}
	}
	return out
}

// scalarType is what a value for a field of the type must be; "" when anything goes.
func scalarType(t workflow.FieldType) workflow.FieldType {
	switch t {
	case workflow.Text, workflow.List, workflow.Time:
		return workflow.Text
	case workflow.Number, workflow.Bool:
		return t
	}
	return ""
}

func isScalarType(v any, t workflow.FieldType) bool {
	switch v.(type) {
	case string:
		return t == workflow.Text
	case float64:
		return t == workflow.Number
	case bool:
		return t == workflow.Bool
	}
	return false
}

func typeName(t workflow.FieldType) string {
	switch t {
	case workflow.Text:
		return "text"
	case workflow.Number:
		return "a number"
	case workflow.Bool:
		return "true or false"
	case workflow.Time:
		return "a time"
	case workflow.List:
		return "a list of texts"
	}
	return "of any type"
}

func usable(t workflow.FieldType) string {
	var names []string
	for _, o := range workflow.TheCatalog.Operators {
		if o.Available && slices.Contains(o.Fields, t) {
			names = append(names, o.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Suggest names the fields of the same entity, for the message about an unknown one.
func Suggest(p workflow.Path) string {
	if len(p) == 0 {
		return ""
	}
	var same, roots []string
	for _, f := range workflow.TheCatalog.Fields {
		root, _, _ := strings.Cut(f.Path, ".")
		if root == p[0] {
			same = append(same, f.Path)
		}
		if !slices.Contains(roots, root) {
			roots = append(roots, root)
		}
	}
	if len(same) > 0 {
		return "; use one of " + strings.Join(same, ", ")
	}
	return "; a field begins with one of " + strings.Join(roots, ", ")
}
