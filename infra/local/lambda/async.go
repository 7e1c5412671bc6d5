package lambda

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

const asyncBucket = "lambda.async"

// The delays before the two retries.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
var retryDelays = []time.Duration{time.Minute, 2 * time.Minute}

// job is an asynchronous invocation as it is kept.
type job struct {
	key      []byte
	ID       string          `json:"id"`
	Function string          `json:"function"` // ARN, qualified as called
	Version  string          `json:"version"`
	Payload  json.RawMessage `json:"payload"`
	Trace    string          `json:"trace,omitempty"`
	Created  time.Time       `json:"created"`
	Due      time.Time       `json:"due"`
	Attempts int             `json:"attempts"` // made and failed so far
}

// asyncQueue is the part of a function's jobs that is due.
type asyncQueue struct {
	mu      sync.Mutex
	pending []pendingJob
	running int
}

type pendingJob struct {
	job  *job
	done func()
}

// InvokeAsync queues an invocation and gives its request id; when it returns nil the
// invocation is durable. A failed one is made again after one and after two minutes
// (fewer times if the template says so), then goes to the function's on-failure
// destination and its dead-letter queue.
func (s *Service) InvokeAsync(_ context.Context, call Call) (string, error) {
	fn, arn, version, err := s.admit(&call, MaxAsync, "InvokeFunction")
	if err != nil {
		return "", err
	}
	done := s.cfg.Clock.Busy("lambda " + fn.spec.LogicalID + " (async)")
	now := s.cfg.Clock.Now()
	j := &job{ID: newID(), Function: arn, Version: version, Payload: call.Payload, Trace: call.Trace, Created: now, Due: now}
	err = s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(asyncBucket))
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		j.key = binary.BigEndian.AppendUint64(nil, n)
		return putJob(b, j)
	})
	if err != nil {
		done()
		return "", fmt.Errorf("keep the invocation: %w", err)
	}
	fn.queueJob(j, done)
	return j.ID, nil
}

func putJob(b *bbolt.Bucket, j *job) error {
	data, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return b.Put(j.key, data)
}

// resumeAsync takes up what the last run left.
func (s *Service) resumeAsync() error {
	var jobs []*job
	err := s.cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(asyncBucket)).ForEach(func(k, v []byte) error {
			j := &job{key: append([]byte(nil), k...)}
			if err := json.Unmarshal(v, j); err != nil {
				return fmt.Errorf("asynchronous invocation %x: %w", k, err)
			}
			jobs = append(jobs, j)
			return nil
		})
	})
	if err != nil {
		return err
	}
	now := s.cfg.Clock.Now()
	for _, j := range jobs {
		fn, _, _, err := s.find(j.Function)
		if err != nil {
			slog.Error("asynchronous invocation of a function that is no longer in the template is dropped", "function", j.Function)
			s.forget(j)
			continue
		}
		if j.Due.After(now) {
			s.park(fn, j)
		} else {
			fn.queueJob(j, s.cfg.Clock.Busy("lambda "+fn.spec.LogicalID+" (async)"))
		}
	}
	return nil
}

// park sets the timer of a job that waits for its next attempt.
func (s *Service) park(fn *function, j *job) {
	s.cfg.Clock.At(j.Due, "lambda retry "+fn.spec.LogicalID, func() {
		fn.queueJob(j, s.cfg.Clock.Busy("lambda "+fn.spec.LogicalID+" (async)"))
	})
}

func (f *function) queueJob(j *job, done func()) {
	f.async.mu.Lock()
	f.async.pending = append(f.async.pending, pendingJob{j, done})
	f.async.mu.Unlock()
	f.pump()
}

// pump runs due jobs, no more at a time than there can be processes.
func (f *function) pump() {
	f.async.mu.Lock()
	defer f.async.mu.Unlock()
	for len(f.async.pending) > 0 && f.async.running < max(f.max, 1) && f.s.ctx.Err() == nil {
		p := f.async.pending[0]
		f.async.pending = f.async.pending[1:]
		f.async.running++
		f.s.work.Add(1)
		go func() {
			defer f.s.work.Done()
			f.runJob(p.job)
			p.done()
			f.async.mu.Lock()
			f.async.running--
			f.async.mu.Unlock()
			f.pump()
		}()
	}
}

// runJob makes one attempt and settles what comes of it.
func (f *function) runJob(j *job) {
	s := f.s
	res, err := f.run(context.Background(), j.Function, j.Payload, j.Trace, func() {})
	if errors.Is(err, errClosed) {
		return // the next run of the stack takes it up
	}
	now := s.cfg.Clock.Now()
	if err == nil && res.FunctionError == "" {
		if f.spec.Async.OnSuccess != "" {
			s.deliver(f, f.spec.Async.OnSuccess, invocationRecord(j, res, "Success", now), nil)
		}
		s.forget(j)
		return
	}
	if err != nil {
		slog.Error("asynchronous invocation", "function", f.spec.LogicalID, "error", err.Error())
		res = Result{FunctionError: "Unhandled", Payload: failure("InvocationError", err.Error())}
	}
	j.Attempts++
	delay := retryDelays[min(j.Attempts, len(retryDelays))-1]
	next := now.Add(delay)
	tooOld := next.Sub(j.Created) > f.spec.Async.MaxAge
	if j.Attempts <= f.spec.Async.Retries && !tooOld {
		j.Due = next
		if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return putJob(tx.Bucket([]byte(asyncBucket)), j) }); err != nil {
			slog.Error("keep the retry of an invocation", "function", f.spec.LogicalID, "error", err.Error())
		}
		s.park(f, j)
		return
	}
	condition := "RetriesExhausted"
	if j.Attempts <= f.spec.Async.Retries && tooOld {
		condition = "EventAgeExceeded"
	}
	if f.spec.Async.OnFailure != "" {
		s.deliver(f, f.spec.Async.OnFailure, invocationRecord(j, res, condition, now), nil)
	}
	if f.spec.DeadLetter != "" {
		s.deliver(f, f.spec.DeadLetter, j.Payload, map[string]string{
			"RequestID": j.ID, "ErrorCode": "200", "ErrorMessage": clip(errorMessage(res.Payload), 1024)})
	}
	if f.spec.Async.OnFailure == "" && f.spec.DeadLetter == "" {
		slog.Error("an asynchronous invocation failed for good and the function has neither destination nor dead-letter queue", "function", f.spec.LogicalID, "request", j.ID)
	}
	s.forget(j)
}

func (s *Service) forget(j *job) {
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(asyncBucket)).Delete(j.key) })
	if err != nil {
		slog.Error("forget an invocation that is done", "request", j.ID, "error", err.Error())
	}
}

// Pending counts the asynchronous invocations that are kept: due, running or waiting for a retry.
func (s *Service) Pending() int {
	n := 0
	_ = s.cfg.DB.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket([]byte(asyncBucket)).Stats().KeyN
		return nil
	})
	return n
}

func errorMessage(payload []byte) string {
	var e struct {
		ErrorMessage string `json:"errorMessage"`
	}
	_ = json.Unmarshal(payload, &e)
	return e.ErrorMessage
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
