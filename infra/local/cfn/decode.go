package cfn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxTemplate is CloudFormation's limit of a template given by S3.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const MaxTemplate = 1 << 20

// maxNodes bounds what aliases can blow a template up to.
const maxNodes = 200_000

// decode reads YAML (or JSON) into maps, lists and scalars, with the short forms of
// the intrinsic functions written out (!Ref x is {"Ref": "x"}).
func decode(data []byte) (map[string]any, error) {
	if len(data) > MaxTemplate {
		return nil, fmt.Errorf("the template has %d bytes, CloudFormation takes %d", len(data), MaxTemplate)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the template is empty")
	}
	d := &decoder{}
	v, err := d.value(doc.Content[0])
	if err != nil {
		return nil, err
	}
	root, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the template is not a map")
	}
	return root, nil
}

type decoder struct{ nodes int }

func (d *decoder) value(n *yaml.Node) (any, error) {
	if d.nodes++; d.nodes > maxNodes {
		return nil, fmt.Errorf("line %d: the template has more than %d nodes", n.Line, maxNodes)
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return d.short(n)
	}
	return d.plain(n)
}

func (d *decoder) plain(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.AliasNode:
		return d.value(n.Alias)
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Tag == "!!merge" {
				return nil, fmt.Errorf("line %d: merge keys (<<) are not supported by CloudFormation", k.Line)
			}
			if k.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: a key must be a string", k.Line)
			}
			if _, twice := m[k.Value]; twice {
				return nil, fmt.Errorf("line %d: the key %q is there twice", k.Line, k.Value)
			}
			v, err := d.value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[k.Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		l := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := d.value(c)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		return l, nil
	}
	return scalar(n), nil
}

// scalar keeps dates and large numbers as they are written, as CloudFormation does.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil && (len(n.Value) == 1 || n.Value[0] != '0') {
			return i
		}
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}

// short writes out one short form.
func (d *decoder) short(n *yaml.Node) (any, error) {
	name := strings.TrimPrefix(n.Tag, "!")
	long := "Fn::" + name
	if name == "Ref" || name == "Condition" {
		long = name
	}
	if n.Kind == yaml.ScalarNode {
		if name == "GetAtt" {
			id, attr, ok := strings.Cut(n.Value, ".")
			if !ok {
				return nil, fmt.Errorf("line %d: !GetAtt %s: want LogicalId.Attribute", n.Line, n.Value)
			}
			return map[string]any{long: []any{id, attr}}, nil
		}
		return map[string]any{long: n.Value}, nil
	}
	plain := *n
	plain.Tag = ""
	v, err := d.plain(&plain)
	if err != nil {
		return nil, err
	}
	return map[string]any{long: v}, nil
}
