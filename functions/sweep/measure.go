package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/metric"
)

const (
	manyOpen   = 5000            // open approvals that are counted at most; a Query reads some ten thousand
	manyFlows  = 1000            // workflows whose counters are read at most, a hundred to a call
	runsPeriod = 5 * time.Minute // between two looks at the counters
)

// measure reports how much waits. The open approvals have marks of their own: one Query
// counts them, and the first is the oldest. Runs are counted every five minutes: one Query
// of the workflows, and their counters a hundred to a call.
func (s *sweeper) measure(ctx context.Context) {
	now := s.now()
	open, oldest, err := s.store.OpenApprovals(ctx, manyOpen)
	if err != nil {
		slog.ErrorContext(ctx, "open approvals cannot be counted", "error", err)
	} else {
		metric.Add(ctx, metric.ApprovalsWaiting, int64(open))
		age := time.Duration(0)
		if open > 0 {
			age = max(now.Sub(oldest), 0)
		}
		metric.Add(ctx, metric.OldestApprovalSeconds, int64(age/time.Second))
	}
	if now.Truncate(time.Minute).Unix()%int64(runsPeriod/time.Second) != 0 {
		return
	}
	waiting, paused, err := s.runs(ctx)
	if err != nil {
		slog.ErrorContext(ctx, "runs that wait cannot be counted", "error", err)
		return
	}
	metric.Add(ctx, metric.RunsWaiting, int64(waiting))
	metric.Add(ctx, metric.RunsPaused, int64(paused))
}

func (s *sweeper) runs(ctx context.Context) (waiting, paused int, err error) {
	heads, err := s.store.Workflows(ctx)
	if err != nil {
		return 0, 0, err
	}
	var ids []string
	for _, h := range heads[:min(len(heads), manyFlows)] {
		ids = append(ids, h.ID)
	}
	all, err := s.store.WorkflowStats(ctx, ids)
	for _, c := range all {
		waiting, paused = waiting+max(c.Waiting, 0), paused+max(c.Paused, 0)
	}
	return waiting, paused, err
}
