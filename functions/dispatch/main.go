// Command dispatch takes events off the queue, matches them against the published
// workflows, starts the runs and keeps the match record.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/host"
	"github.com/deskhand/deskhand/shared/launch"
)

func main() {
	h := host.New()
	st, en := h.Store(), h.Engine()
	st.Blobs = h.Bucket()
	d := &dispatcher{store: st, answer: en, gone: engine.ErrGone, now: h.Now, queue: dispatchQueue{sqs.NewFromConfig(h.AWS), host.Env("DISPATCH_QUEUE_URL")},
		launcher: &launch.Launcher{Store: st, Engine: en, NewID: h.IDs.New, Now: h.Now}}
	lambda.Start(host.Handler(nil, func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		var resp events.SQSEventResponse
		for _, rec := range e.Records {
			if err := d.dispatch(ctx, []byte(rec.Body)); err != nil {
				_ = host.Fail(ctx, err, "queueMessage", rec.MessageId)
				resp.BatchItemFailures = append(resp.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: rec.MessageId})
			}
		}
		return resp, nil
	}))
}

// dispatchQueue is the queue that feeds dispatch.
type dispatchQueue struct {
	client *sqs.Client
	url    string
}

func (q dispatchQueue) Send(ctx context.Context, body []byte) error {
	_, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(q.url), MessageBody: aws.String(string(body))})
	return fault.Wrap(err, "put a message into the dispatch queue")
}
