// Command record writes what Step Functions says of an execution into the run's record.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/record"
)

func main() {
	h := host.New()
	r := &record.Recorder{Store: h.Store(), Engine: h.Engine(), NewID: h.IDs.New, Now: h.Now}
	lambda.Start(host.Handler(nil, func(ctx context.Context, e events.CloudWatchEvent) (any, error) {
		return nil, host.Fail(ctx, r.Status(ctx, e.Detail), "notice", e.ID)
	}))
}
