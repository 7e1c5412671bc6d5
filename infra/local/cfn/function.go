package cfn

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	managed          = "arn:aws:iam::aws:policy/"
	basicExecution   = managed + "service-role/AWSLambdaBasicExecutionRole"
	queueExecution   = managed + "service-role/AWSLambdaSQSQueueExecutionRole"
	streamExecution  = managed + "service-role/AWSLambdaDynamoDBExecutionRole"
	tracingExecution = managed + "AWSXrayWriteOnlyAccess"
)

// Properties of AWS::Serverless::Function: true is acted on, false has no meaning here.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
var functionProperty = map[string]bool{
	"CodeUri": true, "Handler": true, "Runtime": true, "FunctionName": true, "Description": true, "MemorySize": true,
	"Timeout": true, "Environment": true, "Policies": true, "Role": true, "Events": true, "EventInvokeConfig": true,
	"DeadLetterQueue": true, "ReservedConcurrentExecutions": true, "Tracing": true, "AutoPublishAlias": true,
	"AssumeRolePolicyDocument": true, "RolePath": true,
	"Architectures": false, "LoggingConfig": false, "EphemeralStorage": false, "Tags": false, "PropagateTags": false,
	"DeploymentPreference": false, "VersionDescription": false, "RuntimeManagementConfig": false, "RecursiveLoop": false,
	"AutoPublishCodeSha256": false, "AutoPublishAliasAllProperties": false, "VersionDeletionPolicy": false, "KmsKeyArn": false,
}

// transform does what SAM's macro does to a template, before anything is resolved.
func (t *template) transform() error {
	if !t.serverless {
		for _, id := range sortedKeys(t.resources) {
			if strings.HasPrefix(t.resources[id].kind, "AWS::Serverless::") {
				return fmt.Errorf("resource %s: %s needs Transform: %s", id, t.resources[id].kind, samTransform)
			}
		}
		return nil
	}
	if err := t.applyGlobals(); err != nil {
		return err
	}
	for _, id := range sortedKeys(t.resources) {
		r := t.resources[id]
		if !strings.HasPrefix(r.kind, "AWS::Serverless::") {
			continue
		}
		if r.kind != "AWS::Serverless::Function" {
			return fmt.Errorf("resource %s: the local stack does not know %s; write the plain resources", id, r.kind)
		}
		f := &samFunction{t: t, id: id, r: r, props: r.properties}
		if err := f.expand(); err != nil {
			return fmt.Errorf("resource %s: %w", id, err)
		}
	}
	return nil
}

// samFunction is one function on its way to plain resources.
type samFunction struct {
	t        *template
	id       string
	r        *resource
	props    map[string]any
	aliasID  string
	managed  []any // of its role
	policies []any // of its role
}

func ref(id string) map[string]any          { return map[string]any{"Ref": id} }
func getAtt(id, attr string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, attr}} }

// add puts a generated resource beside the function, under the function's condition.
func (f *samFunction) add(id, kind string, props map[string]any, dependsOn ...string) error {
	if _, ok := f.t.resources[id]; ok {
		return fmt.Errorf("SAM would make a resource %s, which the template already has", id)
	}
	f.t.resources[id] = &resource{kind: kind, properties: props, condition: f.r.condition, dependsOn: dependsOn, generated: true}
	return nil
}

// target is what event sources and permissions point to: the alias when there is one.
func (f *samFunction) target() map[string]any {
	if f.aliasID != "" {
		return ref(f.aliasID)
	}
	return getAtt(f.id, "Arn")
}

func (f *samFunction) expand() error {
	for _, k := range sortedKeys(f.props) {
		if _, ok := functionProperty[k]; !ok {
			return fmt.Errorf("Properties.%s of AWS::Serverless::Function is not supported by the local stack", k)
		}
	}
	out := map[string]any{}
	for _, k := range []string{"CodeUri", "Handler", "Runtime", "FunctionName", "Description", "MemorySize", "Timeout",
		"Environment", "ReservedConcurrentExecutions", "Architectures", "LoggingConfig"} {
		if v, ok := f.props[k]; ok {
			out[k] = v
		}
	}
	if _, ok := out["CodeUri"].(string); !ok {
		return fmt.Errorf("Properties.CodeUri: want the folder of the function's main package")
	}
	f.managed = []any{basicExecution}
	if v, ok := f.props["Tracing"]; ok {
		out["TracingConfig"] = map[string]any{"Mode": v}
		if v == "Active" {
			f.managed = append(f.managed, tracingExecution)
		}
	}
	if err := f.expandPolicies(); err != nil {
		return err
	}
	if err := f.expandDeadLetters(out); err != nil {
		return err
	}
	if err := f.expandAlias(); err != nil {
		return err
	}
	if err := f.expandInvokeConfig(); err != nil {
		return err
	}
	if err := f.expandEvents(); err != nil {
		return err
	}
	role, own := f.props["Role"]
	if !own {
		if err := f.addRole(); err != nil {
			return err
		}
		role = getAtt(f.id+"Role", "Arn")
	}
	out["Role"] = role
	f.r.kind, f.r.properties = "AWS::Lambda::Function", out
	return nil
}

func trust(service string) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": []any{"sts:AssumeRole"}, "Principal": map[string]any{"Service": []any{service}},
	}}}
}

func (f *samFunction) addRole() error {
	props := map[string]any{"AssumeRolePolicyDocument": trust("lambda.amazonaws.com"), "ManagedPolicyArns": f.managed}
	if v, ok := f.props["AssumeRolePolicyDocument"]; ok {
		props["AssumeRolePolicyDocument"] = v
	}
	if v, ok := f.props["RolePath"]; ok {
		props["Path"] = v
	}
	if len(f.policies) > 0 {
		props["Policies"] = f.policies
	}
	return f.add(f.id+"Role", "AWS::IAM::Role", props)
}

// expandPolicies takes inline documents and ARNs of managed policies.
func (f *samFunction) expandPolicies() error {
	v, ok := f.props["Policies"]
	if !ok {
		return nil
	}
	items, isList := v.([]any)
	if !isList {
		items = []any{v}
	}
	for i, item := range items {
		p, isArn, err := f.policy(item, f.id+"RolePolicy"+strconv.Itoa(i))
		if err != nil {
			return fmt.Errorf("Properties.Policies[%d]: %w", i, err)
		}
		if isArn {
			f.managed = append(f.managed, p)
		} else {
			f.policies = append(f.policies, p)
		}
	}
	return nil
}

func (f *samFunction) policy(item any, name string) (policy any, isArn bool, err error) {
	if fn, arg, ok := intrinsic(item); ok {
		if fn != "Fn::If" {
			return item, fn != "Ref" || arg != "AWS::NoValue", nil // the ARN of a managed policy
		}
		args, err := list(arg, 3, fn)
		if err != nil {
			return nil, false, err
		}
		a, arnA, err := f.policy(args[1], name)
		if err != nil {
			return nil, false, err
		}
		b, arnB, err := f.policy(args[2], name)
		if err != nil {
			return nil, false, err
		}
		return map[string]any{"Fn::If": []any{args[0], a, b}}, arnA || arnB, nil
	}
	switch p := item.(type) {
	case string:
		if !strings.HasPrefix(p, "arn:") {
			p = managed + p
		}
		return p, true, nil
	case map[string]any:
		if _, ok := p["Statement"]; ok {
			doc := p
			if _, ok := p["Version"]; !ok {
				doc = merge(map[string]any{"Version": "2012-10-17"}, p).(map[string]any)
			}
			return map[string]any{"PolicyName": name, "PolicyDocument": doc}, false, nil
		}
		for k := range p {
			if len(p) == 1 {
				return nil, false, fmt.Errorf("the SAM policy template %s is not supported by the local stack; write its statements out", k)
			}
		}
	}
	return nil, false, fmt.Errorf("want a policy document with Statement or the ARN of a managed policy")
}

func sendMessage(name string, queue any) map[string]any {
	return map[string]any{"PolicyName": name, "PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}}}}
}

func (f *samFunction) expandDeadLetters(out map[string]any) error {
	v, ok := f.props["DeadLetterQueue"]
	if !ok {
		return nil
	}
	m, _ := v.(map[string]any)
	if m["Type"] != "SQS" || m["TargetArn"] == nil {
		return fmt.Errorf("Properties.DeadLetterQueue: want Type SQS and TargetArn")
	}
	out["DeadLetterConfig"] = map[string]any{"TargetArn": m["TargetArn"]}
	f.policies = append(f.policies, sendMessage("DeadLetterQueuePolicy", m["TargetArn"]))
	return nil
}

func (f *samFunction) expandAlias() error {
	v, ok := f.props["AutoPublishAlias"]
	if !ok {
		return nil
	}
	name, ok := v.(string)
	if !ok || name == "" {
		return fmt.Errorf("Properties.AutoPublishAlias: want a name")
	}
	var plain strings.Builder
	for _, c := range name {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			plain.WriteRune(c)
		}
	}
	version := f.id + "Version"
	f.aliasID = f.id + "Alias" + plain.String()
	f.t.aliases[f.id] = f.aliasID
	if err := f.add(version, "AWS::Lambda::Version", map[string]any{"FunctionName": ref(f.id)}); err != nil {
		return err
	}
	return f.add(f.aliasID, "AWS::Lambda::Alias", map[string]any{
		"Name": name, "FunctionName": ref(f.id), "FunctionVersion": getAtt(version, "Version")})
}

func (f *samFunction) expandInvokeConfig() error {
	v, ok := f.props["EventInvokeConfig"]
	if !ok {
		return nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("Properties.EventInvokeConfig must be a map")
	}
	props := map[string]any{"FunctionName": ref(f.id), "Qualifier": "$LATEST"}
	if f.aliasID != "" {
		props["Qualifier"] = getAttName(f.t, f.aliasID)
	}
	for _, k := range []string{"MaximumEventAgeInSeconds", "MaximumRetryAttempts"} {
		if x, ok := m[k]; ok {
			props[k] = x
		}
	}
	if d, ok := m["DestinationConfig"].(map[string]any); ok {
		out := map[string]any{}
		for _, k := range sortedKeys(d) {
			dest, err := f.destination(d[k], f.id+"EventInvokeConfig"+k)
			if err != nil {
				return fmt.Errorf("Properties.EventInvokeConfig.DestinationConfig.%s: %w", k, err)
			}
			out[k] = dest
		}
		props["DestinationConfig"] = out
	}
	return f.add(f.id+"EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", props)
}

func getAttName(t *template, alias string) any { return t.resources[alias].properties["Name"] }

// destination drops SAM's Type and adds the permission that SAM gives for it; a
// queue that is not named is made.
func (f *samFunction) destination(v any, name string) (map[string]any, error) {
	m, _ := v.(map[string]any)
	kind, dest := m["Type"], m["Destination"]
	if dest == nil && kind == "SQS" {
		if err := f.add(name+"Queue", "AWS::SQS::Queue", map[string]any{}); err != nil {
			return nil, err
		}
		dest = getAtt(name+"Queue", "Arn")
	}
	if dest == nil {
		return nil, fmt.Errorf("Destination is missing")
	}
	switch kind {
	case "SQS":
		f.policies = append(f.policies, sendMessage(name+"SQSPolicy", dest))
	case "Lambda":
		f.policies = append(f.policies, map[string]any{"PolicyName": name + "LambdaPolicy", "PolicyDocument": map[string]any{
			"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": dest}}}})
	default:
		return nil, fmt.Errorf("Type %v: the local stack knows SQS and Lambda", kind)
	}
	return map[string]any{"Destination": dest}, nil
}
