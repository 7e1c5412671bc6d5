package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// subscriber is what another team adds to the stack's bus: a rule and a queue of its own.
const subscriber = `
  OthersQueue:
    Type: AWS::SQS::Queue

  OthersRule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [deskhand], detail-type: [{prefix: run.}, {prefix: approval.}]}
      Targets: [{Id: others, Arn: !GetAtt OthersQueue.Arn}]

  OthersPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref OthersQueue]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt OthersQueue.Arn

Outputs:
`

// TestEventsForOthers: what happens to runs and approvals is on the bus for whoever
// subscribes, in the envelope of the contract.
func TestEventsForOthers(t *testing.T) {
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(text), "\nOutputs:\n", subscriber, 1)
	if with == string(text) {
		t.Fatal("the template has no Outputs to put resources before")
	}
	d := ownStack(t, []byte(with))
	r := d.asking(fmt.Sprintf(`"approvers":[{"email":%q}],"timeout":"2h"`, d.staff("sam")))
	d.decide(d.openPage(d.oneSent(d.staff("sam"))), "approve", "", "").is(t, 200)
	d.runAt(r.ID, "succeeded")
	bad := d.publish("bad", `{"trigger":{"type":"manual"},"nodes":[{"id":"raise","type":"end","params":{"result":"failed","reason":"as it is told"}}],"edges":[{"from":"trigger","to":"raise"}]}`)
	long := d.publish("long", `{"trigger":{"type":"manual"},"nodes":[{"id":"rest","type":"wait","params":{"for":"2h"}}],"edges":[{"from":"trigger","to":"rest"}]}`)
	var failed, stopped runRead
	d.admin().post("/v1/workflows/"+bad+"/runs", nil).is(t, 202).into(t, &failed)
	d.admin().post("/v1/workflows/"+long+"/runs", nil).is(t, 202).into(t, &stopped)
	d.runAt(failed.ID, "failed")
	d.runAt(stopped.ID, "paused")
	d.admin().post("/v1/runs/"+stopped.ID+"/stop", nil).is(t, 200)
	d.runAt(stopped.ID, "stopped")

	type envelope struct {
		ID, Type, Actor string
		Time            time.Time
		CausedBy        *struct {
			RunID string
			Depth int
		}
		Subject map[string]string
		Detail  map[string]any
	}
	type carried struct {
		Source     string
		DetailType string `json:"detail-type"`
		Detail     json.RawMessage
	}
	got := map[string][]string{} // types by run, in order of their ids
	seen := map[string]bool{}
	var all []envelope
	client := sqs.NewFromConfig(d.onAWS())
	queues, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(queues.QueueUrls, func(u string) bool { return strings.Contains(u, "Others") })
	d.until("nine events", func() bool {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(queues.QueueUrls[i]), MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			var c carried
			var e envelope
			var members map[string]any
			for _, v := range []any{&e, &members} {
				if err := json.Unmarshal([]byte(*m.Body), &c); err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(c.Detail, v); err != nil {
					t.Fatal(err)
				}
			}
			if seen[e.ID] {
				continue // the queue delivers at least once
			}
			seen[e.ID] = true
			for name := range members {
				if !slices.Contains([]string{"id", "type", "time", "actor", "causedBy", "subject", "detail"}, name) {
					t.Errorf("the envelope has %q: %s", name, c.Detail)
				}
			}
			if c.Source != "deskhand" || c.DetailType != e.Type || !strings.HasPrefix(e.ID, "evt_") || e.Time.IsZero() || e.Actor == "" || members["subject"] == nil || e.Detail["runId"] == nil {
				t.Errorf("%s", *m.Body)
			}
			if strings.HasPrefix(e.Type, "run.") && (e.CausedBy == nil || e.CausedBy.RunID != e.Detail["runId"] || e.CausedBy.Depth != 1 || e.Detail["status"] == "" || e.Detail["workflowId"] == "" || e.Detail["version"] != 1.0) {
				t.Errorf("%s", *m.Body)
			}
			all = append(all, e)
		}
		return len(all) >= 9
	})
	slices.SortFunc(all, func(a, b envelope) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range all {
		got[e.Detail["runId"].(string)] = append(got[e.Detail["runId"].(string)], e.Type)
	}
	for id, want := range map[string]string{r.ID: "approval.decided approval.requested run.started run.succeeded run.waiting", failed.ID: "run.failed run.started", stopped.ID: "run.started run.stopped"} {
		slices.Sort(got[id])
		if s := strings.Join(got[id], " "); s != want {
			t.Errorf("run %s: %s, want %s", id, s, want)
		}
	}
	for _, e := range all {
		switch e.Type {
		case "run.failed":
			if !strings.Contains(fmt.Sprint(e.Detail["reason"]), "as it is told") {
				t.Errorf("%+v", e)
			}
		case "run.waiting":
			if w, _ := e.Detail["waitingFor"].(map[string]any); w["node"] != "ok" || e.Subject["conversationId"] == "" {
				t.Errorf("%+v", e)
			}
		case "approval.decided":
			if e.Detail["decision"] != "approved" || e.Detail["by"] != d.staff("sam") || e.Actor != d.staff("sam") {
				t.Errorf("%+v", e)
			}
		}
	}
}
