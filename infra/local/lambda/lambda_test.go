package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/lambda"
	"github.com/deskhand/deskhand/infra/local/sqs"
)

// stack is a template at work.
type stack struct {
	*lambda.Service
	cfn     *cfn.Stack
	auth    *iam.Authority
	clock   *clock.Clock
	queues  *sqs.Service
	streams *tape
	db      *disk.DB
	dir     string
	note    string // file that batches are written to
}

var admin = awshttp.Principal{Admin: true}

const start = `
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap, Timeout: 20}}
Resources:
`

type option func(*lambda.Config)

func mustStack(tb testing.TB, resources string, opts ...option) *stack {
	tb.Helper()
	return mustReopen(tb, resources, &stack{db: disk.OpenT(tb), dir: tb.TempDir(), clock: clock.Manual(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)), streams: &tape{}}, opts...)
}

// mustReopen starts the template on what an earlier run left.
func mustReopen(tb testing.TB, resources string, old *stack, opts ...option) *stack {
	tb.Helper()
	s := &stack{db: old.db, dir: old.dir, clock: old.clock, streams: old.streams, note: filepath.Join(old.dir, "note")}
	var err error
	if s.cfn, err = cfn.Parse([]byte(start+resources), "testdata", nil, cfn.Env{Stack: "t"}); err != nil {
		tb.Fatal(err)
	}
	if s.auth, err = iam.New(s.cfn); err != nil {
		tb.Fatal(err)
	}
	var specs []sqs.QueueSpec
	for _, q := range s.cfn.Queues() {
		specs = append(specs, sqs.QueueSpec{Name: q.Name, ARN: q.ARN, VisibilityTimeout: q.VisibilityTimeout, MaxReceiveCount: q.MaxReceiveCount, DeadLetterARN: q.DeadLetterARN})
	}
	if s.queues, err = sqs.New(sqs.Config{DB: s.db, Clock: s.clock, Account: s.cfn.Account, Region: s.cfn.Region, Queues: specs}); err != nil {
		tb.Fatal(err)
	}
	cfg := lambda.Config{DB: s.db, Clock: s.clock, Account: s.cfn.Account, Region: s.cfn.Region, Functions: s.cfn.Functions(), Sources: s.cfn.EventSources(),
		Root: "testdata", DataDir: s.dir, Endpoint: "http://127.0.0.1:4566", ExtraEnv: map[string]string{"NOTE": s.note},
		Auth: s.auth, Queues: s.queues, Streams: lambda.StreamsOf(s.streams.OnStream, s.streams.records)}
	for _, o := range opts {
		o(&cfg)
	}
	if s.Service, err = lambda.New(cfg); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	s.build(tb)
	if err := s.Start(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// build compiles for the first test; the go command's cache serves the others.
func (s *stack) build(tb testing.TB) {
	tb.Helper()
	if err := s.Build(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func (s *stack) name(id string) string { return s.cfn.Resources[id].Name }

func (s *stack) queue(id string) string {
	for _, q := range s.cfn.Queues() {
		if q.LogicalID == id {
			return q.ARN
		}
	}
	return ""
}

func (s *stack) settle(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	if err := s.clock.Idle(ctx); err != nil {
		tb.Fatal(err)
	}
}

func (s *stack) advance(tb testing.TB, d time.Duration) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	if err := s.clock.Advance(ctx, d); err != nil {
		tb.Fatal(err)
	}
}

func (s *stack) mustInvoke(tb testing.TB, id, payload string) lambda.Result {
	tb.Helper()
	r, err := s.Invoke(tb.Context(), lambda.Call{Function: s.name(id), Payload: []byte(payload), Caller: admin})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// lines are the batches that functions have noted.
func (s *stack) lines(tb testing.TB) []string {
	tb.Helper()
	b, err := os.ReadFile(s.note)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

const work = `  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, MemorySize: 256, Environment: {Variables: {COLOUR: red}}}}
`

func TestInvoke(t *testing.T) {
	s := mustStack(t, work+`  Slow: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, Timeout: 1}}
  Broken: {Type: AWS::Serverless::Function, Properties: {CodeUri: broken}}
  Alias: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, AutoPublishAlias: live}}
`)
	type failure struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	for _, c := range []struct {
		name, function, payload string
		want                    failure
	}{
		{"error", "Work", `{"do":"fail","text":"x"}`, failure{"errorString", "refused: x"}},
		{"panic", "Work", `{"do":"panic"}`, failure{"string", "worse"}},
		{"exit", "Work", `{"do":"exit"}`, failure{"Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3"}},
		{"too large an answer", "Work", `{"do":"large"}`, failure{"Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291456 bytes)."}},
		{"timeout", "Slow", `{"do":"hang"}`, failure{"Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds"}},
		{"ends before the first call", "Broken", `{}`, failure{"Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.mustInvoke(t, c.function, c.payload)
			var got failure
			if err := json.Unmarshal(r.Payload, &got); err != nil {
				t.Fatal(err)
			}
			got.Message = strings.ReplaceAll(got.Message, r.RequestID, "ID")
			if d := cmp.Diff(c.want, got); d != "" || r.FunctionError != "Unhandled" {
				t.Errorf("FunctionError %q (-want +got):\n%s", r.FunctionError, d)
			}
		})
	}
	t.Run("goes on after a crash", func(t *testing.T) {
		if r := s.mustInvoke(t, "Work", `{"text":"hello"}`); r.FunctionError != "" || !strings.Contains(string(r.Payload), `"text":"hello"`) {
			t.Errorf("%s %s", r.FunctionError, r.Payload)
		}
	})
	t.Run("context", func(t *testing.T) {
		var first, second struct {
			ID, ARN, Name string
			Left          float64
			Calls, PID    int
			Memory        int
		}
		a := s.mustInvoke(t, "Work", `{"do":"context"}`)
		b := s.mustInvoke(t, "Work", `{"do":"context"}`)
		if err := errors.Join(json.Unmarshal(a.Payload, &first), json.Unmarshal(b.Payload, &second)); err != nil {
			t.Fatal(err)
		}
		if first.ID != a.RequestID || first.ARN != s.cfn.Functions()[3].ARN || first.Name != s.name("Work") || first.Memory != 256 {
			t.Errorf("%+v of %+v", first, a)
		}
		if first.Left < 10 || first.Left > 20 {
			t.Errorf("%.1f s left of 20", first.Left)
		}
		if first.PID != second.PID || second.Calls != first.Calls+1 {
			t.Errorf("the process was not used again: %+v %+v", first, second)
		}
	})
	t.Run("environment", func(t *testing.T) {
		t.Setenv("SECRET_OF_THE_HOST", "1")
		var env []string
		if err := json.Unmarshal(s.mustInvoke(t, "Slow", `{"do":"env"}`).Payload, &env); err != nil {
			t.Fatal(err)
		}
		all := strings.Join(env, "\n") + "\n"
		for _, want := range []string{"AWS_REGION=us-east-1\n", "AWS_ENDPOINT_URL=http://127.0.0.1:4566\n", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST\n",
			"AWS_ACCESS_KEY_ID=" + iam.AccessKey("arn:aws:iam::123456789012:role/t-SlowRole") + "\n", "NOTE=" + s.note + "\n"} {
			if !strings.Contains(all, want) {
				t.Errorf("no %q in\n%s", want, all)
			}
		}
		if strings.Contains(all, "SECRET_OF_THE_HOST") || strings.Contains(all, "GOPATH=") {
			t.Errorf("the host's environment shows:\n%s", all)
		}
	})
	t.Run("alias", func(t *testing.T) {
		r, err := s.Invoke(t.Context(), lambda.Call{Function: s.cfn.Functions()[0].ARN + ":live", Payload: []byte(`{"do":"context"}`), Caller: admin})
		if err != nil || r.Version != "1" || !strings.Contains(string(r.Payload), ":live\"") {
			t.Errorf("%+v %v %s", r, err, r.Payload)
		}
	})
	for name, c := range map[string]struct{ function, payload, code string }{
		"unknown function":  {"nobody", "{}", "ResourceNotFoundException"},
		"unknown qualifier": {s.name("Alias") + ":dead", "{}", "ResourceNotFoundException"},
		"not JSON":          {s.name("Work"), "{", "InvalidRequestContentException"},
		"too large":         {s.name("Work"), `"` + strings.Repeat("x", lambda.MaxSync) + `"`, "RequestTooLargeException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Invoke(t.Context(), lambda.Call{Function: c.function, Payload: []byte(c.payload), Caller: admin})
			var e *awshttp.Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	t.Run("logs", func(t *testing.T) {
		s.mustInvoke(t, "Work", `{"do":"log","text":"line"}`)
		s.mustInvoke(t, "Work", `{}`)
		all := strings.Join(s.Logs("Work"), "\n")
		if !strings.Contains(all, "out line") || !strings.Contains(all, "err line") {
			t.Errorf("logs: %s", all)
		}
	})
	t.Run("stats", func(t *testing.T) {
		for _, st := range s.Stats() {
			if st.Function == "Work" && (st.LastInit <= 0 || st.Errors != 4 || st.Invocations < 9) {
				t.Errorf("%+v", st)
			}
		}
	})
}

func TestWhoMayInvoke(t *testing.T) {
	s := mustStack(t, work+`  Caller: {Type: AWS::IAM::Role, Properties: {RoleName: caller, AssumeRolePolicyDocument: {Statement: []}, Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt Work.Arn}}}]}}
  Other: {Type: AWS::IAM::Role, Properties: {RoleName: other, AssumeRolePolicyDocument: {Statement: []}}}
  P: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Work, Principal: events.amazonaws.com, SourceArn: "arn:aws:events:us-east-1:123456789012:rule/r"}}
`)
	role := func(n string) awshttp.Principal { return awshttp.Principal{ARN: "arn:aws:iam::123456789012:role/" + n} }
	for name, c := range map[string]struct {
		caller awshttp.Principal
		source string
		ok     bool
	}{
		"role with the right":    {role("caller"), "", true},
		"role without":           {role("other"), "", false},
		"service with a source":  {awshttp.Principal{ARN: "events.amazonaws.com"}, "arn:aws:events:us-east-1:123456789012:rule/r", true},
		"service, other source":  {awshttp.Principal{ARN: "events.amazonaws.com"}, "arn:aws:events:us-east-1:123456789012:rule/q", false},
		"service without a word": {awshttp.Principal{ARN: "ses.amazonaws.com"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Invoke(t.Context(), lambda.Call{Function: s.name("Work"), Caller: c.caller, SourceARN: c.source})
			var e *awshttp.Error
			if c.ok != (err == nil) || !c.ok && (!errors.As(err, &e) || e.Code != "AccessDeniedException") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	s := mustStack(t, work+`  One: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, ReservedConcurrentExecutions: 1}}
  None: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, ReservedConcurrentExecutions: 0}}
`)
	gate := filepath.Join(t.TempDir(), "gate")
	run := func(id string, n int) map[int]bool {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range n {
			wg.Add(1)
			go func() {
				defer wg.Done()
				r, err := s.Invoke(t.Context(), lambda.Call{Function: s.name(id), Payload: fmt.Appendf(nil, `{"do":"wait","text":%q}`, gate), Caller: admin})
				mu.Lock()
				defer mu.Unlock()
				if err != nil || r.FunctionError != "" {
					t.Errorf("%v %s", err, r.Payload)
				}
			}()
		}
		if err := os.WriteFile(gate, nil, 0o644); err != nil {
			t.Error(err)
		}
		wg.Wait()
		return nil
	}
	run("Work", 12)
	run("One", 5)
	for _, st := range s.Stats() {
		switch {
		case st.Function == "Work" && (st.Invocations != 12 || st.Starts > 4),
			st.Function == "One" && (st.Invocations != 5 || st.Starts != 1):
			t.Errorf("%+v", st)
		}
	}
	_, err := s.Invoke(t.Context(), lambda.Call{Function: s.name("None"), Caller: admin})
	var e *awshttp.Error
	if !errors.As(err, &e) || e.Code != "TooManyRequestsException" {
		t.Errorf("reserved 0: %v", err)
	}
}

func TestIdleProcessesEnd(t *testing.T) {
	s := mustStack(t, work, func(c *lambda.Config) { c.IdleAfter = 30 * time.Millisecond })
	s.mustInvoke(t, "Work", `{}`)
	for s.Stats()[0].Processes > 0 {
		if t.Context().Err() != nil {
			t.Fatal("the process is still there")
		}
	}
	if r := s.mustInvoke(t, "Work", `{"text":"again"}`); r.FunctionError != "" {
		t.Errorf("%s", r.Payload)
	}
}

func TestAsync(t *testing.T) {
	const resources = `  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Lost: {Type: AWS::SQS::Queue, Properties: {QueueName: lost}}
  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, EventInvokeConfig: {MaximumRetryAttempts: 2, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}}, DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Lost.Arn}}}
`
	s := mustStack(t, resources)
	file := filepath.Join(s.dir, "attempts")
	attempts := func() int { b, _ := os.ReadFile(file); return bytes.Count(b, []byte("\n")) }
	payload := fmt.Sprintf(`{"do":"append then fail","text":%q}`, file)
	id, err := s.InvokeAsync(t.Context(), lambda.Call{Function: s.name("Work"), Payload: []byte(payload), Caller: admin})
	if err != nil {
		t.Fatal(err)
	}
	s.settle(t)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {119 * time.Second, 2}, {time.Second, 3}, {time.Hour, 3}} {
		if step.after > 0 {
			s.advance(t, step.after)
		}
		if got := attempts(); got != step.want {
			t.Fatalf("%d attempts after another %s, want %d", got, step.after, step.want)
		}
	}
	if n := s.Pending(); n != 0 {
		t.Errorf("%d invocations are left", n)
	}
	got, err := s.queues.Take(s.queue("Dead"), 10)
	if err != nil || len(got) != 1 {
		t.Fatalf("destination: %v %v", got, err)
	}
	var record struct {
		RequestContext struct {
			RequestID              string
			Condition              string
			ApproximateInvokeCount int
		}
		RequestPayload  json.RawMessage
		ResponseContext struct{ FunctionError string }
		ResponsePayload struct{ ErrorMessage string }
	}
	if err := json.Unmarshal([]byte(got[0].Body), &record); err != nil {
		t.Fatal(err)
	}
	if record.RequestContext.RequestID != id || record.RequestContext.Condition != "RetriesExhausted" || record.RequestContext.ApproximateInvokeCount != 3 ||
		string(record.RequestPayload) != payload || record.ResponseContext.FunctionError != "Unhandled" || record.ResponsePayload.ErrorMessage != "no" {
		t.Errorf("record %s", got[0].Body)
	}
	lost, err := s.queues.Take(s.queue("Lost"), 10)
	if err != nil || len(lost) != 1 || lost[0].Body != payload || lost[0].MessageAttributes["ErrorMessage"].StringValue != "no" {
		t.Errorf("dead letter %+v %v", lost, err)
	}
}

func TestAsyncOutlivesTheStack(t *testing.T) {
	s := mustStack(t, work)
	gate, file := filepath.Join(s.dir, "gate"), filepath.Join(s.dir, "attempts")
	for _, payload := range []string{fmt.Sprintf(`{"do":"wait","text":%q}`, gate), fmt.Sprintf(`{"do":"append then fail","text":%q}`, file)} {
		if _, err := s.InvokeAsync(t.Context(), lambda.Call{Function: s.name("Work"), Payload: []byte(payload), Caller: admin}); err != nil {
			t.Fatal(err)
		}
	}
	for { // until the second waits for its retry and the first is at work
		if b, _ := os.ReadFile(file); len(b) > 0 && s.Stats()[0].Errors == 1 {
			break
		}
	}
	s.Close()
	if err := os.WriteFile(gate, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if n := s.Pending(); n != 2 {
		t.Fatalf("%d invocations are kept, want 2", n)
	}
	again := clock.Manual(s.clock.Now())
	s.clock = again
	s2 := mustReopen(t, work, s)
	s2.settle(t)
	s2.advance(t, time.Minute)
	s2.advance(t, 2*time.Minute)
	if n := s2.Pending(); n != 0 {
		t.Errorf("%d invocations are left", n)
	}
	if b, _ := os.ReadFile(file); bytes.Count(b, []byte("\n")) < 3 {
		t.Errorf("the retries were not made: %q", b)
	}
}

func TestWire(t *testing.T) {
	s := mustStack(t, work+`  Caller: {Type: AWS::IAM::Role, Properties: {RoleName: caller, AssumeRolePolicyDocument: {Statement: []}}}
`)
	ep := &awshttp.Endpoint{Account: s.cfn.Account, Region: s.cfn.Region, Auth: s.auth}
	ep.Handle("lambda", s)
	srv := httptest.NewServer(ep)
	defer srv.Close()
	client := func(key string) *sdk.Client {
		return sdk.New(sdk.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), Credentials: credentials.NewStaticCredentialsProvider(key, "x", ""), RetryMaxAttempts: 1})
	}
	c := client("AKIAPERSON")
	t.Run("invoke", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), Payload: []byte(`{"do":"log","text":"tail"}`), LogType: types.LogTypeTail})
		if err != nil || out.StatusCode != 200 || aws.ToString(out.ExecutedVersion) != "$LATEST" || string(out.Payload) != "null" {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("by arn, failing", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.cfn.Functions()[0].ARN), Payload: []byte(`{"do":"fail"}`)})
		if err != nil || aws.ToString(out.FunctionError) != "Unhandled" {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("event", func(t *testing.T) {
		file := filepath.Join(s.dir, "event")
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), InvocationType: types.InvocationTypeEvent, Payload: fmt.Appendf(nil, `{"do":"append","text":%q}`, file)})
		if err != nil || out.StatusCode != 202 {
			t.Fatalf("%+v %v", out, err)
		}
		s.settle(t)
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	})
	t.Run("dry run", func(t *testing.T) {
		out, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work")), InvocationType: types.InvocationTypeDryRun})
		if err != nil || out.StatusCode != 204 {
			t.Errorf("%+v %v", out, err)
		}
	})
	t.Run("not there", func(t *testing.T) {
		_, err := c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("nobody")})
		var nf *types.ResourceNotFoundException
		if !errors.As(err, &nf) {
			t.Errorf("%v", err)
		}
	})
	t.Run("denied", func(t *testing.T) {
		_, err := client(iam.AccessKey("arn:aws:iam::123456789012:role/caller")).Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String(s.name("Work"))})
		if err == nil || !strings.Contains(err.Error(), "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/caller/local is not authorized to perform: lambda:InvokeFunction") {
			t.Errorf("%v", err)
		}
	})
	t.Run("list and get", func(t *testing.T) {
		out, err := c.ListFunctions(t.Context(), &sdk.ListFunctionsInput{})
		if err != nil || len(out.Functions) != 1 || aws.ToString(out.Functions[0].FunctionName) != s.name("Work") {
			t.Errorf("%+v %v", out, err)
		}
		got, err := c.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String(s.name("Work"))})
		if err != nil || got.Configuration.Environment.Variables["COLOUR"] != "red" {
			t.Errorf("%+v %v", got, err)
		}
	})
	t.Run("not implemented", func(t *testing.T) {
		_, err := c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String(s.name("Work"))})
		if err == nil || !strings.Contains(err.Error(), "NotImplementedException") {
			t.Errorf("%v", err)
		}
	})
}

// TestDiesWithParent runs a stack in a child of this test and kills that hard.
func TestDiesWithParent(t *testing.T) {
	if file := os.Getenv("LAMBDA_TEST_CHILD"); file != "" {
		s := mustStack(t, work)
		r := s.mustInvoke(t, "Work", `{"do":"context"}`)
		var x struct{ PID int }
		if err := json.Unmarshal(r.Payload, &x); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file+".tmp", fmt.Appendf(nil, "%d", x.PID), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".tmp", file); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no /proc: only Linux ends the processes of a stack that was killed")
	}
	file := filepath.Join(t.TempDir(), "pid")
	child := exec.Command(os.Args[0], "-test.run", "^TestDiesWithParent$")
	child.Env = append(os.Environ(), "LAMBDA_TEST_CHILD="+file)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	for pid == "" {
		b, _ := os.ReadFile(file)
		pid = string(b)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %s outlived its stack", pid)
		}
	}
}

func BenchmarkInvokeWarm(b *testing.B) {
	s := mustStack(b, work)
	s.mustInvoke(b, "Work", `{}`)
	for b.Loop() {
		if _, err := s.Invoke(context.Background(), lambda.Call{Function: s.name("Work"), Payload: []byte(`{"text":"x"}`), Caller: admin}); err != nil {
			b.Fatal(err)
		}
	}
}
