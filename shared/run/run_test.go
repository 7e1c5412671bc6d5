package run_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/run"
)

func TestMay(t *testing.T) {
	for _, c := range []struct {
		from, to run.Status
		redrive  bool
		want     bool
	}{
		{run.Starting, run.Running, false, true}, {run.Starting, run.Failed, false, true}, {run.Running, run.Waiting, false, true},
		{run.Waiting, run.Running, false, true}, {run.Paused, run.Succeeded, false, true}, {run.Running, run.Starting, false, false},
		{run.Failed, run.Running, false, false}, {run.Failed, run.Running, true, true}, {run.Stopped, run.Waiting, true, true},
		{run.Succeeded, run.Running, true, false}, {run.Failed, run.Succeeded, true, false}, {run.Succeeded, run.Failed, false, false},
	} {
		if got := run.May(c.from, c.to, c.redrive); got != c.want {
			t.Errorf("%s to %s, redrive %v: %v, want %v", c.from, c.to, c.redrive, got, c.want)
		}
	}
}

func TestDue(t *testing.T) {
	later, soon := start.Add(48*time.Hour), start.Add(10*time.Minute)
	for _, c := range []struct {
		name string
		r    run.Run
		want time.Time
	}{
		{"starting", run.Run{Status: run.Starting}, start.Add(run.StartGrace)},
		{"running", run.Run{Status: run.Running}, start.Add(run.RepairGrace)},
		{"waiting", run.Run{Status: run.Waiting, WaitingFor: &run.WaitingFor{Until: later}}, start.Add(run.LongGrace)},
		{"waiting shortly", run.Run{Status: run.Waiting, WaitingFor: &run.WaitingFor{Until: soon}}, soon.Add(run.RepairGrace)},
		{"waiting for too long", run.Run{Status: run.Waiting, WaitingFor: &run.WaitingFor{Until: start.Add(-time.Hour)}}, start.Add(run.RepairGrace)},
		{"paused", run.Run{Status: run.Paused, PausedUntil: &later}, start.Add(run.LongGrace)},
		{"paused shortly", run.Run{Status: run.Paused, PausedUntil: &soon}, soon.Add(run.RepairGrace)},
		{"ended", run.Run{Status: run.Failed}, time.Time{}},
	} {
		if got := c.r.Due(start); !got.Equal(c.want) {
			t.Errorf("%s: due %s, want %s", c.name, got, c.want)
		}
	}
}

func TestStats(t *testing.T) {
	rate := func(f float64) *float64 { return &f }
	for _, c := range []struct {
		name string
		in   run.Counters
		want run.Stats
	}{
		{"nothing yet", run.Counters{}, run.Stats{Days: []run.Day{}}},
		{"open and stopped runs do not count", run.Counters{Running: 2, Waiting: 1, Paused: -1, Days: []run.Day{{Day: "2026-11-22", Stopped: 4}}},
			run.Stats{Running: 2, Waiting: 1, Stopped: 4, Days: []run.Day{{Day: "2026-11-22", Stopped: 4}}}},
		{"30 days with today", run.Counters{Days: []run.Day{{Day: "2026-11-22", Succeeded: 1, CostMicroUSD: 130}, {Day: "2026-10-24", Succeeded: 2, Failed: 1, CostMicroUSD: 200}, {Day: "2026-10-23", Failed: 50, CostMicroUSD: 9000}}},
			run.Stats{Succeeded: 3, Failed: 1, SuccessRate: rate(0.75), CostMicroUSD: 330, Days: []run.Day{{Day: "2026-10-24", Succeeded: 2, Failed: 1, CostMicroUSD: 200}, {Day: "2026-11-22", Succeeded: 1, CostMicroUSD: 130}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.in.Stats(start)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
