package states_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/states"
)

const (
	account = "111111111111"
	role    = "arn:aws:iam::111111111111:role/machines"
)

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a service behind a real endpoint, on a clock that moves by hand.
type bench struct {
	tb      testing.TB
	path    string
	db      *disk.DB
	clock   *clock.Clock
	service *states.Service
	server  *httptest.Server
	client  *sfn.Client

	lambda func(ctx context.Context, roleARN, function string, payload []byte) ([]byte, string, string, error)
	auth   awshttp.Authorizer

	mu      sync.Mutex
	changes []states.StatusChange
	deaf    bool // status changes are refused
}

func open(tb testing.TB) *bench {
	tb.Helper()
	b := &bench{tb: tb, path: filepath.Join(tb.TempDir(), "local.db"), clock: clock.Manual(began)}
	b.start()
	tb.Cleanup(func() { b.stop() })
	return b
}

func (b *bench) start() {
	b.tb.Helper()
	db, err := disk.Open(b.path)
	if err != nil {
		b.tb.Fatal(err)
	}
	b.db = db
	b.service, err = states.New(states.Config{
		DB: db, Clock: b.clock, Account: account, Region: "us-east-1",
		InvokeLambda: func(ctx context.Context, roleARN, function string, payload []byte) ([]byte, string, string, error) {
			if b.lambda == nil {
				return payload, "$LATEST", "", nil
			}
			return b.lambda(ctx, roleARN, function, payload)
		},
		EmitStatus: b.emit,
	})
	if err != nil {
		b.tb.Fatal(err)
	}
	endpoint := &awshttp.Endpoint{Account: account, Region: "us-east-1", Auth: b.auth}
	endpoint.Handle("states", b.service)
	b.server = httptest.NewServer(endpoint)
	b.client = sfn.New(sfn.Options{
		BaseEndpoint: aws.String(b.server.URL), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("someone", "secret", ""),
	})
	if err := b.service.Resume(); err != nil {
		b.tb.Fatal(err)
	}
}

func (b *bench) stop() {
	b.server.Close()
	b.service.Close()
	_ = b.db.Close()
}

// restart plays a killed process: the new one has its own clock, at the same time.
func (b *bench) restart() {
	b.tb.Helper()
	b.stop()
	b.reopen()
}

func (b *bench) reopen() {
	b.tb.Helper()
	b.clock = clock.Manual(b.clock.Now())
	b.start()
}

func (b *bench) emit(_ context.Context, e states.StatusChange) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deaf {
		return context.DeadlineExceeded
	}
	b.changes = append(b.changes, e)
	return nil
}

// told lists the statuses told about an execution.
func (b *bench) told(arn string) []string {
	b.tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []string{}
	for _, e := range b.changes {
		var d struct{ ExecutionArn, Status string }
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			b.tb.Fatal(err)
		}
		if d.ExecutionArn == arn {
			out = append(out, d.Status)
		}
	}
	return out
}

func (b *bench) idle() {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := b.clock.Idle(ctx); err != nil {
		b.tb.Fatal(err)
	}
}

func (b *bench) advance(d time.Duration) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := b.clock.Advance(ctx, d); err != nil {
		b.tb.Fatal(err)
	}
}

func (b *bench) create(name, definition string) string {
	b.tb.Helper()
	out, err := b.client.CreateStateMachine(b.tb.Context(), &sfn.CreateStateMachineInput{
		Name: &name, Definition: &definition, RoleArn: aws.String(role), Publish: true,
	})
	if err != nil {
		b.tb.Fatal(err)
	}
	return *out.StateMachineVersionArn
}

func (b *bench) run(machine, name, input string) string {
	b.tb.Helper()
	out, err := b.client.StartExecution(b.tb.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
	if err != nil {
		b.tb.Fatal(err)
	}
	return *out.ExecutionArn
}

func (b *bench) describe(arn string) *sfn.DescribeExecutionOutput {
	b.tb.Helper()
	out, err := b.client.DescribeExecution(b.tb.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if err != nil {
		b.tb.Fatal(err)
	}
	return out
}

// history lists the types of the events.
func (b *bench) history(arn string) []string {
	b.tb.Helper()
	var out []string
	p := sfn.NewGetExecutionHistoryPaginator(b.client, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 3})
	for p.HasMorePages() {
		page, err := p.NextPage(b.tb.Context())
		if err != nil {
			b.tb.Fatal(err)
		}
		for _, e := range page.Events {
			out = append(out, string(e.Type))
		}
	}
	return out
}
