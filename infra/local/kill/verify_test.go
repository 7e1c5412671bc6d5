package kill_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func isDead(url string) bool { return strings.Contains(strings.ToLower(url), "dead") }

// publishDraft publishes the draft of that revision.
func (p *process) publishDraft(id string, revision int) {
	p.tb.Helper()
	r, err := http.NewRequest("POST", p.url+"/v1/workflows/"+id+"/publish", strings.NewReader(`{"note":"by the test"}`))
	if err != nil {
		p.tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", fmt.Sprint(revision))
	if status, err := do(r, nil); err != nil || status != http.StatusCreated {
		var w struct{ Problems any }
		p.must("GET", "/v1/workflows/"+id, nil, &w)
		p.tb.Fatalf("publish: %d %v: %v", status, err, w.Problems)
	}
}

type runRead struct {
	ID, Status, Error, Reason, ExecutionArn, ConversationID string
	Trigger                                                 struct{ EventID string }
}

// once demands that every expected key came once; those that were only tried may have come or not.
// A request that was cut off between its effect and its answer, and sent again with its key after
// the minute for which the key is held, may have been done twice: such keys are counted apart.
func once(t *testing.T, what string, got map[string]int, acknowledged func(string) bool, tried map[string]int, cut map[string]bool) {
	t.Helper()
	lost, doubled, again := 0, 0, 0
	for k := range tried {
		switch n := got[k]; {
		case n == 0 && acknowledged(k):
			lost++
			t.Errorf("%s %s was acknowledged and is lost", what, k)
		case n == 2 && cut[k]:
			again++
		case n > 1:
			doubled++
			t.Errorf("%s %s is there %d times", what, k, n)
		}
	}
	for k := range got {
		if _, ok := tried[k]; !ok {
			t.Errorf("%s %s is there and was never sent", what, k)
		}
	}
	t.Logf("%-12s %5d sent, %5d there, %d lost, %d doubled; %d cut off before their answer and done again", what, len(tried), len(got), lost, doubled, again)
}

// verify brings everything to its end and counts.
func (d *made) verify(t *testing.T, rounds int) {
	p := d.p
	// Approvals that nobody came to. What a killed function had taken from a queue comes back
	// only when its visibility timeout is over, so the clock moves too.
	for quiet := 0; quiet < 3; quiet++ {
		p.advance(10 * time.Minute)
		if d.later != nil {
			for _, r := range d.later {
				if status, err := p.call("POST", r.path, r.key, r.in, nil); err != nil || status != r.want {
					t.Errorf("POST %s again with the key %s: %d %v", r.path, r.key, status, err)
				}
			}
			t.Logf("%d requests that a kill had cut off were sent again with their keys", len(d.later))
			d.later = nil
		}
		open := list[struct{ ID string }](p, "/v1/approvals?status=pending&")
		for _, a := range open {
			quiet = 0
			d.attempted[a.ID] = cmp.Or(d.attempted[a.ID], "approve")
			p.must("POST", "/v1/approvals/"+a.ID+"/decision", map[string]any{"decision": d.attempted[a.ID]}, nil)
		}
	}
	p.advance(25 * time.Hour) // the waits of a day, and what the sweep has to mend
	p.advance(2 * time.Hour)

	// Mail: one message for each, one run of each workflow for each event.
	got := map[string]int{}
	customers := map[string]string{} // by conversation
	for _, c := range list[struct{ ID, ContactEmail string }](p, "/v1/conversations?") {
		var one struct {
			Messages []struct{ Direction, From string }
		}
		p.must("GET", "/v1/conversations/"+c.ID, nil, &one)
		for _, m := range one.Messages {
			if m.Direction == "in" {
				got[m.From]++
				customers[c.ID] = m.From
			}
		}
	}
	// The load ended with every mail acknowledged but, perhaps, the very last one.
	last := fmt.Sprintf("c%d@customer.example", len(d.mails)-1)
	once(t, "mail", got, func(k string) bool { return k != last }, d.mails, d.cut)

	unknown := 0
	settled := func(what, workflow string, want int, mayLack map[string]bool) map[string]runRead {
		runs := list[runRead](p, "/v1/workflows/"+workflow+"/runs?")
		perEvent := map[string]int{}
		byID := map[string]runRead{}
		status := map[string]int{}
		for _, r := range runs {
			perEvent[r.Trigger.EventID]++
			byID[r.ID] = r
			status[r.Status]++
			if r.ExecutionArn == "" {
				t.Errorf("run %s of %s is %s and does not know its execution", r.ID, what, r.Status)
			}
			switch r.Status {
			case "succeeded":
			case "failed":
				if r.Error != "send_unknown" {
					t.Errorf("run %s of %s failed with other than send_unknown: %+v", r.ID, what, r)
				}
				unknown++
				mayLack[r.ConversationID+r.Trigger.EventID] = true
			default:
				t.Errorf("run %s of %s is still %s", r.ID, what, r.Status)
			}
		}
		for e, n := range perEvent {
			if n != 1 {
				t.Errorf("%d runs of %s for the event %s", n, what, e)
			}
		}
		if len(runs) != want {
			t.Errorf("%d runs of %s, want %d", len(runs), what, want)
		}
		t.Logf("runs of %-7s %4d of %d: %v", what, len(runs), want, status)
		return byID
	}
	lack := map[string]bool{}
	answers := settled("answer", d.answer, len(got), lack)
	settled("tag", d.tag, len(got), lack)

	// Approvals: one for each run, decided as it was said, once; one mail to the customer for each yes.
	approvals := list[struct {
		ID, RunID, Status string
		Votes             []struct{ Decision string }
	}](p, "/v1/approvals?")
	perRun := map[string]int{}
	approved := map[string]string{} // by run: approval
	for _, a := range approvals {
		perRun[a.RunID]++
		want := map[string]string{"approve": "approved", "reject": "rejected"}[d.attempted[a.ID]]
		if len(a.Votes) != 1 || a.Status != want {
			t.Errorf("approval %s is %s with %d votes, decided was %q (acknowledged %q)", a.ID, a.Status, len(a.Votes), want, d.decided[a.ID])
		}
		if a.Status == "approved" {
			approved[a.RunID] = a.ID
		}
	}
	for id, r := range answers {
		if perRun[id] != 1 && r.Status == "succeeded" {
			t.Errorf("run %s has %d approvals", id, perRun[id])
		}
	}
	t.Logf("approvals %d, of which %d approved", len(approvals), len(approved))
	var sent []struct {
		To      []string
		Subject string
	}
	p.must("GET", "/local/mail", nil, &sent)
	perCustomer, asked, chased, thanked := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, m := range sent {
		switch to := strings.Join(m.To, ","); to {
		case "sam@desk.example":
			asked[m.Subject]++
		case "boss@desk.example":
			chased[strings.TrimPrefix(m.Subject, "Still open: ")]++
		case "orders@desk.example":
			thanked[strings.TrimPrefix(m.Subject, "Thanks for ")]++
		default:
			perCustomer[to]++
		}
	}
	replies := 0
	for id, r := range answers {
		customer := customers[r.ConversationID]
		n := perCustomer[customer]
		replies += n
		switch _, yes := approved[id]; {
		case n > 1, n == 1 && !yes:
			t.Errorf("%s got %d replies (approved: %v)", customer, n, yes)
		case n == 0 && yes && r.Status == "succeeded":
			t.Errorf("%s got no reply though run %s succeeded", customer, id)
		}
	}
	t.Logf("replies %d", replies)
	for _, m := range []struct {
		what        string
		got         map[string]int
		atLeastOnce bool // a second request to approve leads to the same page; none at all would be worse
	}{{"request to approve", asked, true}, {"chasing mail", chased, false}, {"thanks", thanked, false}} {
		twice := 0
		for k, n := range m.got {
			if n > 1 && !d.cut[k] {
				twice++
				if !m.atLeastOnce {
					t.Errorf("%s %q was sent %d times", m.what, k, n)
				}
			}
		}
		t.Logf("%s: %d, sent again %d", m.what, len(m.got), twice)
	}

	// Tickets and their timers; events and theirs.
	got = map[string]int{}
	for _, k := range list[struct{ Subject string }](p, "/v1/tickets?") {
		got[k.Subject]++
	}
	last = fmt.Sprintf("ticket-%d", len(d.tickets)-1)
	once(t, "ticket", got, func(k string) bool { return k != last }, d.tickets, d.cut)
	tickets := 0
	for _, n := range got {
		tickets += n
	}
	settled("chase", d.chase, tickets, lack)
	orders := len(d.events)
	events := list[struct{ ID string }](p, "/v1/events?type=order.placed&")
	if n := len(events); n < orders-1 || n > orders+len(d.cut) {
		t.Errorf("%d order events, sent %d", n, orders)
	}
	settled("order", d.order, len(events), lack)
	if n := len(chased) + len(thanked) + replies + len(asked); unknown == 0 && n == 0 {
		t.Error("no mail left at all")
	}

	// Contacts keep the newest acknowledged value.
	for address, want := range d.contacts {
		var page struct {
			Items []struct {
				Email      string
				Attributes map[string]any
			}
		}
		p.must("GET", "/v1/contacts?limit=100&q="+address, nil, &page)
		for _, c := range page.Items {
			if n, _ := c.Attributes["visits"].(float64); c.Email == address && (int(n) < want || int(n) > d.tried[address]) {
				t.Errorf("contact %s has visit %v, acknowledged was %d, sent %d", address, n, want, d.tried[address])
			}
		}
	}

	// Executions started at the endpoint.
	ctx := context.Background()
	states := map[string]int{}
	var ended = map[sfntypes.ExecutionStatus]int{}
	for pages := sfn.NewListExecutionsPaginator(d.states, &sfn.ListExecutionsInput{StateMachineArn: &d.machine}); pages.HasMorePages(); {
		page := readAgain(t, func() (*sfn.ListExecutionsOutput, error) { return pages.NextPage(ctx) })
		for _, e := range page.Executions {
			states[*e.Name]++
			ended[e.Status]++
			h := readAgain(t, func() (*sfn.GetExecutionHistoryOutput, error) {
				return d.states.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: e.ExecutionArn})
			})
			// ExecutionStarted, Pass in and out, Wait in and out, Pass in and out, ExecutionSucceeded.
			if e.Status != sfntypes.ExecutionStatusSucceeded || len(h.Events) != 8 {
				t.Errorf("execution %s is %s with %d events", *e.Name, e.Status, len(h.Events))
			}
		}
	}
	tried := map[string]int{}
	for k := range d.executions {
		tried[k] = 1
	}
	last = fmt.Sprintf("direct-%d", len(tried)-1)
	once(t, "execution", states, func(k string) bool { return k != last }, tried, d.cut)

	// The queue nobody reads; whatever else is in it was given up on, which must not happen.
	bodies := map[string]int{}
	for {
		out, err := d.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &d.queue, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			break
		}
		for _, m := range out.Messages {
			if strings.HasPrefix(*m.Body, "parcel-") {
				bodies[*m.Body]++
			} else {
				t.Errorf("given up on: %.600s", *m.Body)
			}
			if _, err := d.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &d.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
	lost := 0
	for _, body := range slices.Sorted(maps.Keys(d.messages)) {
		// A send without an answer is sent again: SQS has no token to tell that it is the same.
		if n := bodies[body]; n == 0 && body != fmt.Sprintf("parcel-%d", len(d.messages)-1) || n > d.messages[body] {
			lost++
			t.Errorf("message %s was sent %d times and is there %d times", body, d.messages[body], n)
		}
	}
	t.Logf("%-12s %5d sent, %5d there, %d wrong", "message", len(d.messages), len(bodies), lost)
	urls, err := d.queues.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range urls.QueueUrls {
		a, err := d.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: []sqstypes.QueueAttributeName{"All"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
			if n := a.Attributes[name]; n != "0" {
				t.Errorf("%s of %s is %s", name, url, n)
			}
		}
	}
	t.Logf("%d kills; %d runs failed with send_unknown, every other run succeeded", rounds, unknown)
}

// readAgain reads, and once more over a connection that a kill broke: the pool may still
// hold some, and the SDK does not repeat an answer whose body broke off.
func readAgain[T any](t *testing.T, read func() (T, error)) T {
	t.Helper()
	var out T
	var err error
	for range 3 {
		if out, err = read(); err == nil {
			return out
		}
	}
	t.Fatal(err)
	return out
}
