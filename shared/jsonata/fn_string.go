package jsonata

import (
	"math"
	"strings"
)

func defineStrings() {
	defined("string", "<x-b?:s>", 1, 2, func(_ *call, args []any) (any, error) {
		pretty, _ := arg(args, 1).(bool)
		return text(stringify(args[0], pretty))
	})
	defined("substring", "<s-nn?:s>", 3, 3, func(_ *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		start, given := numberArg(args, 1)
		length, limited := numberArg(args, 2)
		if limited && !given {
			return "", nil
		}
		return substring(s, start, length, limited), nil
	})
	defined("substringBefore", "<s-s:s>", 2, 2, func(_ *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		if sep, ok := stringArg(args, 1); ok {
			if before, _, found := strings.Cut(s, sep); found {
				return before, nil
			}
		}
		return s, nil
	})
	defined("substringAfter", "<s-s:s>", 2, 2, func(_ *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		if sep, ok := stringArg(args, 1); ok {
			if _, after, found := strings.Cut(s, sep); found {
				return after, nil
			}
		}
		return s, nil
	})
	simple := func(name string, f func(string) any) {
		sig := "<s-:s>"
		if name == "length" {
			sig = "<s-:n>"
		}
		defined(name, sig, 1, 1, func(_ *call, args []any) (any, error) {
			s, _ := stringArg(args, 0)
			return f(s), nil
		})
	}
	simple("lowercase", func(s string) any { return lowerCase(s) })
	simple("uppercase", func(s string) any { return upperCase(s) })
	simple("length", func(s string) any { return float64(runeLen(s)) })
	simple("trim", func(s string) any { return trim(s) })
	defined("pad", "<s-ns?:s>", 3, 3, func(c *call, args []any) (any, error) {
		s, _ := stringArg(args, 0)
		width, _ := numberArg(args, 1)
		fill, _ := stringArg(args, 2)
		return pad(c, s, width, fill)
	})
	defined("join", "<a<s>s?:s>", 2, 2, func(_ *call, args []any) (any, error) {
		sep, _ := stringArg(args, 1)
		items := listArg(args, 0)
		parts := make([]string, len(items))
		size := len(items) * len(sep)
		for i, it := range items {
			parts[i], _ = it.(string)
			size += len(parts[i])
		}
		if err := checkText(size); err != nil {
			return nil, err
		}
		return strings.Join(parts, sep), nil
	})
}

// text lifts a pair of string and error.
func text(s string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// substring counts characters; a negative start counts from the end.
func substring(s string, start, length float64, limited bool) string {
	n := float64(runeLen(s))
	if n+start < 0 {
		start = 0
	}
	end := n
	if limited {
		if length <= 0 {
			return ""
		}
		if end = start + length; start < 0 {
			end = n + start + length
		}
	}
	from, to := sliceIndex(start, n), sliceIndex(end, n)
	if from >= to {
		return ""
	}
	return runeSlice(s, from, to)
}

// sliceIndex cuts an index to a whole number between 0 and n, negative ones counted from the end.
func sliceIndex(i, n float64) int {
	i = math.Trunc(i)
	if i < 0 {
		i += n
	}
	return int(max(0, min(n, i)))
}

// trim removes white space at the ends and makes runs inside single spaces.
func trim(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\r'
	}), " ")
}

func pad(c *call, s string, width float64, fill string) (any, error) {
	if fill == "" {
		fill = " "
	}
	missing := math.Floor(math.Abs(width)) - float64(runeLen(s))
	if !(missing > 0) {
		return s, nil
	}
	if err := checkText(int(min(missing, maxText+1)) * len(fill)); err != nil {
		return nil, err
	}
	n := int(missing)
	if err := c.spend(n); err != nil {
		return nil, err
	}
	padding := runeSlice(strings.Repeat(fill, n/runeLen(fill)+1), 0, n)
	if width > 0 {
		return s + padding, nil
	}
	return padding + s, nil
}

// upperCase is toUpperCase of JavaScript, which unlike Go's writes ß as SS.
func upperCase(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	return caser.upper(s)
}

func lowerCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return caser.lower(s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
