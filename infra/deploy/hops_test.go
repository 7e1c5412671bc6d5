package deploy_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// hop is one asynchronous way, and the queue that takes what fails on it.
type hop struct{ what, dead string }

// hops lists every asynchronous way of the stack.
func hops(s *cfn.Stack) []hop {
	var out []hop
	queues := map[string]cfn.Queue{}
	for _, q := range s.Queues() {
		queues[q.ARN] = q
	}
	async := map[string]bool{} // functions that a service calls and does not wait for
	for _, e := range s.EventSources() {
		if q, ok := queues[e.Source]; ok {
			out = append(out, hop{e.LogicalID + " from queue " + q.LogicalID, q.DeadLetterARN})
		} else {
			out = append(out, hop{e.LogicalID + " from the stream", e.OnFailure})
		}
	}
	for _, r := range s.Rules() {
		for _, to := range r.Targets {
			out = append(out, hop{"rule " + r.LogicalID + " to " + to.ARN, to.DeadLetterARN})
			if f, ok := s.FunctionByARN(to.ARN); ok {
				async[f.LogicalID] = true
			}
		}
	}
	for _, sc := range s.Schedules() {
		out = append(out, hop{"schedule " + sc.LogicalID, sc.Target.DeadLetterARN})
		if f, ok := s.FunctionByARN(sc.Target.ARN); ok {
			async[f.LogicalID] = true
		}
	}
	for _, r := range s.ReceiptRules() {
		for _, a := range r.Actions {
			if a.Lambda != nil && a.Lambda.Type == "Event" {
				f, _ := s.FunctionByARN(a.Lambda.FunctionARN)
				async[f.LogicalID] = true
			}
		}
	}
	for _, f := range s.Functions() {
		if async[f.LogicalID] {
			out = append(out, hop{"call of " + f.LogicalID, f.Async.OnFailure})
		}
		if q, ok := f.Environment["DEAD_LETTERS_ARN"]; ok { // of the schedules that it makes
			out = append(out, hop{"schedules made by " + f.LogicalID, q})
		}
	}
	return out
}

// alarmsOf maps the value of a dimension to the alarms that watch the metric of it.
func alarmsOf(s *cfn.Stack, metric string) map[string][]string {
	out := map[string][]string{}
	for id, r := range s.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		each := func(name any, dims any) {
			list, _ := dims.([]any)
			for _, d := range list {
				if d, ok := d.(map[string]any); ok && name == metric {
					out[fmt.Sprint(d["Value"])] = append(out[fmt.Sprint(d["Value"])], id)
				}
			}
		}
		each(r.Properties["MetricName"], r.Properties["Dimensions"])
		several, _ := r.Properties["Metrics"].([]any)
		for _, m := range several {
			m, _ := m.(map[string]any)
			st, _ := m["MetricStat"].(map[string]any)
			of, _ := st["Metric"].(map[string]any)
			each(of["MetricName"], of["Dimensions"])
		}
	}
	return out
}

func TestNothingFailsUnseen(t *testing.T) {
	s := load(t, "harbour", full)
	all := hops(s)
	if len(all) < 9 {
		t.Fatalf("only %d asynchronous ways were found: %v", len(all), all)
	}
	watched := alarmsOf(s, "ApproximateNumberOfMessagesVisible")
	used := map[string]bool{}
	for _, h := range all {
		i := slices.IndexFunc(s.Queues(), func(q cfn.Queue) bool { return q.ARN == h.dead })
		if i < 0 {
			t.Errorf("%s: what fails goes to %q, which is no queue of the stack", h.what, h.dead)
			continue
		}
		q := s.Queues()[i]
		used[q.LogicalID] = true
		if len(watched[q.Name]) == 0 {
			t.Errorf("%s: no alarm watches %s", h.what, q.LogicalID)
		}
		if q.Retention.Hours() != 14*24 {
			t.Errorf("%s keeps dead letters for %s, want 14 days", q.LogicalID, q.Retention)
		}
	}
	for _, q := range s.Queues() {
		if strings.HasSuffix(q.LogicalID, "DeadLetters") && !used[q.LogicalID] {
			t.Errorf("%s is for nothing", q.LogicalID)
		}
	}
}

func TestThrottlesAreWatched(t *testing.T) {
	s := load(t, "harbour", full)
	throttles := alarmsOf(s, "Throttles")
	for _, f := range s.Functions() {
		if len(throttles[f.Name]) != 1 {
			t.Errorf("throttles of %s are watched by %v, want one alarm", f.LogicalID, throttles[f.Name])
		}
	}
	for _, metric := range []string{"ReadThrottleEvents", "WriteThrottleEvents"} {
		for _, x := range s.Tables() {
			byName := alarmsOf(s, metric)
			if len(byName[x.Name]) == 0 {
				t.Errorf("%s of the table is not watched", metric)
			}
			for _, i := range x.Indexes {
				if len(byName[i.Name]) != 1 {
					t.Errorf("%s of index %s is watched by %v", metric, i.Name, byName[i.Name])
				}
			}
		}
	}
	if got := alarmsOf(s, "ThrottledEvents"); len(got["StateTransition"]) != 1 || len(got["StartExecution"]) != 1 {
		t.Errorf("throttles of Step Functions: %v", got)
	}
}

// metrics are what the functions write, in the namespace Deskhand with the stack's name.
var metrics = strings.Fields(`EventsIn EventsMatched RunsStarted RunsSucceeded RunsFailed RunsStopped ApprovalsWaiting OldestApprovalSeconds
	RunsWaiting RunsPaused ActionErrors SendRejected MailIn MailFailed RunCostMicroUSD`)

func TestAlarms(t *testing.T) {
	s := load(t, "harbour", full)
	topic := s.Outputs["AlarmTopicArn"]
	n := 0
	for id, r := range s.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		n++
		p := r.Properties
		if !strings.HasPrefix(r.Name, "harbour-") || !strings.HasSuffix(id, "Alarm") {
			t.Errorf("%s is named %q", id, r.Name)
		}
		if fmt.Sprint(p["AlarmActions"]) != "["+topic+"]" || fmt.Sprint(p["OKActions"]) != "["+topic+"]" {
			t.Errorf("%s tells %v and %v, want the topic", id, p["AlarmActions"], p["OKActions"])
		}
		if d, _ := p["AlarmDescription"].(string); len(d) < 80 || len(d) > 1024 {
			t.Errorf("%s does not say what to do: %q", id, d)
		}
		if p["TreatMissingData"] != "notBreaching" {
			t.Errorf("%s alarms when there is nothing to count", id)
		}
		if list, _ := p["Metrics"].([]any); len(list) > 10 {
			t.Errorf("%s has %d metrics, CloudWatch takes ten in an alarm", id, len(list))
		}
		if p["Namespace"] == "Deskhand" {
			if !slices.Contains(metrics, p["MetricName"].(string)) || fmt.Sprint(p["Dimensions"]) != "[map[Name:Stack Value:harbour]]" {
				t.Errorf("%s watches %v of %v, which nobody writes", id, p["MetricName"], p["Dimensions"])
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d alarms", n)
	}
	var wanted []string
	for _, m := range []string{"RunsFailed", "SendRejected", "MailFailed", "5xx", "IteratorAge", "ApproximateAgeOfOldestMessage", "Reputation.BounceRate"} {
		if len(alarmsOf(s, m)) == 0 {
			wanted = append(wanted, m)
		}
	}
	sort.Strings(wanted)
	if len(wanted) > 0 {
		t.Errorf("no alarm for %v", wanted)
	}
}
