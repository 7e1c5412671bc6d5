package cfn

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameters gives every parameter its value: a string, or a list for the list types.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
func (t *template) parameters(given map[string]string) (map[string]any, error) {
	out := map[string]any{}
	var errs []error
	for _, name := range sortedKeys(given) {
		if _, ok := t.params[name]; !ok {
			errs = append(errs, fmt.Errorf("parameter %s was given but the template has none of that name", name))
		}
	}
	for _, name := range sortedKeys(t.params) {
		decl, ok := t.params[name].(map[string]any)
		if !ok {
			errs = append(errs, fmt.Errorf("parameter %s must be a map", name))
			continue
		}
		override, has := given[name]
		v, err := parameter(decl, override, has)
		if err != nil {
			errs = append(errs, fmt.Errorf("parameter %s: %w", name, err))
			continue
		}
		out[name] = v
	}
	return out, errors.Join(errs...)
}

func parameter(decl map[string]any, value string, given bool) (any, error) {
	kind, _ := decl["Type"].(string)
	if kind == "" {
		return nil, errors.New("Type is missing")
	}
	if strings.HasPrefix(kind, "AWS::SSM::Parameter::Value") && !given {
		return nil, fmt.Errorf("its value is in Systems Manager (%s); give one to the local stack", kind)
	}
	if !given {
		d, ok := decl["Default"]
		if !ok {
			return nil, errors.New("it has no Default and no value was given")
		}
		value = text(d)
	}
	list := kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<") || strings.Contains(kind, "<List<")
	parts := []string{value}
	if list {
		parts = strings.Split(value, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
	}
	for _, p := range parts {
		if err := allowed(decl, kind, p); err != nil {
			if why, ok := decl["ConstraintDescription"].(string); ok {
				err = fmt.Errorf("%w (%s)", err, why)
			}
			return nil, err
		}
	}
	if !list {
		return value, nil
	}
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out, nil
}

func allowed(decl map[string]any, kind, v string) error {
	number := strings.Contains(kind, "Number")
	n, err := strconv.ParseFloat(v, 64)
	if number && err != nil {
		return fmt.Errorf("%q is not a number", v)
	}
	if list, ok := decl["AllowedValues"].([]any); ok {
		found := false
		names := make([]string, 0, len(list))
		for _, a := range list {
			names = append(names, text(a))
			found = found || text(a) == v
		}
		if !found {
			return fmt.Errorf("%q is not one of %s", v, strings.Join(names, ", "))
		}
	}
	if p, ok := decl["AllowedPattern"].(string); ok {
		re, err := regexp.Compile(`^(?:` + p + `)$`)
		if err != nil {
			return fmt.Errorf("AllowedPattern %q: %w", p, err)
		}
		if !re.MatchString(v) {
			return fmt.Errorf("%q does not match %s", v, p)
		}
	}
	size := float64(utf8.RuneCountInString(v))
	for _, b := range []struct {
		key   string
		on    bool
		got   float64
		lower bool
	}{
		{"MinLength", !number, size, true}, {"MaxLength", !number, size, false},
		{"MinValue", number, n, true}, {"MaxValue", number, n, false},
	} {
		d, ok := decl[b.key]
		if !ok || !b.on {
			continue
		}
		bound, err := strconv.ParseFloat(text(d), 64)
		if err != nil {
			return fmt.Errorf("%s %v is not a number", b.key, d)
		}
		if b.lower && b.got < bound || !b.lower && b.got > bound {
			return fmt.Errorf("%q is outside %s %s", v, b.key, text(d))
		}
	}
	return nil
}

// text is a scalar as CloudFormation writes it into a string.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
