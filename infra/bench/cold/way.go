package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/bench/rig"
	"github.com/deskhand/deskhand/infra/local/awshttp"
)

const tagging = `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.subject","op":"contains","value":[%q]}]}},
	"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["seen"]}}],"edges":[{"from":"trigger","to":"tag"}]}`

// way is a list of hops, each with how long it took each time.
type way struct {
	title string
	hops  []string
	took  map[string][]time.Duration
	whole []time.Duration
}

func newWay(title string, hops ...string) *way {
	return &way{title: title, hops: hops, took: map[string][]time.Duration{}}
}

// add notes one go: the moments at which each hop ended.
func (w *way) add(began time.Time, ends ...time.Time) {
	at := began
	for i, end := range ends {
		w.took[w.hops[i]] = append(w.took[w.hops[i]], end.Sub(at))
		at = end
	}
	w.whole = append(w.whole, at.Sub(began))
}

func (w *way) print() {
	fmt.Printf("\n%s; median of %d, with warm functions:\n\n| hop | median ms | share |\n|---|---:|---:|\n", w.title, len(w.whole))
	var sum time.Duration
	for _, h := range w.hops {
		sum += median(w.took[h])
	}
	for _, h := range w.hops {
		m := median(w.took[h])
		fmt.Printf("| %s | %.1f | %.0f %% |\n", h, ms(m), 100*float64(m)/float64(sum))
	}
	fmt.Printf("| whole way | %.1f | |\n", ms(median(w.whole)))
}

// watch keeps the calls of the functions since it was last emptied.
type watch struct {
	function map[string]string // role ARN → function
	mu       sync.Mutex
	calls    []awshttp.Observation
}

func (w *watch) see(o awshttp.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.function[o.Caller.ARN] != "" {
		w.calls = append(w.calls, o)
	}
}

func (w *watch) empty() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}

// first is the first call of a function, of the action unless that is "", that began
// after a moment.
func (w *watch) first(after time.Time, function, action string) (awshttp.Observation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortStableFunc(w.calls, func(a, b awshttp.Observation) int { return a.Began.Compare(b.Began) })
	for _, o := range w.calls {
		if w.function[o.Caller.ARN] == function && (action == "" || o.Action == action) && !o.Began.Before(after) {
			return o, nil
		}
	}
	return awshttp.Observation{}, fmt.Errorf("%s was not seen to call %s", function, action)
}

// mailHops are the ends of the hops of a mail that came in after began.
func (w *watch) mailHops(began time.Time) ([]time.Time, error) {
	var ends []time.Time
	at := began
	for _, step := range []struct {
		function, action string
		whenBegun        bool // the hop ends with the beginning of the call
	}{{"receive", "", true}, {"receive", "TransactWriteItems", false}, {"relay", "PutEvents", false}, {"dispatch", "", true}, {"dispatch", "StartExecution", false}} {
		o, err := w.first(at, step.function, step.action)
		if err != nil {
			return nil, err
		}
		if at = o.Ended; step.whenBegun {
			at = o.Began
		}
		ends = append(ends, at)
	}
	return ends, nil
}

// ways plays both ways n times after one for warming.
func ways(ctx context.Context, r *rig.Rig, n int) error {
	w := &watch{function: map[string]string{}}
	for _, f := range r.Stack.Template.Functions() {
		w.function[f.RoleARN] = strings.ToLower(strings.TrimSuffix(f.LogicalID, "Function"))
	}
	r.Stack.Observe(w.see)
	mail := newWay("Mail → run started (SMTP begins → StartExecution answered)",
		"SMTP, bucket, start of receive", "receive: read, parse, commit", "stream, relay, bus", "rule, queue, start of dispatch", "dispatch: match, record, StartExecution")
	first := newWay("Publish → first execution (POST …/publish → StartExecution of the next mail answered)",
		"publish", "enable", "mail to StartExecution")
	for i := range n + 1 {
		if err := both(ctx, r, w, i, mail, first); err != nil {
			return err
		}
	}
	mail.print()
	first.print()
	return nil
}

func both(ctx context.Context, r *rig.Rig, w *watch, i int, mail, first *way) error {
	word := fmt.Sprintf("parcel%03d", i)
	id, revision, err := r.Draft(ctx, word, json.RawMessage(fmt.Sprintf(tagging, word)))
	if err != nil {
		return err
	}
	send := func() (time.Time, []time.Time, error) {
		w.empty()
		began := time.Now()
		if err := r.Mail(word+"@customer.example", word, "Where is it?"); err != nil {
			return began, nil, err
		}
		if err := r.Settle(ctx); err != nil {
			return began, nil, err
		}
		ends, err := w.mailHops(began)
		return began, ends, err
	}
	began := time.Now()
	if err := r.Publish(ctx, id, revision); err != nil {
		return err
	}
	published := time.Now()
	if err := r.Enable(ctx, id, true); err != nil {
		return err
	}
	enabled := time.Now()
	_, ends, err := send()
	if err != nil {
		return err
	}
	if i > 0 {
		first.add(began, published, enabled, ends[len(ends)-1])
	}
	at, ends, err := send()
	if err != nil {
		return err
	}
	if i > 0 {
		mail.add(at, ends...)
	}
	return r.Enable(ctx, id, false)
}
