package cfn

import (
	"errors"
	"fmt"
)

type conditionState int

const (
	unknown conditionState = iota
	evaluating
	holds
	fails
)

// condition evaluates a named condition, once.
func (sc *scope) condition(name string) (bool, error) {
	body, ok := sc.template.conditions[name]
	if !ok {
		return false, fmt.Errorf("condition %s is not defined", name)
	}
	switch sc.conditions[name] {
	case evaluating:
		return false, fmt.Errorf("condition %s refers to itself", name)
	case holds:
		return true, nil
	case fails:
		return false, nil
	}
	sc.conditions[name] = evaluating
	dry := sc.dry // a condition means no resource, and its answer is kept
	sc.dry = nil
	v, err := sc.logic(body)
	sc.dry = dry
	if err != nil {
		return false, fmt.Errorf("condition %s: %w", name, err)
	}
	sc.conditions[name] = fails
	if v {
		sc.conditions[name] = holds
	}
	return v, nil
}

func (sc *scope) logic(v any) (bool, error) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false, errors.New("want one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition")
	}
	for name, arg := range m {
		switch name {
		case "Condition":
			id, ok := arg.(string)
			if !ok {
				return false, errors.New("Condition wants a name")
			}
			return sc.condition(id)
		case "Fn::Equals":
			args, err := list(arg, 2, name)
			if err != nil {
				return false, err
			}
			a, err := sc.operand(args[0])
			if err != nil {
				return false, err
			}
			b, err := sc.operand(args[1])
			return a == b, err
		case "Fn::Not":
			args, err := list(arg, 1, name)
			if err != nil {
				return false, err
			}
			x, err := sc.logic(args[0])
			return !x, err
		case "Fn::And", "Fn::Or":
			args, ok := arg.([]any)
			if !ok || len(args) < 2 || len(args) > 10 {
				return false, fmt.Errorf("%s wants 2 to 10 conditions", name)
			}
			all, any := true, false
			for _, a := range args {
				x, err := sc.logic(a)
				if err != nil {
					return false, err
				}
				all, any = all && x, any || x
			}
			if name == "Fn::And" {
				return all, nil
			}
			return any, nil
		}
		return false, fmt.Errorf("%s is not a condition function", name)
	}
	return false, nil
}

// operand is a value of Fn::Equals; resources cannot be meant in a condition.
func (sc *scope) operand(v any) (string, error) {
	if name, arg, ok := intrinsic(v); ok {
		if id, isText := arg.(string); isText && name == "Ref" {
			if _, res := sc.template.resources[id]; res {
				return "", fmt.Errorf("Ref %s: a condition cannot refer to a resource", id)
			}
		}
		if name == "Fn::GetAtt" {
			return "", errors.New("Fn::GetAtt: a condition cannot refer to a resource")
		}
	}
	x, err := sc.eval(v, "value")
	if err != nil {
		return "", err
	}
	switch x.(type) {
	case map[string]any, []any, noValue:
		return "", errors.New("Fn::Equals compares strings")
	}
	return text(x), nil
}

// output resolves one output; nil when its condition does not hold.
func (sc *scope) output(name string) (*string, error) {
	m, ok := sc.template.outputs[name].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("output %s must be a map", name)
	}
	if c, ok := m["Condition"].(string); ok {
		holds, err := sc.condition(c)
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		if !holds {
			return nil, nil
		}
	}
	if _, ok := m["Value"]; !ok {
		return nil, fmt.Errorf("output %s: Value is missing", name)
	}
	v, err := sc.eval(m["Value"], "output "+name)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case map[string]any, []any, noValue:
		return nil, fmt.Errorf("output %s: the value is not a string", name)
	}
	s := text(v)
	return &s, nil
}
