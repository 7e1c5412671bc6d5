package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// stackInfo is what CloudFormation says of the stack.
type stackInfo struct {
	ID        string                                                 `xml:"StackId"`
	Name      string                                                 `xml:"StackName"`
	Status    string                                                 `xml:"StackStatus"`
	Reason    string                                                 `xml:"StackStatusReason"`
	Created   time.Time                                              `xml:"CreationTime"`
	Updated   time.Time                                              `xml:"LastUpdatedTime"`
	Outputs   []struct{ OutputKey, OutputValue, Description string } `xml:"Outputs>member"`
	Parameter []struct{ ParameterKey, ParameterValue string }        `xml:"Parameters>member"`
}

var errNoStack = errors.New("there is no such stack")

// describe asks for the stack, once.
func (p *place) describe(ctx context.Context) (*stackInfo, error) {
	if p.described != nil {
		return p.described, nil
	}
	var out struct {
		Stacks []stackInfo `xml:"Stacks>member"`
	}
	err := p.query(ctx, cloudFormation, "DescribeStacks", url.Values{"StackName": {p.stack}}, &out)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") || err == nil && len(out.Stacks) == 0 {
		where := "in " + p.aws.Region + " of this account"
		if p.local {
			where = "on the local stack"
		}
		return nil, fmt.Errorf("%w: %s %s. Is STACK right, and the region (AWS_REGION)?%s", errNoStack, p.stack, where, p.others(ctx))
	}
	if err != nil {
		return nil, err
	}
	p.described = &out.Stacks[0]
	return p.described, nil
}

// others names the stacks that are there, if that can be found out.
func (p *place) others(ctx context.Context) string {
	var out struct {
		Stacks []stackInfo `xml:"Stacks>member"`
	}
	if p.query(ctx, cloudFormation, "DescribeStacks", nil, &out) != nil {
		return ""
	}
	var names []string
	for _, s := range out.Stacks {
		if s.output("BusName") != "" && s.output("TableName") != "" {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " Stacks of Deskhand here: " + strings.Join(names, ", ")
}

func (s *stackInfo) output(key string) string {
	for _, o := range s.Outputs {
		if o.OutputKey == key {
			return o.OutputValue
		}
	}
	return ""
}

func (s *stackInfo) parameter(key string) string {
	for _, o := range s.Parameter {
		if o.ParameterKey == key {
			return o.ParameterValue
		}
	}
	return ""
}

// account is the number in the stack's ARN.
func (s *stackInfo) account() string {
	if part := strings.Split(s.ID, ":"); len(part) > 4 {
		return part[4]
	}
	return ""
}

// output is one that the verb cannot do without.
func (p *place) output(ctx context.Context, key string) (string, error) {
	s, err := p.describe(ctx)
	if err != nil {
		return "", err
	}
	if v := s.output(key); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("stack %s (%s) has no output %s: is it one of Deskhand, and deployed to the end?", p.stack, s.Status, key)
}

// resource is one resource of the stack.
type resource struct {
	LogicalID  string `xml:"LogicalResourceId"`
	PhysicalID string `xml:"PhysicalResourceId"`
	Type       string `xml:"ResourceType"`
}

// resources are the stack's of a type.
func (p *place) resources(ctx context.Context, kind string) ([]resource, error) {
	var all []resource
	params := url.Values{"StackName": {p.stack}}
	for {
		var out struct {
			Summaries []resource `xml:"StackResourceSummaries>member"`
			NextToken string
		}
		if err := p.query(ctx, cloudFormation, "ListStackResources", params, &out); err != nil {
			return nil, err
		}
		for _, r := range out.Summaries {
			if r.Type == kind {
				all = append(all, r)
			}
		}
		if out.NextToken == "" {
			return all, nil
		}
		params.Set("NextToken", out.NextToken)
	}
}
