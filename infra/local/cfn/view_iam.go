package cfn

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Policy is a named policy document.
type Policy struct {
	Name     string
	Document json.RawMessage
}

// Role is an IAM role.
type Role struct {
	LogicalID string
	Name      string
	ARN       string
	Trust     json.RawMessage // AssumeRolePolicyDocument
	Policies  []Policy        // inline ones and managed ones of the template
	Managed   []string        // ARNs of AWS's managed policies
}

// Permission is a statement of a function's resource policy.
type Permission struct {
	LogicalID     string
	Function      string // ARN of the function, qualified when the permission is for an alias
	Action        string
	Principal     string // a service, an account id, an ARN or *
	SourceARN     string
	SourceAccount string
}

// ResourcePolicy is the policy of a queue or a bucket.
type ResourcePolicy struct {
	LogicalID string
	Resource  string // ARN
	Document  json.RawMessage
}

func (s *Stack) fillRoles() error {
	type inline struct {
		PolicyName     string
		PolicyDocument document
	}
	type props struct {
		AssumeRolePolicyDocument document
		Path                     string
		Policies                 []inline
		ManagedPolicyArns        []string
		PermissionsBoundary      string
	}
	own := map[string]Policy{} // managed policies of the template by ARN
	type managedProps struct {
		Path           string
		PolicyDocument document
		Roles          []string
	}
	attach := map[string][]Policy{} // role name → policies attached from outside
	err := each(s, "AWS::IAM::ManagedPolicy", func(r Resource, p managedProps) error {
		if p.Path == "" {
			p.Path = "/"
		}
		pol := Policy{Name: r.Name, Document: json.RawMessage(p.PolicyDocument)}
		own["arn:aws:iam::"+s.Account+":policy"+p.Path+r.Name] = pol
		for _, role := range p.Roles {
			attach[role] = append(attach[role], pol)
		}
		return nil
	})
	if err != nil {
		return err
	}
	type attached struct {
		PolicyName     string
		PolicyDocument document
		Roles          []string
		RoleName       string
	}
	for _, kind := range []string{"AWS::IAM::Policy", "AWS::IAM::RolePolicy"} {
		err := each(s, kind, func(r Resource, p attached) error {
			for _, role := range append(p.Roles, p.RoleName) {
				if role != "" {
					attach[role] = append(attach[role], Policy{Name: p.PolicyName, Document: json.RawMessage(p.PolicyDocument)})
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return each(s, "AWS::IAM::Role", func(r Resource, p props) error {
		if p.AssumeRolePolicyDocument == nil {
			return fmt.Errorf("AssumeRolePolicyDocument is missing")
		}
		if p.PermissionsBoundary != "" {
			return fmt.Errorf("PermissionsBoundary is not supported by the local stack")
		}
		if p.Path == "" {
			p.Path = "/"
		}
		role := Role{LogicalID: r.LogicalID, Name: r.Name, ARN: "arn:aws:iam::" + s.Account + ":role" + p.Path + r.Name,
			Trust: json.RawMessage(p.AssumeRolePolicyDocument)}
		for _, i := range p.Policies {
			if i.PolicyDocument == nil {
				return fmt.Errorf("policy %s has no PolicyDocument", i.PolicyName)
			}
			role.Policies = append(role.Policies, Policy{Name: i.PolicyName, Document: json.RawMessage(i.PolicyDocument)})
		}
		seen := map[string]bool{}
		for _, arn := range p.ManagedPolicyArns {
			if pol, ok := own[arn]; ok {
				role.Policies = append(role.Policies, pol)
			} else if !seen[arn] {
				role.Managed = append(role.Managed, arn)
			}
			seen[arn] = true
		}
		role.Policies = append(role.Policies, attach[r.Name]...)
		s.roles = append(s.roles, role)
		return nil
	})
}

func (s *Stack) fillPermissions() error {
	type permission struct {
		Action, FunctionName, Principal, SourceArn string
		SourceAccount                              *scalarText
	}
	err := each(s, "AWS::Lambda::Permission", func(r Resource, p permission) error {
		if p.Action == "" || p.FunctionName == "" || p.Principal == "" {
			return fmt.Errorf("want Action, FunctionName and Principal")
		}
		x := Permission{LogicalID: r.LogicalID, Function: s.functionARN(p.FunctionName), Action: p.Action, Principal: p.Principal, SourceARN: p.SourceArn}
		if _, ok := s.FunctionByARN(x.Function); !ok {
			return fmt.Errorf("FunctionName %s is no function of the template", p.FunctionName)
		}
		if p.SourceAccount != nil {
			x.SourceAccount = string(*p.SourceAccount)
		}
		s.permissions = append(s.permissions, x)
		return nil
	})
	if err != nil {
		return err
	}
	type queuePolicy struct {
		Queues         []string
		PolicyDocument document
	}
	err = each(s, "AWS::SQS::QueuePolicy", func(r Resource, p queuePolicy) error {
		for _, url := range p.Queues {
			s.queuePolicies = append(s.queuePolicies, ResourcePolicy{LogicalID: r.LogicalID,
				Resource: s.arn("sqs", url[strings.LastIndex(url, "/")+1:]), Document: json.RawMessage(p.PolicyDocument)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	type bucketPolicy struct {
		Bucket         string
		PolicyDocument document
	}
	return each(s, "AWS::S3::BucketPolicy", func(r Resource, p bucketPolicy) error {
		s.bucketPolicy = append(s.bucketPolicy, ResourcePolicy{LogicalID: r.LogicalID, Resource: "arn:aws:s3:::" + p.Bucket, Document: json.RawMessage(p.PolicyDocument)})
		return nil
	})
}
