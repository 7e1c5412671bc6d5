// Command relay carries the events that were written to the table to the bus.
package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/deskhand/deskhand/shared/bus"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/trail"
)

func main() {
	h := host.New()
	// Patient: the stream gives a batch eleven times, each of these for some ten seconds. What a
	// quota outlasts that has its mark for the sweep, which publishes it again.
	b := &bus.Bus{Client: eventbridge.NewFromConfig(h.AWS), Name: host.Env("BUS"), Tries: 12}
	lambda.Start(host.Handler(nil, func(ctx context.Context, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
		return relay(ctx, b, e)
	}))
}

// relay publishes a batch. The first record that fails ends the batch's success: the
// stream gives that one and all after it again, and dispatch drops what it has seen.
func relay(ctx context.Context, b *bus.Bus, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	var resp events.DynamoDBEventResponse
	envelopes := make([]json.RawMessage, 0, len(e.Records))
	for _, rec := range e.Records {
		doc := rec.Change.NewImage[store.EventAttribute]
		if doc.DataType() != events.DataTypeString {
			return resp, host.Fail(ctx, fault.New(fault.Internal, "stream record %s has no envelope", rec.Change.SequenceNumber))
		}
		envelopes = append(envelopes, json.RawMessage(doc.String()))
	}
	failed, err := b.Publish(ctx, envelopes)
	if err != nil {
		return resp, host.Fail(ctx, err)
	}
	if len(failed) > 0 {
		slog.WarnContext(ctx, "the bus did not take all events: they come again", "failed", len(failed))
		resp.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: e.Records[failed[0]].Change.SequenceNumber}}
		envelopes = envelopes[:failed[0]]
	}
	for _, doc := range envelopes {
		tell(ctx, doc)
	}
	return resp, nil
}

// tell writes the line about an event that is on the bus, with the run that made it.
func tell(ctx context.Context, doc json.RawMessage) {
	e, err := store.ParseEvent(string(doc))
	if err != nil {
		return // the bus has taken it, so that it can be read
	}
	ctx = trail.With(ctx, trail.Event, e.ID, trail.Conversation, e.Subject.ConversationID)
	if e.CausedBy != nil {
		ctx = trail.With(ctx, trail.Run, e.CausedBy.RunID)
	}
	slog.InfoContext(ctx, "event on the bus", "type", e.Type)
	if name := counted[e.Type]; name != "" {
		metric.Add(ctx, name, 1)
	}
	if e.Type == event.RunStarted {
		var detail struct {
			CostMicroUSD int64 `json:"costMicroUsd"`
		}
		if json.Unmarshal(e.Detail, &detail) == nil {
			metric.Add(ctx, metric.RunCostMicroUSD, detail.CostMicroUSD)
		}
	}
}

// counted leads from what happens to runs to its metric. Whoever moves a run writes the
// event in the same transaction, and all of them come by here, once.
var counted = map[string]metric.Name{event.RunStarted: metric.RunsStarted, event.RunSucceeded: metric.RunsSucceeded,
	event.RunFailed: metric.RunsFailed, event.RunStopped: metric.RunsStopped}
