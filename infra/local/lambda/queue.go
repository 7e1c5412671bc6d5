package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/deskhand/deskhand/infra/local/sqs"
)

// queueSource feeds a function from a queue. What it does not delete comes back when
// its visibility time-out is over; the queue itself moves it on past maxReceiveCount.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type queueSource struct {
	mapping
	mu     sync.Mutex
	active int  // workers
	again  bool // became visible while all workers were at work
}

// maxTake is how many messages one receive gives.
const maxTake = 10

func (q *queueSource) start() error {
	if !q.spec.Enabled {
		return nil
	}
	if err := q.permit("SQS", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"); err != nil {
		return err
	}
	q.s.cfg.Queues.OnVisible(q.spec.Source, q.wake)
	q.wake()
	return nil
}

func (q *queueSource) limit() int {
	n := max(q.f.max, 1)
	if c := q.spec.MaxConcurrency; c > 0 && c < n {
		n = c
	}
	return n
}

// wake is called when messages have become visible.
func (q *queueSource) wake() {
	if q.s.ctx.Err() != nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.active >= q.limit() {
		q.again = true
		return
	}
	q.active++
	done := q.s.cfg.Clock.Busy("lambda source " + q.spec.LogicalID)
	q.s.work.Add(1)
	go func() {
		defer q.s.work.Done()
		defer done()
		q.run()
	}()
}

// run takes and handles batches until the queue shows none.
func (q *queueSource) run() {
	for {
		batch := q.take()
		if len(batch) > 0 && q.s.ctx.Err() == nil {
			q.wake() // there may be more than one worker's share
			q.handle(batch)
			continue
		}
		q.mu.Lock()
		if q.again && q.s.ctx.Err() == nil {
			q.again = false
			q.mu.Unlock()
			continue
		}
		q.active--
		q.mu.Unlock()
		return
	}
}

func (q *queueSource) take() []sqs.Message {
	var batch []sqs.Message
	for len(batch) < q.spec.BatchSize {
		if err := q.permit("SQS", "sqs:ReceiveMessage"); err != nil {
			slog.Error("poll", "error", err.Error())
			break
		}
		got, err := q.s.cfg.Queues.Take(q.spec.Source, min(q.spec.BatchSize-len(batch), maxTake))
		if err != nil {
			if q.s.ctx.Err() == nil {
				slog.Error("poll", "source", q.spec.LogicalID, "error", err.Error())
				q.s.cfg.Clock.At(q.s.cfg.Clock.Now().Add(time.Second), "lambda source "+q.spec.LogicalID, q.wake)
			}
			break
		}
		if len(got) == 0 {
			break
		}
		batch = append(batch, got...)
	}
	return batch
}

// record is one element of the event's Records.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
func (q *queueSource) record(m sqs.Message) map[string]any {
	attrs := map[string]any{}
	for k, a := range m.MessageAttributes {
		x := map[string]any{"dataType": a.DataType, "stringListValues": []string{}, "binaryListValues": []string{}}
		if a.BinaryValue != nil {
			x["binaryValue"] = a.BinaryValue
		} else {
			x["stringValue"] = a.StringValue
		}
		attrs[k] = x
	}
	r := map[string]any{
		"messageId": m.MessageID, "receiptHandle": m.ReceiptHandle, "body": m.Body, "attributes": m.Attributes,
		"messageAttributes": attrs, "md5OfBody": m.MD5OfBody, "eventSource": "aws:sqs", "eventSourceARN": q.spec.Source, "awsRegion": q.s.cfg.Region,
	}
	if m.MD5OfMessageAttributes != "" {
		r["md5OfMessageAttributes"] = m.MD5OfMessageAttributes
	}
	return r
}

// passes applies the filters to a message: its body as JSON when it is JSON.
func (q *queueSource) passes(record map[string]any) bool {
	if len(q.filters) == 0 {
		return true
	}
	data, err := json.Marshal(record)
	var view map[string]any
	if err == nil {
		err = json.Unmarshal(data, &view)
	}
	if err != nil {
		return false
	}
	var body any
	if text, ok := view["body"].(string); ok && json.Unmarshal([]byte(text), &body) == nil {
		view["body"] = body
	}
	return q.wanted(view)
}

// handle invokes the function with a batch and deletes what it has done.
func (q *queueSource) handle(batch []sqs.Message) {
	var records []map[string]any
	var finished []string // receipts
	receipts := map[string]string{}
	known := map[string]bool{}
	for _, m := range batch {
		r := q.record(m)
		if !q.passes(r) { // a filtered message is deleted
			finished = append(finished, m.ReceiptHandle)
			continue
		}
		records = append(records, r)
		receipts[m.MessageID] = m.ReceiptHandle
		known[m.MessageID] = true
	}
	if len(records) > 0 {
		finished = append(finished, q.invoke(records, receipts, known)...)
	}
	if len(finished) == 0 {
		return
	}
	if err := q.permit("SQS", "sqs:DeleteMessage"); err != nil {
		slog.Error("poll", "error", err.Error())
		return
	}
	if err := q.s.cfg.Queues.Delete(q.spec.Source, finished); err != nil {
		slog.Error("delete handled messages", "source", q.spec.LogicalID, "error", err.Error())
	}
}

func (q *queueSource) invoke(records []map[string]any, receipts map[string]string, known map[string]bool) (finished []string) {
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		slog.Error("event of a batch", "source", q.spec.LogicalID, "error", err.Error())
		return nil
	}
	res, err := q.f.run(context.Background(), q.spec.Function, payload, "", func() {})
	if err != nil {
		if !errors.Is(err, errClosed) {
			slog.Error("invoke for a batch", "source", q.spec.LogicalID, "error", err.Error())
		}
		return nil
	}
	if res.FunctionError != "" {
		return nil
	}
	var failed map[string]bool
	if q.spec.PartialBatch {
		var all bool
		if failed, all = failedItems(res.Payload, known); all {
			slog.Error("the function's batchItemFailures cannot be read; the whole batch counts as failed", "source", q.spec.LogicalID)
			return nil
		}
	}
	for id, receipt := range receipts {
		if !failed[id] {
			finished = append(finished, receipt)
		}
	}
	return finished
}
