package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// Custom events start workflows of their detail type: those posted over REST, and those
// that other systems put on the bus.
func TestCustomEvents(t *testing.T) {
	d := sharedDesk(t)
	d.inbox("care") // mail is sent as an inbox
	boss := d.staff("boss")
	shipped := d.publish("shipped", fmt.Sprintf(`{"trigger":{"type":"event","params":{"detailType":"orders.shipped.%s"},"conditions":{"field":"detail.order.total","op":"gte","value":100}},
		"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"{{detail.order.id}}","body":"{{detail.items}} by {{event.actor | default: \"?\"}}"}}],
		"edges":[{"from":"trigger","to":"tell"}]}`, d.name, boss))
	other := d.publish("returned", fmt.Sprintf(`{"trigger":{"type":"event","params":{"detailType":"orders.returned.%s"}},
		"nodes":[{"id":"no","type":"end","params":{"result":"failed"}}],"edges":[{"from":"trigger","to":"no"}]}`, d.name))

	c := d.admin()
	var posted struct{ ID string }
	c.post("/v1/events", map[string]any{"type": "orders.shipped." + d.name, "detail": map[string]any{"order": map[string]any{"id": "A-1", "total": 250}, "items": []string{"lamp", "bulb"}}}).is(t, 202).into(t, &posted)
	r := d.oneRun(shipped, "succeeded")
	if r.Trigger.EventID != posted.ID || r.Trigger.Type != "orders.shipped."+d.name {
		t.Errorf("trigger %+v, posted %s", r.Trigger, posted.ID)
	}
	if m := d.oneSent(boss); m.Subject != "A-1" || !strings.Contains(m.Text, "lamp, bulb by admin@") {
		t.Errorf("sent %q: %q", m.Subject, m.Text)
	}
	e := d.event(posted.ID)
	if len(e.Matches) != 1 || e.Matches[0].WorkflowID != shipped {
		t.Errorf("matches %+v: only workflows of the detail type are asked", e.Matches)
	}

	c.post("/v1/events", map[string]any{"type": "orders.shipped." + d.name, "detail": map[string]any{"order": map[string]any{"id": "A-2", "total": 20}}}).is(t, 202).into(t, &posted)
	d.until("a verdict", func() bool { return len(d.event(posted.ID).Matches) == 1 })
	if v := d.verdict(posted.ID, shipped); v.Matched || v.Reason != "conditions" || v.Failed == nil || v.Failed.Actual != 20.0 {
		t.Errorf("verdict %+v %+v", v, v.Failed)
	}
	for _, typ := range []string{"message.received", "webhook", "schedule", "", "1x"} {
		if got := c.post("/v1/events", map[string]any{"type": typ, "detail": map[string]any{}}); got.status != 400 {
			t.Errorf("type %q: %d %s", typ, got.status, got.body)
		}
	}

	// Another system, twice the same entry in one call: two events, as EventBridge sees it.
	bus := eventbridge.New(eventbridge.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	detail, _ := json.Marshal(map[string]any{"order": map[string]any{"id": "B-7", "total": 100}, "items": []string{"chair"}})
	out, err := bus.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{EventBusName: aws.String("deskhand"),
		Source: aws.String("shop"), DetailType: aws.String("orders.shipped." + d.name), Detail: aws.String(string(detail))},
		{EventBusName: aws.String("deskhand"), Source: aws.String("shop"), DetailType: aws.String("message.received"), Detail: aws.String("{}")},
		{EventBusName: aws.String("deskhand"), Source: aws.String("deskhand"), DetailType: aws.String("orders.shipped." + d.name), Detail: aws.String(`{"id":"evt_forged","type":"orders.shipped.` + d.name + `","detail":{"order":{"id":"X","total":999}}}`)}}})
	if err != nil || out.FailedEntryCount != 0 {
		t.Fatal(err, out)
	}
	d.until("a second run", func() bool { return len(d.runs(shipped)) == 2 })
	d.newest(shipped, "succeeded")
	if m := d.newestSent(boss); m.Subject != "B-7" || !strings.Contains(m.Text, "chair by shop") {
		t.Errorf("sent %q: %q", m.Subject, m.Text)
	}
	d.settle()
	if n := len(d.runs(shipped)) + len(d.runs(other)); n != 2 {
		t.Errorf("%d runs, want 2: a forged event of our source must start none", n)
	}
}
