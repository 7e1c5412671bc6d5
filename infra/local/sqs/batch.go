package sqs

import (
	"errors"
	"regexp"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func checkEntries(ids []string) error {
	if len(ids) == 0 {
		return &failure{kind: "EmptyBatchRequest", query: "AWS.SimpleQueueService.EmptyBatchRequest", text: "There should be at least one entry in the request."}
	}
	if len(ids) > MaxBatch {
		return &failure{kind: "TooManyEntriesInBatchRequest", query: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", text: "Maximum number of entries per request are 10."}
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !entryID.MatchString(id) {
			return &failure{kind: "InvalidBatchEntryId", query: "AWS.SimpleQueueService.InvalidBatchEntryId",
				text: "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."}
		}
		if seen[id] {
			return &failure{kind: "BatchEntryIdsNotDistinct", query: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", text: "Id " + id + " repeated."}
		}
		seen[id] = true
	}
	return nil
}

// results collects the answer of a batch: what succeeded and what failed, by entry id.
type results struct {
	Successful []map[string]any `json:"Successful,omitempty"`
	Failed     []map[string]any `json:"Failed,omitempty"`
}

func (r *results) fail(id string, err error) {
	code, text, sender := "InternalError", err.Error(), false
	var f *failure
	if errors.As(err, &f) {
		code, text, sender = f.query, f.text, true
	}
	r.Failed = append(r.Failed, map[string]any{"Id": id, "Code": code, "Message": text, "SenderFault": sender})
}

func (r *results) done(id string) {
	r.Successful = append(r.Successful, map[string]any{"Id": id})
}

func (s *Service) sendMessageBatch(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl string
		Entries  []struct {
			Id string
			wireMessage
		}
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:SendMessage")
	if err != nil {
		return nil, err
	}
	var ids, good []string
	for _, e := range in.Entries {
		ids = append(ids, e.Id)
	}
	if err := checkEntries(ids); err != nil {
		return nil, err
	}
	out, list, total := &results{}, []outgoing{}, 0
	for _, e := range in.Entries {
		o, err := e.outgoing(c)
		if err == nil {
			err = o.check(q.spec.MaxMessageSize)
		}
		total += o.size()
		if err != nil {
			out.fail(e.Id, err)
			continue
		}
		list, good = append(list, o), append(good, e.Id)
	}
	if total > MaxMessage {
		return nil, &failure{kind: "BatchRequestTooLong", query: "AWS.SimpleQueueService.BatchRequestTooLong",
			text: "Batch requests cannot be longer than 1048576 bytes."}
	}
	if len(list) == 0 {
		return out, nil
	}
	sentIDs, err := s.put(q, list)
	if err != nil {
		return nil, err
	}
	for i, id := range sentIDs {
		out.Successful = append(out.Successful, sent(good[i], id, list[i]))
	}
	return out, nil
}

func (s *Service) deleteMessageBatch(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl string
		Entries  []struct{ Id, ReceiptHandle string }
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:DeleteMessage")
	if err != nil {
		return nil, err
	}
	var ids, good []string
	for _, e := range in.Entries {
		ids = append(ids, e.Id)
	}
	if err := checkEntries(ids); err != nil {
		return nil, err
	}
	out := &results{}
	for _, e := range in.Entries {
		if _, _, err := readReceipt(q, e.ReceiptHandle); err != nil {
			out.fail(e.Id, err)
			continue
		}
		good = append(good, e.ReceiptHandle)
		out.done(e.Id)
	}
	if err := s.remove(q, good); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) changeMessageVisibilityBatch(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl string
		Entries  []struct {
			Id, ReceiptHandle string
			VisibilityTimeout int
		}
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range in.Entries {
		ids = append(ids, e.Id)
	}
	if err := checkEntries(ids); err != nil {
		return nil, err
	}
	out := &results{}
	for _, e := range in.Entries {
		var d time.Duration
		d, err := visibilityOf(e.VisibilityTimeout)
		if err == nil {
			err = s.hide(q, e.ReceiptHandle, d)
		}
		if err != nil {
			out.fail(e.Id, err)
			continue
		}
		out.done(e.Id)
	}
	return out, nil
}
