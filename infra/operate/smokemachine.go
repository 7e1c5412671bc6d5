package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// valid has Step Functions check the compiled machine.
func (s *smoker) valid(ctx context.Context, w *tried) error {
	out, err := sfn.NewFromConfig(s.aws).ValidateStateMachineDefinition(ctx, &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(string(w.asl)), Type: types.StateMachineTypeStandard})
	if err != nil {
		return err
	}
	if out.Result == types.ValidateStateMachineDefinitionResultCodeOk {
		return nil
	}
	var errs []error
	for _, d := range out.Diagnostics {
		errs = append(errs, fmt.Errorf("%s: %s: %s", aws.ToString(d.Location), aws.ToString(d.Code), aws.ToString(d.Message)))
	}
	return errors.Join(append([]error{errors.New("it does not")}, errs...)...)
}

// remove takes away a workflow with its state machine, and stops its run if there is one.
func (s *smoker) remove(ctx context.Context, w *tried) error {
	if w.run != "" {
		if err := s.desk.call(ctx, http.MethodPost, "/v1/runs/"+w.run+"/stop", nil, nil); err != nil && !isStatus(err, http.StatusConflict) {
			return err
		}
	}
	if err := s.desk.call(ctx, http.MethodDelete, "/v1/workflows/"+w.id, nil, nil); err != nil {
		return err
	}
	if w.arn == "" {
		return nil
	}
	_, err := sfn.NewFromConfig(s.aws).DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: aws.String(w.arn)})
	return err
}

// visited is a state as an execution went through it.
type visited struct {
	name, input, output, next string
	entered                   time.Time
	result                    *string                // of its task
	failure                   *types.MockErrorOutput // of its task, which was caught
	before, after             map[string]json.RawMessage
}

// replay has TestState go through every state that the run went through, with the same
// input, variables and result of the task, and compares where it goes on and with what.
func (s *smoker) replay(ctx context.Context, w *tried) error {
	client := sfn.NewFromConfig(s.aws)
	states, context, err := s.history(ctx, client, w.executionArn)
	if err != nil {
		return s.step("the execution's history reads back from Step Functions", err)
	}
	for _, v := range states {
		if err := s.testState(ctx, client, w, v, context); err != nil {
			return s.step("TestState "+v.name, err)
		}
	}
	return s.step(fmt.Sprintf("Step Functions' TestState goes the same way through all %s", count(len(states), "state")), nil)
}

// history reads the states of an execution, and the context that its expressions saw.
func (s *smoker) history(ctx context.Context, client *sfn.Client, arn string) (out []*visited, context map[string]any, err error) {
	variables := map[string]json.RawMessage{}
	execution := map[string]any{"Id": arn, "Name": arn[strings.LastIndex(arn, ":")+1:], "RedriveCount": 0}
	var now *visited
	for pages := sfn.NewGetExecutionHistoryPaginator(client, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(arn), MaxResults: 1000}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range page.Events {
			switch {
			case e.ExecutionStartedEventDetails != nil:
				execution["Input"] = json.RawMessage(aws.ToString(e.ExecutionStartedEventDetails.Input))
				execution["RoleArn"] = aws.ToString(e.ExecutionStartedEventDetails.RoleArn)
				execution["StartTime"] = e.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z")
			case e.StateEnteredEventDetails != nil:
				if now != nil {
					now.next = aws.ToString(e.StateEnteredEventDetails.Name)
				}
				now = &visited{name: aws.ToString(e.StateEnteredEventDetails.Name), input: aws.ToString(e.StateEnteredEventDetails.Input), entered: *e.Timestamp, before: copied(variables)}
				out = append(out, now)
			case e.TaskSucceededEventDetails != nil && now != nil:
				now.result, now.failure = e.TaskSucceededEventDetails.Output, nil
			case e.TaskTimedOutEventDetails != nil && now != nil: // a wait that is over
				now.failure = &types.MockErrorOutput{Error: e.TaskTimedOutEventDetails.Error, Cause: e.TaskTimedOutEventDetails.Cause}
			case e.TaskFailedEventDetails != nil && now != nil:
				now.failure = &types.MockErrorOutput{Error: e.TaskFailedEventDetails.Error, Cause: e.TaskFailedEventDetails.Cause}
			case e.StateExitedEventDetails != nil && now != nil:
				now.output = aws.ToString(e.StateExitedEventDetails.Output)
				for k, v := range e.StateExitedEventDetails.AssignedVariables {
					variables[k] = json.RawMessage(v)
				}
				now.after = copied(variables)
			}
		}
	}
	if len(out) == 0 {
		return nil, nil, errors.New("it has no states")
	}
	return out, map[string]any{"Execution": execution, "StateMachine": map[string]any{"Id": arn}}, nil
}

func copied(m map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// TestState takes a context object together with a mock only, and a mock for tasks only.
// Another state gets its context as a variable of this name, and reads it there.
const contextVariable = "smokeContext"

func (s *smoker) testState(ctx context.Context, client *sfn.Client, w *tried, v *visited, about map[string]any) error {
	var machine struct {
		States map[string]json.RawMessage
	}
	if err := json.Unmarshal(w.asl, &machine); err != nil {
		return err
	}
	about["State"] = map[string]any{"Name": v.name, "EnteredTime": v.entered.UTC().Format("2006-01-02T15:04:05.000Z"), "RetryCount": 0}
	about["Task"] = map[string]any{"Token": "smoke"}
	object, err := json.Marshal(about)
	if err != nil {
		return err
	}
	variables := copied(v.before)
	in := &sfn.TestStateInput{Definition: aws.String(string(w.asl)), StateName: aws.String(v.name), Input: aws.String(v.input), InspectionLevel: types.InspectionLevelDebug}
	want := types.TestExecutionStatusSucceeded
	if v.result != nil || v.failure != nil {
		in.Context = aws.String(string(object))
		in.Mock = &types.MockInput{Result: v.result, ErrorOutput: v.failure, FieldValidationMode: types.MockResponseValidationModeNone}
		if v.failure != nil {
			want, in.Mock.Result = types.TestExecutionStatusCaughtError, nil
		}
	} else if strings.Contains(string(machine.States[v.name]), "$states.context") {
		changed := strings.ReplaceAll(string(machine.States[v.name]), "$states.context", "$"+contextVariable)
		in.Definition = aws.String(strings.Replace(string(w.asl), string(machine.States[v.name]), changed, 1))
		variables[contextVariable] = object
	}
	if len(variables) > 0 {
		text, err := json.Marshal(variables)
		if err != nil {
			return err
		}
		in.Variables = aws.String(string(text))
	}
	out, err := client.TestState(ctx, in, func(o *sfn.Options) {
		if s.local { // the operation's model wants the host sync-…
			o.APIOptions = append(o.APIOptions, plainHost)
		}
	})
	if err != nil {
		return err
	}
	switch {
	case out.Status != want:
		return fmt.Errorf("it is %s (%s: %s), and was %s in the run", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause), want)
	case aws.ToString(out.NextState) != v.next:
		return fmt.Errorf("it goes on to %q, and the run went to %q", aws.ToString(out.NextState), v.next)
	case v.failure == nil && v.output != "" && !sameJSON(aws.ToString(out.Output), v.output):
		return fmt.Errorf("its output is %.200s, and was %.200s in the run", aws.ToString(out.Output), v.output)
	}
	return nil
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	one, _ := json.Marshal(x) // they were JSON before
	other, _ := json.Marshal(y)
	return string(one) == string(other)
}

func plainHost(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("plainHost", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.Before)
}
