package sqs

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// ServeAWS answers one call of the JSON protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	v, err := s.serve(c)
	write(w, v, err)
}

func (s *Service) serve(c *awshttp.Call) (any, error) {
	switch c.Action {
	case "SendMessage":
		return s.sendMessage(c)
	case "SendMessageBatch":
		return s.sendMessageBatch(c)
	case "ReceiveMessage":
		return s.receiveMessage(c)
	case "DeleteMessage":
		return s.deleteMessage(c)
	case "DeleteMessageBatch":
		return s.deleteMessageBatch(c)
	case "ChangeMessageVisibility":
		return s.changeMessageVisibility(c)
	case "ChangeMessageVisibilityBatch":
		return s.changeMessageVisibilityBatch(c)
	case "GetQueueUrl":
		return s.getQueueURL(c)
	case "GetQueueAttributes":
		return s.getQueueAttributes(c)
	case "ListQueues":
		return s.listQueues(c)
	case "PurgeQueue":
		q, err := s.ofCall(c, "sqs:PurgeQueue")
		if err != nil {
			return nil, err
		}
		return nil, s.purge(q)
	case "CreateQueue":
		return s.createQueue(c)
	case "DeleteQueue":
		q, err := s.ofCall(c, "sqs:DeleteQueue")
		if err != nil {
			return nil, err
		}
		return nil, s.drop(q)
	}
	return nil, &awshttp.Error{Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: fmt.Sprintf("the local stack does not play sqs:%s", c.Action)}
}

// ofCall finds the queue that the call's QueueUrl names, for action.
func (s *Service) ofCall(c *awshttp.Call, action string) (*queue, error) {
	var in struct{ QueueUrl string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	return s.byURL(c, in.QueueUrl, action)
}

// byURL asks IAM before it tells whether the queue exists, as SQS does.
func (s *Service) byURL(c *awshttp.Call, queueURL, action string) (*queue, error) {
	if queueURL == "" {
		return nil, errMissing("QueueUrl")
	}
	u, err := url.Parse(queueURL)
	if err != nil {
		return nil, &failure{kind: "InvalidAddress", query: "InvalidAddress", text: "The address " + queueURL + " is not valid for this endpoint."}
	}
	part := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(part) != 2 {
		return nil, &failure{kind: "InvalidAddress", query: "InvalidAddress", text: "The address " + queueURL + " is not valid for this endpoint."}
	}
	if err := c.Allow(action, s.arn(part[1]), nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[part[1]]
	if q == nil || part[0] != s.cfg.Account {
		return nil, errNoQueue()
	}
	return q, nil
}

func (s *Service) arn(name string) string {
	return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", s.cfg.Region, s.cfg.Account, name)
}

func (s *Service) url(c *awshttp.Call, name string) string {
	return "http://" + c.HTTP.Host + "/" + s.cfg.Account + "/" + name
}

// wireMessage are the members of SendMessage that a batch entry has, too.
type wireMessage struct {
	MessageBody             string
	DelaySeconds            *int
	MessageAttributes       map[string]MessageAttribute
	MessageSystemAttributes map[string]MessageAttribute
	MessageGroupId          string
	MessageDeduplicationId  string
}

func (m wireMessage) outgoing(c *awshttp.Call) (outgoing, error) {
	o := outgoing{Body: m.MessageBody, Attributes: m.MessageAttributes, SenderID: c.Caller.ARN}
	if m.MessageDeduplicationId != "" {
		return o, errParameter("The request include parameter that is not valid for this queue type: MessageDeduplicationId")
	}
	if m.MessageGroupId != "" {
		return o, errUnsupported("the local stack does not play fair queues: leave MessageGroupId out")
	}
	for name, a := range m.MessageSystemAttributes {
		if name != "AWSTraceHeader" {
			return o, errParameter("Message system attribute name '" + name + "' is invalid.")
		}
		o.Trace = a.StringValue
	}
	if m.DelaySeconds != nil {
		d := time.Duration(*m.DelaySeconds) * time.Second
		if d < 0 || d > MaxDelay {
			return o, errParameter(fmt.Sprintf("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *m.DelaySeconds))
		}
		o.Delay, o.delaySet = d, true
	}
	return o, nil
}

func (s *Service) sendMessage(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl string
		wireMessage
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:SendMessage")
	if err != nil {
		return nil, err
	}
	o, err := in.outgoing(c)
	if err != nil {
		return nil, err
	}
	if err := o.check(q.spec.MaxMessageSize); err != nil {
		return nil, err
	}
	ids, err := s.put(q, []outgoing{o})
	if err != nil {
		return nil, err
	}
	return sent("", ids[0], o), nil
}

func sent(entry, id string, o outgoing) map[string]any {
	out := map[string]any{"MessageId": id, "MD5OfMessageBody": digest(o.Body)}
	if entry != "" {
		out["Id"] = entry
	}
	if d := digestAttributes(o.Attributes); d != "" {
		out["MD5OfMessageAttributes"] = d
	}
	if o.Trace != "" {
		out["MD5OfMessageSystemAttributes"] = digestAttributes(map[string]MessageAttribute{"AWSTraceHeader": {DataType: "String", StringValue: o.Trace}})
	}
	return out
}

func (s *Service) receiveMessage(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl                    string
		MaxNumberOfMessages         *int
		VisibilityTimeout           *int
		WaitTimeSeconds             *int
		AttributeNames              []string
		MessageSystemAttributeNames []string
		MessageAttributeNames       []string
		ReceiveRequestAttemptId     string
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:ReceiveMessage")
	if err != nil {
		return nil, err
	}
	n, visibility, wait := 1, q.spec.VisibilityTimeout, q.spec.ReceiveWait
	if in.MaxNumberOfMessages != nil {
		if n = *in.MaxNumberOfMessages; n < 1 || n > MaxBatch {
			return nil, errParameter(fmt.Sprintf("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", n))
		}
	}
	if in.VisibilityTimeout != nil {
		if visibility, err = visibilityOf(*in.VisibilityTimeout); err != nil {
			return nil, err
		}
	}
	if in.WaitTimeSeconds != nil {
		if wait = time.Duration(*in.WaitTimeSeconds) * time.Second; wait < 0 || wait > MaxWait {
			return nil, errParameter(fmt.Sprintf("Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.", *in.WaitTimeSeconds))
		}
	}
	list, err := s.await(c, q, n, visibility, wait)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Attributes = chosen(list[i].Attributes, append(in.AttributeNames, in.MessageSystemAttributeNames...))
		list[i].MessageAttributes = chosen(list[i].MessageAttributes, in.MessageAttributeNames)
		list[i].MD5OfMessageAttributes = digestAttributes(list[i].MessageAttributes)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return map[string]any{"Messages": list}, nil
}

// await is a long poll: wall time, so that a caller that waits while the stack's
// clock stands still comes back.
func (s *Service) await(c *awshttp.Call, q *queue, n int, visibility, wait time.Duration) ([]Message, error) {
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		s.mu.Lock()
		wake := q.wake
		s.mu.Unlock()
		list, err := s.take(q, n, visibility)
		if err != nil || len(list) > 0 || wait == 0 {
			return list, err
		}
		select {
		case <-wake:
		case <-over.C:
			wait = 0 // one last look
		case <-c.HTTP.Context().Done():
			return nil, nil
		}
	}
}

// chosen keeps the asked-for names: All, .*, a name, or a prefix with .*
func chosen[V any](all map[string]V, names []string) map[string]V {
	out := map[string]V{}
	for k, v := range all {
		for _, n := range names {
			prefix, star := strings.CutSuffix(n, ".*")
			if n == "All" || n == k || star && strings.HasPrefix(k, prefix) {
				out[k] = v
			}
		}
	}
	return out
}

func visibilityOf(seconds int) (time.Duration, error) {
	d := time.Duration(seconds) * time.Second
	if d < 0 || d > MaxVisibility {
		return 0, errParameter(fmt.Sprintf("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.", seconds))
	}
	return d, nil
}

func (s *Service) deleteMessage(c *awshttp.Call) (any, error) {
	var in struct{ QueueUrl, ReceiptHandle string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:DeleteMessage")
	if err != nil {
		return nil, err
	}
	if in.ReceiptHandle == "" {
		return nil, errMissing("ReceiptHandle")
	}
	return nil, s.remove(q, []string{in.ReceiptHandle})
}

func (s *Service) changeMessageVisibility(c *awshttp.Call) (any, error) {
	var in struct {
		QueueUrl, ReceiptHandle string
		VisibilityTimeout       *int
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	q, err := s.byURL(c, in.QueueUrl, "sqs:ChangeMessageVisibility")
	if err != nil {
		return nil, err
	}
	if in.VisibilityTimeout == nil {
		return nil, errMissing("VisibilityTimeout")
	}
	d, err := visibilityOf(*in.VisibilityTimeout)
	if err != nil {
		return nil, err
	}
	return nil, s.hide(q, in.ReceiptHandle, d)
}

func (s *Service) getQueueURL(c *awshttp.Call) (any, error) {
	var in struct{ QueueName, QueueOwnerAWSAccountId string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("sqs:GetQueueUrl", s.arn(in.QueueName), nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues[in.QueueName] == nil || in.QueueOwnerAWSAccountId != "" && in.QueueOwnerAWSAccountId != s.cfg.Account {
		return nil, errNoQueue()
	}
	return map[string]string{"QueueUrl": s.url(c, in.QueueName)}, nil
}

func (s *Service) listQueues(c *awshttp.Call) (any, error) {
	var in struct {
		QueueNamePrefix string
		MaxResults      int
		NextToken       string
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("sqs:ListQueues", s.arn("*"), nil); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for n := range s.queues {
		if strings.HasPrefix(n, in.QueueNamePrefix) && n > in.NextToken {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	out := map[string]any{}
	if in.MaxResults > 0 && len(names) > in.MaxResults {
		names = names[:in.MaxResults]
		out["NextToken"] = names[len(names)-1]
	}
	urls := []string{}
	for _, n := range names {
		urls = append(urls, s.url(c, n))
	}
	out["QueueUrls"] = urls
	return out, nil
}
