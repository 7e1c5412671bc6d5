package states_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

const (
	callOnce = `{"QueryLanguage":"JSONata","StartAt":"Call","States":{"Call":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Arguments":{"FunctionName":"act","Payload":{"got":"{% $states.input.n %}"}},"Output":"{% $states.result.Payload %}","End":true}}}`
	askPerson = `{"QueryLanguage":"JSONata","StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":3600,
			"Arguments":{"FunctionName":"act","Payload":{"token":"{% $states.context.Task.Token %}"}},
			"Assign":{"answer":"{% $states.result %}"},
			"Catch":[{"ErrorEquals":["States.Timeout"],"Output":{"late":true},"Next":"Done"}],"Next":"Done"},
		"Done":{"Type":"Pass","End":true}}}`
	waitDay = `{"QueryLanguage":"JSONata","StartAt":"Sleep","States":{"Sleep":{"Type":"Wait","Seconds":86400,"Next":"Call"},
		"Call":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"act"},"Output":"{% $states.result.Payload %}","End":true}}}`
)

// tokens makes the function keep the tokens it is given.
func (b *bench) tokens() func() []string {
	var mu sync.Mutex
	var all []string
	b.lambda = func(_ context.Context, _, _ string, payload []byte) ([]byte, string, string, error) {
		var in struct{ Token string }
		_ = json.Unmarshal(payload, &in)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, in.Token)
		return []byte(`{"asked":true}`), "3", "", nil
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), all...)
	}
}

func code(t *testing.T, err error, want string) {
	t.Helper()
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if !errors.As(err, &api) {
		t.Fatalf("want %s, got %v", want, err)
	}
	if api.ErrorCode() != want {
		t.Errorf("want %s, got %s: %s", want, api.ErrorCode(), api.ErrorMessage())
	}
}

func TestLambdaTask(t *testing.T) {
	t.Run("a result comes in AWS's envelope", func(t *testing.T) {
		b := open(t)
		var role, function, payload string
		b.lambda = func(_ context.Context, r, f string, p []byte) ([]byte, string, string, error) {
			role, function, payload = r, f, string(p)
			return []byte(`{"ok": 1}`), "7", "", nil
		}
		version := b.create("call", strings.Replace(callOnce, `$states.result.Payload`, `$states.result`, 1))
		arn := b.run(version, "one", `{"n": 5}`)
		b.idle()
		e := b.describe(arn)
		var out struct {
			ExecutedVersion string
			Payload         struct{ OK int }
			SdkHttpMetadata struct {
				AllHttpHeaders map[string][]string
				HttpHeaders    map[string]string
				HttpStatusCode int
			}
			SdkResponseMetadata struct{ RequestId string }
			StatusCode          int
		}
		if err := json.Unmarshal([]byte(aws.ToString(e.Output)), &out); err != nil {
			t.Fatalf("%v in %v", err, e)
		}
		if out.ExecutedVersion != "7" || out.Payload.OK != 1 || out.StatusCode != 200 || out.SdkHttpMetadata.HttpStatusCode != 200 ||
			out.SdkHttpMetadata.HttpHeaders["X-Amz-Executed-Version"] != "7" || len(out.SdkHttpMetadata.AllHttpHeaders) != 8 ||
			out.SdkResponseMetadata.RequestId != out.SdkHttpMetadata.HttpHeaders["x-amzn-RequestId"] {
			t.Errorf("output is %s", *e.Output)
		}
		if diff := cmp.Diff([]string{"arn:aws:iam::111111111111:role/machines", "act", `{"got":5}`}, []string{role, function, payload}); diff != "" {
			t.Error(diff)
		}
		if aws.ToString(e.StateMachineVersionArn) != version {
			t.Errorf("version is %v", e.StateMachineVersionArn)
		}
	})
	for _, c := range []struct {
		name, result, failed string
		err                  error
		wantError, wantCause string
	}{
		{"a function's error keeps its type", `{"errorType":"no_approvers","errorMessage":"nobody"}`, "Unhandled", nil, "no_approvers", `{"errorType":"no_approvers","errorMessage":"nobody"}`},
		{"an error without a type", `{"errorMessage":"Task timed out"}`, "Unhandled", nil, "Lambda.Unknown", `Lambda did not return an error type. Returned payload: {"errorMessage":"Task timed out"}`},
		{"the role may not", "", "", &awshttp.Error{Code: "AccessDeniedException", Message: "User: x is not authorized to perform: lambda:InvokeFunction"}, "Lambda.AWSLambdaException", "not authorized to perform: lambda:InvokeFunction (Service: Lambda, Status Code: 403"},
		{"no such function", "", "", &awshttp.Error{Code: "ResourceNotFoundException", Message: "Function not found: act", Status: 404}, "Lambda.ResourceNotFoundException", "Function not found: act (Service: Lambda, Status Code: 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			b.lambda = func(context.Context, string, string, []byte) ([]byte, string, string, error) {
				return []byte(c.result), "1", c.failed, c.err
			}
			arn := b.run(b.create("call", callOnce), "one", `{"n":1}`)
			b.idle()
			e := b.describe(arn)
			if e.Status != types.ExecutionStatusFailed || aws.ToString(e.Error) != c.wantError || !strings.Contains(aws.ToString(e.Cause), c.wantCause) {
				t.Errorf("%s %s: %s", e.Status, aws.ToString(e.Error), aws.ToString(e.Cause))
			}
			if diff := cmp.Diff([]string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed"}, b.history(arn)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a task that is slower than its time-out", func(t *testing.T) {
		b := open(t)
		release := make(chan struct{})
		b.lambda = func(context.Context, string, string, []byte) ([]byte, string, string, error) {
			<-release
			return []byte(`{}`), "1", "", nil
		}
		arn := b.run(b.create("slow", strings.Replace(callOnce, `"Arguments"`, `"TimeoutSeconds":5,"Arguments"`, 1)), "one", `{"n":1}`)
		close(release)
		b.idle()
		if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded {
			t.Errorf("in time: %s", e.Status)
		}
	})
}

// asked starts an execution that waits for its token.
func asked(t *testing.T) (b *bench, arn, token string) {
	t.Helper()
	b = open(t)
	given := b.tokens()
	arn = b.run(b.create("ask", askPerson), "one", `{}`)
	b.idle()
	if n := len(given()); n != 1 {
		t.Fatalf("%d tokens were given", n)
	}
	return b, arn, given()[0]
}

func TestTaskToken(t *testing.T) {
	waiting := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"}
	t.Run("waiting", func(t *testing.T) {
		b, arn, _ := asked(t)
		if diff := cmp.Diff(waiting, b.history(arn)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("success, then a second answer", func(t *testing.T) {
		b, arn, token := asked(t)
		in := &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(`{"by":"ann"}`)}
		if _, err := b.client.SendTaskSuccess(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		b.idle()
		e := b.describe(arn)
		if e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.Output) != `{"by":"ann"}` {
			t.Errorf("%s %s", e.Status, aws.ToString(e.Output))
		}
		want := append(waiting[:5:5], "TaskSucceeded", "TaskStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded")
		if diff := cmp.Diff(want, b.history(arn)); diff != "" {
			t.Error(diff)
		}
		_, err := b.client.SendTaskSuccess(t.Context(), in)
		code(t, err, "TaskTimedOut")
		if diff := cmp.Diff([]string{"RUNNING", "SUCCEEDED"}, b.told(arn)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("failure", func(t *testing.T) {
		b, arn, token := asked(t)
		_, err := b.client.SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: &token, Error: aws.String("rejected"), Cause: aws.String("no")})
		if err != nil {
			t.Fatal(err)
		}
		b.idle()
		if e := b.describe(arn); e.Status != types.ExecutionStatusFailed || aws.ToString(e.Error) != "rejected" || aws.ToString(e.Cause) != "no" {
			t.Errorf("%s %s", e.Status, aws.ToString(e.Error))
		}
	})
	t.Run("time-out, caught", func(t *testing.T) {
		b, arn, token := asked(t)
		b.advance(3599 * time.Second)
		if e := b.describe(arn); e.Status != types.ExecutionStatusRunning {
			t.Fatalf("a second early: %s", e.Status)
		}
		b.advance(time.Second)
		if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.Output) != `{"late":true}` {
			t.Errorf("%s %s", e.Status, aws.ToString(e.Output))
		}
		_, err := b.client.SendTaskHeartbeat(t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: &token})
		code(t, err, "TaskTimedOut")
	})
	t.Run("heartbeats", func(t *testing.T) {
		b := open(t)
		given := b.tokens()
		arn := b.run(b.create("beat", strings.Replace(askPerson, `"TimeoutSeconds":3600`, `"HeartbeatSeconds":60`, 1)), "one", `{}`)
		b.idle()
		for range 3 {
			b.advance(50 * time.Second)
			if _, err := b.client.SendTaskHeartbeat(t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: &given()[0]}); err != nil {
				t.Fatal(err)
			}
		}
		if e := b.describe(arn); e.Status != types.ExecutionStatusRunning {
			t.Fatalf("%s in spite of heartbeats", e.Status)
		}
		b.advance(60 * time.Second)
		if e := b.describe(arn); aws.ToString(e.Output) != `{"late":true}` {
			t.Errorf("%s %s", e.Status, aws.ToString(e.Output))
		}
	})
	t.Run("refusals", func(t *testing.T) {
		b, _, token := asked(t)
		_, err := b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: aws.String("made up"), Output: aws.String("{}")})
		code(t, err, "InvalidToken")
		_, err = b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String("{")})
		code(t, err, "InvalidOutput")
	})
	t.Run("the answer comes before the function returns", func(t *testing.T) {
		b := open(t)
		b.lambda = func(ctx context.Context, _, _ string, payload []byte) ([]byte, string, string, error) {
			var in struct{ Token string }
			_ = json.Unmarshal(payload, &in)
			_, err := b.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &in.Token, Output: aws.String(`"quick"`)})
			return []byte(`{}`), "1", "", err
		}
		arn := b.run(b.create("ask", askPerson), "one", `{}`)
		b.idle()
		if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.Output) != `"quick"` {
			t.Errorf("%s %s %s", e.Status, aws.ToString(e.Output), aws.ToString(e.Cause))
		}
	})
}

func TestStartExecution(t *testing.T) {
	b, arn, _ := asked(t)
	machine := "arn:aws:states:us-east-1:111111111111:stateMachine:ask"
	start := func(name, input string) (string, error) {
		out, err := b.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
		if err != nil {
			return "", err
		}
		return *out.ExecutionArn, nil
	}
	t.Run("the same again is the same execution", func(t *testing.T) {
		again, err := start("one", `{}`)
		if err != nil || again != arn {
			t.Errorf("%s, %v", again, err)
		}
		if diff := cmp.Diff([]string{"RUNNING"}, b.told(arn)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("another input", func(t *testing.T) {
		_, err := start("one", `{"x":1}`)
		code(t, err, "ExecutionAlreadyExists")
	})
	t.Run("after it is over", func(t *testing.T) {
		if _, err := b.client.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn, Error: aws.String("Stopped"), Cause: aws.String("by ann")}); err != nil {
			t.Fatal(err)
		}
		if e := b.describe(arn); e.Status != types.ExecutionStatusAborted || aws.ToString(e.Error) != "Stopped" || aws.ToString(e.Cause) != "by ann" {
			t.Errorf("%s %s %s", e.Status, aws.ToString(e.Error), aws.ToString(e.Cause))
		}
		_, err := start("one", `{}`)
		code(t, err, "ExecutionAlreadyExists")
	})
	t.Run("input and name", func(t *testing.T) {
		_, err := start("bad name", `{}`)
		code(t, err, "InvalidName")
		_, err = start("big", `"`+strings.Repeat("x", 262143)+`"`)
		code(t, err, "ValidationException")
	})
}

func TestListExecutions(t *testing.T) {
	b := open(t)
	b.tokens()
	version := b.create("ask", askPerson)
	for i := range 5 {
		arn := b.run(version, fmt.Sprint("n", i), `{}`)
		b.advance(time.Second)
		if i%2 == 0 {
			if _, err := b.client.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn}); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := func(status types.ExecutionStatus) (names []string) {
		p := sfn.NewListExecutionsPaginator(b.client, &sfn.ListExecutionsInput{StateMachineArn: &version, StatusFilter: status, MaxResults: 2})
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Executions {
				names = append(names, *e.Name)
			}
		}
		return names
	}
	for status, want := range map[types.ExecutionStatus][]string{
		"": {"n4", "n3", "n2", "n1", "n0"}, "ABORTED": {"n4", "n2", "n0"}, "RUNNING": {"n3", "n1"}, "FAILED": nil,
	} {
		if diff := cmp.Diff(want, list(status)); diff != "" {
			t.Errorf("%q: %s", status, diff)
		}
	}
}

func TestRedrive(t *testing.T) {
	b := open(t)
	broken := true
	b.lambda = func(context.Context, string, string, []byte) ([]byte, string, string, error) {
		if broken {
			return []byte(`{"errorType":"down"}`), "1", "Unhandled", nil
		}
		return []byte(`"up"`), "1", "", nil
	}
	arn := b.run(b.create("call", callOnce), "one", `{"n":1}`)
	b.idle()
	if e := b.describe(arn); e.Status != types.ExecutionStatusFailed || e.RedriveStatus != types.ExecutionRedriveStatusRedrivable {
		t.Fatalf("%s %s", e.Status, e.RedriveStatus)
	}
	broken = false
	in := &sfn.RedriveExecutionInput{ExecutionArn: &arn, ClientToken: aws.String("token")}
	first, err := b.client.RedriveExecution(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	b.idle()
	e := b.describe(arn)
	if e.Status != types.ExecutionStatusSucceeded || aws.ToInt32(e.RedriveCount) != 1 || aws.ToString(e.Output) != `"up"` || e.RedriveDate == nil {
		t.Errorf("%s, %d redrives, %s", e.Status, aws.ToInt32(e.RedriveCount), aws.ToString(e.Output))
	}
	want := []string{"ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "ExecutionFailed",
		"ExecutionRedriven", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}
	if diff := cmp.Diff(want, b.history(arn)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"RUNNING", "FAILED", "RUNNING", "SUCCEEDED"}, b.told(arn)); diff != "" {
		t.Error(diff)
	}
	again, err := b.client.RedriveExecution(t.Context(), in)
	if err != nil || !again.RedriveDate.Equal(*first.RedriveDate) {
		t.Errorf("the same client token: %v, %v", again, err)
	}
	_, err = b.client.RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: &arn})
	code(t, err, "ExecutionNotRedrivable")

	t.Run("for 14 days", func(t *testing.T) {
		broken = true
		late := b.run("arn:aws:states:us-east-1:111111111111:stateMachine:call", "two", `{"n":1}`)
		b.advance(14*24*time.Hour + time.Second)
		if e := b.describe(late); e.RedriveStatus != types.ExecutionRedriveStatusNotRedrivable {
			t.Errorf("%s", e.RedriveStatus)
		}
		_, err := b.client.RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: &late})
		code(t, err, "ExecutionNotRedrivable")
	})
}

func TestHistoryPages(t *testing.T) {
	b, arn, _ := asked(t)
	bare, err := b.client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, ReverseOrder: true, IncludeExecutionData: aws.Bool(false)})
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, e := range bare.Events {
		ids = append(ids, e.Id)
		if d := e.StateEnteredEventDetails; d != nil && d.Input != nil {
			t.Errorf("input is shown: %s", *d.Input)
		}
	}
	if diff := cmp.Diff([]int64{5, 4, 3, 2, 1}, ids); diff != "" {
		t.Error(diff)
	}
	if n := len(b.history(arn)); n != 5 {
		t.Errorf("%d events by pages", n)
	}
}

func TestStatusDetail(t *testing.T) {
	b := open(t)
	arn := b.run(b.create("call", callOnce), "one", `{"n":1}`)
	b.idle()
	b.mu.Lock()
	defer b.mu.Unlock()
	var d map[string]any
	if err := json.Unmarshal(b.changes[len(b.changes)-1].Detail, &d); err != nil {
		t.Fatal(err)
	}
	ms := float64(began.UnixMilli())
	want := map[string]any{
		"executionArn": arn, "stateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:call", "name": "one", "status": "SUCCEEDED",
		"startDate": ms, "stopDate": ms, "input": `{"n":1}`, "inputDetails": map[string]any{"included": true},
		"output": `{"got":1}`, "outputDetails": map[string]any{"included": true}, "error": nil, "cause": nil,
		"redriveCount": 0.0, "redriveDate": nil, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
		"stateMachineVersionArn": "arn:aws:states:us-east-1:111111111111:stateMachine:call:1", "stateMachineAliasArn": nil,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}
