// Command receive is SES's Lambda action: a mail that lies in the bucket becomes
// contact, conversation, message and events.
package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/metric"
	"github.com/deskhand/deskhand/shared/trail"
)

func main() {
	h := host.New()
	bucket, prefix := h.Bucket(), host.Env("INBOUND_PREFIX")
	r := &inbound.Receiver{Store: h.Store(), Blobs: bucket, NewID: h.IDs.New, Now: h.Now}
	lambda.Start(host.Handler(nil, func(ctx context.Context, e events.SimpleEmailEvent) ([]inbound.Outcome, error) {
		var out []inbound.Outcome
		for _, rec := range e.Records {
			d := delivery(rec.SES, prefix)
			d.Again = rec.EventSource == inbound.SourceAgain
			ctx := trail.With(ctx, trail.Delivery, d.ID)
			var o inbound.Outcome
			err := patiently(ctx, func() (err error) {
				o, err = r.Receive(ctx, d)
				return err
			})
			if err != nil {
				return nil, host.Fail(ctx, err)
			}
			slog.InfoContext(trail.With(ctx, trail.Conversation, o.ConversationID, trail.Message, o.MessageID, trail.Event, o.EventID), "mail taken in", "result", o.Result)
			switch {
			case o.Result == "accepted":
				metric.Add(ctx, metric.MailIn, 1)
			case o.Result == "failed" && !d.Again:
				metric.Add(ctx, metric.MailFailed, 1)
			}
			out = append(out, o)
		}
		return out, nil
	}))
}

func delivery(s events.SimpleEmailService, prefix string) inbound.Delivery {
	from := s.Mail.Source
	if from == "<>" {
		from = ""
	}
	return inbound.Delivery{
		ID: s.Mail.MessageID, Key: prefix + s.Mail.MessageID, From: strings.ToLower(from), Recipients: s.Receipt.Recipients, At: s.Mail.Timestamp,
		Verdicts: inbound.Verdicts{
			Spam: verdict(s.Receipt.SpamVerdict), Virus: verdict(s.Receipt.VirusVerdict), SPF: verdict(s.Receipt.SPFVerdict),
			DKIM: verdict(s.Receipt.DKIMVerdict), DMARC: verdict(s.Receipt.DMARCVerdict), DMARCPolicy: strings.ToLower(s.Receipt.DMARCPolicy),
		},
	}
}

// verdict maps SES's PASS FAIL GRAY, and anything else (PROCESSING_FAILED, DISABLED).
func verdict(v events.SimpleEmailVerdict) string {
	switch v.Status {
	case "PASS", "FAIL", "GRAY":
		return strings.ToLower(v.Status)
	}
	return "unknown"
}
