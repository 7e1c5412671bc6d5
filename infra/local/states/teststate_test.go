package states_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

const parcel = `{"QueryLanguage": "JSONata", "StartAt": "Weigh", "States": {
	"Weigh": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "scale", "Payload": {"id": "{% $states.context.Execution.Input.parcel %}"}},
		"Assign": {"grams": "{% $states.result.Payload.grams %}"}, "Output": "{% $states.result.Payload %}",
		"Retry": [{"ErrorEquals": ["Scale.Busy"], "MaxAttempts": 2}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost", "Output": "{% $states.errorOutput %}"}], "Next": "Heavy"},
	"Heavy": {"Type": "Choice", "Choices": [{"Condition": "{% $grams > $limit %}", "Next": "Ask"}], "Default": "Post"},
	"Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Arguments": {"FunctionName": "ask", "Payload": {"token": "{% $states.context.Task.Token %}"}}, "Next": "Post"},
	"Post": {"Type": "Succeed", "Output": {"grams": "{% $grams %}"}},
	"Lost": {"Type": "Fail", "Error": "Lost", "Cause": "{% $states.input.Error %}"}}}`

// plainHost keeps the client from asking sync-127.0.0.1, which the operation's model wants.
func plainHost(o *sfn.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("plainHost", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}

func TestTestState(t *testing.T) {
	b := open(t)
	type got struct {
		Status                         types.TestExecutionStatus
		Next, Output, Error, Variables string
	}
	result := func(text string) *types.MockInput {
		return &types.MockInput{Result: aws.String(text), FieldValidationMode: types.MockResponseValidationModeNone}
	}
	broken := func(name string) *types.MockInput {
		return &types.MockInput{ErrorOutput: &types.MockErrorOutput{Error: aws.String(name), Cause: aws.String("as wanted")}}
	}
	for _, c := range []struct {
		name string
		in   sfn.TestStateInput
		want got
	}{
		{"a task with a result", sfn.TestStateInput{StateName: aws.String("Weigh"), Mock: result(`{"Payload": {"grams": 900}}`), Variables: aws.String(`{"limit": 500}`)},
			got{Status: "SUCCEEDED", Next: "Heavy", Output: `{"grams":900}`, Variables: `{"grams":900,"limit":500}`}},
		{"a task with an error that is tried again", sfn.TestStateInput{StateName: aws.String("Weigh"), Mock: broken("Scale.Busy")},
			got{Status: "RETRIABLE", Error: "Scale.Busy"}},
		{"a task with an error that is caught", sfn.TestStateInput{StateName: aws.String("Weigh"), Mock: broken("Scale.Broken")},
			got{Status: "CAUGHT_ERROR", Next: "Lost", Error: "Scale.Broken", Output: `{"Error":"Scale.Broken","Cause":"as wanted"}`}},
		{"a task with a token", sfn.TestStateInput{StateName: aws.String("Ask"), Mock: result(`{"by": "ann"}`)},
			got{Status: "SUCCEEDED", Next: "Post", Output: `{"by":"ann"}`}},
		{"a choice, by its rule", sfn.TestStateInput{StateName: aws.String("Heavy"), Variables: aws.String(`{"grams": 900, "limit": 500}`)},
			got{Status: "SUCCEEDED", Next: "Ask", Output: `{}`, Variables: `{"grams":900,"limit":500}`}},
		{"a choice, by its default", sfn.TestStateInput{StateName: aws.String("Heavy"), Variables: aws.String(`{"grams": 90, "limit": 500}`)},
			got{Status: "SUCCEEDED", Next: "Post", Output: `{}`, Variables: `{"grams":90,"limit":500}`}},
		{"an expression over a variable that is missing", sfn.TestStateInput{StateName: aws.String("Heavy")},
			got{Status: "FAILED", Error: "States.QueryEvaluationError"}},
		{"the end", sfn.TestStateInput{StateName: aws.String("Post"), Variables: aws.String(`{"grams": 90}`)},
			got{Status: "SUCCEEDED", Output: `{"grams":90}`, Variables: `{"grams":90}`}},
		{"a state that fails", sfn.TestStateInput{StateName: aws.String("Lost"), Input: aws.String(`{"Error": "Scale.Broken"}`)},
			got{Status: "FAILED", Error: "Lost"}},
		{"a state alone", sfn.TestStateInput{Definition: aws.String(`{"Type": "Pass", "Output": "{% $states.input.n + 1 %}", "Next": "Elsewhere"}`), Input: aws.String(`{"n": 1}`)},
			got{Status: "SUCCEEDED", Next: "Elsewhere", Output: `2`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.in.Definition == nil {
				c.in.Definition = aws.String(parcel)
			}
			if c.in.Mock != nil {
				c.in.Input = aws.String(`{"parcel": "p1"}`)
			}
			c.in.InspectionLevel = types.InspectionLevelDebug
			out, err := b.client.TestState(context.Background(), &c.in, plainHost)
			if err != nil {
				t.Fatal(err)
			}
			g := got{Status: out.Status, Next: aws.ToString(out.NextState), Output: aws.ToString(out.Output), Error: aws.ToString(out.Error),
				Variables: aws.ToString(out.InspectionData.Variables)}
			if d := cmp.Diff(c.want, g); d != "" {
				t.Errorf("(-want +got):\n%s%s", d, aws.ToString(out.Cause))
			}
		})
	}
	t.Run("a mock brings the context", func(t *testing.T) {
		out, err := b.client.TestState(context.Background(), &sfn.TestStateInput{Definition: aws.String(parcel), StateName: aws.String("Weigh"), InspectionLevel: types.InspectionLevelDebug,
			Mock: result(`{"Payload": {"grams": 1}}`), Context: aws.String(`{"Execution": {"Input": {"parcel": "p7"}}}`)}, plainHost)
		if err != nil {
			t.Fatal(err)
		}
		var arguments struct{ Payload struct{ ID string } }
		if err := json.Unmarshal([]byte(aws.ToString(out.InspectionData.AfterArguments)), &arguments); err != nil || arguments.Payload.ID != "p7" {
			t.Errorf("the function would get %s (%v)", aws.ToString(out.InspectionData.AfterArguments), err)
		}
	})
	for name, in := range map[string]sfn.TestStateInput{
		"context":   {StateName: aws.String("Heavy"), Context: aws.String("{}")},
		"mock":      {StateName: aws.String("Heavy"), Mock: result("1")},
		"no state":  {StateName: aws.String("Nowhere")},
		"stateName": {},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			in.Definition = aws.String(parcel)
			if _, err := b.client.TestState(context.Background(), &in, plainHost); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(name)) {
				t.Errorf("error %v", err)
			}
		})
	}
}
