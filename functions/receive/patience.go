package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// SES hands a mail over once, and Lambda tries it twice again, a minute and two later.
// So a quota is waited out here for as long as the invocation has time, which is three
// times most of two minutes, with the pauses of Lambda almost ten. Only then the mail
// becomes a dead letter; it lies in the bucket, and POST /inbound/failed/{id}/reprocess takes it in.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const (
	longestPause = 8 * time.Second
	oneTry       = 30 * time.Second // that must be left for another
)

// patiently does do again while a quota forbids it and there is time.
func patiently(ctx context.Context, do func() error) error {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		err := do()
		if !fault.IsThrottled(err) {
			return err
		}
		deadline, ok := ctx.Deadline()
		if !ok || time.Until(deadline) < oneTry+pause {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(pause)):
		}
	}
}
