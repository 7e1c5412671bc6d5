package scheduler_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	standin "github.com/deskhand/deskhand/infra/local/scheduler"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/schedule"
	"github.com/deskhand/deskhand/shared/schedule/scheduler"
)

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// anyone may do everything.
type anyone struct{}

func (anyone) Authorize(awshttp.Principal, string, string, map[string]string) error { return nil }
func (anyone) ByAccessKey(k string) awshttp.Principal {
	return awshttp.Principal{ARN: "role/" + k}
}

func TestKeeper(t *testing.T) {
	var mu sync.Mutex
	var got []string
	c := clock.Manual(start)
	s, err := standin.New(standin.Config{DB: disk.OpenT(t), Clock: c, Account: "123456789012", Region: "us-east-1", Auth: anyone{},
		SendQueue: func(arn, body string, _ map[string]string) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, arn[strings.LastIndexByte(arn, ':')+1:]+" "+body)
			return nil
		}})
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1", Auth: anyone{}}
	e.Handle("scheduler", s)
	srv := httptest.NewServer(e)
	defer srv.Close()
	k := &scheduler.Keeper{Stack: "desk", QueueArn: "arn:aws:sqs:us-east-1:123456789012:work", RoleArn: "arn:aws:iam::123456789012:role/tick", DeadArn: "arn:aws:sqs:us-east-1:123456789012:dead",
		Client: client.New(client.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")})}
	ctx := t.Context()
	put := func(expression, zone string) {
		t.Helper()
		if err := k.Put(ctx, schedule.Spec{WorkflowID: "wf_1", Expression: expression, Timezone: zone}); err != nil {
			t.Fatal(err)
		}
	}
	pass := func(d time.Duration, want ...string) {
		t.Helper()
		if err := c.Advance(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", c.Now(), diff)
		}
		got = nil
	}
	tick := func(at string) string { return `work {"tick":{"at":"2030-01-01T` + at + `Z","workflow":"wf_1"}}` }

	put("rate(2 hours)", "UTC")
	pass(time.Hour)
	put("rate(2 hours)", "") // the same: it goes on counting
	pass(time.Hour, tick("02:00:00"))
	put("cron(0 12 * * ? *)", "Asia/Tokyo") // noon there is 03:00 in UTC
	pass(6*time.Hour, tick("03:00:00"))
	if err := k.Remove(ctx, "wf_1"); err != nil {
		t.Fatal(err)
	}
	if err := k.Remove(ctx, "wf_1"); err != nil {
		t.Fatalf("removing what is not there: %v", err)
	}
	pass(30 * 24 * time.Hour)
	if err := k.Put(ctx, schedule.Spec{WorkflowID: "wf_1", Expression: "rate(2 fortnights)"}); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("a refused expression: %v", err)
	}
	k.Stack = strings.Repeat("s", 70)
	if err := k.Put(ctx, schedule.Spec{WorkflowID: "wf_1", Expression: "rate(2 hours)"}); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("a name that is too long: %v", err)
	}
}
