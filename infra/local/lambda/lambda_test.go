package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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
