package throttled_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

const tag = `{"id":"it","type":"conversation.tag","params":{"add":["asked"]}}`

// Mails come in at a rate above that of StartExecution: each gets its one run, later.
func TestStartsAboveTheRate(t *testing.T) {
	d := open(t)
	w := d.publish(tag)
	const n = 20
	d.limit("states", "StartExecution", 0.05, 3) // three a minute
	d.mail(n)
	d.pass(0)
	runs, by := d.runs(w)
	if by["succeeded"] >= n/2 || len(runs) != n {
		t.Errorf("at once: %v of %d mails; the quota lets a few through, and all are recorded", by, n)
	}
	if d.refused() == 0 {
		t.Fatal("nothing was throttled")
	}
	for range 30 {
		d.pass(5 * time.Minute)
		if runs, by = d.runs(w); by["succeeded"] == n {
			break
		}
	}
	if by["succeeded"] != n || len(runs) != n {
		t.Errorf("in the end: %v, want %d", by, n)
	}
	d.noDeadLetters()
	t.Logf("%d starts at 3 a minute: %d refused, the last one began %s after its mail", n, d.refused(), longest(runs).Round(time.Second))
}

// Replies above the rate of SES: the state tries again, the node's own retry is not used
// up, and every customer gets one mail.
func TestMailAboveTheRate(t *testing.T) {
	d := open(t)
	w := d.publish(`{"id":"it","type":"message.reply","retry":{"maxAttempts":1,"interval":"1s"},"params":{"body":"We have it."}}`)
	const n = 8
	d.limit("ses", "SendEmail", 1.0/120, 2) // one in two minutes
	d.mail(n)
	d.pass(0)
	if _, by := d.runs(w); by["succeeded"] >= n || by["running"] == 0 {
		t.Errorf("at once: %v", by)
	}
	var runs []runRead
	var by map[string]int
	for range 24 {
		d.pass(time.Hour)
		if runs, by = d.runs(w); by["succeeded"] == n {
			break
		}
	}
	if by["succeeded"] != n {
		t.Errorf("in the end: %v, want %d", by, n)
	}
	for i := range n {
		var got []struct{ Subject string }
		d.call("GET", "/local/mail?to="+url.QueryEscape(customer(i+1)), "", nil, &got)
		if len(got) != 1 {
			t.Errorf("%s got %d mails", customer(i+1), len(got))
		}
	}
	tried := 0
	for _, r := range runs {
		var whole struct {
			Steps []struct{ Attempts int }
		}
		d.call("GET", "/v1/runs/"+r.ID, "", nil, &whole)
		for _, s := range whole.Steps {
			tried = max(tried, s.Attempts)
		}
	}
	if tried <= 2 {
		t.Errorf("no step was tried more than %d times: the quota used up the node's own retry, or nothing was throttled", tried)
	}
	d.noDeadLetters()
	t.Logf("%d mails at one in two minutes: %d refused, at most %d tries of a step, the last after %s", n, d.refused(), tried, longest(runs).Round(time.Second))
}

// The table takes less than the desk asks for.
func TestTableAboveTheRate(t *testing.T) {
	d := open(t)
	w := d.publish(tag)
	const n = 4
	d.limit("dynamodb", "", 20, 10)
	d.mail(n)
	var runs []runRead
	var by map[string]int
	for range 12 {
		d.pass(5 * time.Minute)
		d.stack.Quotas.Clear() // the eyes of the test are not to be throttled
		if runs, by = d.runs(w); by["succeeded"] == n {
			break
		}
		d.limit("dynamodb", "", 20, 10)
	}
	if by["succeeded"] != n || len(runs) != n {
		t.Errorf("in the end: %v, want %d", by, n)
	}
	d.noDeadLetters()
}

// The bus takes less than the desk emits.
func TestEventsAboveTheRate(t *testing.T) {
	d := open(t)
	w := d.publish(tag)
	const n = 6
	d.limit("events", "PutEvents", 0.5, 1)
	d.mail(n)
	var runs []runRead
	var by map[string]int
	for range 12 {
		d.pass(5 * time.Minute)
		if runs, by = d.runs(w); by["succeeded"] == n {
			break
		}
	}
	if by["succeeded"] != n || len(runs) != n || d.refused() == 0 {
		t.Errorf("in the end: %v, want %d; %d refused", by, n, d.refused())
	}
	d.noDeadLetters()
}

// By hand too: what was recorded is accepted, and starts by itself.
func TestByHandAboveTheRate(t *testing.T) {
	d := open(t)
	var w struct {
		ID    string
		Draft struct{ Revision int }
	}
	d.call("POST", "/v1/workflows", "", map[string]any{"name": "by hand", "definition": map[string]any{"trigger": map[string]any{"type": "manual"},
		"nodes": []any{map[string]any{"id": "it", "type": "set", "params": map[string]any{"values": map[string]any{"a": "b"}}}}, "edges": []any{map[string]any{"from": "trigger", "to": "it"}}}}, &w)
	d.call("POST", "/v1/workflows/"+w.ID+"/publish", fmt.Sprint(w.Draft.Revision), map[string]any{}, nil)
	d.call("POST", "/v1/workflows/"+w.ID+"/enable", "", nil, nil)
	d.limit("states", "StartExecution", 1.0/30, 1)
	for i := range 3 {
		var r runRead
		d.call("POST", "/v1/workflows/"+w.ID+"/runs", "", map[string]any{"detail": map[string]any{"n": i}}, &r)
		if r.ID == "" || r.Status != "running" {
			t.Errorf("start %d: %+v", i, r)
		}
	}
	d.pass(20 * time.Minute)
	var page struct{ Items []runRead }
	d.call("GET", "/v1/workflows/"+w.ID+"/runs", "", nil, &page)
	for _, r := range page.Items {
		if r.Status != "succeeded" {
			t.Errorf("%+v", r)
		}
	}
	if len(page.Items) != 3 || d.refused() == 0 {
		t.Errorf("%d runs, %d refused", len(page.Items), d.refused())
	}
}
