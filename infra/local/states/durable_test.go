package states_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/clock"
)

func TestRestart(t *testing.T) {
	b := open(t)
	given := b.tokens()
	onToken := b.run(b.create("ask", askPerson), "token", `{}`)
	onTimer := b.run(b.create("sleep", waitDay), "timer", `{}`)
	b.idle()

	// A third execution is in the middle of its task when the process ends.
	entered := make(chan struct{})
	b.lambda = func(ctx context.Context, _, _ string, _ []byte) ([]byte, string, string, error) {
		close(entered)
		<-ctx.Done()
		return nil, "", "", ctx.Err()
	}
	b.mu.Lock()
	b.deaf = true
	b.mu.Unlock()
	inTask := b.run(b.create("call", callOnce), "task", `{"n":1}`)
	<-entered
	if told := b.told(inTask); len(told) != 0 {
		t.Fatalf("told %v", told)
	}
	calls := atomic.Int32{}
	b.mu.Lock()
	b.deaf = false
	b.mu.Unlock()
	again := func(context.Context, string, string, []byte) ([]byte, string, string, error) {
		calls.Add(1)
		return []byte(`"again"`), "1", "", nil
	}
	b.stop()
	b.lambda = again
	b.reopen()
	b.idle()

	if e := b.describe(inTask); e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.Output) != `"again"` {
		t.Errorf("mid-task: %s %s %s", e.Status, aws.ToString(e.Output), aws.ToString(e.Cause))
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d tasks were carried out again, want the one that was under way", n)
	}
	if diff := cmp.Diff([]string{"RUNNING", "SUCCEEDED"}, b.told(inTask)); diff != "" {
		t.Error(diff)
	}
	if _, err := b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &given()[0], Output: aws.String(`"yes"`)}); err != nil {
		t.Fatal(err)
	}
	if e := b.describe(onToken); e.Status != types.ExecutionStatusSucceeded || aws.ToString(e.Output) != `"yes"` {
		t.Errorf("on a token: %s %s", e.Status, aws.ToString(e.Output))
	}
	b.advance(24*time.Hour - time.Second)
	b.restart()
	if e := b.describe(onTimer); e.Status != types.ExecutionStatusRunning {
		t.Errorf("a second early: %s", e.Status)
	}
	b.advance(time.Second)
	if e := b.describe(onTimer); e.Status != types.ExecutionStatusSucceeded {
		t.Errorf("on a timer: %s", e.Status)
	}
	want := []string{"ExecutionStarted", "WaitStateEntered", "WaitStateExited", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"}
	if diff := cmp.Diff(want, b.history(onTimer)); diff != "" {
		t.Error(diff)
	}
}

// TestStatusIsNotLost: what the bus did not take is told later.
func TestStatusIsNotLost(t *testing.T) {
	b := open(t)
	b.deaf = true
	arn := b.run(b.create("call", callOnce), "one", `{"n":1}`)
	b.idle()
	if told := b.told(arn); len(told) != 0 {
		t.Fatalf("told %v", told)
	}
	b.mu.Lock()
	b.deaf = false
	b.mu.Unlock()
	b.advance(2 * time.Second)
	if diff := cmp.Diff([]string{"RUNNING", "SUCCEEDED"}, b.told(arn)); diff != "" {
		t.Error(diff)
	}
}

// TestManyWaiting keeps 2,000 executions (or STATES_MANY, such as 10000) waiting for
// tokens, restarts, and answers some.
func TestManyWaiting(t *testing.T) {
	many := 2_000
	if text := os.Getenv("STATES_MANY"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		many = n
	}
	b := open(t)
	given := b.tokens()
	version := b.create("ask", askPerson)
	began := time.Now()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := w; i < many; i += 8 {
				name, input := fmt.Sprint("n", i), fmt.Sprintf(`{"i":%d}`, i)
				if _, err := b.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &version, Name: &name, Input: &input}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.idle()
	started := time.Since(began)
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	goroutines := runtime.NumGoroutine()
	if goroutines > 200 {
		t.Errorf("%d goroutines while nothing happens", goroutines)
	}
	tokens := given()
	if len(tokens) != many {
		t.Fatalf("%d tokens", len(tokens))
	}
	began = time.Now()
	b.restart()
	resumed := time.Since(began)
	for _, token := range []string{tokens[0], tokens[many/2], tokens[many-1]} {
		if _, err := b.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(`1`)}); err != nil {
			t.Error(err)
		}
	}
	if n := len(given()); n != many {
		t.Errorf("%d tasks were carried out again though they were submitted", n-many)
	}
	began = time.Now()
	b.advance(time.Hour)
	t.Logf("%d started in %s, %d goroutines and %d MB while waiting, resumed in %s, all timed out in %s",
		many, started.Round(time.Millisecond), goroutines, mem.HeapAlloc>>20, resumed.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	out, err := b.client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &version, StatusFilter: types.ExecutionStatusRunning})
	if err != nil || len(out.Executions) != 0 {
		t.Errorf("%d are running after the time-out, %v", len(out.Executions), err)
	}
}

// TestRestartsTakeNoTime: a task that a restart interrupts is a new request with the
// whole of its time, however often that happens.
func TestRestartsTakeNoTime(t *testing.T) {
	b := open(t)
	entered := make(chan struct{}, 1)
	hang := func(ctx context.Context, _, _ string, _ []byte) ([]byte, string, string, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, "", "", ctx.Err()
	}
	b.lambda = hang
	arn := b.run(b.create("minute", `{"QueryLanguage":"JSONata","StartAt":"call","States":{"call":{"Type":"Task","TimeoutSeconds":60,
		"Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"f"},"End":true}}}`), "one", `{}`)
	for range 3 {
		<-entered
		b.stop()
		b.clock = clock.Manual(b.clock.Now().Add(50 * time.Second))
		b.start()
	}
	<-entered
	b.stop()
	b.lambda = func(context.Context, string, string, []byte) ([]byte, string, string, error) {
		return []byte(`1`), "1", "", nil
	}
	b.reopen()
	b.idle()
	if e := b.describe(arn); e.Status != types.ExecutionStatusSucceeded {
		t.Errorf("%s %s", e.Status, aws.ToString(e.Error))
	}
}
