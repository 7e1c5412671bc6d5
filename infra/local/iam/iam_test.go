package iam_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/iam"
)

const account = "123456789012"

func mustNew(tb testing.TB, template string) *iam.Authority {
	tb.Helper()
	s, err := cfn.Parse([]byte("Transform: AWS::Serverless-2016-10-31\nResources:\n"+template), "", nil, cfn.Env{Stack: "d"})
	if err != nil {
		tb.Fatal(err)
	}
	a, err := iam.New(s)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func roleARN(name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// authority has one role "r" with the statements.
func authority(tb testing.TB, statements string) (*iam.Authority, awshttp.Principal) {
	tb.Helper()
	a := mustNew(tb, fmt.Sprintf(`  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole, Condition: {StringEquals: {"aws:SourceAccount": "%s"}}}]}
      Policies: [{PolicyName: p, PolicyDocument: {Statement: %s}}]
`, account, statements))
	return a, awshttp.Principal{ARN: roleARN("r")}
}

func TestIdentityPolicies(t *testing.T) {
	const table = "arn:aws:dynamodb:us-east-1:123456789012:table/T"
	for name, c := range map[string]struct {
		statements, action, resource string
		context                      map[string]string
		want                         bool
	}{
		"exact":                      {`[{Effect: Allow, Action: "dynamodb:GetItem", Resource: "` + table + `"}]`, "dynamodb:GetItem", table, nil, true},
		"action without case":        {`[{Effect: Allow, Action: "dynamodb:getitem", Resource: "*"}]`, "dynamodb:GetItem", table, nil, true},
		"other action":               {`[{Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}]`, "dynamodb:PutItem", table, nil, false},
		"action wildcard":            {`[{Effect: Allow, Action: "dynamodb:*Item", Resource: "*"}]`, "dynamodb:PutItem", table, nil, true},
		"question mark":              {`[{Effect: Allow, Action: "dynamodb:?etItem", Resource: "*"}]`, "dynamodb:GetItem", table, nil, true},
		"index is not the table":     {`[{Effect: Allow, Action: "dynamodb:Query", Resource: "` + table + `"}]`, "dynamodb:Query", table + "/index/of", nil, false},
		"index by wildcard":          {`[{Effect: Allow, Action: "dynamodb:Query", Resource: "` + table + `/index/*"}]`, "dynamodb:Query", table + "/index/of", nil, true},
		"no resource needs star":     {`[{Effect: Allow, Action: "dynamodb:ListTables", Resource: "` + table + `"}]`, "dynamodb:ListTables", "*", nil, false},
		"deny wins":                  {`[{Effect: Allow, Action: "*", Resource: "*"}, {Effect: Deny, Action: "dynamodb:DeleteItem", Resource: "*"}]`, "dynamodb:DeleteItem", table, nil, false},
		"not action":                 {`[{Effect: Allow, NotAction: "iam:*", Resource: "*"}]`, "iam:PassRole", "x", nil, false},
		"not action else":            {`[{Effect: Allow, NotAction: "iam:*", Resource: "*"}]`, "s3:GetObject", "x", nil, true},
		"not resource":               {`[{Effect: Allow, Action: "s3:*", NotResource: "arn:aws:s3:::b/secret/*"}]`, "s3:GetObject", "arn:aws:s3:::b/secret/x", nil, false},
		"not resource else":          {`[{Effect: Allow, Action: "s3:*", NotResource: "arn:aws:s3:::b/secret/*"}]`, "s3:GetObject", "arn:aws:s3:::b/open/x", nil, true},
		"pass role":                  {`[{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": states.amazonaws.com}}}]`, "iam:PassRole", "x", map[string]string{"iam:PassedToService": "states.amazonaws.com"}, true},
		"pass role to another":       {`[{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": states.amazonaws.com}}}]`, "iam:PassRole", "x", map[string]string{"iam:PassedToService": "ecs.amazonaws.com"}, false},
		"key missing":                {`[{Effect: Allow, Action: "iam:PassRole", Resource: "*", Condition: {StringEquals: {"iam:PassedToService": x}}}]`, "iam:PassRole", "x", nil, false},
		"key missing if exists":      {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {StringEqualsIfExists: {"k": x}}}]`, "a:B", "x", nil, true},
		"not equals missing":         {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {StringNotEquals: {"k": x}}}]`, "a:B", "x", nil, true},
		"not equals list":            {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {StringNotEquals: {"k": [x, y]}}}]`, "a:B", "x", map[string]string{"K": "y"}, false},
		"like":                       {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {StringLike: {"k": "ab*"}}}]`, "a:B", "x", map[string]string{"k": "abc"}, true},
		"arn like stays in its part": {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {ArnLike: {"k": "arn:aws:*:x"}}}]`, "a:B", "x", map[string]string{"k": "arn:aws:s3:::x"}, false},
		"bool":                       {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "true"}}}]`, "a:B", "x", nil, true},
		"null":                       {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {"Null": {"k": true}}}]`, "a:B", "x", map[string]string{"k": "1"}, false},
		"any value":                  {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {"ForAnyValue:StringEquals": {"k": b}}}]`, "a:B", "x", map[string]string{"k": "a\nb"}, true},
		"all values":                 {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {"ForAllValues:StringLike": {"k": "a*"}}}]`, "a:B", "x", map[string]string{"k": "a1\nb"}, false},
		"all values missing":         {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {"ForAllValues:StringLike": {"k": "a*"}}}]`, "a:B", "x", nil, true},
		"two operators are and":      {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {StringEquals: {"k": a}, StringLike: {"j": "b*"}}}]`, "a:B", "x", map[string]string{"k": "a", "j": "c"}, false},
		"numeric":                    {`[{Effect: Allow, Action: "a:B", Resource: "*", Condition: {NumericLessThanEquals: {"k": 10}}}]`, "a:B", "x", map[string]string{"k": "9"}, true},
		"variable":                   {`[{Effect: Allow, Action: "a:B", Resource: "x/${aws:PrincipalAccount}/*"}]`, "a:B", "x/123456789012/y", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := authority(t, c.statements)
			err := a.Authorize(p, c.action, c.resource, c.context)
			if (err == nil) != c.want {
				t.Errorf("allowed = %v (%v), want %v", err == nil, err, c.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	a := mustNew(t, `  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, FunctionName: fn}}
`)
	role := roleARN("d-FRole")
	err := a.Authorize(a.ByAccessKey(iam.AccessKey(role)), "s3:GetObject", "arn:aws:s3:::b/k", nil)
	want := "User: arn:aws:sts::123456789012:assumed-role/d-FRole/fn is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := a.Authorize(awshttp.Principal{ARN: role}, "logs:PutLogEvents", "x", nil); err != nil {
		t.Errorf("basic execution: %v", err)
	}
}

func TestAccessKeys(t *testing.T) {
	k := iam.AccessKey(roleARN("r"))
	if len(k) != 20 || !strings.HasPrefix(k, "ASIA") || k != iam.AccessKey(roleARN("r")) || k == iam.AccessKey(roleARN("s")) {
		t.Errorf("access key %q", k)
	}
	a, p := authority(t, `[{Effect: Allow, Action: "a:B", Resource: "*"}]`)
	if got := a.ByAccessKey(k); got != p {
		t.Errorf("by key: %+v", got)
	}
	if got := a.ByAccessKey("AKIAEXAMPLE"); !got.Admin {
		t.Errorf("a person: %+v", got)
	}
}

func TestResourcePolicies(t *testing.T) {
	a := mustNew(t, `  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, FunctionName: fn, AutoPublishAlias: live}}
  P: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: apigateway.amazonaws.com, SourceArn: "arn:aws:execute-api:us-east-1:123456789012:api/*"}}
  S: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F.Alias, Principal: ses.amazonaws.com, SourceAccount: "123456789012"}}
  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Other: {Type: AWS::SQS::Queue, Properties: {QueueName: q2}}
  QP: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Q], PolicyDocument: {Statement: {Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sqs:SendMessage, Resource: "*", Condition: {ArnLike: {"aws:SourceArn": "arn:aws:events:*:*:rule/bus/*"}}}}}}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}
  BP: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ses.amazonaws.com}, Action: s3:PutObject, Resource: "arn:aws:s3:::b/in/*", Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}}, {Effect: Deny, Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::b/locked/*"}]}}}
  R: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {Statement: []}, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}}}]}}
`)
	const fn = "arn:aws:lambda:us-east-1:123456789012:function:fn"
	const queue = "arn:aws:sqs:us-east-1:123456789012:q"
	for name, c := range map[string]struct {
		service, action, resource, source string
		want                              bool
	}{
		"api":                   {"apigateway.amazonaws.com", "lambda:InvokeFunction", fn, "arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/x", true},
		"another api":           {"apigateway.amazonaws.com", "lambda:InvokeFunction", fn, "arn:aws:execute-api:us-east-1:123456789012:other/$default/GET/x", false},
		"api and alias":         {"apigateway.amazonaws.com", "lambda:InvokeFunction", fn + ":live", "arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/x", false},
		"ses and alias":         {"ses.amazonaws.com", "lambda:InvokeFunction", fn + ":live", "", true},
		"another service":       {"events.amazonaws.com", "lambda:InvokeFunction", fn, "arn:aws:events:us-east-1:123456789012:rule/x", false},
		"queue":                 {"events.amazonaws.com", "sqs:SendMessage", queue, "arn:aws:events:us-east-1:123456789012:rule/bus/x", true},
		"queue, default bus":    {"events.amazonaws.com", "sqs:SendMessage", queue, "arn:aws:events:us-east-1:123456789012:rule/x", false},
		"queue without policy":  {"events.amazonaws.com", "sqs:SendMessage", queue + "2", "arn:aws:events:us-east-1:123456789012:rule/bus/x", false},
		"bucket":                {"ses.amazonaws.com", "s3:PutObject", "arn:aws:s3:::b/in/1", "arn:aws:ses:x", true},
		"bucket, other prefix":  {"ses.amazonaws.com", "s3:PutObject", "arn:aws:s3:::b/out/1", "", false},
		"bucket of that prefix": {"ses.amazonaws.com", "s3:PutObject", "arn:aws:s3:::b/in2/1", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := a.AllowService(c.service, c.action, c.resource, c.source); (err == nil) != c.want {
				t.Errorf("allowed = %v (%v), want %v", err == nil, err, c.want)
			}
		})
	}
	role := awshttp.Principal{ARN: roleARN("r")}
	if err := a.Authorize(role, "s3:GetObject", "arn:aws:s3:::b/locked/x", nil); err == nil || !strings.Contains(err.Error(), "explicit deny in a resource-based policy") {
		t.Errorf("deny of the bucket: %v", err)
	}
	if err := a.Authorize(role, "s3:GetObject", "arn:aws:s3:::b/open/x", nil); err != nil {
		t.Error(err)
	}
}

func TestAssume(t *testing.T) {
	a, p := authority(t, `[{Effect: Allow, Action: "a:B", Resource: "*"}]`)
	if err := a.CanAssume("states.amazonaws.com", p.ARN, ""); err != nil {
		t.Error(err)
	}
	if err := a.CanAssume("lambda.amazonaws.com", p.ARN, ""); err == nil {
		t.Error("lambda may assume a role that trusts states")
	}
	if err := a.CanAssume("states.amazonaws.com", roleARN("none"), ""); err == nil {
		t.Error("a role that does not exist")
	}
}

func TestUsage(t *testing.T) {
	a, p := authority(t, `[{Sid: Read, Effect: Allow, Action: ["s3:GetObject", "s3:PutObject"], Resource: "*"}]`)
	for range 3 {
		if err := a.Authorize(p, "s3:GetObject", "arn:aws:s3:::b/k", nil); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	for _, g := range a.Usage() {
		got[g.Sid+" "+g.Action] = g.Uses
	}
	if got["Read s3:GetObject"] != 3 || got["Read s3:PutObject"] != 0 || len(got) != 2 {
		t.Errorf("usage %v", got)
	}
	if _, err := json.Marshal(a.Usage()); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for name, props := range map[string]string{
		"managed policy": `{RoleName: r, AssumeRolePolicyDocument: {Statement: []}, ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]}`,
		"operator":       `{RoleName: r, AssumeRolePolicyDocument: {Statement: []}, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: "a:B", Resource: "*", Condition: {BinaryEquals: {k: v}}}}}]}`,
		"no resource":    `{RoleName: r, AssumeRolePolicyDocument: {Statement: []}, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: "a:B"}}}]}`,
		"misspelt":       `{RoleName: r, AssumeRolePolicyDocument: {Statement: []}, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Actions: "a:B", Resource: "*"}}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := cfn.Parse([]byte("Resources: {R: {Type: AWS::IAM::Role, Properties: "+props+"}}"), "", nil, cfn.Env{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := iam.New(s); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func BenchmarkAuthorize(b *testing.B) {
	s, err := cfn.Load("../../../template.yaml", nil, cfn.Env{})
	if err != nil {
		b.Fatal(err)
	}
	a, err := iam.New(s)
	if err != nil {
		b.Fatal(err)
	}
	table := s.Tables()[0].ARN
	p := awshttp.Principal{}
	for _, f := range s.Functions() {
		if f.LogicalID == "DispatchFunction" {
			p.ARN = f.RoleARN
		}
	}
	for b.Loop() {
		if err := a.Authorize(p, "dynamodb:PutItem", table, nil); err != nil {
			b.Fatal(err)
		}
	}
}
