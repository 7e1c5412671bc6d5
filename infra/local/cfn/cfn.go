// Package cfn reads a CloudFormation or SAM template and resolves it as the two
// services would: parameters, conditions, mappings, pseudo parameters, intrinsic
// functions, SAM's Globals and its function shorthands (role, event sources, rules,
// schedules, permissions, alias), generated names and ARNs. It creates nothing and
// calls nobody; iam, lambda, apigateway and the other local services build
// themselves from the typed views (Functions, Tables, Queues, …).
//
// Refused, with an error that names the resource and the property: references that
// do not resolve, dependency cycles, nested stacks, macros other than SAM's,
// Fn::ImportValue, SAM policy templates, and SAM event kinds that this stack does
// not use. Resource types without a meaning here are kept and listed in Unknown.
//
// Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/ and
// https://github.com/aws/serverless-application-model/tree/develop/docs
package cfn

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// Env is where the stack stands.
type Env struct {
	Stack   string // stack name, default "deskhand"
	Region  string // default us-east-1
	Account string // 12 digits, default 123456789012
	// Endpoint, when set, is the base of queue URLs (e.g. http://127.0.0.1:4566) instead of AWS's own.
	Endpoint string
}

// Resource is one resource after SAM and all references are resolved. Condition is
// the name of its condition, which holds (resources whose condition does not hold are left out).
type Resource struct {
	LogicalID  string
	Type       string
	Name       string // the physical name, as !Ref gives it
	Properties map[string]any
	Condition  string
	Metadata   map[string]any
	Generated  bool // made by SAM, not written in the template
}

// Stack is a resolved template; it is immutable.
type Stack struct {
	Env
	Dir        string // folder of the template; CodeUri paths are relative to it
	Parameters map[string]any
	Resources  map[string]Resource
	Outputs    map[string]string
	// OutputDescriptions says what the outputs are; Hidden names the parameters with NoEcho.
	OutputDescriptions map[string]string
	Hidden             map[string]bool
	Unknown            []string // logical ids of resources of types that nothing here plays, sorted

	views
}

// Load reads the template at path. params override the parameters' defaults.
func Load(path string, params map[string]string, env Env) (*Stack, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	s, err := Parse(data, dir, params, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return s, nil
}

// Parse resolves a template that is in memory; dir is what CodeUri is relative to.
func Parse(data []byte, dir string, params map[string]string, env Env) (*Stack, error) {
	if env.Stack == "" {
		env.Stack = "deskhand"
	}
	if env.Region == "" {
		env.Region = "us-east-1"
	}
	if env.Account == "" {
		env.Account = "123456789012"
	}
	root, err := decode(data)
	if err != nil {
		return nil, err
	}
	t, err := newTemplate(root)
	if err != nil {
		return nil, err
	}
	if err := t.transform(); err != nil {
		return nil, err
	}
	values, err := t.parameters(params)
	if err != nil {
		return nil, err
	}
	sc := &scope{template: t, env: env, params: values, conditions: map[string]conditionState{}, names: map[string]string{}}
	if err := sc.rules(); err != nil {
		return nil, err
	}
	return sc.stack(dir)
}

// stack resolves every resource; all that is wrong is reported, not only the first.
func (sc *scope) stack(dir string) (*Stack, error) {
	s := &Stack{Env: sc.env, Dir: dir, Parameters: sc.params, Resources: map[string]Resource{}, Outputs: map[string]string{},
		OutputDescriptions: map[string]string{}, Hidden: map[string]bool{}}
	var errs []error
	for _, id := range sortedKeys(sc.template.resources) {
		r := sc.template.resources[id]
		if r.condition != "" {
			ok, err := sc.condition(r.condition)
			if err != nil {
				errs = append(errs, fmt.Errorf("resource %s: %w", id, err))
				continue
			}
			if !ok {
				sc.leftOut = append(sc.leftOut, id)
				continue
			}
		}
		sc.active = append(sc.active, id)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if err := sc.cycle(); err != nil {
		return nil, err
	}
	for _, id := range sc.active {
		r := sc.template.resources[id]
		v, err := sc.eval(r.properties, "resource "+id+": Properties")
		if err != nil {
			errs = append(errs, err)
			continue
		}
		props, _ := v.(map[string]any)
		if props == nil {
			props = map[string]any{}
		}
		name, err := sc.name(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.Resources[id] = Resource{LogicalID: id, Type: r.kind, Name: name, Properties: props,
			Condition: r.condition, Metadata: r.metadata, Generated: r.generated}
		if !played[r.kind] && !inert[r.kind] {
			s.Unknown = append(s.Unknown, id)
		}
	}
	for _, name := range sortedKeys(sc.template.outputs) {
		value, err := sc.output(name)
		if err != nil {
			errs = append(errs, err)
		} else if value != nil {
			s.Outputs[name] = *value
			if m, ok := sc.template.outputs[name].(map[string]any); ok && m["Description"] != nil {
				s.OutputDescriptions[name] = text(m["Description"])
			}
		}
	}
	for name, decl := range sc.template.params {
		if m, ok := decl.(map[string]any); ok && m["NoEcho"] != nil {
			s.Hidden[name] = text(m["NoEcho"]) == "true"
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	sort.Strings(s.Unknown)
	if err := s.fill(); err != nil {
		return nil, err
	}
	return s, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
