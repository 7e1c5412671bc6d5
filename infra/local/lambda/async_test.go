package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

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
