// Package cloudformation answers what operators ask of a stack that is there: its
// outputs, its resources and its template. It deploys nothing: the local stack's only
// stack is the template that it was started with.
//
// Supported: DescribeStacks, ListStackResources, GetTemplate (Original).
// Not: everything that changes a stack.
//
// Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
package cloudformation

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
)

// Service is an awshttp.Service of the signing name "cloudformation".
type Service struct {
	stack *cfn.Stack
	text  []byte
	began time.Time
}

// New serves one stack, made at began from the template's text.
func New(stack *cfn.Stack, text []byte, began time.Time) *Service {
	return &Service{stack: stack, text: text, began: began}
}

const namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

// ServeAWS answers one call of the Query protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	form, err := c.Form()
	if err != nil {
		awshttp.WriteQuery(w, namespace, "Error", nil, err)
		return
	}
	name := form.Get("StackName")
	var v any
	switch c.Action {
	case "DescribeStacks":
		v, err = s.describe(c, name)
	case "ListStackResources":
		v, err = s.resources(c, name)
	case "GetTemplate":
		v, err = s.template(c, name)
	default:
		err = &awshttp.Error{Code: "InvalidAction", Message: "the local CloudFormation does not support " + c.Action + ": the local stack is the template that it was started with"}
	}
	awshttp.WriteQuery(w, namespace, c.Action, v, err)
}

func (s *Service) id() string {
	return fmt.Sprintf("arn:aws:cloudformation:%s:%s:stack/%s/00000000-0000-4000-8000-000000000000", s.stack.Region, s.stack.Account, s.stack.Stack)
}

// find allows the action on the stack; CloudFormation reports a stack that is not there
// as a ValidationError.
func (s *Service) find(c *awshttp.Call, name string) error {
	if err := c.Allow("cloudformation:"+c.Action, s.id(), nil); err != nil {
		return err
	}
	if name != s.stack.Stack && name != s.id() {
		return &awshttp.Error{Code: "ValidationError", Message: "Stack with id " + name + " does not exist"}
	}
	return nil
}

func (s *Service) at() string { return s.began.UTC().Format(time.RFC3339) }

type output struct {
	OutputKey, OutputValue string
	Description            string `xml:",omitempty"`
}

type parameter struct{ ParameterKey, ParameterValue string }

type description struct {
	StackID      string `xml:"StackId"`
	StackName    string
	CreationTime string
	StackStatus  string
	Outputs      []output    `xml:"Outputs>member"`
	Parameters   []parameter `xml:"Parameters>member"`
}

func (s *Service) describe(c *awshttp.Call, name string) (any, error) {
	if name == "" {
		name = s.stack.Stack // all stacks: there is one
	}
	if err := s.find(c, name); err != nil {
		return nil, err
	}
	d := description{StackID: s.id(), StackName: s.stack.Stack, CreationTime: s.at(), StackStatus: "CREATE_COMPLETE"}
	for key, value := range s.stack.Outputs {
		d.Outputs = append(d.Outputs, output{key, value, s.stack.OutputDescriptions[key]})
	}
	slices.SortFunc(d.Outputs, func(a, b output) int { return strings.Compare(a.OutputKey, b.OutputKey) })
	for key, value := range s.stack.Parameters {
		text := fmt.Sprint(value)
		if list, ok := value.([]any); ok {
			parts := make([]string, len(list))
			for i, v := range list {
				parts[i] = fmt.Sprint(v)
			}
			text = strings.Join(parts, ",")
		}
		if s.stack.Hidden[key] {
			text = "****"
		}
		d.Parameters = append(d.Parameters, parameter{key, text})
	}
	slices.SortFunc(d.Parameters, func(a, b parameter) int { return strings.Compare(a.ParameterKey, b.ParameterKey) })
	return struct {
		Stacks []description `xml:"Stacks>member"`
	}{[]description{d}}, nil
}

type summary struct {
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId"`
	ResourceType         string
	LastUpdatedTimestamp string
	ResourceStatus       string
}

func (s *Service) resources(c *awshttp.Call, name string) (any, error) {
	if err := s.find(c, name); err != nil {
		return nil, err
	}
	var all []summary
	for _, r := range s.stack.Resources {
		all = append(all, summary{r.LogicalID, r.Name, r.Type, s.at(), "CREATE_COMPLETE"})
	}
	slices.SortFunc(all, func(a, b summary) int { return strings.Compare(a.LogicalResourceID, b.LogicalResourceID) })
	return struct {
		StackResourceSummaries []summary `xml:"StackResourceSummaries>member"`
	}{all}, nil
}

func (s *Service) template(c *awshttp.Call, name string) (any, error) {
	if err := s.find(c, name); err != nil {
		return nil, err
	}
	return struct{ TemplateBody string }{string(s.text)}, nil
}
