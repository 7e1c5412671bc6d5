package jsonata

import (
	"math"
	"strconv"
	"strings"
)

func defineMatching() {
	defined("contains", "<s-(sf):b>", 2, 2, func(c *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		if sub, ok := stringArg(args, 1); ok {
			return strings.Contains(s, sub), nil
		}
		m, err := newMatcher(c, arg(args, 1), s)
		if err != nil {
			return nil, err
		}
		return m.found, nil
	})
	defined("match", "<s-f<s:o>n?:a<o>>", 3, 3, matchAll)
	defined("replace", "<s-(sf)(sf)n?:s>", 4, 4, replace)
	defined("split", "<s-(sf)n?:a<s>>", 3, 3, split)
}

// limitArg reads an optional count; absent means no limit, a negative one is an error.
func limitArg(args []any, i int, code string) (float64, error) {
	limit, ok := numberArg(args, i)
	if !ok {
		return math.Inf(1), nil
	}
	if limit < 0 {
		return 0, failArg(code, i+1, limit)
	}
	return limit, nil
}

// matcher walks the matches of a regular expression, or of a function that gives the same structure, in a string.
// Offsets count runes.
type matcher struct {
	c     *call
	runes []rune
	found bool

	text       string
	start, end int
	groups     []any
	object     any // what a matcher function gave

	re   *regexValue
	last *textMatch
}

func newMatcher(c *call, pattern any, s string) (*matcher, error) {
	m := &matcher{c: c, runes: []rune(s)}
	if re, ok := pattern.(*regexValue); ok {
		m.re = re
		first, err := re.first(m.runes)
		if err != nil {
			return nil, err
		}
		m.take(first)
		return m, nil
	}
	v, err := c.apply(pattern, []any{s}, nil, site{})
	if err != nil {
		return nil, err
	}
	return m, m.takeObject(v)
}

func (m *matcher) take(t *textMatch) {
	m.found, m.last = t != nil, t
	if t != nil {
		m.text, m.start, m.end, m.groups = t.text, t.start, t.end, t.groups
	}
}

func (m *matcher) takeObject(v any) error {
	m.found = !isUndefined(v)
	if !m.found {
		return nil
	}
	m.object = v
	start, hasStart := field(v, "start").(float64)
	end, hasEnd := field(v, "end").(float64)
	groups, hasGroups := itemsOf(field(v, "groups"))
	if !hasStart && !hasEnd && !hasGroups && !isFunction(field(v, "next")) {
		if ok, err := truth(v); err != nil || ok || isObject(v) {
			if err == nil {
				err = fail("T1010")
			}
			return err
		}
		m.found = false
		return nil
	}
	m.text, _ = field(v, "match").(string)
	m.start = sliceIndex(max(0, start), float64(len(m.runes)))
	m.end = sliceIndex(max(0, end), float64(len(m.runes)))
	m.groups = groups
	return nil
}

func (m *matcher) next() error {
	if err := m.c.spend(1); err != nil {
		return err
	}
	if m.re != nil {
		t, err := m.re.next(m.runes, m.last)
		if err != nil {
			return err
		}
		m.take(t)
		return nil
	}
	f := field(m.object, "next")
	if !isFunction(f) {
		return fail("T1010")
	}
	v, err := m.c.apply(f, nil, nil, site{})
	if err != nil {
		return err
	}
	return m.takeObject(v)
}

// result is the object that replacement functions get.
func (m *matcher) result() any {
	if m.object != nil {
		return m.object
	}
	o := newObject(4)
	start := utf16Len(string(m.runes[:m.start]))
	o.set("match", m.text)
	o.set("start", float64(start))
	o.set("end", float64(start+utf16Len(m.text)))
	o.set("groups", append([]any{}, m.groups...))
	return o
}

func matchAll(c *call, args []any) (any, error) {
	s, _ := stringArg(args, 0)
	limit, err := limitArg(args, 2, "D3040")
	if err != nil {
		return nil, err
	}
	out := &array{sequence: true}
	if limit == 0 {
		return out, nil
	}
	m, err := newMatcher(c, arg(args, 1), s)
	for count := 0.0; err == nil && m.found && count < limit; count++ {
		o := newObject(3)
		index := float64(m.start)
		if m.object == nil && !isASCII(s) {
			index = float64(utf16Len(string(m.runes[:m.start])))
		} else if m.object != nil {
			index, _ = field(m.object, "start").(float64)
		}
		o.set("match", m.text)
		o.set("index", index)
		o.set("groups", append([]any{}, m.groups...))
		out.items = append(out.items, o)
		err = m.next()
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func split(c *call, args []any) (any, error) {
	s, _ := stringArg(args, 0)
	limit, err := limitArg(args, 2, "D3020")
	if err != nil {
		return nil, err
	}
	items := []any{}
	if limit == 0 {
		return items, nil
	}
	if sep, ok := stringArg(args, 1); ok {
		var parts []string
		if sep == "" {
			for i := 0; i < len(s); {
				n := nextRune(s, i)
				parts = append(parts, s[i:i+n])
				i += n
			}
		} else {
			parts = strings.Split(s, sep)
		}
		for i, p := range parts {
			if float64(i) >= math.Floor(limit) {
				break
			}
			items = append(items, p)
		}
		return items, nil
	}
	m, err := newMatcher(c, arg(args, 1), s)
	if err != nil {
		return nil, err
	}
	if !m.found {
		return []any{s}, nil
	}
	start, count := 0, 0.0
	for ; m.found && count < limit; count++ {
		items = append(items, string(m.runes[start:max(start, m.start)]))
		start = max(start, m.end)
		if err := m.next(); err != nil {
			return nil, err
		}
	}
	if count < limit {
		items = append(items, string(m.runes[start:]))
	}
	return items, nil
}

func replace(c *call, args []any) (any, error) {
	s, _ := stringArg(args, 0)
	pattern, literal := stringArg(args, 1)
	if literal && pattern == "" {
		return nil, failArg("D3010", 2, "")
	}
	limit, err := limitArg(args, 3, "D3011")
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		return s, nil
	}
	replacement, fixed := stringArg(args, 2)
	if literal {
		if !fixed {
			return nil, failValue("D3012", arg(args, 2))
		}
		n := -1
		if !math.IsInf(limit, 0) {
			n = int(min(math.Ceil(limit), math.MaxInt32))
		}
		if err := checkText(len(s) + strings.Count(s, pattern)*len(replacement)); err != nil {
			return nil, err
		}
		return strings.Replace(s, pattern, replacement, n), nil
	}
	m, err := newMatcher(c, arg(args, 1), s)
	if err != nil || !m.found {
		return s, err
	}
	var b strings.Builder
	position := 0
	for count := 0.0; m.found && count < limit; count++ {
		b.WriteString(string(m.runes[position:max(position, m.start)]))
		if fixed {
			b.WriteString(m.expand(replacement))
		} else {
			v, err := c.apply(arg(args, 2), []any{m.result()}, nil, site{})
			if err != nil {
				return nil, err
			}
			with, ok := v.(string)
			if !ok {
				return nil, failValue("D3012", v)
			}
			b.WriteString(with)
		}
		if err := checkText(b.Len()); err != nil {
			return nil, err
		}
		position = min(len(m.runes), max(position, m.start+len([]rune(m.text))))
		if err := m.next(); err != nil {
			return nil, err
		}
	}
	b.WriteString(string(m.runes[position:]))
	return b.String(), nil
}

// expand replaces $0, $1 … in a replacement by the groups of the match; $$ is a dollar.
func (m *matcher) expand(replacement string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(replacement, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		replacement = rest
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			replacement = rest[1:]
		case strings.HasPrefix(rest, "0"):
			b.WriteString(m.text)
			replacement = rest[1:]
		default:
			n, width := m.groupNumber(rest)
			if n < 0 {
				b.WriteByte('$')
				break
			}
			if n >= 1 && n <= len(m.groups) {
				s, _ := m.groups[n-1].(string)
				b.WriteString(s)
			}
			replacement = rest[width:]
		}
	}
}

// groupNumber reads as many digits as the number of groups has, one fewer when that is too high a number.
func (m *matcher) groupNumber(s string) (n, width int) {
	digits := 1
	if len(m.groups) > 0 {
		digits = len(strconv.Itoa(len(m.groups)))
	}
	n, width = leadingInt(s, digits)
	if digits > 1 && n > len(m.groups) {
		n, width = leadingInt(s, digits-1)
	}
	return n, width
}

// leadingInt reads up to most digits; -1 when there is none.
func leadingInt(s string, most int) (n, width int) {
	for width < most && width < len(s) && s[width] >= '0' && s[width] <= '9' {
		n = n*10 + int(s[width]-'0')
		width++
	}
	if width == 0 {
		return -1, 0
	}
	return n, width
}
