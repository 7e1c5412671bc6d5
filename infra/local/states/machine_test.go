package states_test

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func TestVersions(t *testing.T) {
	b := open(t)
	first := b.create("call", callOnce)
	update := func(definition string) *sfn.UpdateStateMachineOutput {
		t.Helper()
		out, err := b.client.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{
			StateMachineArn: aws.String(strings.TrimSuffix(first, ":1")), Definition: &definition, Publish: true, VersionDescription: aws.String("next"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := update(callOnce); *out.StateMachineVersionArn != first {
		t.Errorf("an unchanged definition made %s", *out.StateMachineVersionArn)
	}
	second := strings.TrimSuffix(first, "1") + "2"
	if out := update(waitDay); *out.StateMachineVersionArn != second {
		t.Errorf("a changed definition made %s", *out.StateMachineVersionArn)
	}
	t.Run("an execution of an older version runs its definition", func(t *testing.T) {
		arn := b.run(first, "old", `{"n":1}`)
		b.idle()
		if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.StateMachineVersionArn) != first {
			t.Errorf("%s %v", e.Status, e.StateMachineVersionArn)
		}
		out, err := b.client.DescribeStateMachineForExecution(t.Context(), &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: &arn})
		if err != nil || *out.Definition != callOnce {
			t.Errorf("%v %v", out, err)
		}
	})
	t.Run("a deleted version goes on running", func(t *testing.T) {
		arn := b.run(second, "kept", `{}`)
		if _, err := b.client.DeleteStateMachineVersion(t.Context(), &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: &second}); err != nil {
			t.Fatal(err)
		}
		_, err := b.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &second})
		code(t, err, "StateMachineDoesNotExist")
		b.advance(25 * time.Hour)
		if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded {
			t.Errorf("%s", e.Status)
		}
	})
	t.Run("a number is never used again", func(t *testing.T) {
		out, err := b.client.PublishStateMachineVersion(t.Context(), &sfn.PublishStateMachineVersionInput{StateMachineArn: aws.String(strings.TrimSuffix(first, ":1"))})
		if err != nil || !strings.HasSuffix(*out.StateMachineVersionArn, ":3") {
			t.Errorf("%v %v", out, err)
		}
	})
	t.Run("a revision that is not the current one", func(t *testing.T) {
		_, err := b.client.PublishStateMachineVersion(t.Context(), &sfn.PublishStateMachineVersionInput{StateMachineArn: aws.String(strings.TrimSuffix(first, ":1")), RevisionId: aws.String("other")})
		code(t, err, "ConflictException")
	})
}

func TestDeleteStateMachine(t *testing.T) {
	b, arn, token := asked(t)
	machine := "arn:aws:states:us-east-1:111111111111:stateMachine:ask"
	if _, err := b.client.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &machine}); err != nil {
		t.Fatal(err)
	}
	b.idle()
	if e := b.describe(arn); e.Status != types.ExecutionStatusAborted {
		t.Errorf("%s", e.Status)
	}
	_, err := b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("1")})
	code(t, err, "TaskTimedOut")
	_, err = b.client.RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: &arn})
	code(t, err, "ExecutionNotRedrivable")

	t.Run("a new machine of the name starts afresh", func(t *testing.T) {
		b.lambda = nil
		again := b.create("ask", callOnce)
		out, err := b.client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine})
		if err != nil || len(out.Executions) != 0 {
			t.Errorf("%v %v", out, err)
		}
		arn := b.run(again, "one", `{"n":1}`)
		b.idle()
		want := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}
		if diff := cmp.Diff(want, b.history(arn)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUnsupported(t *testing.T) {
	b := open(t)
	create := func(in sfn.CreateStateMachineInput) error {
		in.Name, in.RoleArn = aws.String("m"), aws.String(role)
		if in.Definition == nil {
			in.Definition = aws.String(callOnce)
		}
		_, err := b.client.CreateStateMachine(t.Context(), &in)
		return err
	}
	code(t, create(sfn.CreateStateMachineInput{Type: types.StateMachineTypeExpress}), "StateMachineTypeNotSupported")
	code(t, create(sfn.CreateStateMachineInput{TracingConfiguration: &types.TracingConfiguration{Enabled: true}}), "InvalidTracingConfiguration")
	code(t, create(sfn.CreateStateMachineInput{LoggingConfiguration: &types.LoggingConfiguration{Level: types.LogLevelAll}}), "InvalidLoggingConfiguration")
	code(t, create(sfn.CreateStateMachineInput{Definition: aws.String(`{"StartAt":"A"`)}), "InvalidDefinition")
	code(t, create(sfn.CreateStateMachineInput{Definition: aws.String(strings.Replace(callOnce, "lambda:invoke", "sqs:sendMessage", 1))}), "InvalidDefinition")
	_, err := b.client.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("a")})
	code(t, err, "UnknownOperationException")
}

// asks is an authorizer that remembers and refuses what is not on its list.
type asks struct {
	mu    sync.Mutex
	seen  []string
	allow string
}

func (a *asks) ByAccessKey(string) awshttp.Principal {
	return awshttp.Principal{ARN: "arn:aws:iam::111111111111:role/caller"}
}

func (a *asks) Authorize(_ awshttp.Principal, action, resource string, context map[string]string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, strings.TrimSpace(fmt.Sprint(action, " ", resource, " ", context["iam:PassedToService"])))
	if a.allow == "" || strings.Contains(a.allow, action) {
		return nil
	}
	return errors.New("User: caller is not authorized to perform: " + action)
}

func TestPermissions(t *testing.T) {
	b := open(t)
	b.stop()
	rules := &asks{}
	b.auth = rules
	b.reopen()
	given := b.tokens()
	version := b.create("ask", askPerson)
	machine := strings.TrimSuffix(version, ":1")
	arn := b.run(version, "one", `{}`)
	b.idle()
	_, err := b.client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &version})
	if err != nil {
		t.Fatal(err)
	}
	b.describe(arn)
	b.history(arn)
	if _, err := b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &given()[0], Output: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"iam:PassRole " + role + " states.amazonaws.com",
		"states:CreateStateMachine " + machine,
		"states:DescribeExecution " + arn,
		"states:DescribeStateMachine " + machine,
		"states:GetExecutionHistory " + arn,
		"states:SendTaskSuccess " + machine,
		"states:StartExecution " + machine,
	}
	seen := map[string]bool{}
	for _, s := range rules.seen {
		seen[s] = true
	}
	var got []string
	for s := range seen {
		got = append(got, s)
	}
	sort.Strings(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	rules.allow = "states:CreateStateMachine"
	_, err = b.client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: aws.String("other"), Definition: aws.String(callOnce), RoleArn: aws.String(role)})
	code(t, err, "AccessDeniedException")
}
