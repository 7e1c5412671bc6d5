package iam

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/deskhand/deskhand/infra/local/iam/reference"
)

// Finding is something in a policy that does not agree with AWS's Service Authorization
// Reference; see package reference for the data and its source.
type Finding struct {
	Holder    string // ARN of the role, or of the resource whose policy it is
	Policy    string
	Statement int
	Action    string // as written
	Resource  string // as written; "" when the finding is not about one
	Problem   string
}

func (f Finding) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s, policy %s, statement %d: %s %s", f.Holder, f.Policy, f.Statement, f.Action, f.Resource)) + ": " + f.Problem
}

// Problems of a Finding.
const (
	NoSuchAction    = "there is no such action"
	WrongResource   = "the action has no resource type with such an ARN"
	OnlyStar        = "the action can be allowed on * only"
	StarResource    = "* although the action can be narrowed to resources"
	NoSuchCondition = "the condition key does not exist for the action"
)

// Lint holds every statement that allows something to the reference: each action exists,
// each resource can be one of the action's, a star stands only where the action knows no
// resources, and each condition key exists for the action. AWS's own managed policies and
// trust policies are left out.
func (a *Authority) Lint() []Finding {
	var out []Finding
	check := func(list []*statement) {
		for _, st := range list {
			for _, g := range st.grants {
				if !g.Managed && !st.deny && !st.notAction && !st.notResource {
					out = append(out, st.lint(g)...)
				}
			}
		}
	}
	for _, r := range a.roles {
		check(r.allow)
	}
	check(a.resource)
	sort.SliceStable(out, func(i, j int) bool { return out[i].String() < out[j].String() })
	return out
}

func (st *statement) lint(g *Grant) []Finding {
	var out []Finding
	add := func(resource, problem string) {
		out = append(out, Finding{g.Holder, g.Policy, g.Statement, g.Action, resource, problem})
	}
	actions := reference.Actions(g.Action)
	if len(actions) == 0 {
		add("", NoSuchAction)
		return out
	}
	takes := func(resource string) bool {
		return slices.ContainsFunc(actions, func(action string) bool { return reference.Fits(action, resource) })
	}
	narrow := slices.ContainsFunc(actions, func(action string) bool { return len(reference.Types(action)) > 0 })
	for _, r := range st.resources {
		switch {
		case r == "*" && narrow && st.onlyFor == "":
			add(r, StarResource)
		case r != "*" && !narrow:
			add(r, OnlyStar)
		case !takes(r):
			add(r, WrongResource)
		}
	}
	for _, c := range st.conditions {
		if !slices.ContainsFunc(actions, func(action string) bool { return reference.Condition(action, c.key) }) {
			add(c.key, NoSuchCondition)
		}
	}
	return out
}

// disputed are actions on resources that the reference does not give them and other sources of
// AWS do: SAM's policy template StepFunctionsCallbackPolicy narrows SendTask* to a state machine
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html).
// infra/verifyaws settles it in an account.
var disputed = map[string]string{
	"states:SendTaskSuccess": ":stateMachine:", "states:SendTaskFailure": ":stateMachine:", "states:SendTaskHeartbeat": ":stateMachine:",
}

// nonsense is the answer to a question that no policy could answer: an action that does not
// exist, or a resource that the action does not have. It means that the local service asks
// wrongly, or that the caller named something that is no such resource.
func nonsense(action, resource string) error {
	if kind := disputed[action]; kind != "" && strings.Contains(resource, kind) {
		return nil
	}
	service, _, _ := strings.Cut(action, ":")
	if !slices.Contains(reference.Services(), service) || !strings.HasPrefix(resource, "arn:") && resource != "*" {
		return nil // not in the data
	}
	switch {
	case !reference.Known(action):
		return fmt.Errorf("the action %s does not exist in AWS's Service Authorization Reference", action)
	case resource != "*" && len(reference.Types(action)) == 0:
		return fmt.Errorf("the action %s has no resources in AWS's Service Authorization Reference, and was asked for %s", action, resource)
	case !reference.Fits(action, resource):
		return fmt.Errorf("%s is no resource of the action %s in AWS's Service Authorization Reference", resource, action)
	}
	return nil
}
