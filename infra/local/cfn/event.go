package cfn

import "fmt"

// expandEvents turns the Events of a function into what SAM makes of them.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
func (f *samFunction) expandEvents() error {
	v, ok := f.props["Events"]
	if !ok {
		return nil
	}
	events, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("Properties.Events must be a map")
	}
	for _, name := range sortedKeys(events) {
		e, _ := events[name].(map[string]any)
		props, _ := e["Properties"].(map[string]any)
		kind, _ := e["Type"].(string)
		if props == nil {
			return fmt.Errorf("Properties.Events.%s: Type and Properties are needed", name)
		}
		var err error
		switch kind {
		case "SQS":
			err = f.pull(f.id+name, props, "Queue", queueExecution, queueSource)
		case "DynamoDB":
			err = f.pull(f.id+name, props, "Stream", streamExecution, streamSource)
		case "EventBridgeRule", "CloudWatchEvent":
			err = f.rule(f.id+name, props, eventRule)
		case "Schedule":
			err = f.rule(f.id+name, props, scheduleRule)
		case "ScheduleV2":
			err = f.schedule(f.id+name, props)
		default:
			err = fmt.Errorf("an event of Type %q is not supported by the local stack (SQS, DynamoDB, EventBridgeRule, Schedule, ScheduleV2 are); write the plain resources", kind)
		}
		if err != nil {
			return fmt.Errorf("Properties.Events.%s: %w", name, err)
		}
	}
	return nil
}

var (
	queueSource = []string{"BatchSize", "Enabled", "FilterCriteria", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "ScalingConfig"}

	streamSource = []string{"BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "Enabled", "FilterCriteria",
		"FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
		"ParallelizationFactor", "StartingPosition", "TumblingWindowInSeconds"}

	eventRule    = []string{"Pattern", "EventBusName", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig", "State", "RuleName", "Target"}
	scheduleRule = []string{"Schedule", "Input", "RetryPolicy", "DeadLetterConfig", "State", "Enabled", "Name", "Description"}
	scheduleTwo  = []string{"ScheduleExpression", "ScheduleExpressionTimezone", "Input", "RetryPolicy", "DeadLetterConfig", "State",
		"Name", "Description", "GroupName", "FlexibleTimeWindow", "RoleArn", "StartDate", "EndDate", "OmitName"}
)

func known(props map[string]any, names ...[]string) error {
	ok := map[string]bool{}
	for _, l := range names {
		for _, n := range l {
			ok[n] = true
		}
	}
	for _, k := range sortedKeys(props) {
		if !ok[k] {
			return fmt.Errorf("%s is not supported by the local stack", k)
		}
	}
	return nil
}

func (f *samFunction) pull(id string, props map[string]any, source, role string, names []string) error {
	if err := known(props, names, []string{source}); err != nil {
		return err
	}
	if props[source] == nil {
		return fmt.Errorf("%s is missing", source)
	}
	out := map[string]any{"EventSourceArn": props[source], "FunctionName": ref(f.id)}
	if f.aliasID != "" {
		out["FunctionName"] = ref(f.aliasID)
	}
	for _, k := range names {
		if v, ok := props[k]; ok {
			out[k] = v
		}
	}
	if d, ok := props["DestinationConfig"].(map[string]any); ok {
		dest := map[string]any{}
		for _, k := range sortedKeys(d) {
			// Type is only for the permission; without it SAM gives none.
			if m, ok := d[k].(map[string]any); ok && m["Type"] == nil {
				dest[k] = m
				continue
			}
			x, err := f.destination(d[k], id+k)
			if err != nil {
				return fmt.Errorf("DestinationConfig.%s: %w", k, err)
			}
			dest[k] = x
		}
		out["DestinationConfig"] = dest
	}
	f.managed = append(f.managed, role)
	return f.add(id, "AWS::Lambda::EventSourceMapping", out)
}

// rule makes an EventBridge rule with the function as target, and the permission for it.
func (f *samFunction) rule(id string, props map[string]any, names []string) error {
	if err := known(props, names); err != nil {
		return err
	}
	targetID := id + "LambdaTarget"
	if t, ok := props["Target"].(map[string]any); ok {
		if s, ok := t["Id"].(string); ok {
			targetID = s
		}
	}
	target := map[string]any{"Id": targetID, "Arn": f.target()}
	out := map[string]any{}
	for from, to := range map[string]string{"Pattern": "EventPattern", "EventBusName": "EventBusName", "Schedule": "ScheduleExpression",
		"State": "State", "RuleName": "Name", "Name": "Name", "Description": "Description"} {
		if v, ok := props[from]; ok {
			out[to] = v
		}
	}
	if on, ok := props["Enabled"]; ok {
		switch on {
		case true:
			out["State"] = "ENABLED"
		case false:
			out["State"] = "DISABLED"
		default:
			return fmt.Errorf("Enabled: want true or false; use State for a reference")
		}
	}
	for _, k := range []string{"Input", "InputPath", "InputTransformer", "RetryPolicy"} {
		if v, ok := props[k]; ok {
			target[k] = v
		}
	}
	if v, ok := props["DeadLetterConfig"]; ok {
		dlq, err := f.ruleDeadLetters(id, v)
		if err != nil {
			return err
		}
		target["DeadLetterConfig"] = dlq
	}
	out["Targets"] = []any{target}
	if err := f.add(id, "AWS::Events::Rule", out); err != nil {
		return err
	}
	name := any(ref(f.id))
	if f.aliasID != "" {
		name = ref(f.aliasID)
	}
	return f.add(id+"Permission", "AWS::Lambda::Permission", map[string]any{"Action": "lambda:InvokeFunction",
		"FunctionName": name, "Principal": "events.amazonaws.com", "SourceArn": getAtt(id, "Arn")})
}

// ruleDeadLetters is {Arn}, or {Type: SQS} for a queue that SAM makes.
func (f *samFunction) ruleDeadLetters(id string, v any) (map[string]any, error) {
	m, _ := v.(map[string]any)
	if arn, ok := m["Arn"]; ok {
		return map[string]any{"Arn": arn}, nil
	}
	if m["Type"] != "SQS" {
		return nil, fmt.Errorf("DeadLetterConfig: want Arn, or Type: SQS")
	}
	queue := id + "Queue"
	if s, ok := m["QueueLogicalId"].(string); ok {
		queue = s
	}
	if err := f.add(queue, "AWS::SQS::Queue", map[string]any{}); err != nil {
		return nil, err
	}
	err := f.add(queue+"Policy", "AWS::SQS::QueuePolicy", map[string]any{
		"Queues": []any{ref(queue)},
		"PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": []any{"events.amazonaws.com"}}, "Action": "sqs:SendMessage",
			"Resource": getAtt(queue, "Arn"), "Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": getAtt(id, "Arn")}}}}}})
	return map[string]any{"Arn": getAtt(queue, "Arn")}, err
}

// schedule makes an EventBridge Scheduler schedule and the role it invokes the function with.
func (f *samFunction) schedule(id string, props map[string]any) error {
	if err := known(props, scheduleTwo); err != nil {
		return err
	}
	target := map[string]any{"Arn": f.target()}
	out := map[string]any{"FlexibleTimeWindow": map[string]any{"Mode": "OFF"}, "Name": id}
	for _, k := range scheduleTwo {
		v, ok := props[k]
		if !ok || k == "OmitName" {
			continue
		}
		switch k {
		case "Input", "RetryPolicy", "RoleArn":
			target[k] = v
		case "DeadLetterConfig":
			m, _ := v.(map[string]any)
			if m["Arn"] == nil {
				return fmt.Errorf("DeadLetterConfig: want Arn")
			}
			target[k] = map[string]any{"Arn": m["Arn"]}
		default:
			out[k] = v
		}
	}
	if _, ok := props["RoleArn"]; !ok {
		role := map[string]any{"AssumeRolePolicyDocument": trust("scheduler.amazonaws.com"), "Policies": []any{map[string]any{
			"PolicyName": id + "LambdaPolicy", "PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{
				map[string]any{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f.target()}}}}}}
		if err := f.add(id+"Role", "AWS::IAM::Role", role); err != nil {
			return err
		}
		target["RoleArn"] = getAtt(id+"Role", "Arn")
	}
	out["Target"] = target
	return f.add(id, "AWS::Scheduler::Schedule", out)
}
