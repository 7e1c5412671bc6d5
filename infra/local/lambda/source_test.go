package lambda_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdkdb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/dynamodb"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

// tape is a stream that the test writes.
type tape struct {
	mu    sync.Mutex
	list  []record
	wakes []func()
}

type record struct {
	Name     string
	Sequence string
	Made     time.Time
	Event    string
}

func (r record) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"eventID": r.Sequence, "eventName": r.Event, "eventSource": "aws:dynamodb", "dynamodb": map[string]any{
		"SequenceNumber": r.Sequence, "ApproximateCreationDateTime": r.Made.Unix(), "Keys": map[string]any{"pk": map[string]string{"S": r.Name}},
		"NewImage": map[string]any{"pk": map[string]string{"S": r.Name}}}})
}

func (s *tape) OnStream(_ string, f func()) { s.wakes = append(s.wakes, f) }

func (s *tape) records(_, after string, max int) ([]record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.list {
		if after == "" || r.Sequence > after {
			return append([]record(nil), s.list[i:min(len(s.list), i+max)]...), nil
		}
	}
	return nil, nil
}

func (s *tape) write(made time.Time, names ...string) {
	s.mu.Lock()
	for _, n := range names {
		s.list = append(s.list, record{Name: n, Sequence: fmt.Sprintf("%021d", 100+len(s.list)), Made: made, Event: "INSERT"})
	}
	s.mu.Unlock()
	for _, f := range s.wakes {
		f()
	}
}

func queueTemplate(props string) string {
	return `  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}}
  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn` + props + `}}}}}
`
}

func streamTemplate(props string) string {
	return `  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {AttributeDefinitions: [{AttributeName: pk, AttributeType: S}], KeySchema: [{AttributeName: pk, KeyType: HASH}], StreamSpecification: {StreamViewType: NEW_IMAGE}}}
  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, Events: {Changes: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON` + props + `}}}}}
`
}

func (s *stack) mustSend(tb testing.TB, queue string, bodies ...string) {
	tb.Helper()
	for _, b := range bodies {
		if err := s.queues.Send(s.queue(queue), b, nil); err != nil {
			tb.Fatal(err)
		}
	}
}

func (s *stack) bodies(tb testing.TB, queue string) []string {
	tb.Helper()
	got, err := s.queues.Take(s.queue(queue), 10)
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, m := range got {
		out = append(out, m.Body)
	}
	return out
}

// counts tells how often each item was handled.
func counts(lines []string) map[string]int {
	n := map[string]int{}
	for _, l := range lines {
		for _, x := range strings.Split(l, ",") {
			n[x]++
		}
	}
	return n
}

func TestQueueSource(t *testing.T) {
	t.Run("handled once", func(t *testing.T) {
		s := mustStack(t, queueTemplate(""))
		s.mustSend(t, "Jobs", "a", "b", "c")
		s.settle(t)
		s.advance(t, time.Hour)
		if d := cmp.Diff(map[string]int{"a": 1, "b": 1, "c": 1}, counts(s.lines(t))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("a failed batch comes back, then to the dead letters", func(t *testing.T) {
		s := mustStack(t, queueTemplate(", BatchSize: 1"))
		s.mustSend(t, "Jobs", "poison", "good")
		s.settle(t)
		if d := cmp.Diff(map[string]int{"poison": 1, "good": 1}, counts(s.lines(t))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		s.advance(t, 31*time.Second)
		s.advance(t, 31*time.Second)
		if d := cmp.Diff(map[string]int{"poison": 2, "good": 1}, counts(s.lines(t))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if d := cmp.Diff([]string{"poison"}, s.bodies(t, "Dead")); d != "" {
			t.Errorf("dead letters (-want +got):\n%s", d)
		}
	})
	t.Run("partial failures", func(t *testing.T) {
		s := mustStack(t, queueTemplate(", FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 2}"))
		s.mustSend(t, "Jobs", "a", "bad", "b")
		s.settle(t)
		s.advance(t, 31*time.Second)
		if d := cmp.Diff(map[string]int{"a": 1, "bad": 2, "b": 1}, counts(s.lines(t))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("filter", func(t *testing.T) {
		s := mustStack(t, queueTemplate(`, FilterCriteria: {Filters: [{Pattern: '{"body":{"kind":["yes"]}}'}]}`))
		s.mustSend(t, "Jobs", `{"kind":"no"}`, `{"kind":"yes"}`, "text")
		s.settle(t)
		s.advance(t, time.Hour)
		if d := cmp.Diff([]string{`{"kind":"yes"}`}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if left := s.bodies(t, "Dead"); left != nil {
			t.Errorf("filtered messages are not deleted: %v", left)
		}
	})
	t.Run("what was sent while the stack was down", func(t *testing.T) {
		body := queueTemplate("")
		s := mustStack(t, body)
		s.Close()
		s.mustSend(t, "Jobs", "late")
		s.settle(t)
		mustReopen(t, body, s).settle(t)
		if d := cmp.Diff([]string{"late"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("a disabled source rests", func(t *testing.T) {
		s := mustStack(t, queueTemplate(", Enabled: false"))
		s.mustSend(t, "Jobs", "a")
		s.settle(t)
		if got := s.lines(t); got != nil {
			t.Errorf("handled %v", got)
		}
	})
}

func TestSourceNeedsPermission(t *testing.T) {
	s := mustStack(t, work) // only for its parts
	resources := `  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Bare: {Type: AWS::IAM::Role, Properties: {RoleName: bare, AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}}}}
  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: work, Role: !GetAtt Bare.Arn, Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}}}
`
	parts := mustParts(t, resources, s)
	svc, err := lambda.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	if err := svc.Start(); err == nil || !strings.Contains(err.Error(), "ReceiveMessage on SQS") {
		t.Errorf("started: %v", err)
	}
}

func TestStreamSource(t *testing.T) {
	t.Run("in order, once, also over a restart", func(t *testing.T) {
		body := streamTemplate(", BatchSize: 3")
		s := mustStack(t, body)
		s.streams.write(s.clock.Now(), "a", "b", "c", "d", "e", "f", "g")
		s.settle(t)
		s.Close()
		s.streams.wakes = nil
		s.streams.write(s.clock.Now(), "h")
		mustReopen(t, body, s).settle(t)
		if d := cmp.Diff([]string{"a,b,c", "d,e,f", "g", "h"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("latest", func(t *testing.T) {
		s := mustStack(t, work) // gives the tape some past
		s.streams.write(s.clock.Now(), "old")
		s2 := mustReopen(t, strings.Replace(streamTemplate(""), "TRIM_HORIZON", "LATEST", 1), s)
		s2.settle(t)
		s2.streams.write(s.clock.Now(), "new")
		s2.settle(t)
		if d := cmp.Diff([]string{"new"}, s2.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("filter", func(t *testing.T) {
		s := mustStack(t, streamTemplate(`, BatchSize: 2, FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"pk":{"S":[{"prefix":"x"}]}}}}'}]}`))
		s.streams.write(s.clock.Now(), "a", "x1", "b", "x2", "x3", "c")
		s.settle(t)
		if d := cmp.Diff([]string{"x1,x2", "x3"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("retries block what is behind, then give up", func(t *testing.T) {
		s := mustStack(t, streamTemplate(", BatchSize: 2, MaximumRetryAttempts: 2, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}"))
		s.streams.write(s.clock.Now(), "a", "poison", "b")
		s.settle(t)
		if d := cmp.Diff([]string{"a,poison"}, s.lines(t)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
		s.advance(t, time.Hour)
		if d := cmp.Diff([]string{"a,poison", "a,poison", "a,poison", "b"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		dead := s.bodies(t, "Dead")
		if len(dead) != 1 || !strings.Contains(dead[0], `"condition":"RetryAttemptsExhausted"`) || !strings.Contains(dead[0], `"batchSize":2`) {
			t.Errorf("destination %v", dead)
		}
	})
	t.Run("bisecting finds the culprit", func(t *testing.T) {
		s := mustStack(t, streamTemplate(", BatchSize: 4, MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}"))
		s.streams.write(s.clock.Now(), "a", "b", "poison", "c", "d")
		s.settle(t)
		s.advance(t, time.Hour)
		if d := cmp.Diff([]string{"a,b,poison,c", "a,b", "poison,c", "poison", "poison", "c", "d"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if dead := s.bodies(t, "Dead"); len(dead) != 1 || !strings.Contains(dead[0], `"batchSize":1`) {
			t.Errorf("destination %v", dead)
		}
	})
	t.Run("partial failures go on from the first that failed", func(t *testing.T) {
		s := mustStack(t, streamTemplate(", BatchSize: 4, MaximumRetryAttempts: 1, FunctionResponseTypes: [ReportBatchItemFailures]"))
		s.streams.write(s.clock.Now(), "a", "bad", "b", "c", "d")
		s.settle(t)
		s.advance(t, time.Hour)
		if d := cmp.Diff([]string{"a,bad,b,c", "bad,b,c", "d"}, s.lines(t)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("a retry outlives the stack", func(t *testing.T) {
		body := streamTemplate(", MaximumRetryAttempts: 2")
		s := mustStack(t, body)
		s.streams.write(s.clock.Now(), "poison")
		s.settle(t)
		s.Close()
		s.streams.wakes = nil
		s2 := mustReopen(t, body, s)
		s2.settle(t)
		s2.advance(t, time.Hour)
		if got := len(s2.lines(t)); got != 3 {
			t.Errorf("%d attempts over two runs, want 3", got)
		}
	})
}

// mustParts makes the configuration of a template on the parts of another stack.
func mustParts(tb testing.TB, resources string, s *stack) lambda.Config {
	tb.Helper()
	x, err := cfn.Parse([]byte(start+resources), "testdata", nil, cfn.Env{Stack: "t"})
	if err != nil {
		tb.Fatal(err)
	}
	auth, err := iam.New(x)
	if err != nil {
		tb.Fatal(err)
	}
	return lambda.Config{DB: s.db, Clock: s.clock, Account: x.Account, Region: x.Region, Functions: x.Functions(), Sources: x.EventSources(),
		Root: "testdata", DataDir: s.dir, Auth: auth, Queues: s.queues}
}

// TestTableSource feeds a function from a real table.
func TestTableSource(t *testing.T) {
	s := mustStack(t, work)
	body := streamTemplate(`, FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"kind":{"S":["event"]}}}}'}]}`)
	parts := mustParts(t, body, s)
	st, err := cfn.Parse([]byte(start+body), "testdata", nil, cfn.Env{Stack: "t"})
	if err != nil {
		t.Fatal(err)
	}
	table := st.Tables()[0]
	db, err := dynamodb.New(dynamodb.Config{DB: s.db, Clock: s.clock, Account: st.Account, Region: st.Region, Tables: []dynamodb.TableSpec{
		{Name: table.Name, PartitionKey: dynamodb.Key{Name: "pk", Type: "S"}, Stream: table.StreamView}}})
	if err != nil {
		t.Fatal(err)
	}
	ep := &awshttp.Endpoint{Account: st.Account, Region: st.Region, Auth: s.auth}
	ep.Handle("dynamodb", db)
	srv := httptest.NewServer(ep)
	defer srv.Close()
	parts.Streams = lambda.StreamsOf(db.OnStream, db.StreamRecords)
	parts.ExtraEnv = map[string]string{"NOTE": s.note}
	svc, err := lambda.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	if err := svc.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := svc.Start(); err != nil {
		t.Fatal(err)
	}
	client := sdkdb.New(sdkdb.Options{Region: st.Region, BaseEndpoint: aws.String(srv.URL), Credentials: credentials.NewStaticCredentialsProvider("AKIAPERSON", "x", "")})
	for _, kind := range []string{"event", "other", "event"} {
		for _, pk := range []string{kind + "1", kind + "2"} {
			_, err := client.PutItem(t.Context(), &sdkdb.PutItemInput{TableName: aws.String(table.Name), Item: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: pk}, "kind": &types.AttributeValueMemberS{Value: kind}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	s.settle(t)
	if d := cmp.Diff(map[string]int{"event1": 1, "event2": 1}, counts(s.lines(t))); d != "" {
		t.Errorf("inserts of events (-want +got):\n%s", d)
	}
}
