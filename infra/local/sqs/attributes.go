package sqs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/disk"
)

type redrive struct {
	DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	MaxReceiveCount     any    `json:"maxReceiveCount"` // a number, or one in quotes
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

func (s *Service) getQueueAttributes(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl       string
		AttributeNames []string
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	visible := s.refresh(q)
	ready, flying, delayed := q.counts()
	s.arm(q)
	s.mu.Unlock()
	if visible {
		s.announce(q)
	}
	all := q.spec.attributes()
	all["QueueArn"] = q.spec.ARN
	all["ApproximateNumberOfMessages"] = strconv.Itoa(ready)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(flying)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	all["CreatedTimestamp"] = strconv.FormatInt(q.made.Unix(), 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.made.Unix(), 10)
	all["SqsManagedSseEnabled"] = "true"
	known := map[string]bool{"All": true, "Policy": true, "RedrivePolicy": true, "RedriveAllowPolicy": true, "KmsMasterKeyId": true, "KmsDataKeyReusePeriodSeconds": true}
	for _, n := range in.AttributeNames {
		if _, ok := all[n]; !ok && !known[n] {
			return nil, &failure{kind: "InvalidAttributeName", query: "InvalidAttributeName", text: "Unknown Attribute " + n + "."}
		}
	}
	out := chosen(all, in.AttributeNames)
	if len(out) == 0 {
		return nil, nil
	}
	return map[string]any{"Attributes": out}, nil
}

// attributes are the settings of the queue as SQS names them.
func (spec QueueSpec) attributes() map[string]string {
	all := map[string]string{
		"VisibilityTimeout":             seconds(spec.VisibilityTimeout),
		"DelaySeconds":                  seconds(spec.Delay),
		"MessageRetentionPeriod":        seconds(spec.Retention),
		"ReceiveMessageWaitTimeSeconds": seconds(spec.ReceiveWait),
		"MaximumMessageSize":            strconv.Itoa(spec.MaxMessageSize),
	}
	if spec.MaxReceiveCount > 0 {
		policy, _ := json.Marshal(redrive{spec.DeadLetterARN, spec.MaxReceiveCount})
		all["RedrivePolicy"] = string(policy)
	}
	return all
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func (s *Service) createQueue(c *awshttp.Call) (any, error) {
	var in struct {
		QueueName  string
		Attributes map[string]string
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if strings.HasSuffix(in.QueueName, ".fifo") {
		return nil, errUnsupported("the local stack plays standard queues only, not FIFO queues")
	}
	if !queueName.MatchString(in.QueueName) {
		return nil, errParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if err := c.Allow("sqs:CreateQueue", s.arn(in.QueueName), nil); err != nil {
		return nil, err
	}
	spec, err := specOf(in.QueueName, in.Attributes)
	if err != nil {
		return nil, err
	}
	spec = s.complete(spec)
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.queues[spec.Name]; q != nil {
		have, want := q.spec.attributes(), spec.attributes()
		for name := range in.Attributes {
			if have[name] != want[name] {
				return nil, &failure{kind: "QueueNameExists", query: "QueueAlreadyExists",
					text: "A queue already exists with the same name and a different value for attribute " + name}
			}
		}
		return map[string]string{"QueueUrl": s.url(c, spec.Name)}, nil
	}
	if spec.MaxReceiveCount > 0 && s.byARN(spec.DeadLetterARN) == nil {
		return nil, errParameter("Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.")
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		return disk.PutJSON(tx.Bucket([]byte(createdBucket)), spec.Name, spec)
	}); err != nil {
		return nil, err
	}
	if err := s.open(spec); err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": s.url(c, spec.Name)}, nil
}

func specOf(name string, attributes map[string]string) (QueueSpec, error) {
	spec := QueueSpec{Name: name}
	for k, v := range attributes {
		if k == "RedrivePolicy" {
			var r redrive
			if err := json.Unmarshal([]byte(v), &r); err != nil {
				return spec, errParameter("Value " + v + " for parameter RedrivePolicy is invalid. Reason: it is not JSON.")
			}
			n, err := strconv.Atoi(strings.Trim(fmt.Sprint(r.MaxReceiveCount), `"`))
			if err != nil || n < 1 || n > 1000 {
				return spec, errParameter("Value " + v + " for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: " + fmt.Sprint(r.MaxReceiveCount) + ", valid values are from 1 to 1000 both inclusive.")
			}
			spec.MaxReceiveCount, spec.DeadLetterARN = n, r.DeadLetterTargetArn
			continue
		}
		if k == "SqsManagedSseEnabled" {
			continue // everything stays on this machine
		}
		limit, ok := map[string][2]int{
			"VisibilityTimeout": {0, 43200}, "DelaySeconds": {0, 900}, "MessageRetentionPeriod": {60, 1209600},
			"ReceiveMessageWaitTimeSeconds": {0, 20}, "MaximumMessageSize": {1024, MaxMessage},
		}[k]
		if !ok {
			return spec, &failure{kind: "InvalidAttributeName", query: "InvalidAttributeName", text: "The local stack does not play the queue attribute " + k + "."}
		}
		n, err := strconv.Atoi(v)
		if err != nil || n < limit[0] || n > limit[1] {
			return spec, &failure{kind: "InvalidAttributeValue", query: "InvalidAttributeValue", text: "Invalid value for the parameter " + k + "."}
		}
		d := time.Duration(n) * time.Second
		switch k {
		case "VisibilityTimeout":
			spec.VisibilityTimeout = d
		case "DelaySeconds":
			spec.Delay = d
		case "MessageRetentionPeriod":
			spec.Retention = d
		case "ReceiveMessageWaitTimeSeconds":
			spec.ReceiveWait = d
		case "MaximumMessageSize":
			spec.MaxMessageSize = n
		}
	}
	return spec, nil
}

// drop deletes a queue with its messages.
func (s *Service) drop(q *queue) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, have := range s.cfg.Queues {
		if have.Name == q.spec.Name {
			return errUnsupported("the queue is the template's: take it out of template.yaml")
		}
	}
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		if err := tx.Bucket([]byte(createdBucket)).Delete([]byte(q.spec.Name)); err != nil {
			return err
		}
		return tx.Bucket([]byte(rootBucket)).DeleteBucket([]byte(q.spec.Name))
	})
	if err != nil {
		return err
	}
	delete(s.queues, q.spec.Name)
	q.closed = true
	if q.timer != nil {
		q.timer.Stop()
	}
	return nil
}
