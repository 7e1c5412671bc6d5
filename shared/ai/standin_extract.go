package ai

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Extract looks for "name: value", "name is value" and "name #value" with the words of
// each field's name; a date or a number that is the only one of the message also counts.
func (Standin) Extract(_ context.Context, e Extract) (Values, error) {
	text := e.Message.Subject + "\n" + e.Message.Text
	out := map[string]any{}
	for name, typ := range e.Fields {
		var v any
		ok := false
		for _, s := range behind(text, name) {
			if v, ok = typed(s, typ); ok {
				break
			}
		}
		if !ok {
			v, ok = only(text, typ)
		}
		if ok {
			out[name] = v
		}
	}
	return Values{Fields: out, Model: standinModel}, nil
}

// behind gives what stands after the field's name, to the end of each line.
func behind(text, name string) (out []string) {
	name = regexp.QuoteMeta(strings.Join(fieldWords(name), " "))
	name = strings.ReplaceAll(name, " ", `[\s_-]+`)
	re, err := regexp.Compile(`(?im)\b` + name + `\b(?:\s+(?:number|no\.?|nr\.?|id))?\s*(?:is|was|:|=|#)?\s*[:=#]?\s*(\S[^\n]*)`)
	if err != nil {
		return nil
	}
	for _, m := range re.FindAllStringSubmatch(text, 10) {
		out = append(out, m[1])
	}
	return out
}

// fieldWords takes orderNumber and order_number apart.
func fieldWords(name string) []string {
	var b strings.Builder
	before := ' '
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		if r == '_' {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
		before = r
	}
	return strings.Fields(b.String())
}

var (
	dateForm   = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?`)
	numberForm = regexp.MustCompile(`-?\b\d[\d,]*(?:\.\d+)?`)
)

// typed reads a value of the type at the beginning of s.
func typed(s, typ string) (any, bool) {
	switch typ {
	case TypeDate:
		d := dateForm.FindString(s)
		return d, d != "" && checkDate(d) == nil
	case TypeNumber:
		n, err := strconv.ParseFloat(strings.ReplaceAll(numberForm.FindString(s), ",", ""), 64)
		return n, err == nil
	case TypeBoolean:
		first := ""
		if w := words(s); len(w) > 0 {
			first = w[0]
		}
		yes := first == "yes" || first == "true" || first == "ja"
		return yes, yes || first == "no" || first == "false" || first == "nein" || first == "not"
	}
	if end := strings.IndexAny(s, ",;!?\n"); end >= 0 {
		s = s[:end]
	}
	if end := strings.Index(s, ". "); end >= 0 {
		s = s[:end]
	}
	s = strings.Trim(s, " \t.:")
	return clip(s, 200), s != ""
}

// only is the one date, or the one number, of a message.
func only(text, typ string) (any, bool) {
	dates := dateForm.FindAllString(text, 2)
	switch typ {
	case TypeDate:
		if len(dates) == 1 {
			_, err := time.Parse(time.DateOnly, dates[0][:10])
			return dates[0], err == nil && checkDate(dates[0]) == nil
		}
	case TypeNumber:
		if n := numberForm.FindAllString(dateForm.ReplaceAllString(text, " "), 2); len(n) == 1 {
			return typed(n[0], TypeNumber)
		}
	}
	return nil, false
}
