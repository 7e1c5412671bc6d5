// Command feedback takes in what SES tells of mail that the desk has sent: bounces,
// complaints, delays and refusals.
package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/feedback"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/mail"
)

func main() {
	h := host.New()
	d := &feedback.Desk{Store: h.Store(), Domain: mail.SentDomain(h.AWS.Region), Now: h.Now}
	lambda.Start(func(ctx context.Context, e events.CloudWatchEvent) error {
		var r feedback.Report
		if err := json.Unmarshal(e.Detail, &r); err != nil {
			return host.Fail(ctx, fault.New(fault.Invalid, "the detail is no report of SES: %v", err), "event", e.ID)
		}
		_, err := d.Take(ctx, e.ID, r)
		return host.Fail(ctx, err, "event", e.ID, "mail", r.Mail.MessageID)
	})
}
