// Package metric counts what the desk does, for CloudWatch: one line per invocation in
// the embedded metric format, in the function's log, so that counting calls nothing. The
// names are few and fixed (dashboard and alarms of template.yaml read them), and the one
// dimension is the stack: whatever the desk does, it is fourteen metrics. It knows no AWS;
// package host writes the line.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metric

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Namespace and Dimension under which CloudWatch has the metrics.
const (
	Namespace = "Deskhand"
	Dimension = "Stack"
)

// Name of a metric.
type Name string

// Counters, counted where it happened for good.
const (
	EventsIn        Name = "EventsIn"        // events that were matched against the workflows
	EventsMatched   Name = "EventsMatched"   // of these, that started a run at least
	RunsStarted     Name = "RunsStarted"     // recorded to start
	RunsSucceeded   Name = "RunsSucceeded"   // as all ends: once, and again after a redrive
	RunsFailed      Name = "RunsFailed"      //
	RunsStopped     Name = "RunsStopped"     //
	ActionErrors    Name = "ActionErrors"    // tries of a step that failed
	SendRejected    Name = "SendRejected"    // mails that SES refused for good, that came back, or that were complained about
	MailIn          Name = "MailIn"          // mails taken in
	MailFailed      Name = "MailFailed"      // mails put aside
	RunCostMicroUSD Name = "RunCostMicroUSD" // of the runs that started, estimated, in millionths of a dollar
)

// Gauges, measured by the sweep every minute.
const (
	ApprovalsWaiting      Name = "ApprovalsWaiting"
	OldestApprovalSeconds Name = "OldestApprovalSeconds" // since it was asked for; 0 when none waits
	RunsWaiting           Name = "RunsWaiting"           // for a person
	RunsPaused            Name = "RunsPaused"            // by a timed wait
)

// units of those that are no mere count.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
var units = map[Name]string{OldestApprovalSeconds: "Seconds", RunCostMicroUSD: "None"}

// Tally is what one invocation counted.
type Tally struct {
	mu     sync.Mutex
	values map[Name]int64
}

type key struct{}

// With gives what is done under ctx a tally of its own.
func With(ctx context.Context) (context.Context, *Tally) {
	t := &Tally{values: map[Name]int64{}}
	return context.WithValue(ctx, key{}, t), t
}

// Add counts n more; without a tally it does nothing.
func Add(ctx context.Context, name Name, n int64) {
	if t, ok := ctx.Value(key{}).(*Tally); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.values[name] += n
	}
}

type definition struct {
	Name Name
	Unit string
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

// Write writes the tally as one line, and nothing when nothing was counted.
func (t *Tally) Write(w io.Writer, stack string, at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.values) == 0 {
		return nil
	}
	d := directive{Namespace: Namespace, Dimensions: [][]string{{Dimension}}}
	line := map[string]any{Dimension: stack}
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		unit := units[name]
		if unit == "" {
			unit = "Count"
		}
		d.Metrics = append(d.Metrics, definition{name, unit})
		line[string(name)] = t.values[name]
	}
	line["_aws"] = map[string]any{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": []directive{d}}
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}
