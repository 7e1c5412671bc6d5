package throttled_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/stack"
)

const (
	root    = "../../.."
	address = "parts@bikes.example"
)

type desk struct {
	t     *testing.T
	stack *stack.Stack
	mails int
}

// open starts a stack of the test's own, so that a quota is that of its load alone.
func open(t *testing.T) *desk {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	bin, data := filepath.Join(cache, "deskhand", "throttled"), filepath.Join(t.TempDir(), "data")
	for _, dir := range []string{bin, data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(bin, filepath.Join(data, "bin")); err != nil {
		t.Fatal(err)
	}
	s, err := stack.Start(context.Background(), stack.Config{Template: root + "/template.yaml", DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	d := &desk{t: t, stack: s}
	d.call("PUT", "/v1/inboxes/parts", "", map[string]any{"name": "Parts", "address": address}, nil)
	return d
}

func (d *desk) call(method, path, ifMatch string, in, out any) {
	d.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := http.NewRequest(method, d.stack.URL+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		r.Header.Set("If-Match", ifMatch)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		d.t.Fatalf("%s %s: %d %.1000s", method, path, resp.StatusCode, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			d.t.Fatalf("%s %s: %v in %.500s", method, path, err, data)
		}
	}
}

// publish makes a workflow of one node that every mail starts.
func (d *desk) publish(node string) (workflow string) {
	d.t.Helper()
	var w struct {
		ID    string
		Draft struct{ Revision int }
	}
	definition := fmt.Sprintf(`{"trigger":{"type":"message.received"},"nodes":[%s],"edges":[{"from":"trigger","to":"it"}]}`, node)
	d.call("POST", "/v1/workflows", "", map[string]any{"name": "it", "definition": json.RawMessage(definition)}, &w)
	d.call("POST", "/v1/workflows/"+w.ID+"/publish", strconv.Itoa(w.Draft.Revision), map[string]any{}, nil)
	d.call("POST", "/v1/workflows/"+w.ID+"/enable", "", nil, nil)
	d.pass(0)
	return w.ID
}

// mail brings n mails in, each of another customer.
func (d *desk) mail(n int) {
	d.t.Helper()
	for range n {
		d.mails++
		from := customer(d.mails)
		raw := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: Chain %d\r\nMessage-ID: <%d@wheels.example>\r\n\r\nDo you have it in stock?\r\n", from, address, d.mails, d.mails)
		if err := smtp.SendMail(d.stack.SMTPAddr, nil, from, []string{address}, []byte(raw)); err != nil {
			d.t.Fatal(err)
		}
	}
}

func customer(n int) string { return fmt.Sprintf("rider%d@wheels%d.example", n, n) }

// limit sets a quota over HTTP, as a person would.
func (d *desk) limit(service, action string, perSecond float64, burst int) {
	d.t.Helper()
	d.call("POST", "/local/throttle", "", map[string]any{"service": service, "action": action, "perSecond": perSecond, "burst": burst}, nil)
}

// refused is how many calls were past the quotas.
func (d *desk) refused() (n int) {
	d.t.Helper()
	var list []awshttp.Limit
	d.call("GET", "/local/throttle", "", nil, &list)
	for _, l := range list {
		n += l.Refused
	}
	return n
}

// pass moves the clock and waits until all that fell due is done.
func (d *desk) pass(by time.Duration) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if err := d.stack.Clock.Advance(ctx, by); err != nil {
		d.t.Fatal(err)
	}
}

type runRead struct {
	ID, Status, Reason, ConversationID string
	StartedAt                          time.Time
	EndedAt                            *time.Time
	Trigger                            struct{ EventID string }
}

// runs of a workflow, by status; no event has two.
func (d *desk) runs(workflow string) (all []runRead, by map[string]int) {
	d.t.Helper()
	var page struct {
		Items      []runRead
		NextCursor string
	}
	d.call("GET", "/v1/workflows/"+workflow+"/runs?limit=100", "", nil, &page)
	if page.NextCursor != "" {
		d.t.Fatal("more than a page of runs")
	}
	by, seen := map[string]int{}, map[string]bool{}
	for _, r := range page.Items {
		by[r.Status]++
		if seen[r.Trigger.EventID] || seen[r.ConversationID] {
			d.t.Errorf("event %s or its conversation has two runs", r.Trigger.EventID)
		}
		seen[r.Trigger.EventID], seen[r.ConversationID] = true, true
		if r.Status == "failed" {
			d.t.Errorf("run %s failed: %s", r.ID, r.Reason)
		}
	}
	return page.Items, by
}

// waiting is the longest time from the start of a run to its end.
func longest(runs []runRead) (d time.Duration) {
	for _, r := range runs {
		if r.EndedAt != nil {
			d = max(d, r.EndedAt.Sub(r.StartedAt))
		}
	}
	return d
}

// noDeadLetters demands that every queue of dead letters is empty.
func (d *desk) noDeadLetters() {
	d.t.Helper()
	client := sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.stack.AWSURL), Credentials: credentials.NewStaticCredentialsProvider("AKIAPERSON", "secret", "")})
	looked := 0
	for _, q := range d.stack.Template.Queues() {
		if !strings.Contains(q.LogicalID, "Dead") {
			continue
		}
		looked++
		url, err := client.GetQueueUrl(d.t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(q.Name)})
		if err != nil {
			d.t.Fatal(err)
		}
		out, err := client.GetQueueAttributes(d.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
		if err != nil {
			d.t.Fatal(err)
		}
		if n := out.Attributes["ApproximateNumberOfMessages"]; n != "0" {
			d.t.Errorf("%s dead letters in %s", n, q.LogicalID)
		}
	}
	if looked == 0 {
		d.t.Fatal("the template has no queue of dead letters")
	}
}
