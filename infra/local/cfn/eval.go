package cfn

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// scope is one resolution of a template.
type scope struct {
	template   *template
	env        Env
	params     map[string]any
	conditions map[string]conditionState
	names      map[string]string // physical names found so far
	active     []string          // logical ids whose condition holds, sorted
	leftOut    []string
	// dry, when set, is told of every resource that a value refers to; values are then of no use.
	dry func(id string)
}

// noValue is what !Ref AWS::NoValue gives: the property is not there.
type noValue struct{}

// eval resolves every intrinsic function in v. at says where, for errors.
func (sc *scope) eval(v any, at string) (any, error) {
	if name, arg, ok := intrinsic(v); ok {
		out, err := sc.call(name, arg, at)
		if err != nil && !strings.HasPrefix(err.Error(), "resource ") && !strings.HasPrefix(err.Error(), "output ") && !strings.HasPrefix(err.Error(), "condition ") {
			err = fmt.Errorf("%s: %w", at, err)
		}
		return out, err
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		var errs []error
		for _, k := range sortedKeys(v) {
			x, err := sc.eval(v[k], at+"."+k)
			if err != nil {
				errs = append(errs, err)
			} else if _, none := x.(noValue); !none {
				out[k] = x
			}
		}
		return out, errors.Join(errs...)
	case []any:
		out := make([]any, 0, len(v))
		var errs []error
		for i, e := range v {
			x, err := sc.eval(e, fmt.Sprintf("%s[%d]", at, i))
			if err != nil {
				errs = append(errs, err)
			} else if _, none := x.(noValue); !none {
				out = append(out, x)
			}
		}
		return out, errors.Join(errs...)
	}
	return v, nil
}

func (sc *scope) call(name string, arg any, at string) (any, error) {
	switch name {
	case "Ref":
		id, ok := arg.(string)
		if !ok {
			return nil, errors.New("Ref wants a name")
		}
		return sc.ref(id)
	case "Fn::GetAtt":
		return sc.getAtt(arg, at)
	case "Fn::Sub":
		return sc.sub(arg, at)
	case "Fn::If":
		args, err := list(arg, 3, name)
		if err != nil {
			return nil, err
		}
		cond, ok := args[0].(string)
		if !ok {
			return nil, errors.New("Fn::If wants the name of a condition first")
		}
		holds, err := sc.condition(cond)
		if err != nil {
			return nil, err
		}
		if holds {
			return sc.eval(args[1], at)
		}
		return sc.eval(args[2], at)
	case "Fn::Join":
		return sc.join(arg, at)
	case "Fn::Select":
		return sc.pick(arg, at)
	case "Fn::Split":
		args, err := list(arg, 2, name)
		if err != nil {
			return nil, err
		}
		v, err := sc.eval(args[1], at)
		if err != nil {
			return nil, err
		}
		sep, ok := args[0].(string)
		s, ok2 := v.(string)
		if !ok || !ok2 || sep == "" {
			return nil, errors.New("Fn::Split wants a delimiter and a string")
		}
		var out []any
		for _, p := range strings.Split(s, sep) {
			out = append(out, p)
		}
		return out, nil
	case "Fn::FindInMap":
		return sc.findInMap(arg, at)
	case "Fn::Base64":
		v, err := sc.eval(arg, at)
		if err != nil {
			return nil, err
		}
		s, ok := v.(string)
		if !ok {
			return nil, errors.New("Fn::Base64 wants a string")
		}
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	case "Fn::GetAZs":
		return []any{sc.env.Region + "a", sc.env.Region + "b", sc.env.Region + "c"}, nil
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
		return nil, fmt.Errorf("%s is for Conditions; use Fn::If with the condition's name", name)
	case "Fn::ImportValue":
		return nil, errors.New("Fn::ImportValue: the local stack has no other stacks to import from; use a parameter")
	}
	return nil, fmt.Errorf("%s is not supported by the local stack", name)
}

func list(v any, n int, name string) ([]any, error) {
	l, ok := v.([]any)
	if !ok || len(l) != n {
		return nil, fmt.Errorf("%s wants a list of %d", name, n)
	}
	return l, nil
}

func (sc *scope) pseudo(name string) (any, bool) {
	switch name {
	case "AWS::AccountId":
		return sc.env.Account, true
	case "AWS::Region":
		return sc.env.Region, true
	case "AWS::StackName":
		return sc.env.Stack, true
	case "AWS::Partition":
		return "aws", true
	case "AWS::URLSuffix":
		return "amazonaws.com", true
	case "AWS::StackId":
		return fmt.Sprintf("arn:aws:cloudformation:%s:%s:stack/%s/%s", sc.env.Region, sc.env.Account, sc.env.Stack, uuid(sc.env.Stack)), true
	case "AWS::NoValue":
		return noValue{}, true
	case "AWS::NotificationARNs":
		return []any{}, true
	}
	return nil, false
}

func (sc *scope) ref(name string) (any, error) {
	if v, ok := sc.pseudo(name); ok {
		return v, nil
	}
	if v, ok := sc.params[name]; ok {
		return v, nil
	}
	if id, ok := sc.alias(name); ok {
		name = id
	}
	if _, ok := sc.template.resources[name]; !ok {
		return nil, fmt.Errorf("Ref %s: the template has no parameter or resource of that name", name)
	}
	if err := sc.uses(name); err != nil {
		return nil, err
	}
	if sc.dry != nil {
		return "", nil
	}
	return sc.refValue(name)
}

// alias maps SAM's name for the published alias (Function.Alias) to its resource.
func (sc *scope) alias(name string) (string, bool) {
	fn, ok := strings.CutSuffix(name, ".Alias")
	if !ok {
		return "", false
	}
	id, ok := sc.template.aliases[fn]
	return id, ok
}

// uses notes a reference and refuses one to a resource that is left out.
func (sc *scope) uses(id string) error {
	for _, out := range sc.leftOut {
		if out == id {
			return fmt.Errorf("it refers to %s, which is not created because its condition %s does not hold", id, sc.template.resources[id].condition)
		}
	}
	if sc.dry != nil {
		sc.dry(id)
	}
	return nil
}

func (sc *scope) getAtt(arg any, at string) (any, error) {
	if s, ok := arg.(string); ok {
		id, attr, _ := strings.Cut(s, ".")
		arg = []any{id, attr}
	}
	args, err := list(arg, 2, "Fn::GetAtt")
	if err != nil {
		return nil, err
	}
	id, ok := args[0].(string)
	if !ok {
		return nil, errors.New("Fn::GetAtt wants a logical id")
	}
	a, err := sc.eval(args[1], at)
	if err != nil {
		return nil, err
	}
	attr, ok := a.(string)
	if !ok || attr == "" {
		return nil, fmt.Errorf("Fn::GetAtt %s wants the name of an attribute", id)
	}
	return sc.attribute(id, attr)
}

func (sc *scope) attribute(id, attr string) (any, error) {
	if _, ok := sc.template.resources[id]; !ok {
		return nil, fmt.Errorf("Fn::GetAtt %s.%s: the template has no resource %s", id, attr, id)
	}
	if err := sc.uses(id); err != nil {
		return nil, err
	}
	if sc.dry != nil {
		return "", nil
	}
	return sc.attValue(id, attr)
}

// sub replaces ${Name}, ${Id.Attribute} and ${Variable}; ${!x} stands for ${x}.
func (sc *scope) sub(arg any, at string) (any, error) {
	vars := map[string]any{}
	format, ok := arg.(string)
	if !ok {
		args, err := list(arg, 2, "Fn::Sub")
		if err != nil {
			return nil, errors.New("Fn::Sub wants a string, or a string and a map")
		}
		format, ok = args[0].(string)
		m, ok2 := args[1].(map[string]any)
		if !ok || !ok2 {
			return nil, errors.New("Fn::Sub wants a string and a map")
		}
		for _, k := range sortedKeys(m) {
			if vars[k], err = sc.eval(m[k], at); err != nil {
				return nil, err
			}
		}
	}
	var b strings.Builder
	for rest := format; ; {
		before, after, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("Fn::Sub: ${ without } in %q", format)
		}
		rest = tail
		if lit, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + lit + "}")
			continue
		}
		v, err := sc.subName(strings.TrimSpace(name), vars)
		if err != nil {
			return nil, fmt.Errorf("Fn::Sub ${%s}: %w", name, err)
		}
		switch v.(type) {
		case map[string]any, []any, noValue:
			return nil, fmt.Errorf("Fn::Sub ${%s}: the value is not a string", name)
		}
		b.WriteString(text(v))
	}
}

func (sc *scope) subName(name string, vars map[string]any) (any, error) {
	if v, ok := vars[name]; ok {
		return v, nil
	}
	if _, ok := sc.alias(name); ok {
		return sc.ref(name)
	}
	if id, attr, ok := strings.Cut(name, "."); ok {
		return sc.attribute(id, attr)
	}
	return sc.ref(name)
}

func (sc *scope) join(arg any, at string) (any, error) {
	args, err := list(arg, 2, "Fn::Join")
	if err != nil {
		return nil, err
	}
	sep, ok := args[0].(string)
	v, err := sc.eval(args[1], at)
	if err != nil {
		return nil, err
	}
	parts, ok2 := v.([]any)
	if !ok || !ok2 {
		if sc.dry != nil {
			return "", nil
		}
		return nil, errors.New("Fn::Join wants a delimiter and a list")
	}
	out := make([]string, len(parts))
	for i, p := range parts {
		switch p.(type) {
		case map[string]any, []any:
			return nil, fmt.Errorf("Fn::Join: element %d is not a string", i)
		}
		out[i] = text(p)
	}
	return strings.Join(out, sep), nil
}

func (sc *scope) pick(arg any, at string) (any, error) {
	args, err := list(arg, 2, "Fn::Select")
	if err != nil {
		return nil, err
	}
	i, err := sc.eval(args[0], at)
	if err != nil {
		return nil, err
	}
	v, err := sc.eval(args[1], at)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(text(i))
	l, ok := v.([]any)
	if sc.dry != nil {
		return "", nil
	}
	if err != nil || !ok {
		return nil, errors.New("Fn::Select wants an index and a list")
	}
	if n < 0 || n >= len(l) {
		return nil, fmt.Errorf("Fn::Select: no element %d in a list of %d", n, len(l))
	}
	return l[n], nil
}

func (sc *scope) findInMap(arg any, at string) (any, error) {
	args, err := list(arg, 3, "Fn::FindInMap")
	if err != nil {
		return nil, err
	}
	var cur any = sc.template.mappings
	var path []string
	for _, a := range args {
		v, err := sc.eval(a, at)
		if err != nil {
			return nil, err
		}
		key := text(v)
		path = append(path, key)
		m, _ := cur.(map[string]any)
		next, ok := m[key]
		if !ok {
			return nil, fmt.Errorf("Fn::FindInMap: no mapping %s", strings.Join(path, "."))
		}
		cur = next
	}
	return cur, nil
}
