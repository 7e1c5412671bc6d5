package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/jsonata"
	"github.com/deskhand/deskhand/shared/template"
	"github.com/deskhand/deskhand/shared/workflow"
)

func resolve(p workflow.Path) string { return "$root" + p.JSONata() }

func eval(tb testing.TB, source string, data any) any {
	tb.Helper()
	e, err := jsonata.Compile(source)
	if err != nil {
		tb.Fatalf("%v\n%s", err, source)
	}
	v, err := e.EvalContext(context.Background(), nil, map[string]any{"root": data}, jsonata.Options{})
	if errors.Is(err, jsonata.ErrUndefined) {
		return "undefined"
	}
	if err != nil {
		tb.Fatalf("%v\n%s", err, source)
	}
	return v
}

const data = `{"contact": {"name": "Anna", "none": null, "empty": "", "tags": ["vip", "beta"], "n": 3.5, "yes": true, "one": ["x"], "no": [],
 "attributes": {"Customer No.": 7, "größe": "L", "and": "word", "obj": {"a": [1, "b"]}}, "mixed": ["a", null, 1, {"k": "v"}]},
 "t": "2026-11-22T23:30:05.250+02:00", "long": "abc😀defghij", "space": "  two   words\n ", "percent": "%}"}`

// TestPrint: text → what the printed expressions give, as text and with its type kept.
func TestPrint(t *testing.T) {
	var root any
	if err := json.Unmarshal([]byte(data), &root); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text  string
		want  string // as text
		value any    // with its type kept; nil: the same as the text
	}{
		{"", "", nil},
		{"plain {text} }} %} {% $x %}", "plain {text} }} %} {% $x %}", nil},
		{"quote \" backslash \\ newline \n tab \t é 😀 \u2028", "quote \" backslash \\ newline \n tab \t é 😀 \u2028", nil},
		{"{{contact.name}}", "Anna", nil},
		{"{{ contact.name }}!", "Anna!", nil},
		{"{{contact.tags}}", "vip, beta", []any{"vip", "beta"}},
		{"Tags: {{contact.tags}}", "Tags: vip, beta", nil},
		{"{{contact.one}}", "x", []any{"x"}},
		{"{{contact.no}}", "", []any{}},
		{"{{contact.n}}", "3.5", 3.5},
		{"{{contact.yes}}", "true", true},
		{"{{contact.none}}", "", map[string]any{"null": true}},
		{"{{contact.zzz}}", "", "undefined"},
		{"a{{contact.zzz}}b", "ab", nil},
		{"{{contact.mixed}}", `a, 1, {"k":"v"}`, []any{"a", nil, 1.0, map[string]any{"k": "v"}}},
		{"{{contact.attributes.`Customer No.`}}", "7", 7.0},
		{"{{contact.attributes.größe}} {{contact.attributes.and}}", "L word", nil},
		{"{{contact.attributes.obj}}", `{"a":[1,"b"]}`, map[string]any{"a": []any{1.0, "b"}}},
		{`{{contact.zzz | default: "x"}}`, "x", nil},
		{`{{contact.empty | default: 'it\'s'}}`, "it's", nil},
		{`{{contact.none | default: "a \"b\" \\ \n"}}`, "a \"b\" \\ \n", nil},
		{`{{contact.no | default: "none"}}`, "none", nil},
		{`{{contact.tags | default: "none"}}`, "vip, beta", []any{"vip", "beta"}},
		{`{{contact.n | default: 5}} {{contact.zzz | default: 5}}`, "3.5 5", nil},
		{`{{contact.zzz | default: "%}"}}`, "%}", nil},
		{`{{contact.zzz | default: "{% x %}"}}`, "{% x %}", nil},
		{"{{percent}}", "%}", nil},
		{"{{contact.name | upper}} {{contact.name|lower}}", "ANNA anna", nil},
		{"{{contact.tags | upper}}", "VIP, BETA", nil},
		{"{{space | trim}}|", "two words|", nil},
		{"{{long | truncate: 4}}", "abc…", nil},
		{"{{long | truncate: 5}}", "abc😀…", nil},
		{"{{long | truncate: 11}}", "abc😀defghij", nil},
		{"{{contact.zzz | truncate: 3}}", "", nil},
		{`{{long | truncate: "4"}}`, "abc…", nil},
		{"{{contact.zzz | upper}}", "", nil},
		{"{{contact.name | json}} {{contact.tags | json}} {{contact.zzz | json}} {{contact.none | json}} {{contact.n | json}}", `"Anna" ["vip","beta"] null null 3.5`, nil},
		{"{{t | date}}", "2026-11-22 21:30", nil},
		{`{{t | date: "DD.MM.YY, HH:mm:ss [Zeit] \"x\" 50%"}}`, `22.11.26, 21:30:05 [Zeit] "x" 50%`, nil},
		{"{{contact.name | date}}{{contact.zzz | date}}", "Anna", nil},
		{`{{contact.zzz | upper | default: "later"}}`, "later", nil},
	} {
		t.Run(c.text, func(t *testing.T) {
			tpl, problems := template.Parse(c.text)
			if tpl == nil {
				t.Fatalf("%+v", problems)
			}
			text := tpl.Text(resolve)
			if got := eval(t, text, root); got != c.want {
				t.Errorf("text %q, want %q\n%s", got, c.want, text)
			}
			if strings.Contains(text, "%}") {
				t.Errorf("the expression has %%} in it: %s", text)
			}
			want := c.value
			if want == nil {
				want = c.want
			}
			if m, ok := want.(map[string]any); ok && m["null"] == true {
				want = nil
			}
			if diff := cmp.Diff(want, eval(t, tpl.Value(resolve), root)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			joined := ""
			for _, s := range tpl.Segments(resolve) {
				if s.Value == "" {
					joined += s.Text
				} else {
					joined += eval(t, s.Value, root).(string)
				}
			}
			if joined != c.want {
				t.Errorf("segments %q, want %q", joined, c.want)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // a piece of each message
	}{
		{"{{", []string{"character 3"}},
		{"é{{ x", []string{"character 5"}},
		{"{{}}", []string{"no path"}},
		{"{{ a b }}", []string{"character 6"}},
		{"{{ a | }}", []string{"no filter"}},
		{"{{ a | shout }} {{ b..c }}", []string{`no filter "shout"`, "empty part"}},
		{"{{ a | default }}", []string{"needs an argument"}},
		{"{{ a | upper: 1 }}", []string{"takes no argument"}},
		{"{{ a | truncate: \"x\" }}", []string{"whole number"}},
		{"{{ a | default: \"x }}", []string{"not closed"}},
		{`{{ a | default: "\q" }}`, []string{"not an escape"}},
		{"{{ a | default: x }}", []string{"text in quotes"}},
		{"{{ a.`b }}", []string{"not closed"}},
		{"{{ {{ a }} }}", []string{"{"}},
		{strings.Repeat("{{ a }}", 201), []string{"more than 200"}},
	} {
		t.Run(c.text[:min(len(c.text), 30)], func(t *testing.T) {
			tpl, problems := template.Parse(c.text)
			if tpl != nil || len(problems) != len(c.want) {
				t.Fatalf("problems %+v, want %d", problems, len(c.want))
			}
			for i, w := range c.want {
				if !strings.Contains(problems[i].Message, w) {
					t.Errorf("message %q, want %q in it", problems[i].Message, w)
				}
			}
		})
	}
}

func TestRefs(t *testing.T) {
	tpl, _ := template.Parse("é {{ a.b }} {{ steps.x.y | upper | default: \"z\" }}")
	want := []template.Ref{{Path: workflow.Path{"a", "b"}, Offset: 5}, {Path: workflow.Path{"steps", "x", "y"}, Offset: 15, Optional: true}}
	if diff := cmp.Diff(want, tpl.Refs()); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
}

// FuzzParse: no panic; what parses prints an expression that compiles and gives a text.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "{{a}}", "x {{ a.b | default: \"y\" | truncate: 3 }} z", "{{ a.`b c` | date: 'YYYY' }}", "{% {{ a | json }} %}", "{{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tpl, problems := template.Parse(s)
		if (tpl == nil) != workflow.HasErrors(problems) {
			t.Fatal("a template with errors, or none without")
		}
		if tpl == nil || strings.Count(s, "{{") > 20 {
			return
		}
		if _, ok := eval(t, tpl.Text(resolve), map[string]any{"a": []any{1.0, nil, "x"}}).(string); !ok {
			t.Fatalf("no text: %s", tpl.Text(resolve))
		}
	})
}
