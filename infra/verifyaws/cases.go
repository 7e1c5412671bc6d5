package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
)

// recording is one case as it is played.
type recording struct {
	*place
	ctx   context.Context
	steps []any
}

// say notes an answer or a refusal.
func (r *recording) say(what string, answer any, err error) {
	step := map[string]any{"call": what}
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		step["error"] = map[string]string{"code": api.ErrorCode(), "message": api.ErrorMessage()}
	case err != nil:
		step["broken"] = err.Error()
	default:
		step["answer"] = answer
	}
	r.steps = append(r.steps, step)
}

// machine makes a state machine of the case's name, with a first version.
func (r *recording) machine(name, states string) (arn, version string, remove func(), err error) {
	text := strings.NewReplacer("@FUNCTION@", r.function).Replace(`{"QueryLanguage":"JSONata","StartAt":"first","States":{` + states + `}}`)
	m, err := r.wide.CreateStateMachine(r.ctx, &sfn.CreateStateMachineInput{Name: aws.String(r.stack + "-" + name + "-" + r.token), RoleArn: &r.role, Definition: &text, Publish: true})
	if err != nil {
		return "", "", nil, err
	}
	return *m.StateMachineArn, *m.StateMachineVersionArn, func() {
		_, _ = r.wide.DeleteStateMachine(context.WithoutCancel(r.ctx), &sfn.DeleteStateMachineInput{StateMachineArn: m.StateMachineArn})
	}, nil
}

func (r *recording) start(what, machine, name, input string) (string, error) {
	out, err := r.wide.StartExecution(r.ctx, &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
	if err != nil {
		r.say(what, nil, err)
		return "", err
	}
	r.say(what, map[string]any{"executionArn": *out.ExecutionArn}, nil)
	return *out.ExecutionArn, nil
}

// until waits for an event in the history.
func (r *recording) until(execution string, has func(types.HistoryEvent) bool) (types.HistoryEvent, error) {
	deadline := time.Now().Add(3 * time.Minute)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		events, err := r.eventsOf(execution)
		if err != nil {
			return types.HistoryEvent{}, err
		}
		for i := len(events) - 1; i >= 0; i-- {
			if has(events[i]) {
				return events[i], nil
			}
		}
		if time.Now().After(deadline) {
			return types.HistoryEvent{}, fmt.Errorf("execution %s does not get there; its history has %d events", execution, len(events))
		}
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return types.HistoryEvent{}, r.ctx.Err()
		}
	}
}

func (r *recording) eventsOf(execution string) ([]types.HistoryEvent, error) {
	var out []types.HistoryEvent
	for pages := sfn.NewGetExecutionHistoryPaginator(r.wide, &sfn.GetExecutionHistoryInput{ExecutionArn: &execution}); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Events...)
	}
	return out, nil
}

func is(t types.HistoryEventType) func(types.HistoryEvent) bool {
	return func(e types.HistoryEvent) bool { return e.Type == t }
}

func after(id int64, t types.HistoryEventType) func(types.HistoryEvent) bool {
	return func(e types.HistoryEvent) bool { return e.Type == t && e.Id > id }
}

// token is that of the task which an execution waits for; it stands in the task's arguments.
func (r *recording) taskToken(execution string) (string, error) {
	e, err := r.until(execution, is(types.HistoryEventTypeTaskSubmitted))
	if err != nil {
		return "", err
	}
	events, err := r.eventsOf(execution)
	if err != nil {
		return "", err
	}
	for i := len(events) - 1; i >= 0; i-- {
		if d := events[i].TaskScheduledEventDetails; d != nil && events[i].Id < e.Id {
			var in struct{ Payload struct{ Token string } }
			if err := json.Unmarshal([]byte(*d.Parameters), &in); err != nil || in.Payload.Token == "" {
				return "", fmt.Errorf("no token in %s: %v", *d.Parameters, err)
			}
			return in.Payload.Token, nil
		}
	}
	return "", fmt.Errorf("no task in the history of %s", execution)
}

// history notes the whole history and how the execution is described.
func (r *recording) history(execution string, tokens ...string) error {
	events, err := r.eventsOf(execution)
	if err != nil {
		return err
	}
	text, err := json.Marshal(events)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		text = []byte(strings.ReplaceAll(string(text), t, "TOKEN"))
	}
	var plain []map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	for _, e := range plain {
		delete(e, "Timestamp")
		for k, v := range e {
			if v == nil {
				delete(e, k)
			}
		}
		scrub(e)
	}
	r.say("GetExecutionHistory", plain, nil)
	d, err := r.wide.DescribeExecution(r.ctx, &sfn.DescribeExecutionInput{ExecutionArn: &execution})
	if err != nil {
		return err
	}
	r.say("DescribeExecution", map[string]any{"status": d.Status, "error": d.Error, "cause": d.Cause, "output": d.Output, "redriveCount": d.RedriveCount,
		"redriveStatus": d.RedriveStatus, "redriveStatusReason": d.RedriveStatusReason, "stateMachineVersionArn": d.StateMachineVersionArn}, nil)
	return nil
}

// scrub takes the service's own metadata out of task outputs: headers, request ids, trace ids.
func scrub(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if s, ok := e.(string); ok && (k == "Output" || k == "Cause") && strings.HasPrefix(s, "{") {
				var in map[string]any
				if json.Unmarshal([]byte(s), &in) == nil {
					for _, noise := range []string{"SdkHttpMetadata", "SdkResponseMetadata", "requestId", "stackTrace"} {
						delete(in, noise)
					}
					v[k] = in
				}
				continue
			}
			scrub(e)
		}
	case []any:
		for _, e := range v {
			scrub(e)
		}
	}
}

const (
	asks = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"@FUNCTION@","Payload":{"token":"{% $states.context.Task.Token %}"}}`
	does = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"@FUNCTION@","Payload":{"fail":"{% $states.context.Execution.Input.fail = true %}"}}`
)

// scenario is one case; settles says which open points of the reference it closes.
type scenario struct {
	name    string
	settles []string
	play    func(r *recording) error
}

func (r *recording) success(who *sfn.Client, what, token, output string) {
	_, err := who.SendTaskSuccess(r.ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: &output})
	r.say(what, map[string]any{}, err)
}

var cases = []scenario{
	{"approval", []string{"a second answer is TaskTimedOut", "history of a task token"}, func(r *recording) error {
		_, version, remove, err := r.machine("approval", `"first":{`+asks+`,"TimeoutSeconds":600,"Assign":{"said":"{% $states.result.said %}"},"Next":"then"},"then":{"Type":"Pass","Output":"{% $said %}","End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{}`)
		if err != nil {
			return err
		}
		token, err := r.taskToken(x)
		if err != nil {
			return err
		}
		r.success(r.wide, "SendTaskSuccess that is no JSON", token, `{`)
		r.success(r.wide, "SendTaskSuccess", token, `{"said":"yes"}`)
		if _, err := r.until(x, is(types.HistoryEventTypeExecutionSucceeded)); err != nil {
			return err
		}
		r.success(r.wide, "SendTaskSuccess again", token, `{"said":"no"}`)
		r.success(r.wide, "SendTaskSuccess without a token", "nonsense", `{}`)
		return r.history(x, token)
	}},
	{"time-out", []string{"an answer after the time-out", "what Catch sees of States.Timeout"}, func(r *recording) error {
		_, version, remove, err := r.machine("timeout", `"first":{`+asks+`,"TimeoutSeconds":3,"Catch":[{"ErrorEquals":["States.Timeout"],"Assign":{"why":"{% $states.errorOutput %}"},"Next":"then"}],"End":true},"then":{"Type":"Pass","Output":"{% $why %}","End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{}`)
		if err != nil {
			return err
		}
		token, err := r.taskToken(x)
		if err != nil {
			return err
		}
		if _, err := r.until(x, is(types.HistoryEventTypeExecutionSucceeded)); err != nil {
			return err
		}
		r.success(r.wide, "SendTaskSuccess, late", token, `{}`)
		return r.history(x, token)
	}},
	{"cancelled-wait", []string{"a wait that an answer ends early"}, func(r *recording) error {
		_, version, remove, err := r.machine("wait", `"first":{`+asks+`,"TimeoutSeconds":600,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"elapsed"}],"Next":"cancelled"},"elapsed":{"Type":"Pass","Output":"elapsed","End":true},"cancelled":{"Type":"Pass","Output":"cancelled","End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{}`)
		if err != nil {
			return err
		}
		token, err := r.taskToken(x)
		if err != nil {
			return err
		}
		_, err = r.wide.SendTaskHeartbeat(r.ctx, &sfn.SendTaskHeartbeatInput{TaskToken: &token})
		r.say("SendTaskHeartbeat", map[string]any{}, err)
		r.success(r.wide, "SendTaskSuccess", token, `{"event":"message.received"}`)
		if _, err := r.until(x, is(types.HistoryEventTypeExecutionSucceeded)); err != nil {
			return err
		}
		return r.history(x, token)
	}},
	{"redrive", []string{"a redriven approval has a new token and the old one is dead", "errorType of a failing function", "clientToken"}, func(r *recording) error {
		_, version, remove, err := r.machine("redrive", `"first":{"Type":"Pass","Next":"work"},"work":{`+does+`,"Retry":[{"ErrorEquals":["Broken"],"MaxAttempts":1,"IntervalSeconds":1}],"End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{"fail":true}`)
		if err != nil {
			return err
		}
		failed, err := r.until(x, is(types.HistoryEventTypeExecutionFailed))
		if err != nil {
			return err
		}
		for _, what := range []string{"RedriveExecution", "RedriveExecution with the same token"} {
			_, err = r.wide.RedriveExecution(r.ctx, &sfn.RedriveExecutionInput{ExecutionArn: &x, ClientToken: aws.String("client-" + r.token)})
			r.say(what, map[string]any{}, err)
		}
		if _, err := r.until(x, after(failed.Id, types.HistoryEventTypeExecutionFailed)); err != nil {
			return err
		}
		return r.history(x)
	}},
	{"duplicate-start", []string{"same name and input with another version ARN while running", "ExecutionAlreadyExists once closed"}, func(r *recording) error {
		arn, version, remove, err := r.machine("twice", `"first":{`+asks+`,"TimeoutSeconds":600,"End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		text := strings.NewReplacer("@FUNCTION@", r.function).Replace(`{"QueryLanguage":"JSONata","Comment":"second","StartAt":"first","States":{"first":{` + asks + `,"TimeoutSeconds":600,"End":true}}}`)
		second, err := r.wide.UpdateStateMachine(r.ctx, &sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: &text, Publish: true})
		if err != nil {
			return err
		}
		x, err := r.start("StartExecution", version, "one", `{"a":1}`)
		if err != nil {
			return err
		}
		_, _ = r.start("StartExecution again", version, "one", `{"a":1}`)
		_, _ = r.start("StartExecution with another input", version, "one", `{"a":2}`)
		_, _ = r.start("StartExecution of another version", *second.StateMachineVersionArn, "one", `{"a":1}`)
		_, _ = r.start("StartExecution without a version", arn, "one", `{"a":1}`)
		token, err := r.taskToken(x)
		if err != nil {
			return err
		}
		r.success(r.wide, "SendTaskSuccess", token, `{}`)
		if _, err := r.until(x, is(types.HistoryEventTypeExecutionSucceeded)); err != nil {
			return err
		}
		_, _ = r.start("StartExecution when it is over", version, "one", `{"a":1}`)
		return nil
	}},
	{"denial", []string{"whether SendTaskSuccess can be narrowed to a state machine (the reference gives it no resource type)", "words of a denial"}, func(r *recording) error {
		arn, version, remove, err := r.machine("denial", `"first":{`+asks+`,"TimeoutSeconds":600,"End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{}`)
		if err != nil {
			return err
		}
		_, err = r.narrow.StartExecution(r.ctx, &sfn.StartExecutionInput{StateMachineArn: &version, Name: aws.String("two")})
		r.say("StartExecution, narrow", map[string]any{}, err)
		_, err = r.narrow.DescribeExecution(r.ctx, &sfn.DescribeExecutionInput{ExecutionArn: &x})
		r.say("DescribeExecution, narrow", map[string]any{}, err)
		_, err = r.narrow.ListExecutions(r.ctx, &sfn.ListExecutionsInput{StateMachineArn: &arn})
		r.say("ListExecutions, narrow", map[string]any{}, err)
		token, err := r.taskToken(x)
		if err != nil {
			return err
		}
		_, err = r.narrow.SendTaskFailure(r.ctx, &sfn.SendTaskFailureInput{TaskToken: &token})
		r.say("SendTaskFailure, narrow", map[string]any{}, err)
		r.success(r.narrow, "SendTaskSuccess, narrow", token, `{"said":"yes"}`)
		_, err = r.wide.StopExecution(r.ctx, &sfn.StopExecutionInput{ExecutionArn: &x})
		r.say("StopExecution", map[string]any{}, err)
		return nil
	}},
	{"status-event", []string{"whether status events carry error, cause and the version"}, func(r *recording) error {
		_, version, remove, err := r.machine("event", `"first":{`+does+`,"End":true}`)
		if err != nil {
			return err
		}
		defer remove()
		x, err := r.start("StartExecution", version, "one", `{"fail":true}`)
		if err != nil {
			return err
		}
		if _, err := r.until(x, is(types.HistoryEventTypeExecutionFailed)); err != nil {
			return err
		}
		told, err := r.events(r.ctx, x, 2)
		if err != nil {
			return err
		}
		byStatus := map[string]any{} // they come in any order
		for _, d := range told {
			var e map[string]any
			if err := json.Unmarshal(d, &e); err != nil {
				return err
			}
			scrub(e)
			byStatus[fmt.Sprint(e["status"])] = e
		}
		r.say("status events", byStatus, nil)
		return nil
	}},
}
