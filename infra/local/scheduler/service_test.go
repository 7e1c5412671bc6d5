package scheduler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/scheduler"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:123456789012:work"
	deadARN  = "arn:aws:sqs:us-east-1:123456789012:dead"
	roleARN  = "arn:aws:iam::123456789012:role/schedule"
)

// world is the queue and IAM: the role may send, except to what deny names.
type world struct {
	mu   sync.Mutex
	got  []string
	deny string
	err  error
}

func (w *world) send(arn, body string, attributes map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil && arn == queueARN {
		return w.err
	}
	w.got = append(w.got, arn[strings.LastIndexByte(arn, ':')+1:]+" "+body)
	return nil
}

func (w *world) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.got
	w.got = nil
	return out
}

func (w *world) Authorize(p awshttp.Principal, action, resource string, context map[string]string) error {
	if action == w.deny || action == "sqs:SendMessage" && p.ARN != roleARN || action == "iam:PassRole" && context["iam:PassedToService"] != "scheduler.amazonaws.com" ||
		resource == w.deny {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s", p.ARN, action, resource)
	}
	return nil
}
func (w *world) ByAccessKey(k string) awshttp.Principal { return awshttp.Principal{ARN: "role/" + k} }

func MustNew(tb testing.TB, db *disk.DB, c *clock.Clock, w *world) *client.Client {
	tb.Helper()
	s, err := scheduler.New(scheduler.Config{DB: db, Clock: c, Account: "123456789012", Region: "us-east-1", SendQueue: w.send, Auth: w,
		InvokeLambda: func(arn string, p []byte) error { return w.send(arn, string(p), nil) }})
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1", Auth: w}
	e.Handle("scheduler", s)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	return client.New(client.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")})
}

func create(name, expression, input string) *client.CreateScheduleInput {
	return &client.CreateScheduleInput{Name: aws.String(name), ScheduleExpression: aws.String(expression), FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{Arn: aws.String(queueARN), RoleArn: aws.String(roleARN), Input: aws.String(input), DeadLetterConfig: &types.DeadLetterConfig{Arn: aws.String(deadARN)}}}
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestSchedules(t *testing.T) {
	ctx := context.Background()
	t.Run("fires with its context, in its zone", func(t *testing.T) {
		c, w := clock.Manual(start), &world{}
		cl := MustNew(t, disk.OpenT(t), c, w)
		in := create("a", "cron(0 9 * * ? *)", `{"at":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","try":"<aws.scheduler.attempt-number>"}`)
		in.ScheduleExpressionTimezone = aws.String("Europe/Berlin")
		in.EndDate = aws.Time(start.Add(48 * time.Hour))
		if _, err := cl.CreateSchedule(ctx, in); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 5*24*time.Hour)
		want := func(day string) string {
			return `work {"at":"2030-01-` + day + `T08:00:00Z","arn":"arn:aws:scheduler:us-east-1:123456789012:schedule/default/a","try":"1"}`
		}
		if diff := cmp.Diff([]string{want("01"), want("02")}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("once, then it is gone", func(t *testing.T) {
		c, w := clock.Manual(start), &world{}
		cl := MustNew(t, disk.OpenT(t), c, w)
		in := create("once", "at(2030-01-01T12:00:00)", "x")
		in.ActionAfterCompletion = types.ActionAfterCompletionDelete
		if _, err := cl.CreateSchedule(ctx, in); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 24*time.Hour)
		if diff := cmp.Diff([]string{"work x"}, w.take()); diff != "" {
			t.Error(diff)
		}
		if _, err := cl.GetSchedule(ctx, &client.GetScheduleInput{Name: aws.String("once")}); code(err) != "ResourceNotFoundException" {
			t.Error(err)
		}
		if _, err := cl.CreateSchedule(ctx, create("once", "at(2030-01-02T12:00:00)", "again")); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 24*time.Hour)
		if diff := cmp.Diff([]string{"work again"}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a rate from its start date", func(t *testing.T) {
		c, w := clock.Manual(start), &world{}
		in := create("r", "rate(1 hour)", "<aws.scheduler.scheduled-time>")
		in.StartDate = aws.Time(start.Add(90 * time.Minute))
		if _, err := MustNew(t, disk.OpenT(t), c, w).CreateSchedule(ctx, in); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 3*time.Hour)
		if diff := cmp.Diff([]string{"work 2030-01-01T01:30:00Z", "work 2030-01-01T02:30:00Z"}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("survives a restart", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		db, err := disk.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := MustNew(t, db, clock.Manual(start), &world{}).CreateSchedule(ctx, create("a", "at(2030-01-01T12:00:00)", "x")); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if db, err = disk.Open(path); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		c, w := clock.Manual(start.Add(20*time.Hour)), &world{}
		MustNew(t, db, c, w)
		advance(t, c, 0)
		advance(t, c, 0)
		if diff := cmp.Diff([]string{"work x"}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("without the role's permission it ends in the dead-letter queue", func(t *testing.T) {
		c, w := clock.Manual(start), &world{deny: queueARN}
		if _, err := MustNew(t, disk.OpenT(t), c, w).CreateSchedule(ctx, create("a", "rate(1 hour)", "x")); err != nil {
			t.Fatal(err)
		}
		advance(t, c, time.Hour)
		if diff := cmp.Diff([]string{"dead x"}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("default event", func(t *testing.T) {
		c, w := clock.Manual(start), &world{}
		in := create("a", "rate(1 hour)", "")
		in.Target.Input = nil
		if _, err := MustNew(t, disk.OpenT(t), c, w).CreateSchedule(ctx, in); err != nil {
			t.Fatal(err)
		}
		advance(t, c, time.Hour)
		var got map[string]any
		if err := json.Unmarshal([]byte(strings.TrimPrefix(w.take()[0], "work ")), &got); err != nil || got["source"] != "aws.scheduler" || got["time"] != "2030-01-01T01:00:00Z" {
			t.Error(err, got)
		}
	})
}

func TestWire(t *testing.T) {
	ctx := context.Background()
	c, w := clock.Manual(start), &world{}
	cl := MustNew(t, disk.OpenT(t), c, w)
	for _, n := range []string{"wf-1", "wf-2", "x"} {
		in := create(n, "rate(1 hour)", n)
		in.ClientToken = aws.String("t-" + n)
		for range 2 { // the same token again is the same call
			if _, err := cl.CreateSchedule(ctx, in); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := cl.CreateSchedule(ctx, create("x", "rate(1 hour)", "")); code(err) != "ConflictException" {
		t.Error(err)
	}
	list, err := cl.ListSchedules(ctx, &client.ListSchedulesInput{NamePrefix: aws.String("wf-"), MaxResults: aws.Int32(1)})
	if err != nil || len(list.Schedules) != 1 || list.NextToken == nil {
		t.Fatal(err, list)
	}
	if list, err = cl.ListSchedules(ctx, &client.ListSchedulesInput{NamePrefix: aws.String("wf-"), NextToken: list.NextToken}); err != nil || *list.Schedules[0].Name != "wf-2" {
		t.Fatal(err, list)
	}
	up := create("x", "rate(2 hours)", "new")
	if _, err := cl.UpdateSchedule(ctx, &client.UpdateScheduleInput{Name: up.Name, ScheduleExpression: up.ScheduleExpression, FlexibleTimeWindow: up.FlexibleTimeWindow, Target: up.Target}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"wf-1", "wf-2"} {
		if _, err := cl.DeleteSchedule(ctx, &client.DeleteScheduleInput{Name: aws.String(n)}); err != nil {
			t.Fatal(err)
		}
	}
	advance(t, c, 3*time.Hour)
	if diff := cmp.Diff([]string{"work new"}, w.take()); diff != "" {
		t.Error(diff)
	}
	got, err := cl.GetSchedule(ctx, &client.GetScheduleInput{Name: aws.String("x")})
	if err != nil || *got.ScheduleExpression != "rate(2 hours)" || !got.CreationDate.Equal(start) || got.State != types.ScheduleStateEnabled {
		t.Error(err, got)
	}
	if _, err := cl.DeleteSchedule(ctx, &client.DeleteScheduleInput{Name: aws.String("nope")}); code(err) != "ResourceNotFoundException" {
		t.Error(err)
	}
	for name, change := range map[string]func(*client.CreateScheduleInput){
		"expression": func(in *client.CreateScheduleInput) { in.ScheduleExpression = aws.String("every day") },
		"zone":       func(in *client.CreateScheduleInput) { in.ScheduleExpressionTimezone = aws.String("Mars/Olympus") },
		"name":       func(in *client.CreateScheduleInput) { in.Name = aws.String("a b") },
		"target": func(in *client.CreateScheduleInput) {
			in.Target.Arn = aws.String("arn:aws:scheduler:::aws-sdk:sqs:sendMessage")
		},
		"parameters": func(in *client.CreateScheduleInput) { in.KmsKeyArn = aws.String("arn:aws:kms:us-east-1:1:key/x") },
	} {
		in := create("bad", "rate(1 hour)", "")
		change(in)
		if _, err := cl.CreateSchedule(ctx, in); code(err) != "ValidationException" {
			t.Error(name, err)
		}
	}
	for _, w.deny = range []string{"iam:PassRole", "scheduler:CreateSchedule"} {
		if _, err := cl.CreateSchedule(ctx, create("denied", "rate(1 hour)", "")); code(err) != "AccessDeniedException" {
			t.Error(w.deny, err)
		}
	}
}
