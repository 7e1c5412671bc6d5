package eventbridge_test

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
	client "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/eventbridge"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	account, region = "123456789012", "us-east-1"
	queueARN        = "arn:aws:sqs:us-east-1:123456789012:work"
	deadARN         = "arn:aws:sqs:us-east-1:123456789012:dead"
	functionARN     = "arn:aws:lambda:us-east-1:123456789012:function:fn"
)

// world is the services beside the bus: what they got, and what they refuse.
type world struct {
	mu    sync.Mutex
	got   []string
	attrs map[string]string
	fail  error
	deny  string // resource
}

func (w *world) send(arn, body string, attributes map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil && arn == queueARN {
		return w.fail
	}
	if attributes != nil {
		w.attrs = attributes
	}
	w.got = append(w.got, arn[strings.LastIndexByte(arn, ':')+1:]+" "+body)
	return nil
}

func (w *world) invoke(arn string, payload []byte) error { return w.send(arn, string(payload), nil) }

func (w *world) allow(service, action, resource, source string) error {
	if service != "events.amazonaws.com" || !strings.HasPrefix(source, "arn:aws:events:us-east-1:123456789012:rule/") {
		return fmt.Errorf("odd question: %s %s", service, source)
	}
	if resource == w.deny {
		return errors.New("no statement allows " + action)
	}
	return nil
}

func (w *world) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.got
	w.got = nil
	return out
}

func rules() []eventbridge.Rule {
	return []eventbridge.Rule{
		{Name: "all", EventBusName: "desk", EventPattern: json.RawMessage(`{"account":["123456789012"],"detail-type":[{"anything-but":{"prefix":["run.","approval."]}}]}`),
			Targets: []eventbridge.Target{{Id: "q", Arn: queueARN, DeadLetterConfig: &eventbridge.DeadLetterConfig{Arn: deadARN}}}},
		{Name: "status", EventPattern: json.RawMessage(`"{\"source\":[\"aws.states\"]}"`),
			Targets: []eventbridge.Target{{Id: "f", Arn: functionARN, InputTransformer: &eventbridge.InputTransformer{
				InputPathsMap: map[string]string{"name": "$.detail.name", "n": "$.detail.list[1]", "none": "$.detail.none"},
				InputTemplate: `{"text": "run <name> \"x\"", "n": <n>, "whole": <name>, "none": <none>, "rule": <aws.events.rule-name>}`}}}},
		{Name: "minute", ScheduleExpression: "rate(1 minute)", Targets: []eventbridge.Target{{Id: "f", Arn: functionARN, InputPath: "$.detail-type"}}},
		{Name: "off", State: "DISABLED", EventBusName: "desk", EventPattern: json.RawMessage(`{"source":["x"]}`), Targets: []eventbridge.Target{{Id: "f", Arn: functionARN}}},
	}
}

func MustNew(tb testing.TB, db *disk.DB, c *clock.Clock, w *world) *eventbridge.Service {
	tb.Helper()
	s, err := eventbridge.New(eventbridge.Config{DB: db, Clock: c, Account: account, Region: region, Buses: []string{"desk"}, Rules: rules(),
		SendQueue: w.send, InvokeLambda: w.invoke, AllowService: w.allow})
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func MustClient(tb testing.TB, s *eventbridge.Service, auth awshttp.Authorizer) *client.Client {
	tb.Helper()
	e := &awshttp.Endpoint{Account: account, Region: region, Auth: auth}
	e.Handle("events", s)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	return client.New(client.Options{Region: region, BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")})
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

func entry(source, detailType, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: aws.String(source), DetailType: aws.String(detailType), Detail: aws.String(detail), EventBusName: aws.String("desk")}
}

func TestPutEvents(t *testing.T) {
	ctx := context.Background()
	c, w := clock.Manual(start), &world{}
	s := MustNew(t, disk.OpenT(t), c, w)
	cl := MustClient(t, s, nil)

	t.Run("the event's shape and the rule", func(t *testing.T) {
		e := entry("deskhand", "message.received", `{"id": 12345678901234567890, "b": "<&>"}`)
		e.Time, e.Resources = aws.Time(start.Add(-time.Hour)), []string{"r"}
		e.EventBusName = aws.String("arn:aws:events:us-east-1:123456789012:event-bus/desk")
		out, err := cl.PutEvents(ctx, &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{e, entry("deskhand", "run.started", `{}`)}})
		if err != nil || out.FailedEntryCount != 0 {
			t.Fatal(err, out)
		}
		advance(t, c, 0)
		want := []string{`work {"version":"0","id":"` + *out.Entries[0].EventId + `","detail-type":"message.received","source":"deskhand","account":"123456789012",` +
			`"time":"2030-01-02T02:04:05Z","region":"us-east-1","resources":["r"],"detail":{"id":12345678901234567890,"b":"<&>"}}`}
		if diff := cmp.Diff(want, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("errors by entry", func(t *testing.T) {
		noBus := entry("a", "b", `{}`)
		noBus.EventBusName = aws.String("nope")
		out, err := cl.PutEvents(ctx, &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{
			entry("a", "b", `{}`), entry("a", "b", `[]`), entry("a", "b", `{`), entry("aws.states", "b", `{}`), noBus, {Detail: aws.String("{}"), DetailType: aws.String("x")}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range out.Entries {
			got = append(got, aws.ToString(e.ErrorCode))
		}
		if diff := cmp.Diff([]string{"", "MalformedDetail", "MalformedDetail", "NotAuthorizedForSourceException", "ResourceNotFoundException", "InvalidArgument"}, got); diff != "" || out.FailedEntryCount != 5 {
			t.Error(diff, out.FailedEntryCount)
		}
		advance(t, c, 0)
		if n := len(w.take()); n != 1 {
			t.Errorf("%d delivered", n)
		}
	})
	t.Run("limits", func(t *testing.T) {
		var many []types.PutEventsRequestEntry
		for range 11 {
			many = append(many, entry("a", "b", `{}`))
		}
		if _, err := cl.PutEvents(ctx, &client.PutEventsInput{Entries: many}); code(err) != "ValidationException" {
			t.Error(err)
		}
		big := entry("a", "b", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`)
		if _, err := cl.PutEvents(ctx, &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{big}}); code(err) != "ValidationException" {
			t.Error(err)
		}
	})
	t.Run("events of services are transformed for a function", func(t *testing.T) {
		if err := s.Put("default", eventbridge.Event{Source: "aws.states", DetailType: "x", Detail: json.RawMessage(`{"name":"a\"b","list":[1,{"k":2}]}`)}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 0)
		want := []string{`fn {"text": "run a\"b \"x\"", "n": {"k":2}, "whole": "a\"b", "none": null, "rule": "status"}`}
		if diff := cmp.Diff(want, w.take()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("schedule", func(t *testing.T) {
		advance(t, c, 2*time.Minute)
		if diff := cmp.Diff([]string{`fn "Scheduled Event"`, `fn "Scheduled Event"`}, w.take()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDelivery(t *testing.T) {
	put := func(t *testing.T, s *eventbridge.Service) {
		t.Helper()
		if err := s.Put("desk", eventbridge.Event{Source: "deskhand", DetailType: "x", Detail: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("is tried again by the next process", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "db")
		db, err := disk.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c := clock.Manual(start)
		put(t, MustNew(t, db, c, &world{fail: errors.New("down")}))
		advance(t, c, 0)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if db, err = disk.Open(path); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		c, w := clock.Manual(start), &world{}
		MustNew(t, db, c, w)
		advance(t, c, 5*time.Second)
		if got := w.take(); len(got) != 1 || !strings.HasPrefix(got[0], "work ") {
			t.Error(got)
		}
	})
	t.Run("ends in the dead-letter queue", func(t *testing.T) {
		c, w := clock.Manual(start), &world{fail: errors.New("down")}
		put(t, MustNew(t, disk.OpenT(t), c, w))
		advance(t, c, 30*time.Hour)
		dead := 0
		for _, g := range w.take() {
			if strings.HasPrefix(g, "dead {") {
				dead++
			}
		}
		if dead != 1 || w.attrs["ERROR_MESSAGE"] != "down" || w.attrs["TARGET_ARN"] != queueARN {
			t.Error(dead, w.attrs)
		}
	})
	t.Run("without permission goes there at once", func(t *testing.T) {
		c, w := clock.Manual(start), &world{deny: queueARN}
		put(t, MustNew(t, disk.OpenT(t), c, w))
		advance(t, c, 0)
		if got := w.take(); len(got) != 1 || w.attrs["ERROR_CODE"] != "NO_PERMISSIONS" {
			t.Error(got, w.attrs)
		}
	})
}

type deny string

func (d deny) Authorize(p awshttp.Principal, action, resource string, _ map[string]string) error {
	if resource != "arn:aws:events:us-east-1:123456789012:event-bus/"+string(d) || action != "events:PutEvents" {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s", p.ARN, action, resource)
	}
	return nil
}
func (deny) ByAccessKey(k string) awshttp.Principal { return awshttp.Principal{ARN: "role/" + k} }

func TestIAM(t *testing.T) {
	cl := MustClient(t, MustNew(t, disk.OpenT(t), clock.Manual(start), &world{}), deny("desk"))
	if _, err := cl.PutEvents(context.Background(), &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry("a", "b", "{}")}}); err != nil {
		t.Error(err)
	}
	e := entry("a", "b", "{}")
	e.EventBusName = nil
	if _, err := cl.PutEvents(context.Background(), &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{e}}); code(err) != "AccessDeniedException" {
		t.Error(err)
	}
}

func TestRules(t *testing.T) {
	ctx := context.Background()
	db, w := disk.OpenT(t), &world{}
	c := clock.Manual(start)
	s := MustNew(t, db, c, w)
	cl := MustClient(t, s, nil)
	bus := aws.String("desk")
	if _, err := cl.PutRule(ctx, &client.PutRuleInput{Name: aws.String("mine"), EventBusName: bus, EventPattern: aws.String(`{"source":["mine"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := cl.PutRule(ctx, &client.PutRuleInput{Name: aws.String("bad"), EventBusName: bus, EventPattern: aws.String(`{"source":"mine"}`)}); code(err) != "InvalidEventPatternException" {
		t.Error(err)
	}
	var six []types.Target
	for i := range 6 {
		six = append(six, types.Target{Id: aws.String(fmt.Sprint(i)), Arn: aws.String(functionARN), Input: aws.String(`{"i":1}`)})
	}
	if _, err := cl.PutTargets(ctx, &client.PutTargetsInput{Rule: aws.String("mine"), EventBusName: bus, Targets: six}); code(err) != "LimitExceededException" {
		t.Error(err)
	}
	if _, err := cl.PutTargets(ctx, &client.PutTargetsInput{Rule: aws.String("mine"), EventBusName: bus, Targets: six[:1]}); err != nil {
		t.Fatal(err)
	}
	s = MustNew(t, db, c, w) // made rules are kept
	cl = MustClient(t, s, nil)
	fire := func() []string {
		if _, err := cl.PutEvents(ctx, &client.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry("mine", "run.x", "{}")}}); err != nil {
			t.Fatal(err)
		}
		advance(t, c, 0)
		return w.take()
	}
	if diff := cmp.Diff([]string{`fn {"i":1}`}, fire()); diff != "" {
		t.Error(diff)
	}
	if _, err := cl.DisableRule(ctx, &client.DisableRuleInput{Name: aws.String("mine"), EventBusName: bus}); err != nil {
		t.Fatal(err)
	}
	if got := fire(); len(got) != 0 {
		t.Error("disabled rule fired", got)
	}
	list, err := cl.ListRules(ctx, &client.ListRulesInput{EventBusName: bus})
	if err != nil || len(list.Rules) != 3 || list.Rules[1].State != types.RuleStateDisabled || *list.Rules[1].Arn != "arn:aws:events:us-east-1:123456789012:rule/desk/mine" {
		t.Errorf("%v %+v", err, list)
	}
	if _, err := cl.DeleteRule(ctx, &client.DeleteRuleInput{Name: aws.String("mine"), EventBusName: bus}); code(err) != "ValidationException" {
		t.Error(err)
	}
	if _, err := cl.RemoveTargets(ctx, &client.RemoveTargetsInput{Rule: aws.String("mine"), EventBusName: bus, Ids: []string{"0"}}); err != nil {
		t.Error(err)
	}
	if _, err := cl.DeleteRule(ctx, &client.DeleteRuleInput{Name: aws.String("mine"), EventBusName: bus}); err != nil {
		t.Error(err)
	}
	if _, err := cl.PutRule(ctx, &client.PutRuleInput{Name: aws.String("all"), EventBusName: bus, EventPattern: aws.String(`{"source":["mine"]}`)}); code(err) != "ManagedRuleException" {
		t.Error(err)
	}
	if b, err := cl.DescribeEventBus(ctx, &client.DescribeEventBusInput{Name: bus}); err != nil || *b.Arn != "arn:aws:events:us-east-1:123456789012:event-bus/desk" {
		t.Error(err, b)
	}
	r, err := cl.TestEventPattern(ctx, &client.TestEventPatternInput{EventPattern: aws.String(`{"source":["a"]}`),
		Event: aws.String(`{"id":"1","account":"1","source":"a","time":"2030-01-01T00:00:00Z","region":"x","resources":[],"detail-type":"t","detail":{}}`)})
	if err != nil || !r.Result {
		t.Error(err, r)
	}
}
