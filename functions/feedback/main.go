// Command feedback takes in what SES tells of mail that the desk has sent: bounces,
// complaints, delays and refusals.
package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/feedback"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/trail"
)

func main() {
	h := host.New()
	d := &feedback.Desk{Store: h.Store(), Domain: mail.SentDomain(h.AWS.Region), Now: h.Now}
	lambda.Start(host.Handler(nil, func(ctx context.Context, e events.CloudWatchEvent) (any, error) {
		var r feedback.Report
		if err := json.Unmarshal(e.Detail, &r); err != nil {
			return nil, host.Fail(ctx, fault.New(fault.Invalid, "the detail is no report of SES: %v", err), "notice", e.ID)
		}
		out, err := d.Take(ctx, e.ID, r)
		if err != nil {
			return nil, host.Fail(ctx, err, "notice", e.ID, "mail", r.Mail.MessageID)
		}
		metric.Add(ctx, metric.SendRejected, int64(out.Rejected))
		slog.InfoContext(trail.With(ctx, trail.Conversation, out.ConversationID), "feedback taken in", "type", r.EventType, "mail", r.Mail.MessageID, "stopped", len(out.Stopped))
		return nil, nil
	}))
}
