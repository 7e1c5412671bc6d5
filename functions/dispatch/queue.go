package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/host"
)

// A delivery that meets a quota goes back into the queue as a new message with a delay.
// Its receives are counted anew, so that a quota alone never makes a dead letter of it:
// what fails ten times (maxReceiveCount) fails for another reason. The delay is below a
// bound that doubles from 5 seconds to SQS's 15 minutes, half of it on average: 200 times are
// a day, after which the tries of the queue begin.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
const (
	firstDelay = 5 * time.Second
	mostDelay  = 15 * time.Minute
	mostLater  = 200
	reserve    = 5 * time.Second // of the invocation's time, to put back what was not done
)

// tries is the attribute of a message that says how often it was put back.
const tries = "tries"

// queue takes a message of our own into the queue that feeds dispatch.
type queue interface {
	Send(ctx context.Context, body []byte) error
	Later(ctx context.Context, body []byte, delay time.Duration, tries int) error
}

// rest is an error after a part of a delivery was done: body is what is left of it.
type rest struct {
	error
	body []byte
}

func (r rest) Unwrap() error { return r.error }

// batch handles what the queue delivers. What the quotas do not let through, or the time
// of the invocation, comes again later.
func (d *dispatcher) batch(ctx context.Context, e events.SQSEvent) (resp events.SQSEventResponse, err error) {
	work := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var done context.CancelFunc
		work, done = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer done()
	}
	for _, rec := range e.Records {
		err := work.Err()
		if err == nil {
			err = d.dispatch(work, []byte(rec.Body))
		}
		if err != nil && (fault.IsThrottled(err) || work.Err() != nil) {
			err = d.postpone(ctx, rec, err)
		}
		if err != nil {
			_ = host.Fail(ctx, err, "queueMessage", rec.MessageId)
			resp.BatchItemFailures = append(resp.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: rec.MessageId})
		}
	}
	return resp, nil
}

// postpone puts a delivery back into the queue; what it gives is the error of one that stays.
func (d *dispatcher) postpone(ctx context.Context, rec events.SQSMessage, why error) error {
	n := 0
	if a := rec.MessageAttributes[tries].StringValue; a != nil {
		n, _ = strconv.Atoi(*a) // ours; none is the first time
	}
	if n++; n > mostLater {
		return why
	}
	body := []byte(rec.Body)
	var left rest
	if errors.As(why, &left) {
		body = left.body
	}
	delay := time.Second + rand.N(min(firstDelay<<min(n-1, 10), mostDelay)-time.Second)
	if err := d.queue.Later(ctx, body, delay, n); err != nil {
		return errors.Join(why, err)
	}
	slog.WarnContext(ctx, "put back", "queueMessage", rec.MessageId, "tries", n, "delayMs", delay.Milliseconds(), "error", why.Error())
	return nil
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

func (q dispatchQueue) Later(ctx context.Context, body []byte, delay time.Duration, n int) error {
	_, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(q.url), MessageBody: aws.String(string(body)), DelaySeconds: int32(delay / time.Second),
		MessageAttributes: map[string]types.MessageAttributeValue{tries: {DataType: aws.String("Number"), StringValue: aws.String(strconv.Itoa(n))}}})
	return fault.Wrap(err, "put a message back into the dispatch queue")
}
