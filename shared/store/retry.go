package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/deskhand/deskhand/shared/fault"
)

// Retries of one call, on top of the SDK's own: with these pauses twenty writers of one
// item get through.
const (
	maxTries  = 12
	firstWait = 10 * time.Millisecond
	longWait  = 400 * time.Millisecond
)

// retry does a call again when it was refused only because others were at it.
func (s *Store) retry(ctx context.Context, call func() error) error {
	for try := 0; ; try++ {
		err := call()
		if err == nil || !passing(err) {
			return err
		}
		if try+1 == maxTries && throttled(err) {
			return fault.Throttled(err, "the table takes no more at this rate")
		}
		if try+1 == maxTries {
			return &fault.Error{Code: fault.Unavailable, Message: "the table is busy; try again", Cause: err}
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// pause waits a random time below a bound that doubles ("full jitter",
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(rand.N(min(firstWait<<min(try, 16), longWait)) + time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// throttled tells whether a call failed by a quota, and by nothing else.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
func throttled(err error) bool {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		for _, r := range canceled.CancellationReasons {
			if r.Code != nil && (*r.Code == "ThrottlingError" || *r.Code == "ProvisionedThroughputExceeded") {
				return true
			}
		}
		return false
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded":
		return true
	}
	return false
}

// passing tells whether an error may be gone the next time.
func passing(err error) bool {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		busy := false
		for _, r := range canceled.CancellationReasons {
			switch {
			case r.Code == nil:
			case *r.Code == conditionFailed:
				return false // decided, whatever the other writes met
			case *r.Code == "TransactionConflict", *r.Code == "ThrottlingError", *r.Code == "ProvisionedThroughputExceeded":
				busy = true
			}
		}
		return busy
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "TransactionConflictException", "TransactionInProgressException", "ThrottlingException",
		"ProvisionedThroughputExceededException", "RequestLimitExceeded", "InternalServerError":
		return true
	}
	return false
}
