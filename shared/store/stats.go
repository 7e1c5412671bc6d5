package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/run"
)

// keepDays is for how many days counters are kept: the window of the success rate, and
// some for clocks.
const keepDays = run.WindowDays + 5

// statsColumns say whose counters they are. They are in no index: every start and end of
// a run would pay for the entry again. Those of before are taken out of it.
func statsColumns(workflowID string) columns {
	return columns{"listPk": nil, "listSk": nil, "kind": str("stats"), "v": num(version("stats")), "workflow": str(workflowID)}
}

// WorkflowStats are the counters of workflows, by id; one without a run may be missing.
func (s *Store) WorkflowStats(ctx context.Context, workflowIDs []string) (map[string]run.Counters, error) {
	keys := make([]key, len(workflowIDs))
	for i, id := range workflowIDs {
		keys[i] = statsKey(id)
	}
	items, err := s.batch(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make(map[string]run.Counters, len(items))
	for _, it := range items {
		out[text(it, "workflow")] = countersOf(it)
	}
	return out, nil
}

// WorkflowCounters are the counters of one workflow, zero when it has had no run.
func (s *Store) WorkflowCounters(ctx context.Context, workflowID string) (run.Counters, error) {
	it, err := s.get(ctx, statsKey(workflowID))
	return countersOf(it), err
}

func countersOf(it item) run.Counters {
	c := run.Counters{Running: number(it, "running"), Waiting: number(it, "waiting"), Paused: number(it, "paused")}
	if t, err := time.Parse(stamp, text(it, "lastRunAt")); err == nil {
		c.LastRunAt = &t
	}
	days := map[string]*run.Day{}
	for column := range it {
		name, end, ok := dayOf(column)
		if !ok {
			continue
		}
		d := days[name]
		if d == nil {
			d = &run.Day{Day: name}
			days[name] = d
		}
		switch end {
		case endColumn[run.Succeeded]:
			d.Succeeded = number(it, column)
		case endColumn[run.Failed]:
			d.Failed = number(it, column)
		case endColumn[run.Stopped]:
			d.Stopped = number(it, column)
		case costColumn:
			d.CostMicroUSD = int64(number(it, column))
		}
	}
	for _, d := range days {
		if d.Succeeded|d.Failed|d.Stopped != 0 || d.CostMicroUSD != 0 {
			c.Days = append(c.Days, *d)
		}
	}
	slices.SortFunc(c.Days, func(a, b run.Day) int { return strings.Compare(a.Day, b.Day) })
	return c
}

// counted are the columns in which a status counts; a run that ended counts on the day
// it started.
func counted(status run.Status, startedAt time.Time) string {
	switch status {
	case run.Starting, run.Running:
		return "running"
	case run.Waiting:
		return "waiting"
	case run.Paused:
		return "paused"
	}
	return dayColumn(startedAt.UTC().Format(time.DateOnly), endColumn[status])
}

// begun counts a run that starts, and what it is estimated to cost.
func begun(r run.Run) map[string]int {
	add := map[string]int{counted(r.Status, r.StartedAt): 1}
	if r.CostMicroUSD != 0 {
		add[dayColumn(r.StartedAt.UTC().Format(time.DateOnly), costColumn)] = int(r.CostMicroUSD)
	}
	return add
}

// recount takes a run out of one column and puts it into another.
func recount(r run.Run, from run.Status) map[string]int {
	add := map[string]int{}
	add[counted(from, r.StartedAt)]--
	add[counted(r.Status, r.StartedAt)]++
	for column, n := range add {
		if n == 0 {
			delete(add, column)
		}
	}
	return add
}

// prune removes the counters of old days, once a day per workflow and process. It is
// only tidying, so the caller does not fail by it.
func (s *Store) prune(ctx context.Context, workflowID string) error {
	today := s.now().UTC().Format(time.DateOnly)
	if day, ok := s.pruned.Swap(workflowID, today); ok && day == today {
		return nil
	}
	it, err := s.get(ctx, statsKey(workflowID))
	if err != nil || it == nil {
		return err
	}
	first := s.now().UTC().AddDate(0, 0, -keepDays).Format(time.DateOnly)
	old := columns{}
	for column := range it {
		if day, _, ok := dayOf(column); ok && day < first {
			old[column] = nil
		}
	}
	if len(old) == 0 {
		return nil
	}
	return s.write(ctx, update(statsKey(workflowID), old).onlyIf(present, always(nil)))
}
