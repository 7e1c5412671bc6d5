package e2e_test

import (
	"net/url"
	"strings"
	"testing"
)

// inSub is the same desk in a subtest.
func (d *desk) inSub(t *testing.T) *desk {
	sub := *d
	sub.t = t
	return &sub
}

// newest is the newest run of a workflow, once it is in a status, whole.
func (d *desk) newest(workflow, status string) runRead {
	d.t.Helper()
	var last []runRead
	d.untilf("the newest run of "+workflow+" "+status, func() bool {
		last = d.runs(workflow)
		return len(last) > 0 && last[0].Status == status
	}, func() any {
		if len(last) > 0 {
			return d.run(last[0].ID)
		}
		return last
	})
	return d.run(last[0].ID)
}

func (d *desk) newestSent(to string) mailRead {
	d.t.Helper()
	var out []mailRead
	d.until("a mail to "+to, func() bool { out = d.sent(to); return len(out) > 0 })
	return out[0]
}

// readsBack demands that an ended run can be read step by step: nodes and statuses as
// "node status", and of each its times, attempts, input and output.
func (d *desk) readsBack(r runRead, want ...string) {
	d.t.Helper()
	var got []string
	at := r.StartedAt
	for _, s := range r.Steps {
		got = append(got, s.NodeID+" "+s.Status)
		switch {
		case s.EndedAt == nil || s.DurationMs == nil:
			d.t.Errorf("step %s of an ended run has no end", s.NodeID)
		case s.StartedAt.Before(at.Truncate(1e6)) || s.EndedAt.Before(s.StartedAt) || r.EndedAt == nil || s.EndedAt.After(r.EndedAt.Add(1e6)):
			d.t.Errorf("step %s from %s to %s, in a run from %s to %v", s.NodeID, s.StartedAt, s.EndedAt, r.StartedAt, r.EndedAt)
		case *s.DurationMs != s.EndedAt.Sub(s.StartedAt).Milliseconds():
			d.t.Errorf("step %s took %d ms by its duration, %s by its times", s.NodeID, *s.DurationMs, s.EndedAt.Sub(s.StartedAt))
		default:
			at = *s.EndedAt
		}
		if s.Attempts < 1 || len(s.Output) == 0 && s.Status == "succeeded" || len(s.Input) == 0 {
			d.t.Errorf("step %s: %d attempts, input %q, output %q", s.NodeID, s.Attempts, s.Input, s.Output)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		d.t.Errorf("steps %q, want %q", got, want)
	}
	if r.DurationMs != r.EndedAt.Sub(r.StartedAt).Milliseconds() || r.ExecutionArn == "" || r.StateMachineVersionArn == "" {
		d.t.Errorf("run %+v", r)
	}
	type historyEvent struct{ Type string }
	events := all[historyEvent](d, "/v1/runs/"+r.ID+"/history", url.Values{})
	if len(events) < 2*len(want) || events[0].Type != "ExecutionStarted" {
		d.t.Errorf("history of %d events: %+v", len(events), events)
	}
}
