package cfn

import (
	"fmt"
	"regexp"
	"strings"
)

// Limits of one template.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const (
	MaxResources  = 500
	MaxParameters = 200
	MaxOutputs    = 200
)

const samTransform = "AWS::Serverless-2016-10-31"

var logicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

// template is a template as written; nothing in it is resolved.
type template struct {
	params     map[string]any
	mappings   map[string]any
	conditions map[string]any
	rules      map[string]any
	globals    map[string]any
	outputs    map[string]any
	resources  map[string]*resource
	aliases    map[string]string // function id → id of the alias that SAM publishes
	serverless bool
}

type resource struct {
	kind       string
	properties map[string]any
	condition  string
	dependsOn  []string
	metadata   map[string]any
	generated  bool
}

var sections = map[string]bool{
	"AWSTemplateFormatVersion": true, "Description": true, "Metadata": true, "Parameters": true, "Rules": true,
	"Mappings": true, "Conditions": true, "Transform": true, "Resources": true, "Outputs": true, "Globals": true,
}

func newTemplate(root map[string]any) (*template, error) {
	for _, k := range sortedKeys(root) {
		if !sections[k] {
			return nil, fmt.Errorf("invalid template section %q", k)
		}
	}
	t := &template{resources: map[string]*resource{}, aliases: map[string]string{}}
	var err error
	for name, into := range map[string]*map[string]any{
		"Parameters": &t.params, "Mappings": &t.mappings, "Conditions": &t.conditions, "Rules": &t.rules, "Globals": &t.globals, "Outputs": &t.outputs,
	} {
		if *into, err = section(root, name); err != nil {
			return nil, err
		}
	}
	transforms := root["Transform"]
	if one, ok := transforms.(string); ok {
		transforms = []any{one}
	}
	if list, ok := transforms.([]any); ok {
		for _, x := range list {
			if x != samTransform {
				return nil, fmt.Errorf("Transform %v: only %s is supported", x, samTransform)
			}
			t.serverless = true
		}
	} else if transforms != nil {
		return nil, fmt.Errorf("Transform must be a name or a list of names")
	}
	all, err := section(root, "Resources")
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the template has no Resources")
	}
	for what, n := range map[string][2]int{
		"resources": {len(all), MaxResources}, "parameters": {len(t.params), MaxParameters}, "outputs": {len(t.outputs), MaxOutputs},
	} {
		if n[0] > n[1] {
			return nil, fmt.Errorf("the template has %d %s, CloudFormation takes %d", n[0], what, n[1])
		}
	}
	for _, id := range sortedKeys(all) {
		r, err := newResource(id, all[id])
		if err != nil {
			return nil, err
		}
		t.resources[id] = r
	}
	return t, nil
}

func section(root map[string]any, name string) (map[string]any, error) {
	v, ok := root[name]
	if !ok || v == nil {
		return map[string]any{}, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s must be a map", name)
	}
	return m, nil
}

func newResource(id string, v any) (*resource, error) {
	if !logicalID.MatchString(id) {
		return nil, fmt.Errorf("resource %q: a logical id is letters and digits", id)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("resource %s must be a map", id)
	}
	r := &resource{}
	for _, k := range sortedKeys(m) {
		ok := true
		switch k {
		case "Type":
			r.kind, ok = m[k].(string)
		case "Condition":
			r.condition, ok = m[k].(string)
		case "Properties":
			if r.properties, ok = m[k].(map[string]any); m[k] == nil {
				ok = true
			}
		case "Metadata":
			r.metadata, ok = m[k].(map[string]any)
		case "DependsOn":
			r.dependsOn, ok = stringList(m[k])
		case "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy", "Description", "Connectors":
		default:
			return nil, fmt.Errorf("resource %s: unknown attribute %s", id, k)
		}
		if !ok {
			return nil, fmt.Errorf("resource %s: %s has the wrong type", id, k)
		}
	}
	if r.kind == "" {
		return nil, fmt.Errorf("resource %s: Type is missing", id)
	}
	if r.kind == "AWS::CloudFormation::Stack" || r.kind == "AWS::Serverless::Application" {
		return nil, fmt.Errorf("resource %s: nested stacks (%s) are not supported by the local stack", id, r.kind)
	}
	if r.properties == nil {
		r.properties = map[string]any{}
	}
	return r, nil
}

func stringList(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, false
			}
			out = append(out, s)
		}
		return out, true
	}
	return nil, false
}

// intrinsic tells whether v is a function call: a map with one key Ref or Fn::….
func intrinsic(v any) (name string, arg any, ok bool) {
	m, isMap := v.(map[string]any)
	if !isMap || len(m) != 1 {
		return "", nil, false
	}
	for k, a := range m {
		if k == "Ref" || strings.HasPrefix(k, "Fn::") {
			return k, a, true
		}
	}
	return "", nil, false
}
