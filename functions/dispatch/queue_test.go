package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/launch"
)

// closed is a Step Functions that takes no starts.
type closed struct{ err error }

func (c closed) Start(context.Context, string, string, []byte) (string, error) { return "", c.err }

// deliveries are records of the queue that were put back so many times before.
func deliveries(bodies []string, put int) (e events.SQSEvent) {
	for i, b := range bodies {
		r := events.SQSMessage{MessageId: strconv.Itoa(i), Body: b}
		if put > 0 {
			n := strconv.Itoa(put)
			r.MessageAttributes = map[string]events.SQSMessageAttribute{tries: {DataType: "Number", StringValue: &n}}
		}
		e.Records = append(e.Records, r)
	}
	return e
}

func TestPutBack(t *testing.T) {
	quota := fault.Throttled(nil, "no more at this rate")
	for name, c := range map[string]struct {
		err    error
		put    int
		fail   error // of the queue
		back   int
		failed int
		most   time.Duration
	}{
		"the first time":             {quota, 0, nil, 1, 0, firstDelay},
		"the fourth time":            {quota, 3, nil, 1, 0, 8 * firstDelay},
		"for hours":                  {quota, 150, nil, 1, 0, mostDelay},
		"for more than a day":        {quota, mostLater, nil, 0, 1, 0},
		"the queue does not take it": {quota, 0, errors.New("no queue"), 0, 1, 0},
		"another error":              {errors.New("broken"), 0, nil, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := newScene(t), &messages{fail: c.fail}
			d := s.process(&life{})
			d.queue, d.launcher = q, &launch.Launcher{Store: s.Store, Engine: closed{c.err}, NewID: s.NewID, Now: s.Now}
			body := `{"id":"e-1","source":"deskhand","detail-type":"message.received","time":"2026-01-05T09:00:01Z","detail":{"id":"` + s.event + `","type":"message.received"}}`
			for range 20 { // the delays are random
				resp, err := d.batch(t.Context(), deliveries([]string{body}, c.put))
				if err != nil || len(resp.BatchItemFailures) != c.failed {
					t.Fatalf("%+v, %v", resp, err)
				}
			}
			if len(q.bodies) != 20*c.back {
				t.Fatalf("%d messages put back", len(q.bodies))
			}
			for i, b := range q.bodies {
				if string(b) != body || q.tries[i] != c.put+1 || q.delays[i] < time.Second || q.delays[i] > c.most {
					t.Errorf("put back %s, the %d. time, in %s", b, q.tries[i], q.delays[i])
				}
			}
			if len(s.executions) != 0 {
				t.Error("something started")
			}
		})
	}
}

// A batch that has no time left is put back without a try.
func TestNoTimeLeft(t *testing.T) {
	s, q := newScene(t), &messages{}
	d := s.process(&life{})
	d.queue = q
	ctx, done := context.WithTimeout(t.Context(), reserve-time.Second)
	defer done()
	resp, err := d.batch(ctx, deliveries([]string{"a", "b"}, 0))
	if err != nil || len(resp.BatchItemFailures) != 0 || len(q.bodies) != 2 {
		t.Errorf("%+v, %v, %q", resp, err, q.bodies)
	}
}

// A tick for each of many goes on with the page at which the quota was met.
func TestPutBackInTheMiddle(t *testing.T) {
	a, wf := scheduled(t, `,"each":"ticket"`)
	q := &messages{}
	d := a.process(&life{})
	d.queue, d.launcher = q, &launch.Launcher{Store: a.Store, Engine: closed{fault.Throttled(nil, "no more")}, NewID: a.NewID, Now: a.Now}
	eventID := tickEvent(t, a, wf)
	resp, err := d.batch(t.Context(), deliveries([]string{string(carried(eventID))}, 0))
	if err != nil || len(resp.BatchItemFailures) != 0 || len(q.bodies) != 1 {
		t.Fatalf("%+v, %v, %q", resp, err, q.bodies)
	}
	var back struct{ Each *progress }
	if err := json.Unmarshal(q.bodies[0], &back); err != nil || back.Each == nil || back.Each.EventID != eventID {
		t.Errorf("put back %s: %v", q.bodies[0], err)
	}
	if resp, err := a.process(&life{}).batch(t.Context(), deliveries([]string{string(q.bodies[0])}, 1)); err != nil || len(resp.BatchItemFailures) != 0 {
		t.Fatalf("%+v, %v", resp, err)
	}
	oneEach(t, a, wf, eventID)
}
