package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
)

// reprocessor calls receive with the delivery as SES told it.
type reprocessor struct {
	client  *lambda.Client
	receive string
}

// Reprocess takes the mail in again; one that still fails stays listed.
func (p *reprocessor) Reprocess(ctx context.Context, m desk.FailedMail) (inbound.Outcome, error) {
	verdict := func(v string) events.SimpleEmailVerdict {
		return events.SimpleEmailVerdict{Status: strings.ToUpper(v)}
	}
	payload, err := json.Marshal(events.SimpleEmailEvent{Records: []events.SimpleEmailRecord{{EventSource: inbound.SourceAgain, SES: events.SimpleEmailService{
		Mail: events.SimpleEmailMessage{MessageID: m.ID, Source: m.Envelope, Timestamp: m.At},
		Receipt: events.SimpleEmailReceipt{Recipients: m.Recipients, SpamVerdict: verdict(m.Spam), VirusVerdict: verdict(m.Virus),
			SPFVerdict: verdict(m.SPF), DKIMVerdict: verdict(m.DKIM), DMARCVerdict: verdict(m.DMARC), DMARCPolicy: m.DMARCPolicy},
	}}}})
	if err != nil {
		return inbound.Outcome{}, err
	}
	out, err := p.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(p.receive), Payload: payload})
	if err != nil {
		return inbound.Outcome{}, fault.Wrap(err, "call receive")
	}
	if out.FunctionError != nil {
		return inbound.Outcome{}, fault.New(fault.Unavailable, "the mail could not be processed: %s", out.Payload)
	}
	var outcomes []inbound.Outcome
	if err := json.Unmarshal(out.Payload, &outcomes); err != nil || len(outcomes) != 1 {
		return inbound.Outcome{}, fault.New(fault.Internal, "receive answered %s", out.Payload)
	}
	return outcomes[0], nil
}
