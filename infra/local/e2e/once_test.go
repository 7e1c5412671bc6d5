package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// onAWS is how a person with an access key reaches the stack's AWS endpoint.
func (d *desk) onAWS() aws.Config {
	return aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), Credentials: credentials.NewStaticCredentialsProvider("AKIAPERSON", "secret", "")}
}

// queueOf finds the queue that feeds dispatch.
func (d *desk) queueOf(client *sqs.Client) string {
	d.t.Helper()
	out, err := client.ListQueues(d.t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, u := range out.QueueUrls {
		if strings.Contains(u, "DispatchQueue") {
			return u
		}
	}
	d.t.Fatalf("no dispatch queue among %q", out.QueueUrls)
	return ""
}

func TestTheSameEventFiveTimes(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	w := d.publish("tag", d.tagOnly(inbox, "seen"))
	queue, bus := sqs.NewFromConfig(d.onAWS()), eventbridge.NewFromConfig(d.onAWS())
	dispatch := d.queueOf(queue)

	t.Run("one of ours, after it was dispatched", func(t *testing.T) {
		d := d.inSub(t)
		d.deliver(letter{file: "question.eml", from: "priya@" + d.domain("raman"), to: care})
		r := d.oneRun(w, "succeeded")
		before := d.admin().get("/v1/events/"+r.Trigger.EventID).is(t, 200)
		envelope := fmt.Sprintf(`{"id":%q,"type":"message.received"}`, r.Trigger.EventID)
		for range 5 {
			out, err := bus.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{EventBusName: aws.String("deskhand"),
				Source: aws.String("deskhand"), DetailType: aws.String("message.received"), Detail: aws.String(envelope)}}})
			if err != nil || out.FailedEntryCount > 0 {
				t.Fatal(err, out)
			}
		}
		d.settle()
		if after := d.admin().get("/v1/events/" + r.Trigger.EventID); string(after.body) != string(before.body) {
			t.Errorf("the match record changed:\n%s\n%s", before.body, after.body)
		}
		if runs := d.runs(w); len(runs) != 1 || runs[0].ID != r.ID {
			t.Errorf("runs %+v", runs)
		}
	})
	t.Run("one of another system, at the same time", func(t *testing.T) {
		d := d.inSub(t)
		w := d.publish("orders", fmt.Sprintf(`{"trigger":{"type":"event","params":{"detailType":"Order shipped %s"}},
			"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"Shipped {{detail.order}}","body":"It is on its way."}}],"edges":[{"from":"trigger","to":"tell"}]}`, d.name, d.staff("sam")))
		body := fmt.Sprintf(`{"version":"0","id":"7bf73129-1428-4cd3-a780-%s","source":"shop.orders","account":"123456789012","region":"us-east-1","resources":[],"time":"%s","detail-type":"Order shipped %s","detail":{"order":"A-1932"}}`,
			d.name, d.now().Format("2006-01-02T15:04:05Z"), d.name)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := queue.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &dispatch, MessageBody: &body}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r := d.oneRun(w, "succeeded")
		if m := d.oneSent(d.staff("sam")); m.Subject != "Shipped A-1932" {
			t.Errorf("the mail is %q", m.Subject)
		}
		if v := d.verdict(r.Trigger.EventID, w); !v.Matched || v.RunID != r.ID {
			t.Errorf("verdict %+v", v)
		}
	})
	t.Run("one that claims to be ours and is not", func(t *testing.T) {
		d := d.inSub(t)
		n := len(d.runs(w))
		forged := `{"id":"evt_01ARZ3NDEKTSV4RRFFQ69G5FAV","type":"message.received","subject":{}}`
		if _, err := bus.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{EventBusName: aws.String("deskhand"),
			Source: aws.String("deskhand"), DetailType: aws.String("message.received"), Detail: &forged}}}); err != nil {
			t.Fatal(err)
		}
		d.settle()
		d.admin().get("/v1/events/evt_01ARZ3NDEKTSV4RRFFQ69G5FAV").is(t, 404)
		if got := len(d.runs(w)); got != n {
			t.Errorf("%d runs, want %d", got, n)
		}
	})
}

// A custom event posted over REST starts what listens to it, and names what cannot be sent.
func TestPostedEvent(t *testing.T) {
	d := sharedDesk(t)
	d.inbox("desk")
	w := d.publish("shop", fmt.Sprintf(`{"trigger":{"type":"event","params":{"detailType":"shop.%s"},"conditions":{"all":[{"field":"detail.total","op":"gt","value":100}]}},
		"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"Large order {{detail.id}}","body":"See the shop."}}],"edges":[{"from":"trigger","to":"tell"}]}`, d.name, d.staff("sam")))
	post := func(total int) string {
		var out struct{ ID string }
		d.admin().post("/v1/events", map[string]any{"type": "shop." + d.name, "detail": map[string]any{"id": "A-7", "total": total}}).is(t, 202).into(t, &out)
		d.settle()
		return out.ID
	}
	small, large := post(20), post(200)
	r := d.oneRun(w, "succeeded")
	if r.Trigger.EventID != large {
		t.Errorf("started by %s", r.Trigger.EventID)
	}
	if v := d.verdict(small, w); v.Matched || v.Failed == nil || v.Failed.Actual != 20.0 {
		t.Errorf("verdict on the small one: %+v", v)
	}
	if m := d.oneSent(d.staff("sam")); m.Subject != "Large order A-7" {
		t.Errorf("the mail is %q", m.Subject)
	}
	d.admin().post("/v1/events", map[string]any{"type": "message.received"}).is(t, 400)
	listed := all[json.RawMessage](d, "/v1/events", url.Values{"workflow": {w}, "matched": {"true"}})
	if len(listed) != 1 {
		t.Errorf("%d events listed that matched, want one", len(listed))
	}
}
