// Package iam decides, from the policies of the template, who may do what: the
// roles' identity policies, the functions', queues' and buckets' resource policies,
// and the roles' trust policies. Explicit deny wins, then an allow of either kind is
// enough within the account, and without one the answer is no, in AWS's words. It
// counts which statement allowed what, so that rights which nobody uses can be listed.
//
// Supported: Effect, Sid, Action, NotAction, Resource, NotResource, Principal (Service,
// AWS, *), Condition with the String, Numeric, Date, Bool, Arn and Null operators, their
// Not, Like, IgnoreCase and IfExists forms, ForAnyValue: and ForAllValues:, and policy
// variables ${key}. Refused when loading: NotPrincipal, other operators, and managed
// policies that this package does not know. Not here: permission boundaries, SCPs,
// session policies, tags. A question about an action that does not exist, or about a resource
// that it does not have, is answered with no, whatever the policies say; Lint holds the
// policies themselves to the same data (package reference). Signatures are not verified (see awshttp).
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
)

// Authority answers for one stack; it is safe for concurrent use.
type Authority struct {
	account  string
	region   string
	roles    map[string]*role
	byKey    map[string]*role
	resource []*statement // of resource policies
}

type role struct {
	arn     string
	name    string
	session string
	trust   []*statement
	allow   []*statement
}

var _ awshttp.Authorizer = (*Authority)(nil)

// New reads every policy of the stack; an error names the role or resource and the policy.
func New(s *cfn.Stack) (*Authority, error) {
	a := &Authority{account: s.Account, region: s.Region, roles: map[string]*role{}, byKey: map[string]*role{}}
	sessions := map[string]string{}
	for _, f := range s.Functions() {
		sessions[f.RoleARN] = f.Name
	}
	var errs []error
	for _, r := range s.Roles() {
		x, err := a.role(r)
		if err != nil {
			errs = append(errs, fmt.Errorf("role %s: %w", r.LogicalID, err))
			continue
		}
		if x.session = sessions[r.ARN]; x.session == "" {
			x.session = "local"
		}
		a.roles[r.ARN] = x
		a.byKey[AccessKey(r.ARN)] = x
	}
	for _, p := range s.Permissions() {
		a.resource = append(a.resource, permission(p))
	}
	for _, p := range append(append([]cfn.ResourcePolicy(nil), s.QueuePolicies()...), s.BucketPolicies()...) {
		list, err := parse(p.Document, Grant{Holder: p.Resource, Policy: p.LogicalID})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.LogicalID, err))
			continue
		}
		for _, st := range list {
			st.onlyFor = p.Resource
		}
		a.resource = append(a.resource, list...)
	}
	return a, errors.Join(errs...)
}

func (a *Authority) role(r cfn.Role) (*role, error) {
	x := &role{arn: r.ARN, name: r.Name}
	var err error
	if x.trust, err = parse(r.Trust, Grant{Holder: r.ARN, Policy: "AssumeRolePolicyDocument"}); err != nil {
		return nil, fmt.Errorf("AssumeRolePolicyDocument: %w", err)
	}
	for _, p := range r.Policies {
		list, err := parse(p.Document, Grant{Holder: r.ARN, Policy: p.Name})
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		x.allow = append(x.allow, list...)
	}
	for _, arn := range r.Managed {
		doc, ok := managedPolicies[arn]
		if !ok {
			return nil, fmt.Errorf("the local stack does not know the managed policy %s; write its statements out", arn)
		}
		list, err := parse([]byte(doc), Grant{Holder: r.ARN, Policy: arn, Managed: true})
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", arn, err)
		}
		x.allow = append(x.allow, list...)
	}
	return x, nil
}

// AccessKey is the access key id of a role: 20 characters, the same for the same role.
func AccessKey(roleARN string) string {
	sum := sha256.Sum256([]byte("access key of " + roleARN))
	return "ASIA" + base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// AccessKey is the package's AccessKey.
func (a *Authority) AccessKey(roleARN string) string { return AccessKey(roleARN) }

// ByAccessKey finds the role that has the key; any other key is a person at the
// keyboard, to whom everything is allowed.
func (a *Authority) ByAccessKey(key string) awshttp.Principal {
	if r, ok := a.byKey[key]; ok {
		return awshttp.Principal{ARN: r.arn}
	}
	return awshttp.Principal{ARN: "arn:aws:iam::" + a.account + ":user/local", Admin: true}
}

// Authorize asks whether a role may do an action on a resource ("*" for actions
// without one). Several values of one context key are separated by a line feed.
// A principal that is a service is judged by resource policies alone, with the
// source in the key aws:SourceArn.
func (a *Authority) Authorize(p awshttp.Principal, action, resource string, context map[string]string) error {
	if p.Admin {
		return nil
	}
	if !strings.HasPrefix(p.ARN, "arn:") {
		return a.AllowService(p.ARN, action, resource, context["aws:SourceArn"])
	}
	if err := nonsense(action, resource); err != nil {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s because %w", p.ARN, action, resource, err)
	}
	r := a.roles[p.ARN]
	who := p.ARN
	req := &request{action: action, resource: resource, principal: p.ARN, account: a.account, context: a.context(context)}
	req.context["aws:principalarn"] = []string{p.ARN}
	req.context["aws:principalaccount"] = []string{a.account}
	req.context["aws:principaltype"] = []string{"AssumedRole"}
	if r != nil {
		who = "arn:aws:sts::" + a.account + ":assumed-role/" + r.name + "/" + r.session
		switch decide(r.allow, req) {
		case denied:
			return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s with an explicit deny in an identity-based policy", who, action, resource)
		case allowed:
			if decide(a.resource, req) == denied {
				return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s with an explicit deny in a resource-based policy", who, action, resource)
			}
			return nil
		}
	}
	switch decide(a.resource, req) {
	case denied:
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s with an explicit deny in a resource-based policy", who, action, resource)
	case allowed:
		return nil
	}
	return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", who, action, resource, action)
}

// AllowService asks whether a service (e.g. events.amazonaws.com) may do an action
// on a resource for source (the ARN of the rule, the API, the bucket …; "" is the
// account without a particular source).
func (a *Authority) AllowService(service, action, resource, source string) error {
	return a.AllowServiceContext(service, action, resource, source, nil)
}

// AllowServiceContext is AllowService with further condition keys.
func (a *Authority) AllowServiceContext(service, action, resource, source string, context map[string]string) error {
	if err := nonsense(action, resource); err != nil {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s because %w", service, action, resource, err)
	}
	req := &request{action: action, resource: resource, service: service, account: a.account, context: a.context(context)}
	req.context["aws:sourceaccount"] = []string{a.account}
	req.context["aws:principalisawsservice"] = []string{"true"}
	req.context["aws:principalservicename"] = []string{service}
	if source != "" {
		req.context["aws:sourcearn"] = []string{source}
	}
	switch decide(a.resource, req) {
	case allowed:
		return nil
	case denied:
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s with an explicit deny in a resource-based policy", service, action, resource)
	}
	return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action (source %s)", service, action, resource, action, source)
}

// CanAssume asks whether a service may take on a role, by the role's trust policy.
func (a *Authority) CanAssume(service, roleARN, source string) error {
	r := a.roles[roleARN]
	if r == nil {
		return fmt.Errorf("role %s does not exist", roleARN)
	}
	req := &request{action: "sts:AssumeRole", resource: "", service: service, account: a.account, context: a.context(nil), anyResource: true}
	req.context["aws:sourceaccount"] = []string{a.account}
	if source != "" {
		req.context["aws:sourcearn"] = []string{source}
	}
	if decide(r.trust, req) == allowed {
		return nil
	}
	switch service {
	case "lambda.amazonaws.com":
		return errors.New("The role defined for the function cannot be assumed by Lambda.")
	case "scheduler.amazonaws.com":
		return errors.New("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
	}
	return fmt.Errorf("Neither the global service principal %s, nor the regional one is authorized to assume the provided role.", service)
}

// HasRole tells whether the stack has the role.
func (a *Authority) HasRole(arn string) bool { return a.roles[arn] != nil }

// context is a request's condition keys, in small letters, with those every request has.
func (a *Authority) context(given map[string]string) map[string][]string {
	out := map[string][]string{"aws:requestedregion": {a.region}, "aws:securetransport": {"true"}, "aws:resourceaccount": {a.account}}
	for k, v := range given {
		out[strings.ToLower(k)] = strings.Split(v, "\n")
	}
	return out
}
