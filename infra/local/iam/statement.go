package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// statement is one statement of a policy, ready to be matched.
type statement struct {
	deny        bool
	actions     []string // patterns, small letters
	notAction   bool
	resources   []string
	notResource bool
	services    []string // principals; nil in identity policies
	principals  []string
	conditions  []condition
	onlyFor     string // a resource policy speaks of its resource only (a bucket: and its objects)
	grants      []*Grant
}

// words is a string or a list of strings.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '[' {
		var list []any
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		for _, x := range list {
			s, err := word(x)
			if err != nil {
				return err
			}
			*w = append(*w, s)
		}
		return nil
	}
	var x any
	if err := json.Unmarshal(b, &x); err != nil {
		return err
	}
	s, err := word(x)
	*w = words{s}
	return err
}

func word(x any) (string, error) {
	switch x := x.(type) {
	case string:
		return x, nil
	case bool, float64:
		return fmt.Sprint(x), nil
	}
	return "", fmt.Errorf("%v is not a string", x)
}

type rawStatement struct {
	Sid          string
	Effect       string
	Action       words
	NotAction    words
	Resource     words
	NotResource  words
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Condition    map[string]map[string]words
}

// parse reads a policy document; of says whose it is.
func parse(document []byte, of Grant) ([]*statement, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, err
	}
	raw := bytes.TrimSpace(doc.Statement)
	if len(raw) == 0 {
		return nil, fmt.Errorf("Statement is missing")
	}
	if raw[0] == '{' {
		raw = append(append([]byte("["), raw...), ']')
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var out []*statement
	for i, r := range list {
		dec := json.NewDecoder(bytes.NewReader(r))
		dec.DisallowUnknownFields()
		var x rawStatement
		if err := dec.Decode(&x); err != nil {
			return nil, fmt.Errorf("Statement[%d]: %w", i, err)
		}
		of.Statement, of.Sid = i, x.Sid
		st, err := x.statement(of)
		if err != nil {
			return nil, fmt.Errorf("Statement[%d]: %w", i, err)
		}
		out = append(out, st)
	}
	return out, nil
}

func (x rawStatement) statement(of Grant) (*statement, error) {
	st := &statement{}
	switch x.Effect {
	case "Allow":
	case "Deny":
		st.deny = true
	default:
		return nil, fmt.Errorf("Effect %q must be Allow or Deny", x.Effect)
	}
	if (len(x.Action) == 0) == (len(x.NotAction) == 0) {
		return nil, fmt.Errorf("want either Action or NotAction")
	}
	st.notAction = len(x.NotAction) > 0
	for _, a := range append(x.Action, x.NotAction...) {
		if a != "*" && !strings.Contains(a, ":") {
			return nil, fmt.Errorf("action %q: want service:Action", a)
		}
		st.actions = append(st.actions, strings.ToLower(a))
		g := of
		g.Action, g.Deny, g.Resources = a, st.deny, x.Resource
		st.grants = append(st.grants, &g)
	}
	if len(x.Resource) > 0 && len(x.NotResource) > 0 {
		return nil, fmt.Errorf("want either Resource or NotResource")
	}
	st.resources, st.notResource = append([]string(nil), x.Resource...), len(x.NotResource) > 0
	if st.notResource {
		st.resources = append([]string(nil), x.NotResource...)
	}
	if len(x.NotPrincipal) > 0 {
		return nil, fmt.Errorf("NotPrincipal is not supported by the local stack")
	}
	if len(x.Principal) == 0 && len(st.resources) == 0 {
		return nil, fmt.Errorf("Resource is missing")
	}
	if len(x.Principal) > 0 {
		if err := st.readPrincipal(x.Principal); err != nil {
			return nil, err
		}
	}
	for op, keys := range x.Condition {
		for key, values := range keys {
			c, err := newCondition(op, key, values)
			if err != nil {
				return nil, err
			}
			st.conditions = append(st.conditions, c)
		}
	}
	return st, nil
}

func (st *statement) readPrincipal(raw json.RawMessage) error {
	var all string
	if json.Unmarshal(raw, &all) == nil {
		if all != "*" {
			return fmt.Errorf("Principal %q: want * or a map", all)
		}
		st.services, st.principals = []string{"*"}, []string{"*"}
		return nil
	}
	var m map[string]words
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("Principal: %w", err)
	}
	for k, v := range m {
		switch k {
		case "Service":
			st.services = append(st.services, v...)
		case "AWS":
			st.principals = append(st.principals, v...)
		default:
			return fmt.Errorf("Principal.%s is not supported by the local stack", k)
		}
	}
	return nil
}

// permission is AWS::Lambda::Permission as a statement.
func permission(p cfn.Permission) *statement {
	st := &statement{actions: []string{strings.ToLower(p.Action)}, resources: []string{p.Function}, onlyFor: p.Function,
		grants: []*Grant{{Holder: p.Function, Policy: p.LogicalID, Action: p.Action, Resources: []string{p.Function}}}}
	if strings.HasSuffix(p.Principal, ".amazonaws.com") || p.Principal == "*" {
		st.services = []string{p.Principal}
	}
	if !strings.HasSuffix(p.Principal, ".amazonaws.com") {
		st.principals = []string{p.Principal}
	}
	if p.SourceARN != "" {
		c, _ := newCondition("ArnLike", "aws:SourceArn", words{p.SourceARN})
		st.conditions = append(st.conditions, c)
	}
	if p.SourceAccount != "" {
		c, _ := newCondition("StringEquals", "aws:SourceAccount", words{p.SourceAccount})
		st.conditions = append(st.conditions, c)
	}
	return st
}
