package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/iam"
)

// within are the types whose names need to be unique within another resource only.
var within = map[string]string{
	"AWS::ApiGatewayV2::Stage": "ApiId", "AWS::Lambda::Alias": "FunctionName", "AWS::Lambda::Version": "FunctionName",
	"AWS::Cognito::UserPoolGroup": "UserPoolId", "AWS::Cognito::UserPoolUser": "UserPoolId", "AWS::Cognito::UserPoolClient": "UserPoolId",
}

// outside gives what stands for things outside of the account another value.
func outside(params map[string]string, name string) map[string]string {
	out := maps.Clone(params)
	for k, v := range out {
		out[k] = strings.ReplaceAll(v, "harbour", name)
	}
	return out
}

func TestTwoStacksInOneAccount(t *testing.T) {
	for _, names := range [][2]string{{"harbour", "lake"}, {"desk", "desk2"}, {"desk", "desk-test"}, {"Desk", "desk"}} {
		for label, params := range map[string]map[string]string{"full": full, "defaults": {}, "shared rule set": {"ReceiptRuleSetName": "active"}} {
			t.Run(strings.Join(names[:], " and ")+" "+label, func(t *testing.T) {
				a, b := load(t, names[0], outside(params, names[0])), load(t, names[1], outside(params, names[1]))
				apart(t, a, b)
				reach(t, a, b)
				reach(t, b, a)
			})
		}
	}
}

func place(r cfn.Resource) string {
	scope := ""
	if k := within[r.Type]; k != "" {
		scope = fmt.Sprint(r.Properties[k]) + " "
	}
	if r.Type == "AWS::SES::ReceiptRule" {
		scope = fmt.Sprint(r.Properties["RuleSetName"]) + " "
	}
	return r.Type + " " + scope + r.Name
}

func apart(t *testing.T, a, b *cfn.Stack) {
	t.Helper()
	seen := map[string]string{}
	for id, r := range a.Resources {
		seen[place(r)] = id
	}
	for id, r := range b.Resources {
		if other := seen[place(r)]; other != "" {
			t.Errorf("%s of %s and %s of %s are both %s", id, b.Stack, other, a.Stack, place(r))
		}
	}
	for name, v := range a.Outputs {
		if v == b.Outputs[name] && name != "RuleSetName" { // which both may be given
			t.Errorf("output %s of both is %s", name, v)
		}
	}
}

// common are what every stack of an account may do: send as any verified identity and look
// whether one is verified, for inboxes are made while it runs, and call the model it was given.
var common = []string{"ses:SendEmail", "ses:SendRawEmail", "ses:GetEmailIdentity", "ses:GetAccount", "bedrock:InvokeModel"}

// reach checks that no right of the one stack is good for anything of the other: neither
// for its resources nor for the state machines, schedules and mail that come later.
func reach(t *testing.T, from, to *cfn.Stack) {
	t.Helper()
	auth, err := iam.New(from)
	if err != nil {
		t.Fatal(err)
	}
	states := "arn:aws:states:eu-west-1:111122223333:"
	targets := []string{states + "stateMachine:" + to.Stack + "-wf-wf_1", states + "execution:" + to.Stack + "-wf-wf_1:run_1",
		"arn:aws:scheduler:eu-west-1:111122223333:schedule/default/" + to.Stack + "-wf_1"}
	for _, r := range to.Resources {
		switch r.Type {
		case "AWS::S3::Bucket":
			targets = append(targets, "arn:aws:s3:::"+r.Name, "arn:aws:s3:::"+r.Name+"/message/x")
		case "AWS::DynamoDB::Table":
			targets = append(targets, "arn:aws:dynamodb:eu-west-1:111122223333:table/"+r.Name, "arn:aws:dynamodb:eu-west-1:111122223333:table/"+r.Name+"/index/list")
		case "AWS::SQS::Queue":
			targets = append(targets, "arn:aws:sqs:eu-west-1:111122223333:"+r.Name)
		case "AWS::Events::EventBus":
			targets = append(targets, "arn:aws:events:eu-west-1:111122223333:event-bus/"+r.Name)
		case "AWS::Lambda::Function":
			targets = append(targets, "arn:aws:lambda:eu-west-1:111122223333:function:"+r.Name, "arn:aws:lambda:eu-west-1:111122223333:function:"+r.Name+":live")
		case "AWS::IAM::Role":
			targets = append(targets, "arn:aws:iam::111122223333:role/"+r.Name)
		case "AWS::SES::ConfigurationSet":
			targets = append(targets, "arn:aws:ses:eu-west-1:111122223333:configuration-set/"+r.Name)
		}
	}
	n := 0
	for _, g := range auth.Usage() {
		if g.Managed || g.Deny {
			continue
		}
		n++
		if g.Action == "ses:GetAccount" { // knows no resources, and tells of the account only
			continue
		}
		for _, pattern := range g.Resources {
			everybody := pattern == "*" || strings.HasSuffix(pattern, ":identity/*")
			if everybody && contains(common, g.Action) {
				continue
			}
			for _, target := range targets {
				if covers(pattern, target) {
					t.Errorf("%s (%s) of %s may %s %s of %s", g.Holder, g.Sid, from.Stack, g.Action, target, to.Stack)
				}
			}
			if everybody {
				t.Errorf("%s of %s may %s everything", g.Holder, from.Stack, g.Action)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d rights were read", n)
	}
	for _, r := range from.Rules() { // on the default bus, which both share
		if r.Bus != "default" || r.Pattern == nil {
			continue
		}
		var p map[string]any
		if err := json.Unmarshal(r.Pattern, &p); err != nil || !strings.Contains(string(r.Pattern), `"`+from.Stack) && !strings.Contains(string(r.Pattern), ":"+from.Stack+"-wf-") {
			t.Errorf("rule %s does not look at whose event it is: %s (%v)", r.LogicalID, r.Pattern, err)
		}
	}
}

// covers matches as IAM does: * over everything, slashes and colons too.
func covers(pattern, s string) bool {
	flat := func(s string) string {
		return strings.NewReplacer("/", "\x01", "[", "\x02", "]", "\x03", `\`, "\x04").Replace(s)
	}
	ok, err := path.Match(flat(pattern), flat(s))
	return ok && err == nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
