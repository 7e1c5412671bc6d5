// Package scheduler ticks by the schedule expressions of EventBridge (package schedule)
// on the local stack's clock, and plays EventBridge Scheduler on the wire. The schedules
// of event rules tick here too, but what they send is the
// business of infra/local/eventbridge.
//
// Supported: CreateSchedule, GetSchedule, UpdateSchedule, DeleteSchedule, ListSchedules;
// rate, cron (six fields with L, W and #) and at, with time zones; start and end dates;
// ActionAfterCompletion; ClientToken; targets SQS and Lambda with retries and a
// dead-letter queue, the schedule's role checked at each call; context placeholders.
// Partly: a flexible window always fires at its begin; only the group "default".
// Not: schedule groups, tags, other targets (universal targets among them).
//
// Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
package scheduler

import (
	"time"

	"github.com/deskhand/deskhand/shared/schedule"
)

// Expression is a parsed schedule expression.
type Expression = schedule.Expression

// Parse reads rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2030-01-02T03:04:05).
func Parse(source string, loc *time.Location) (*Expression, error) {
	return schedule.Parse(source, loc)
}
