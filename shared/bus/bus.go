// Package bus puts events on the stack's EventBridge bus. Only relay and the sweep use
// it: everybody else writes events to the table.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/deskhand/deskhand/shared/event"
)

// Limits of one PutEvents call; the bytes are of all its entries together.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const (
	MaxEntries = 10
	maxBytes   = 256 << 10 // the limit that every Region had before it was raised to 1 MB
	entryExtra = 1 << 10   // of source, type and time
	maxDetail  = 64 << 10  // a longer one is left out: dispatch reads the event from the table
)

// Bus is the bus of the stack.
type Bus struct {
	Client *eventbridge.Client
	Name   string
	Tries  int // of what the bus does not take at this rate; 0 is one
}

// Publish puts envelopes (JSON of event.Event) on the bus, ten to a call, and returns
// the indexes of those that were not taken after some tries, in order.
func (b *Bus) Publish(ctx context.Context, envelopes []json.RawMessage) (failed []int, err error) {
	envelopes = slices.Clone(envelopes)
	for i, data := range envelopes {
		if envelopes[i], err = carried(data); err != nil {
			return nil, err
		}
	}
	for start, end := 0, 0; start < len(envelopes); start = end {
		end = batch(envelopes, start)
		in := &eventbridge.PutEventsInput{}
		for _, data := range envelopes[start:end] {
			var e event.Event
			if err := json.Unmarshal(data, &e); err != nil {
				return nil, fmt.Errorf("event envelope: %w", err)
			}
			in.Entries = append(in.Entries, types.PutEventsRequestEntry{
				EventBusName: aws.String(b.Name), Source: aws.String(event.Source), DetailType: aws.String(e.Type),
				Detail: aws.String(string(data)), Time: aws.Time(e.Time),
			})
		}
		refused, err := b.put(ctx, in.Entries)
		if err != nil {
			return nil, err
		}
		for _, i := range refused {
			failed = append(failed, start+i)
		}
	}
	return failed, nil
}

// Pauses between the tries of the entries that a call did not take, with full jitter: a call
// that takes some of its entries is a success to the SDK, which therefore does not repeat it.
const (
	firstWait = 50 * time.Millisecond
	longWait  = 2 * time.Second
)

// put gives the indexes of the entries that were not taken in the end.
func (b *Bus) put(ctx context.Context, entries []types.PutEventsRequestEntry) ([]int, error) {
	left := make([]int, len(entries))
	for i := range entries {
		left[i] = i
	}
	for try := 0; ; try++ {
		in := &eventbridge.PutEventsInput{}
		for _, i := range left {
			in.Entries = append(in.Entries, entries[i])
		}
		out, err := b.Client.PutEvents(ctx, in)
		if err != nil && !throttled(err) {
			return nil, fmt.Errorf("put events: %w", err)
		}
		if err == nil {
			var refused []int
			for i, entry := range out.Entries {
				if entry.ErrorCode != nil {
					refused = append(refused, left[i])
				}
			}
			left = refused
		}
		if len(left) == 0 || try+1 >= b.Tries {
			return left, nil
		}
		select {
		case <-ctx.Done():
			return left, nil
		case <-time.After(rand.N(min(firstWait<<min(try, 10), longWait))):
		}
	}
}

func throttled(err error) bool {
	var api interface{ ErrorCode() string }
	return errors.As(err, &api) && api.ErrorCode() == "ThrottlingException"
}

// batch is the end of the call that begins at start: one envelope at least.
func batch(envelopes []json.RawMessage, start int) int {
	end, total := start, 0
	for end < len(envelopes) && end-start < MaxEntries {
		total += len(envelopes[end]) + entryExtra
		if end > start && total > maxBytes {
			break
		}
		end++
	}
	return end
}

// carried is an envelope as it goes on the bus, without a detail that is too long.
func carried(data json.RawMessage) (json.RawMessage, error) {
	if len(data) <= maxDetail {
		return data, nil
	}
	var e event.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("event envelope: %w", err)
	}
	if len(e.Detail) <= maxDetail {
		return data, nil
	}
	e.Detail, e.DetailOmitted = nil, true
	return event.Encode(e)
}
