package cfn

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// naming says which property names a resource of a type and how long a made-up name may be.
type naming struct {
	property string
	max      int
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
var named = map[string]naming{
	"AWS::Lambda::Function":            {"FunctionName", 64},
	"AWS::DynamoDB::Table":             {"TableName", 255},
	"AWS::SQS::Queue":                  {"QueueName", 80},
	"AWS::SNS::Topic":                  {"TopicName", 255},
	"AWS::Events::EventBus":            {"Name", 256},
	"AWS::Events::Rule":                {"Name", 64},
	"AWS::S3::Bucket":                  {"BucketName", 63},
	"AWS::IAM::Role":                   {"RoleName", 64},
	"AWS::IAM::ManagedPolicy":          {"ManagedPolicyName", 128},
	"AWS::Scheduler::Schedule":         {"Name", 64},
	"AWS::Scheduler::ScheduleGroup":    {"Name", 64},
	"AWS::SES::ReceiptRuleSet":         {"RuleSetName", 64},
	"AWS::SES::EmailIdentity":          {"EmailIdentity", 320},
	"AWS::SES::ConfigurationSet":       {"Name", 64},
	"AWS::Logs::LogGroup":              {"LogGroupName", 512},
	"AWS::CloudWatch::Alarm":           {"AlarmName", 255},
	"AWS::CloudWatch::Dashboard":       {"DashboardName", 255},
	"AWS::ApiGatewayV2::Stage":         {"StageName", 128},
	"AWS::Cognito::UserPoolDomain":     {"Domain", 63},
	"AWS::StepFunctions::Activity":     {"Name", 80},
	"AWS::StepFunctions::StateMachine": {"StateMachineName", 80},
	"AWS::ApiGatewayV2::DomainName":    {"DomainName", 512},
	"AWS::Cognito::UserPoolGroup":      {"GroupName", 128},
	"AWS::Cognito::UserPoolUser":       {"Username", 128},
}

// opaque types have ids that nobody chooses: ten small letters and digits.
var opaque = map[string]bool{
	"AWS::ApiGatewayV2::Api": true, "AWS::ApiGatewayV2::Route": true, "AWS::ApiGatewayV2::Integration": true,
	"AWS::ApiGatewayV2::Authorizer": true, "AWS::ApiGatewayV2::Deployment": true, "AWS::Cognito::UserPoolClient": true,
}

// played are the types that some local service acts on, or that only shape others.
var played = map[string]bool{
	"AWS::Lambda::Function": true, "AWS::Lambda::Permission": true, "AWS::Lambda::EventSourceMapping": true,
	"AWS::Lambda::EventInvokeConfig": true, "AWS::Lambda::Alias": true, "AWS::Lambda::Version": true,
	"AWS::DynamoDB::Table": true, "AWS::SQS::Queue": true, "AWS::SQS::QueuePolicy": true,
	"AWS::Events::EventBus": true, "AWS::Events::Rule": true, "AWS::S3::Bucket": true, "AWS::S3::BucketPolicy": true,
	"AWS::IAM::Role": true, "AWS::IAM::Policy": true, "AWS::IAM::RolePolicy": true, "AWS::IAM::ManagedPolicy": true,
	"AWS::ApiGatewayV2::Api": true, "AWS::ApiGatewayV2::Stage": true, "AWS::ApiGatewayV2::Route": true,
	"AWS::ApiGatewayV2::Integration": true, "AWS::ApiGatewayV2::Authorizer": true, "AWS::ApiGatewayV2::Deployment": true,
	"AWS::SES::ReceiptRule": true, "AWS::SES::ReceiptRuleSet": true, "AWS::SES::EmailIdentity": true,
	"AWS::SES::ConfigurationSet": true, "AWS::SES::ConfigurationSetEventDestination": true, "AWS::Scheduler::Schedule": true, "AWS::Scheduler::ScheduleGroup": true,
	"AWS::Logs::LogGroup": true,
}

// inert are the types that change nothing a function or a caller can see here: who is told of
// alarms, what is drawn of metrics, the sign-in that the local issuer stands in for, and
// addresses that only DNS leads to. Their properties are resolved all the same.
var inert = map[string]bool{
	"AWS::CloudWatch::Alarm": true, "AWS::CloudWatch::Dashboard": true,
	"AWS::SNS::Topic": true, "AWS::SNS::TopicPolicy": true, "AWS::SNS::Subscription": true,
	"AWS::Cognito::UserPool": true, "AWS::Cognito::UserPoolDomain": true, "AWS::Cognito::UserPoolGroup": true,
	"AWS::Cognito::UserPoolUser": true, "AWS::Cognito::UserPoolUserToGroupAttachment": true,
	"AWS::Cognito::UserPoolResourceServer": true, "AWS::Cognito::UserPoolClient": true,
	"AWS::ApiGatewayV2::DomainName": true, "AWS::ApiGatewayV2::ApiMapping": true,
}

// suffix is the end of a made-up name: the same for the same stack and resource, so
// that a restart finds what the last run made.
func (sc *scope) suffix(id string) string {
	sum := sha256.Sum256([]byte(sc.env.Account + "/" + sc.env.Region + "/" + sc.env.Stack + "/" + id))
	return base32.StdEncoding.EncodeToString(sum[:])[:12]
}

func uuid(seed string) string {
	h := sha256.Sum256([]byte(seed))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// name is the physical name of a resource: as the template says, or made up.
func (sc *scope) name(id string) (string, error) {
	if n, ok := sc.names[id]; ok {
		return n, nil
	}
	r := sc.template.resources[id]
	n, err := sc.givenName(id, r)
	if err != nil {
		return "", err
	}
	if n == "" {
		n = sc.makeName(id, r)
	}
	sc.names[id] = n
	return n, nil
}

func (sc *scope) givenName(id string, r *resource) (string, error) {
	at := "resource " + id + ": Properties."
	props, key := r.properties, named[r.kind].property
	if r.kind == "AWS::SES::ReceiptRule" {
		props, _ = r.properties["Rule"].(map[string]any)
		key, at = "Name", at+"Rule."
	}
	v, ok := props[key]
	if key == "" || !ok {
		return "", nil
	}
	x, err := sc.eval(v, at+key)
	if err != nil {
		return "", err
	}
	switch x := x.(type) {
	case noValue:
		return "", nil
	case map[string]any, []any:
		return "", fmt.Errorf("%s%s: want a string", at, key)
	default:
		return text(x), nil
	}
}

func (sc *scope) makeName(id string, r *resource) string {
	suffix := sc.suffix(id)
	if opaque[r.kind] {
		return strings.ToLower(suffix[:10])
	}
	if r.kind == "AWS::Cognito::UserPool" {
		return sc.env.Region + "_" + suffix[:9]
	}
	if r.generated && r.kind == "AWS::IAM::Role" {
		return clip(sc.env.Stack+"-"+id, 64)
	}
	limit := named[r.kind].max
	if limit == 0 {
		limit = 255
	}
	tail := "-" + suffix
	if fifo, _ := r.properties["FifoQueue"].(bool); fifo {
		tail += ".fifo"
	}
	n := clip(sc.env.Stack+"-"+id, limit-len(tail)) + tail
	if r.kind == "AWS::S3::Bucket" {
		n = strings.ToLower(n)
	}
	return n
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
