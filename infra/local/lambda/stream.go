package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/disk"
)

const checkpointBucket = "lambda.checkpoint"

const (
	maxRead  = 1000            // records of one read
	firstGap = time.Second     // before the first retry of a batch …
	lastGap  = 1 * time.Minute // … doubling up to this
)

// checkpoint is how far a mapping has come, durable after every batch.
type checkpoint struct {
	After    string   `json:"after"`          // the last sequence number that is done with
	Segments []string `json:"segments"`       // ends of the batches that failed and are to be made again, in order
	Attempts int      `json:"attempts"`       // failures of the first segment so far
	Began    bool     `json:"began"`          // the starting position has been applied
	Broken   string   `json:"last,omitempty"` // kind of the last error, for people
}

// streamSource feeds a function from a table's stream, in order, one batch at a time.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type streamSource struct {
	mapping
	cp checkpoint

	mu      sync.Mutex
	running bool
	again   bool
	parked  bool // waiting for a retry
}

func (d *streamSource) start() error {
	if !d.spec.Enabled {
		return nil
	}
	if err := d.permit("DynamoDB", "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"); err != nil {
		return err
	}
	err := d.s.cfg.DB.View(func(tx *bbolt.Tx) error {
		_, err := disk.GetJSON(tx.Bucket([]byte(checkpointBucket)), d.spec.UUID, &d.cp)
		return err
	})
	if err != nil {
		return fmt.Errorf("checkpoint of %s: %w", d.spec.LogicalID, err)
	}
	if !d.cp.Began {
		d.cp.Began = true
		if d.spec.StartingPosition == "LATEST" {
			if err := d.toLatest(); err != nil {
				return err
			}
		}
		if err := d.save(); err != nil {
			return err
		}
	}
	d.s.cfg.Streams.OnStream(d.spec.Source, d.wake)
	d.wake()
	return nil
}

// toLatest moves behind everything that is in the stream now.
func (d *streamSource) toLatest() error {
	for {
		list, err := d.s.cfg.Streams.StreamRecords(d.spec.Source, d.cp.After, maxRead)
		if err != nil {
			return fmt.Errorf("event source %s: %w", d.spec.LogicalID, err)
		}
		if len(list) == 0 {
			return nil
		}
		last, err := newStreamRecord(list[len(list)-1])
		if err != nil {
			return err
		}
		d.cp.After = last.sequence
	}
}

func (d *streamSource) save() error {
	return d.s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return disk.PutJSON(tx.Bucket([]byte(checkpointBucket)), d.spec.UUID, d.cp)
	})
}

// wake is called when the stream has new records.
func (d *streamSource) wake() {
	if d.s.ctx.Err() != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parked {
		return
	}
	if d.running {
		d.again = true
		return
	}
	d.running = true
	done := d.s.cfg.Clock.Busy("lambda source " + d.spec.LogicalID)
	d.s.work.Add(1)
	go func() {
		defer d.s.work.Done()
		defer done()
		d.run()
	}()
}

// run works through the stream until its end, or until a batch has to wait.
func (d *streamSource) run() {
	for d.s.ctx.Err() == nil {
		more, wait, err := d.step()
		if err != nil && d.s.ctx.Err() == nil {
			slog.Error("stream", "source", d.spec.LogicalID, "error", err.Error())
			wait = firstGap
		}
		if wait > 0 && d.s.ctx.Err() == nil {
			d.mu.Lock()
			d.running, d.again, d.parked = false, false, true
			d.mu.Unlock()
			d.s.cfg.Clock.At(d.s.cfg.Clock.Now().Add(wait), "lambda source retry "+d.spec.LogicalID, func() {
				d.mu.Lock()
				d.parked = false
				d.mu.Unlock()
				d.wake()
			})
			return
		}
		if more {
			continue
		}
		d.mu.Lock()
		if d.again {
			d.again = false
			d.mu.Unlock()
			continue
		}
		d.running = false
		d.mu.Unlock()
		return
	}
	d.mu.Lock()
	d.running = false
	d.mu.Unlock()
}

// streamRecord is a record with what this package reads of it.
type streamRecord struct {
	raw      json.RawMessage
	sequence string
	made     time.Time
	view     any
}

func newStreamRecord(raw json.RawMessage) (streamRecord, error) {
	var x struct {
		Dynamodb struct {
			SequenceNumber              string
			ApproximateCreationDateTime float64
		} `json:"dynamodb"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return streamRecord{}, fmt.Errorf("stream record: %w", err)
	}
	if x.Dynamodb.SequenceNumber == "" {
		return streamRecord{}, errors.New("a stream record has no dynamodb.SequenceNumber")
	}
	r := streamRecord{raw: raw, sequence: x.Dynamodb.SequenceNumber, made: time.UnixMilli(int64(x.Dynamodb.ApproximateCreationDateTime * 1000))}
	return r, nil
}

// step reads on from the checkpoint and handles what it finds: the records up to the
// end of the failed batch that is next, or as many batches as one read gives.
func (d *streamSource) step() (more bool, wait time.Duration, err error) {
	if err := d.permit("DynamoDB", "dynamodb:GetRecords"); err != nil {
		return false, 0, err
	}
	list, err := d.s.cfg.Streams.StreamRecords(d.spec.Source, d.cp.After, maxRead)
	if err != nil {
		return false, 0, err
	}
	if len(list) == 0 {
		d.cp.Segments = nil // what had failed has left the stream
		return false, 0, nil
	}
	var batch []streamRecord // those that pass the filters
	skipped := ""            // the last sequence seen that no batch has to answer for
	for i, raw := range list {
		r, err := newStreamRecord(raw)
		if err != nil {
			return false, 0, err
		}
		pass := true
		if len(d.filters) > 0 {
			if err := json.Unmarshal(raw, &r.view); err != nil {
				return false, 0, fmt.Errorf("stream record: %w", err)
			}
			pass = d.wanted(r.view)
		}
		if pass {
			r.view = nil
			batch = append(batch, r)
			skipped = ""
		} else {
			skipped = r.sequence
		}
		end := len(d.cp.Segments) > 0 && r.sequence == d.cp.Segments[0]
		if end || len(batch) == d.spec.BatchSize || i == len(list)-1 {
			end := r.sequence
			if skipped != "" {
				end = skipped
			}
			ok, wait, err := d.handle(batch, end)
			if err != nil || !ok {
				return false, wait, err
			}
			batch = nil
		}
	}
	return len(list) == maxRead, 0, nil
}

// handle invokes the function with a batch, whose last record (filtered ones
// included) is end. ok is true when the checkpoint has moved past end.
func (d *streamSource) handle(batch []streamRecord, end string) (ok bool, wait time.Duration, err error) {
	if len(batch) == 0 {
		return true, 0, d.advance(end)
	}
	now := d.s.cfg.Clock.Now()
	if age := d.spec.MaxRecordAge; age >= 0 && now.Sub(batch[0].made) > age {
		// only the records that are too old are given up
		n := 0
		for n < len(batch) && now.Sub(batch[n].made) > age {
			n++
		}
		last := batch[n-1].sequence
		d.giveUp(batch[:n], Result{}, "RecordAgeExceeded")
		if n == len(batch) {
			last = end
		}
		return false, 0, d.readOn(d.advance(last))
	}
	raws := make([]json.RawMessage, len(batch))
	for i, r := range batch {
		raws[i] = r.raw
	}
	payload, err := json.Marshal(map[string]any{"Records": raws})
	if err != nil {
		return false, 0, err
	}
	res, err := d.f.run(context.Background(), d.spec.Function, payload, "", func() {})
	if err != nil {
		return false, 0, err
	}
	failedAt := -1
	if res.FunctionError != "" {
		failedAt = 0
	} else if d.spec.PartialBatch {
		failedAt = firstFailed(res.Payload, batch)
	}
	if failedAt < 0 {
		return true, 0, d.advance(end)
	}
	return d.failed(batch, failedAt, end, res)
}

// readOn marks that reading goes on at once from the new checkpoint.
func (d *streamSource) readOn(err error) error {
	d.mu.Lock()
	d.again = true
	d.mu.Unlock()
	return err
}

// firstFailed is the index of the first record that failed: everything from there on
// is made again. -1: none.
func firstFailed(answer []byte, batch []streamRecord) int {
	known := map[string]bool{}
	for _, r := range batch {
		known[r.sequence] = true
	}
	failed, all := failedItems(answer, known)
	if all {
		return 0
	}
	for i, r := range batch {
		if failed[r.sequence] {
			return i
		}
	}
	return -1
}

// advance moves the checkpoint to a sequence number that is done with.
func (d *streamSource) advance(to string) error {
	d.cp.After, d.cp.Attempts, d.cp.Broken = to, 0, ""
	for len(d.cp.Segments) > 0 && !later(d.cp.Segments[0], to) {
		d.cp.Segments = d.cp.Segments[1:]
	}
	return d.save()
}

// later compares sequence numbers: decimal numbers of any length.
func later(a, b string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

// failed decides how a batch goes on: its good part is done; the rest is split, made
// again after a while, or given up.
func (d *streamSource) failed(batch []streamRecord, at int, end string, res Result) (bool, time.Duration, error) {
	if at > 0 { // progress: the records before are done, the rest begins anew
		if err := d.advance(batch[at-1].sequence); err != nil {
			return false, 0, err
		}
		batch = batch[at:]
	}
	d.cp.Attempts++
	d.cp.Broken = errorType(res.Payload)
	if len(d.cp.Segments) == 0 {
		d.cp.Segments = []string{end}
	}
	switch {
	case d.spec.Bisect && len(batch) > 1:
		half := batch[(len(batch)-1)/2].sequence
		d.cp.Segments = append([]string{half}, d.cp.Segments...)
		d.cp.Attempts = 0
	case d.spec.Retries >= 0 && d.cp.Attempts > d.spec.Retries:
		d.giveUp(batch, res, "RetryAttemptsExhausted")
		return false, 0, d.readOn(d.advance(end))
	}
	wait := firstGap << min(d.cp.Attempts, 6)
	return false, min(wait, lastGap), d.save()
}

// giveUp tells the on-failure destination which records were not handled.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
func (d *streamSource) giveUp(batch []streamRecord, res Result, condition string) {
	slog.Error("records of a stream are given up", "source", d.spec.LogicalID, "records", len(batch), "condition", condition, "error", d.cp.Broken)
	if d.spec.OnFailure == "" {
		return
	}
	first, last := batch[0], batch[len(batch)-1]
	record := map[string]any{
		"requestContext": map[string]any{"requestId": res.RequestID, "functionArn": d.spec.Function, "condition": condition, "approximateInvokeCount": d.cp.Attempts},
		"version":        "1.0", "timestamp": d.s.cfg.Clock.Now().UTC().Format(stamp),
		"DDBStreamBatchInfo": map[string]any{
			"shardId": "shardId-00000000000000000000-00000000", "startSequenceNumber": first.sequence, "endSequenceNumber": last.sequence,
			"approximateArrivalOfFirstRecord": first.made.UTC().Format(time.RFC3339), "approximateArrivalOfLastRecord": last.made.UTC().Format(time.RFC3339),
			"batchSize": len(batch), "streamArn": d.spec.Source,
		},
	}
	if res.FunctionError != "" {
		record["responseContext"] = map[string]any{"statusCode": 200, "executedVersion": "$LATEST", "functionError": res.FunctionError}
	}
	body, err := json.Marshal(record)
	if err != nil {
		slog.Error("record of a failed batch", "error", err.Error())
		return
	}
	d.s.deliver(d.f, d.spec.OnFailure, body, nil)
}
