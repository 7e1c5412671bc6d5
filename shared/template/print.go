package template

import (
	"strconv"
	"strings"

	"github.com/deskhand/deskhand/shared/condition"
)

// Text prints an expression that always gives a text.
func (t *Template) Text(resolve Resolver) string {
	if s, ok := t.Literal(); ok {
		return condition.Quote(s)
	}
	parts := make([]string, len(t.parts))
	for i, p := range t.parts {
		if p.path == nil {
			parts[i] = condition.Quote(p.text)
		} else {
			e := p.value(resolve)
			parts[i] = e.text()
		}
	}
	return strings.Join(parts, " & ")
}

// Value prints an expression that keeps the type when the text is exactly one {{ }}; then
// it is undefined when the value is missing. Any other text is as in Text.
func (t *Template) Value(resolve Resolver) string {
	if t.Single() {
		return t.parts[0].value(resolve).source
	}
	return t.Text(resolve)
}

// Segment is a stretch of a Markdown param: the author's Markdown, or an expression whose
// text is data and must be escaped before it becomes part of a mail.
type Segment struct {
	Text  string
	Value string // JSONata; "" when the segment is Text
}

// Segments splits a Markdown text.
func (t *Template) Segments(resolve Resolver) []Segment {
	out := []Segment{}
	for _, p := range t.parts {
		if p.path == nil {
			out = append(out, Segment{Text: p.text})
		} else {
			out = append(out, Segment{Value: p.value(resolve).text()})
		}
	}
	return out
}

// expr is an expression; isText when it is known to give a text.
type expr struct {
	source string
	isText bool
}

// text makes a text of any value. An array constructor sees a single value as a list of
// one and drops what is undefined; & makes an undefined join empty. It is $map and not
// a path over a filter: JSONata 2.0.6 takes the one text that a filter leaves apart into
// its characters.
func (e expr) text() string {
	if e.isText {
		return e.source
	}
	return `("" & $join($map([` + e.source + `], function($e) { $type($e) != "null" ? $string($e) }), ", "))`
}

func (p part) value(resolve Resolver) expr {
	e := expr{source: resolve(p.path)}
	for _, f := range p.filters {
		e = f.apply(e)
	}
	return e
}

func (f filter) apply(e expr) expr {
	switch f.name {
	case "default":
		return expr{`($v := ` + e.source + `; $exists([$v][$type($) != "null" and $ != ""]) ? $v : ` + condition.Quote(f.text) + `)`, e.isText}
	case "upper":
		return expr{"$uppercase(" + e.text() + ")", true}
	case "lower":
		return expr{"$lowercase(" + e.text() + ")", true}
	case "trim":
		return expr{"$trim(" + e.text() + ")", true}
	case "truncate":
		n := strconv.Itoa(f.count)
		return expr{`($s := ` + e.text() + `; $length($s) > ` + n + ` ? $substring($s, 0, ` + strconv.Itoa(f.count-1) + `) & "…" : $s)`, true}
	case "json":
		// $string leaves a text as it is; inside an object it is quoted.
		return expr{`($v := ` + e.source + `; $exists($v) ? ($s := $string({"v": $v}); $substring($s, 5, $length($s) - 6)) : "null")`, true}
	case "date":
		return expr{f.date(e), true}
	}
	return e
}

// date shows a time in UTC. The parts are cut out of the ISO form: a picture string would
// be read differently by different JSONata implementations.
func (f filter) date(e expr) string {
	format := f.text
	if format == "" {
		format = "YYYY-MM-DD HH:mm"
	}
	tokens := []struct{ token, source string }{
		{"YYYY", "$substring($i, 0, 4)"}, {"YY", "$substring($i, 2, 2)"}, {"MM", "$substring($i, 5, 2)"}, {"DD", "$substring($i, 8, 2)"},
		{"HH", "$substring($i, 11, 2)"}, {"mm", "$substring($i, 14, 2)"}, {"ss", "$substring($i, 17, 2)"},
	}
	var parts []string
	literal := ""
	flush := func() {
		if literal != "" {
			parts = append(parts, condition.Quote(literal))
			literal = ""
		}
	}
scan:
	for format != "" {
		for _, t := range tokens {
			if strings.HasPrefix(format, t.token) {
				flush()
				parts = append(parts, t.source)
				format = format[len(t.token):]
				continue scan
			}
		}
		literal += format[:1]
		format = format[1:]
	}
	flush()
	return `($d := ` + e.text() + `; $contains($d, ` + condition.TimePattern + `) ? ($i := $fromMillis($toMillis($d)); ` + strings.Join(parts, " & ") + `) : $d)`
}
