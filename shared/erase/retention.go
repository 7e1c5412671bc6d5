package erase

import (
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Bounds of how long things are kept. A failed run can be redriven for 14 days, and the
// success rate counts 30; events are dropped by DynamoDB after 30 days in any case.
const (
	day       = 24 * time.Hour
	minMail   = 7 * day
	minRuns   = 30 * day
	minEvents = day
	maxEvents = 30 * day
	maxAge    = 3650 * day
)

// Ages are for how long things are kept; 0 is for ever.
type Ages struct{ Mail, Runs, Events time.Duration }

// AgesOf reads a Retention, and refuses one that is out of bounds.
func AgesOf(r *desk.Retention) (a Ages, err error) {
	if r == nil {
		return a, nil
	}
	for _, f := range []struct {
		name, text string
		low, high  time.Duration
		into       *time.Duration
	}{{"mail", r.Mail, minMail, maxAge, &a.Mail}, {"runs", r.Runs, minRuns, maxAge, &a.Runs}, {"events", r.Events, minEvents, maxEvents, &a.Events}} {
		if f.text == "" {
			continue
		}
		d, err := workflow.ParseDuration(f.text)
		if err != nil {
			return a, fault.New(fault.Invalid, "retention: %s: %v", f.name, err)
		}
		if d < f.low || d > f.high {
			return a, fault.New(fault.Invalid, "retention: %s is %s: it is from %s to %s, or left out to keep what there is", f.name, f.text, workflow.FormatDuration(f.low), workflow.FormatDuration(f.high))
		}
		*f.into = d
	}
	return a, nil
}
