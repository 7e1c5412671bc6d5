package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/sqs"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

const account, region = "123456789012", "us-east-1"

func arn(name string) string { return "arn:aws:sqs:us-east-1:123456789012:" + name }

func specs() []sqs.QueueSpec {
	return []sqs.QueueSpec{
		{Name: "work", MaxReceiveCount: 2, DeadLetterARN: arn("dead"), VisibilityTimeout: time.Minute},
		{Name: "dead", Retention: 14 * 24 * time.Hour},
	}
}

func MustNew(tb testing.TB, db *disk.DB, c *clock.Clock) *sqs.Service {
	tb.Helper()
	s, err := sqs.New(sqs.Config{DB: db, Clock: c, Account: account, Region: region, Queues: specs()})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// deny refuses one action for the key "fn".
type deny string

func (d deny) Authorize(p awshttp.Principal, action, resource string, _ map[string]string) error {
	if string(d) == action {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s", p.ARN, action, resource)
	}
	return nil
}
func (deny) ByAccessKey(k string) awshttp.Principal {
	return awshttp.Principal{ARN: "arn:aws:iam::123456789012:role/" + k}
}

func MustClient(tb testing.TB, s *sqs.Service, auth awshttp.Authorizer) (*client.Client, string) {
	tb.Helper()
	e := &awshttp.Endpoint{Account: account, Region: region, Auth: auth}
	e.Handle("sqs", s)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	return client.New(client.Options{Region: region, BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")}), srv.URL + "/" + account + "/"
}

func advance(tb testing.TB, c *clock.Clock, d time.Duration) {
	tb.Helper()
	if err := c.Advance(context.Background(), d); err != nil {
		tb.Fatal(err)
	}
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestWire(t *testing.T) {
	ctx := context.Background()
	c := clock.Manual(start)
	s := MustNew(t, disk.OpenT(t), c)
	cl, base := MustClient(t, s, nil)
	url := aws.String(base + "work")

	t.Run("queue url", func(t *testing.T) {
		out, err := cl.GetQueueUrl(ctx, &client.GetQueueUrlInput{QueueName: aws.String("work")})
		if err != nil || *out.QueueUrl != *url {
			t.Fatal(err, out)
		}
		_, err = cl.GetQueueUrl(ctx, &client.GetQueueUrlInput{QueueName: aws.String("nope")})
		var none *types.QueueDoesNotExist
		if !errors.As(err, &none) {
			t.Fatalf("not QueueDoesNotExist: %v", err)
		}
	})
	t.Run("send, receive, delete", func(t *testing.T) {
		sent, err := cl.SendMessage(ctx, &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String("hello"),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"kind": {DataType: aws.String("String"), StringValue: aws.String("a")},
				"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, WaitTimeSeconds: 20})
		if err != nil || len(got.Messages) != 1 {
			t.Fatal(err, got)
		}
		m := got.Messages[0]
		if *m.Body != "hello" || *m.MessageId != *sent.MessageId || *m.MD5OfMessageAttributes != *sent.MD5OfMessageAttributes {
			t.Errorf("received %+v", m)
		}
		if m.Attributes["ApproximateReceiveCount"] != "1" || m.Attributes["SentTimestamp"] != fmt.Sprint(start.UnixMilli()) {
			t.Errorf("attributes %v", m.Attributes)
		}
		if diff := cmp.Diff([]byte{1, 2}, m.MessageAttributes["blob"].BinaryValue); diff != "" {
			t.Error(diff)
		}
		if again, err := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url}); err != nil || len(again.Messages) != 0 {
			t.Fatal("not hidden", err, again)
		}
		if _, err := cl.DeleteMessage(ctx, &client.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, time.Hour)
		if again, _ := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url}); len(again.Messages) != 0 {
			t.Fatal("deleted message came back")
		}
	})
	t.Run("visibility and superseded handles", func(t *testing.T) {
		if err := s.Send(arn("work"), "one", nil); err != nil {
			t.Fatal(err)
		}
		first, _ := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url, VisibilityTimeout: 10})
		advance(t, c, 11*time.Second)
		second, _ := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url})
		if len(first.Messages) != 1 || len(second.Messages) != 1 {
			t.Fatal("not visible again")
		}
		if _, err := cl.DeleteMessage(ctx, &client.DeleteMessageInput{QueueUrl: url, ReceiptHandle: first.Messages[0].ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
		if _, err := cl.ChangeMessageVisibility(ctx, &client.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: second.Messages[0].ReceiptHandle, VisibilityTimeout: 0}); err != nil {
			t.Fatalf("the old handle deleted it: %v", err)
		}
		_, err := cl.ChangeMessageVisibility(ctx, &client.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: second.Messages[0].ReceiptHandle, VisibilityTimeout: 5})
		var flight *types.MessageNotInflight
		if !errors.As(err, &flight) {
			t.Errorf("not MessageNotInflight: %v", err)
		}
		if got, err := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url}); err != nil || len(got.Messages) != 0 {
			t.Fatal("third receive must go to the dead-letter queue", err, got.Messages)
		}
		dead, err := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: aws.String(base + "dead"), MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}})
		if err != nil || len(dead.Messages) != 1 || dead.Messages[0].Attributes["DeadLetterQueueSourceArn"] != arn("work") {
			t.Fatal(err, dead)
		}
	})
	t.Run("batches", func(t *testing.T) {
		out, err := cl.SendMessageBatch(ctx, &client.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("a"), MessageBody: aws.String("1")}, {Id: aws.String("b"), MessageBody: aws.String("\x01")}, {Id: aws.String("c"), MessageBody: aws.String("3"), DelaySeconds: 60}}})
		if err != nil || len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Code != "InvalidMessageContents" {
			t.Fatal(err, out)
		}
		at, err := cl.GetQueueAttributes(ctx, &client.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil || at.Attributes["ApproximateNumberOfMessages"] != "1" || at.Attributes["ApproximateNumberOfMessagesDelayed"] != "1" ||
			at.Attributes["RedrivePolicy"] != `{"deadLetterTargetArn":"`+arn("dead")+`","maxReceiveCount":2}` {
			t.Fatal(err, at)
		}
		advance(t, c, time.Minute)
		got, _ := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10})
		var del []types.DeleteMessageBatchRequestEntry
		for i, m := range got.Messages {
			del = append(del, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		d, err := cl.DeleteMessageBatch(ctx, &client.DeleteMessageBatchInput{QueueUrl: url, Entries: del})
		if err != nil || len(d.Successful) != 2 {
			t.Fatal(err, d)
		}
		_, err = cl.DeleteMessageBatch(ctx, &client.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{}})
		if code(err) != "AWS.SimpleQueueService.EmptyBatchRequest" {
			t.Error(err)
		}
	})
	t.Run("limits", func(t *testing.T) {
		if _, err := cl.SendMessage(ctx, &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String(strings.Repeat("x", sqs.MaxMessage))}); err != nil {
			t.Error(err)
		}
		_, err := cl.SendMessage(ctx, &client.SendMessageInput{QueueUrl: url, MessageBody: aws.String(strings.Repeat("x", sqs.MaxMessage+1))})
		if code(err) != "InvalidParameterValue" {
			t.Error(err)
		}
		if _, err := cl.PurgeQueue(ctx, &client.PurgeQueueInput{QueueUrl: url}); err != nil {
			t.Error(err)
		}
		if got, _ := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url}); len(got.Messages) != 0 {
			t.Error("purge left something")
		}
	})
	t.Run("create and list", func(t *testing.T) {
		for range 2 {
			out, err := cl.CreateQueue(ctx, &client.CreateQueueInput{QueueName: aws.String("made"), Attributes: map[string]string{"DelaySeconds": "5"}})
			if err != nil || *out.QueueUrl != base+"made" {
				t.Fatal(err, out)
			}
		}
		_, err := cl.CreateQueue(ctx, &client.CreateQueueInput{QueueName: aws.String("made"), Attributes: map[string]string{"DelaySeconds": "6"}})
		if code(err) != "QueueAlreadyExists" {
			t.Error(err)
		}
		out, err := cl.ListQueues(ctx, &client.ListQueuesInput{})
		if diff := cmp.Diff([]string{base + "dead", base + "made", base + "work"}, out.QueueUrls); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if _, err := cl.DeleteQueue(ctx, &client.DeleteQueueInput{QueueUrl: aws.String(base + "made")}); err != nil {
			t.Error(err)
		}
	})
	t.Run("long poll is woken", func(t *testing.T) {
		got := make(chan int, 1)
		go func() {
			out, err := cl.ReceiveMessage(ctx, &client.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 20})
			if err != nil {
				t.Error(err)
			}
			got <- len(out.Messages)
		}()
		if err := s.Send(arn("work"), "wake", nil); err != nil {
			t.Fatal(err)
		}
		if n := <-got; n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestAccessDenied(t *testing.T) {
	s := MustNew(t, disk.OpenT(t), clock.Manual(start))
	cl, base := MustClient(t, s, deny("sqs:SendMessage"))
	_, err := cl.SendMessage(context.Background(), &client.SendMessageInput{QueueUrl: aws.String(base + "work"), MessageBody: aws.String("x")})
	if code(err) != "AccessDenied" {
		t.Fatal(err)
	}
	if got, _ := s.Take(arn("work"), 1); len(got) != 0 {
		t.Fatal("it was sent")
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "local.db")
	db, err := disk.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s := MustNew(t, db, clock.Manual(start))
	for _, b := range []string{"a", "b"} {
		if err := s.Send(arn("work"), b, map[string]string{"k": "v"}); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := s.Take(arn("work"), 1)
	if err != nil || len(taken) != 1 {
		t.Fatal(err, taken)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = disk.Open(path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := clock.Manual(start.Add(time.Second))
	s = MustNew(t, db, c)
	rest, err := s.Take(arn("work"), 10)
	if err != nil || len(rest) != 1 || rest[0].Body != "b" || rest[0].MessageAttributes["k"].StringValue != "v" {
		t.Fatal(err, rest)
	}
	if err := s.Delete(arn("work"), []string{rest[0].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	s.OnVisible(arn("work"), func() { calls.Add(1) })
	advance(t, c, time.Minute)
	if calls.Load() != 1 {
		t.Errorf("OnVisible called %d times", calls.Load())
	}
	back, err := s.Take(arn("work"), 10)
	if err != nil || len(back) != 1 || back[0].Body != "a" || back[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatal(err, back)
	}
	if err := s.Delete(arn("work"), []string{taken[0].ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
	advance(t, c, time.Minute)
	if back, _ = s.Take(arn("work"), 10); len(back) != 0 {
		t.Fatal("went to the work queue a third time")
	}
	if dead, _ := s.Take(arn("dead"), 10); len(dead) != 1 {
		t.Fatal("not dead-lettered")
	}
}

func TestOnVisible(t *testing.T) {
	c := clock.Manual(start)
	s := MustNew(t, disk.OpenT(t), c)
	if err := s.Send(arn("dead"), "already there", nil); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	s.OnVisible(arn("dead"), func() { calls.Add(1) })
	if err := c.Idle(context.Background()); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 1 {
		t.Fatalf("%d calls for what was there", calls.Load())
	}
	if err := s.Send(arn("dead"), "next", nil); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 2 {
		t.Fatalf("%d calls when Send had returned", calls.Load())
	}
}

func TestRetention(t *testing.T) {
	c := clock.Manual(start)
	s := MustNew(t, disk.OpenT(t), c)
	if err := s.Send(arn("work"), "old", nil); err != nil {
		t.Fatal(err)
	}
	advance(t, c, 4*24*time.Hour)
	if got, err := s.Take(arn("work"), 1); err != nil || len(got) != 0 {
		t.Fatal(err, got)
	}
}

func BenchmarkSendTakeDelete(b *testing.B) {
	s := MustNew(b, disk.OpenT(b), clock.Manual(start))
	for b.Loop() {
		if err := s.Send(arn("work"), "body", nil); err != nil {
			b.Fatal(err)
		}
		got, err := s.Take(arn("work"), 1)
		if err != nil || len(got) != 1 {
			b.Fatal(err, got)
		}
		if err := s.Delete(arn("work"), []string{got[0].ReceiptHandle}); err != nil {
			b.Fatal(err)
		}
	}
}
