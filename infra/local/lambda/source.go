package lambda

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/pattern"
	"github.com/deskhand/deskhand/infra/local/sqs"
)

// Queues is what this package needs of infra/local/sqs.
type Queues interface {
	Send(queueARN, body string, attributes map[string]string) error
	Take(queueARN string, max int) ([]sqs.Message, error)
	Delete(queueARN string, receipts []string) error
	OnVisible(queueARN string, f func())
}

// Streams is what this package needs of a table's streams. A record is one element
// of the Lambda event's Records, in JSON; records come in order of their sequence
// numbers, those after the given one ("" is the beginning). See StreamsOf.
type Streams interface {
	OnStream(streamARN string, f func())
	StreamRecords(streamARN, afterSequence string, max int) ([]json.RawMessage, error)
}

// StreamsOf adapts a service whose records are of a type that marshals to the
// element of Records.
func StreamsOf[R any](on func(streamARN string, f func()), records func(streamARN, after string, max int) ([]R, error)) Streams {
	return streamsOf[R]{on, records}
}

type streamsOf[R any] struct {
	on      func(string, func())
	records func(string, string, int) ([]R, error)
}

func (s streamsOf[R]) OnStream(arn string, f func()) { s.on(arn, f) }

func (s streamsOf[R]) StreamRecords(arn, after string, max int) ([]json.RawMessage, error) {
	list, err := s.records(arn, after, max)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(list))
	for i, r := range list {
		if out[i], err = json.Marshal(r); err != nil {
			return nil, fmt.Errorf("stream record: %w", err)
		}
	}
	return out, nil
}

// mapping is what queue and stream sources have in common.
type mapping struct {
	s       *Service
	spec    cfn.EventSource
	f       *function
	filters []*pattern.Pattern
}

func (s *Service) newSource(spec cfn.EventSource) (source, error) {
	fn, _, _, err := s.find(spec.Function)
	if err != nil {
		return nil, err
	}
	m := mapping{s: s, spec: spec, f: fn}
	for _, raw := range spec.Filters {
		p, err := pattern.Compile(raw)
		if err != nil {
			return nil, fmt.Errorf("FilterCriteria: %w", err)
		}
		m.filters = append(m.filters, p)
	}
	if strings.Contains(spec.Source, ":sqs:") {
		if s.cfg.Queues == nil {
			return nil, fmt.Errorf("the local stack has no queues")
		}
		return &queueSource{mapping: m}, nil
	}
	if s.cfg.Streams == nil {
		return nil, fmt.Errorf("the local stack has no streams")
	}
	if err := s.checkDestination(spec.OnFailure); err != nil {
		return nil, err
	}
	return &streamSource{mapping: m}, nil
}

// permit asks whether the function's role may do all of it on the source; Lambda
// polls with the function's permissions.
func (m *mapping) permit(service string, actions ...string) error {
	if m.s.cfg.Auth == nil {
		return nil
	}
	for _, a := range actions {
		if err := m.s.cfg.Auth.Authorize(awshttp.Principal{ARN: m.f.spec.RoleARN}, a, m.spec.Source, nil); err != nil {
			return fmt.Errorf("event source %s: the provided execution role does not have permissions to call %s on %s: %w",
				m.spec.LogicalID, a[strings.Index(a, ":")+1:], service, err)
		}
	}
	return nil
}

// wanted tells whether a record passes the filters: any of them is enough.
func (m *mapping) wanted(record any) bool {
	if len(m.filters) == 0 {
		return true
	}
	for _, p := range m.filters {
		if p.Match(record) {
			return true
		}
	}
	return false
}

// failedItems reads the answer of a function that reports batch item failures: the
// identifiers that failed, or all true when the whole batch counts as failed.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
func failedItems(answer []byte, known map[string]bool) (failed map[string]bool, all bool) {
	var r struct {
		BatchItemFailures *[]struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	var null any
	if json.Unmarshal(answer, &null) == nil && null == nil {
		return nil, false
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return nil, true
	}
	if r.BatchItemFailures == nil {
		return nil, false
	}
	failed = map[string]bool{}
	for _, x := range *r.BatchItemFailures {
		if x.ItemIdentifier == nil || !known[*x.ItemIdentifier] {
			return nil, true
		}
		failed[*x.ItemIdentifier] = true
	}
	return failed, false
}
