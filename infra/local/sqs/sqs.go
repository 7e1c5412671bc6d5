// Package sqs plays Amazon SQS for the local stack: standard queues on the JSON 1.0
// wire protocol and as Go methods for the services beside it (infra/local/lambda
// polls, infra/local/eventbridge and infra/local/scheduler send).
//
// Supported: SendMessage, SendMessageBatch, ReceiveMessage (long polling), DeleteMessage,
// DeleteMessageBatch, ChangeMessageVisibility, ChangeMessageVisibilityBatch, GetQueueUrl,
// GetQueueAttributes, ListQueues, PurgeQueue, CreateQueue, DeleteQueue; delays, visibility
// timeouts, retention, redrive to a dead-letter queue, message attributes, MD5 digests.
// Partly: CreateQueue knows the attributes of a queue's times, sizes and redrive policy only.
// Not: FIFO queues, SetQueueAttributes (queues come from the template), tags, move tasks.
//
// Every acknowledged change is in the database before the answer. Time is the
// stack's clock, except that a long poll waits in wall time.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
package sqs

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// Limits and defaults of SQS.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	MaxMessage        = 1 << 20 // bytes of body and attributes, of one message and of one batch
	MaxBatch          = 10
	MaxAttributes     = 10
	MaxDelay          = 15 * time.Minute
	MaxVisibility     = 12 * time.Hour
	MaxWait           = 20 * time.Second
	DefaultVisibility = 30 * time.Second
	DefaultRetention  = 4 * 24 * time.Hour
)

// QueueSpec is one queue. Zero times mean SQS's defaults.
type QueueSpec struct {
	Name              string
	ARN               string // default: made of region, account and name
	VisibilityTimeout time.Duration
	MaxReceiveCount   int    // 0: no redrive
	DeadLetterARN     string // with MaxReceiveCount
	Delay             time.Duration
	Retention         time.Duration
	ReceiveWait       time.Duration // of a ReceiveMessage that names none
	MaxMessageSize    int           // bytes; default MaxMessage
}

// Config is what New needs; all but Queues is required.
type Config struct {
	DB      *disk.DB
	Clock   *clock.Clock
	Account string
	Region  string
	Queues  []QueueSpec
}

// Service has the queues; it is an awshttp.Service.
type Service struct {
	cfg Config

	mu     sync.Mutex
	queues map[string]*queue // by name
}

const (
	rootBucket    = "sqs"         // a bucket per queue
	createdBucket = "sqs.created" // name → QueueSpec of the queues made on the wire
)

// New opens the queues of the configuration and those that CreateQueue made before,
// and sets the timers of what they hold.
func New(cfg Config) (*Service, error) {
	s := &Service{cfg: cfg, queues: map[string]*queue{}}
	if err := cfg.DB.Buckets(rootBucket, createdBucket); err != nil {
		return nil, err
	}
	specs := append([]QueueSpec(nil), cfg.Queues...)
	err := cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(createdBucket)).ForEach(func(_, v []byte) error {
			var spec QueueSpec
			if err := json.Unmarshal(v, &spec); err != nil {
				return err
			}
			specs = append(specs, spec)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the created queues: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, spec := range specs {
		if err := s.open(spec); err != nil {
			return nil, err
		}
	}
	for _, q := range s.queues {
		if q.spec.MaxReceiveCount > 0 && s.byARN(q.spec.DeadLetterARN) == nil {
			return nil, fmt.Errorf("queue %s: its dead-letter queue %s is not a queue of this stack", q.spec.Name, q.spec.DeadLetterARN)
		}
	}
	return s, nil
}

// open makes the queue known; one that is already stays as it is. s.mu is held.
func (s *Service) open(spec QueueSpec) error {
	if spec.Name == "" || strings.HasSuffix(spec.Name, ".fifo") {
		return fmt.Errorf("queue %q: a standard queue with a name is needed; FIFO queues are not played locally", spec.Name)
	}
	if s.queues[spec.Name] != nil {
		return nil
	}
	q, err := openQueue(s.cfg, s.complete(spec))
	if err != nil {
		return fmt.Errorf("queue %s: %w", spec.Name, err)
	}
	s.queues[spec.Name] = q
	s.arm(q)
	return nil
}

func (s *Service) complete(spec QueueSpec) QueueSpec {
	if spec.ARN == "" {
		spec.ARN = fmt.Sprintf("arn:aws:sqs:%s:%s:%s", s.cfg.Region, s.cfg.Account, spec.Name)
	}
	if spec.VisibilityTimeout == 0 {
		spec.VisibilityTimeout = DefaultVisibility
	}
	if spec.Retention == 0 {
		spec.Retention = DefaultRetention
	}
	if spec.MaxMessageSize == 0 {
		spec.MaxMessageSize = MaxMessage
	}
	return spec
}

func (s *Service) byARN(arn string) *queue {
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	if q := s.queues[name]; q != nil && q.spec.ARN == arn {
		return q
	}
	return nil
}

func (s *Service) find(arn string) (*queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.byARN(arn); q != nil {
		return q, nil
	}
	return nil, errNoQueue()
}

// Send puts a message into the queue; attributes become message attributes of type
// String. When it returns nil the message is durable.
func (s *Service) Send(queueARN, body string, attributes map[string]string) error {
	q, err := s.find(queueARN)
	if err != nil {
		return err
	}
	out := outgoing{Body: body, SenderID: s.cfg.Account}
	for k, v := range attributes {
		if out.Attributes == nil {
			out.Attributes = map[string]MessageAttribute{}
		}
		out.Attributes[k] = MessageAttribute{DataType: "String", StringValue: v}
	}
	if err := out.check(q.spec.MaxMessageSize); err != nil {
		return err
	}
	_, err = s.put(q, []outgoing{out})
	return err
}

// Take receives up to max messages and hides them for the queue's visibility
// timeout. It does not wait. Those received too often go to the dead-letter queue.
func (s *Service) Take(queueARN string, max int) ([]Message, error) {
	q, err := s.find(queueARN)
	if err != nil {
		return nil, err
	}
	return s.take(q, max, q.spec.VisibilityTimeout)
}

// Delete removes messages by the receipt handles of their last Take; a handle that
// a later Take has superseded, or of a message that is gone, is passed over.
func (s *Service) Delete(queueARN string, receipts []string) error {
	q, err := s.find(queueARN)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		if _, _, err := readReceipt(q, r); err != nil {
			return err
		}
	}
	return s.remove(q, receipts)
}

// Release makes taken messages visible again at once, as a Lambda poller does with
// what it could not hand on; handles that no longer count are passed over.
func (s *Service) Release(queueARN string, receipts []string) error {
	q, err := s.find(queueARN)
	if err != nil {
		return err
	}
	for _, r := range receipts {
		if err := s.hide(q, r, 0); err != nil && !isNotInFlight(err) {
			return err
		}
	}
	return nil
}

// OnVisible registers f to be called after every change that makes messages of the
// queue visible, before the call that caused it answers. If some are visible now,
// f is called soon in its own goroutine.
func (s *Service) OnVisible(queueARN string, f func()) {
	q, err := s.find(queueARN)
	if err != nil {
		return
	}
	s.mu.Lock()
	q.watchers = append(q.watchers, f)
	waiting := len(q.ready) > 0
	s.mu.Unlock()
	if waiting {
		s.cfg.Clock.At(s.cfg.Clock.Now(), "sqs "+q.spec.Name, f)
	}
}

// ARNs lists the queues, sorted.
func (s *Service) ARNs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]string, 0, len(s.queues))
	for _, q := range s.queues {
		out = append(out, q.spec.ARN)
	}
	sort.Strings(out)
	return out
}
