package cfn

import (
	"fmt"
	"strings"
)

// StreamLabel is the time in every stream's ARN: fixed, because a local table's
// stream lives as long as the table; dynamodb.StreamLabel is the same.
const StreamLabel = "2024-01-01T00:00:00.000"

// refValue is what Ref gives for a resource.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
func (sc *scope) refValue(id string) (any, error) {
	r := sc.template.resources[id]
	n, err := sc.name(id)
	if err != nil {
		return nil, err
	}
	switch r.kind {
	case "AWS::SQS::Queue":
		return sc.queueURL(n), nil
	case "AWS::SNS::Topic", "AWS::IAM::ManagedPolicy", "AWS::StepFunctions::StateMachine", "AWS::StepFunctions::Activity":
		return sc.arn(id)
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		return sc.arn(id)
	case "AWS::Events::Rule":
		bus, err := sc.busOf(id)
		if err != nil || bus == "default" {
			return n, err
		}
		return bus + "|" + n, nil
	}
	return n, nil
}

func (sc *scope) queueURL(name string) string {
	base := sc.env.Endpoint
	if base == "" {
		base = "https://sqs." + sc.env.Region + ".amazonaws.com"
	}
	return strings.TrimSuffix(base, "/") + "/" + sc.env.Account + "/" + name
}

// busOf is the name of the bus that a rule is on.
func (sc *scope) busOf(id string) (string, error) {
	v, ok := sc.template.resources[id].properties["EventBusName"]
	if !ok {
		return "default", nil
	}
	x, err := sc.eval(v, "resource "+id+": Properties.EventBusName")
	if err != nil {
		return "", err
	}
	bus := text(x)
	if _, none := x.(noValue); none || bus == "" {
		return "default", nil
	}
	return bus[strings.LastIndex(bus, "/")+1:], nil
}

func (sc *scope) local(service, resource string) string {
	return "arn:aws:" + service + ":" + sc.env.Region + ":" + sc.env.Account + ":" + resource
}

func (sc *scope) property(id, key, fallback string) (string, error) {
	v, ok := sc.template.resources[id].properties[key]
	if !ok {
		return fallback, nil
	}
	x, err := sc.eval(v, "resource "+id+": Properties."+key)
	if _, none := x.(noValue); none {
		return fallback, err
	}
	return text(x), err
}

// arn is the ARN of a resource, or an error for types whose ARN is not known here.
func (sc *scope) arn(id string) (string, error) {
	r := sc.template.resources[id]
	n, err := sc.name(id)
	if err != nil {
		return "", err
	}
	switch r.kind {
	case "AWS::Lambda::Function":
		return sc.local("lambda", "function:"+n), nil
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		fn, err := sc.property(id, "FunctionName", "")
		if err != nil {
			return "", err
		}
		qualifier := "1"
		if r.kind == "AWS::Lambda::Alias" {
			if qualifier, err = sc.property(id, "Name", ""); err != nil {
				return "", err
			}
		}
		return sc.local("lambda", "function:"+fn[strings.LastIndex(fn, ":")+1:]+":"+qualifier), nil
	case "AWS::Lambda::EventSourceMapping":
		return sc.local("lambda", "event-source-mapping:"+uuid(sc.env.Stack+"/"+id)), nil
	case "AWS::DynamoDB::Table":
		return sc.local("dynamodb", "table/"+n), nil
	case "AWS::SQS::Queue":
		return sc.local("sqs", n), nil
	case "AWS::SNS::Topic":
		return sc.local("sns", n), nil
	case "AWS::Events::EventBus":
		return sc.local("events", "event-bus/"+n), nil
	case "AWS::Events::Rule":
		bus, err := sc.busOf(id)
		if err != nil || bus == "default" {
			return sc.local("events", "rule/"+n), err
		}
		return sc.local("events", "rule/"+bus+"/"+n), nil
	case "AWS::S3::Bucket":
		return "arn:aws:s3:::" + n, nil
	case "AWS::IAM::Role":
		path, err := sc.property(id, "Path", "/")
		return "arn:aws:iam::" + sc.env.Account + ":role" + path + n, err
	case "AWS::IAM::ManagedPolicy":
		path, err := sc.property(id, "Path", "/")
		return "arn:aws:iam::" + sc.env.Account + ":policy" + path + n, err
	case "AWS::Scheduler::Schedule":
		group, err := sc.property(id, "GroupName", "default")
		return sc.local("scheduler", "schedule/"+group+"/"+n), err
	case "AWS::Scheduler::ScheduleGroup":
		return sc.local("scheduler", "schedule-group/"+n), nil
	case "AWS::Logs::LogGroup":
		return sc.local("logs", "log-group:"+n+":*"), nil
	case "AWS::CloudWatch::Alarm":
		return sc.local("cloudwatch", "alarm:"+n), nil
	case "AWS::StepFunctions::StateMachine":
		return sc.local("states", "stateMachine:"+n), nil
	case "AWS::StepFunctions::Activity":
		return sc.local("states", "activity:"+n), nil
	case "AWS::Cognito::UserPool":
		return sc.local("cognito-idp", "userpool/"+n), nil
	}
	return "", fmt.Errorf("Fn::GetAtt %s.Arn: the local stack does not know the ARN of a %s", id, r.kind)
}

// attValue is what GetAtt gives.
func (sc *scope) attValue(id, attr string) (any, error) {
	r := sc.template.resources[id]
	n, err := sc.name(id)
	if err != nil {
		return nil, err
	}
	switch r.kind + " " + attr {
	case "AWS::SNS::Topic TopicArn", "AWS::IAM::ManagedPolicy PolicyArn", "AWS::Lambda::Alias AliasArn", "AWS::Lambda::Version FunctionArn":
		return sc.arn(id)
	case "AWS::DynamoDB::Table StreamArn":
		if _, ok := r.properties["StreamSpecification"]; !ok {
			return nil, fmt.Errorf("Fn::GetAtt %s.StreamArn: the table has no StreamSpecification", id)
		}
		return sc.local("dynamodb", "table/"+n+"/stream/"+StreamLabel), nil
	case "AWS::SQS::Queue QueueName", "AWS::SNS::Topic TopicName", "AWS::Events::EventBus Name", "AWS::StepFunctions::StateMachine Name",
		"AWS::ApiGatewayV2::Api ApiId", "AWS::ApiGatewayV2::Route RouteId", "AWS::ApiGatewayV2::Integration IntegrationId",
		"AWS::ApiGatewayV2::Authorizer AuthorizerId", "AWS::Cognito::UserPoolClient ClientId", "AWS::Cognito::UserPool UserPoolId":
		return n, nil
	case "AWS::ApiGatewayV2::DomainName RegionalDomainName":
		return "d-" + strings.ToLower(sc.suffix(id)[:10]) + ".execute-api." + sc.env.Region + ".amazonaws.com", nil
	case "AWS::SQS::Queue QueueUrl":
		return sc.queueURL(n), nil
	case "AWS::S3::Bucket DomainName":
		return n + ".s3.amazonaws.com", nil
	case "AWS::S3::Bucket RegionalDomainName":
		return n + ".s3." + sc.env.Region + ".amazonaws.com", nil
	case "AWS::IAM::Role RoleId":
		return "AROA" + sc.suffix(id) + "LOCA", nil
	case "AWS::ApiGatewayV2::Api ApiEndpoint":
		return "https://" + n + ".execute-api." + sc.env.Region + ".amazonaws.com", nil
	case "AWS::Lambda::Version Version":
		return "1", nil
	case "AWS::Lambda::EventSourceMapping Id":
		return uuid(sc.env.Stack + "/" + id), nil
	case "AWS::Lambda::EventSourceMapping EventSourceMappingArn":
		return sc.arn(id)
	case "AWS::Cognito::UserPool ProviderName":
		return "cognito-idp." + sc.env.Region + ".amazonaws.com/" + n, nil
	case "AWS::Cognito::UserPool ProviderURL":
		return "https://cognito-idp." + sc.env.Region + ".amazonaws.com/" + n, nil
	}
	if r.kind == "AWS::SES::EmailIdentity" && strings.HasPrefix(attr, "DkimDNSToken") {
		token := strings.ToLower(sc.suffix(id + attr[len(attr)-1:]))
		if strings.HasPrefix(attr, "DkimDNSTokenName") {
			return token + "._domainkey." + n, nil
		}
		return token + ".dkim.amazonses.com", nil
	}
	if attr == "Arn" {
		return sc.arn(id)
	}
	return nil, fmt.Errorf("Fn::GetAtt %s.%s: the local stack does not know that attribute of a %s", id, attr, r.kind)
}
