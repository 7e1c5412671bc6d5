package eventbridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/pattern"
)

// ServeAWS answers one call of the JSON 1.1 protocol.
func (s *Service) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	v, err := s.serve(c)
	awshttp.WriteJSON(w, "application/x-amz-json-1.1", v, err)
}

func (s *Service) serve(c *awshttp.Call) (any, error) {
	switch c.Action {
	case "PutEvents":
		return s.putEvents(c)
	case "DescribeEventBus":
		return s.describeEventBus(c)
	case "ListEventBuses":
		return s.listEventBuses(c)
	case "TestEventPattern":
		return s.testEventPattern(c)
	case "ListRules":
		return s.listRules(c)
	case "DescribeRule":
		return s.describeRule(c)
	case "ListTargetsByRule":
		return s.listTargetsByRule(c)
	case "ListRuleNamesByTarget":
		return s.listRuleNamesByTarget(c)
	case "PutRule":
		return s.putRule(c)
	case "DeleteRule":
		return s.deleteRule(c)
	case "EnableRule":
		return nil, s.setState(c, "ENABLED")
	case "DisableRule":
		return nil, s.setState(c, "DISABLED")
	case "PutTargets":
		return s.putTargets(c)
	case "RemoveTargets":
		return s.removeTargets(c)
	}
	return nil, &awshttp.Error{Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: fmt.Sprintf("the local stack does not play events:%s", c.Action)}
}

func invalid(format string, args ...any) error {
	return &awshttp.Error{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &awshttp.Error{Code: "ResourceNotFoundException", Message: fmt.Sprintf(format, args...)}
}

type entry struct {
	Source, DetailType, Detail, EventBusName, TraceHeader string
	Resources                                             []string
	Time                                                  *float64 // seconds since the epoch
}

// size is what AWS counts: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
func (e entry) size() int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != nil {
		n += 14
	}
	for _, r := range e.Resources {
		n += len(r)
	}
	return n
}

func (s *Service) putEvents(c *awshttp.Call) (any, error) {
	var in struct {
		Entries    []entry
		EndpointId string
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.EndpointId != "" {
		return nil, invalid("the local stack has no global endpoints: leave EndpointId out")
	}
	if len(in.Entries) == 0 || len(in.Entries) > MaxEntries {
		return nil, invalid("%d validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and %d", 1, MaxEntries)
	}
	total := 0
	for _, e := range in.Entries {
		total += e.size()
		if err := c.Allow("events:PutEvents", s.busARN(busName(e.EventBusName)),
			map[string]string{"events:source": e.Source, "events:detail-type": e.DetailType}); err != nil {
			return nil, err
		}
	}
	if total > MaxEventBytes {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	out := make([]map[string]string, len(in.Entries))
	failed := 0
	var events []placed
	var at []int
	for i, e := range in.Entries {
		code, text := s.refuse(e)
		if code != "" {
			failed++
			out[i] = map[string]string{"ErrorCode": code, "ErrorMessage": text}
			continue
		}
		ev := Event{Source: e.Source, DetailType: e.DetailType, Detail: json.RawMessage(bytes.TrimSpace([]byte(e.Detail))), Resources: e.Resources}
		if e.Time != nil {
			ev.Time = time.UnixMilli(int64(*e.Time * 1000)).UTC()
		}
		events, at = append(events, placed{busName(e.EventBusName), ev}), append(at, i)
	}
	ids, err := s.put(events)
	if err != nil {
		return nil, err
	}
	for k, id := range ids {
		out[at[k]] = map[string]string{"EventId": id}
	}
	return map[string]any{"FailedEntryCount": failed, "Entries": out}, nil
}

// refuse names what is wrong with one entry.
func (s *Service) refuse(e entry) (code, text string) {
	required := func(name string) (string, string) {
		return "InvalidArgument", fmt.Sprintf("Parameter %s is not valid. Reason: %s is a required argument.", name, name)
	}
	switch {
	case e.Source == "":
		return required("Source")
	case e.DetailType == "":
		return required("DetailType")
	case e.Detail == "":
		return required("Detail")
	case strings.HasPrefix(e.Source, "aws."):
		return "NotAuthorizedForSourceException", "Not authorized for the source."
	case len(e.DetailType) > 128:
		return "InvalidArgument", "Parameter DetailType is not valid. Reason: it is longer than 128 characters."
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(e.Detail), &object); err != nil || object == nil {
		return "MalformedDetail", "Detail is malformed."
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.buses[busName(e.EventBusName)] == nil {
		return "ResourceNotFoundException", "Event bus " + e.EventBusName + " does not exist."
	}
	return "", ""
}

func (s *Service) describeEventBus(c *awshttp.Call) (any, error) {
	var in struct{ Name string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	name := busName(in.Name)
	if err := c.Allow("events:DescribeEventBus", s.busARN(name), nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.buses[name] == nil {
		return nil, notFound("Event bus %s does not exist.", name)
	}
	return map[string]string{"Name": name, "Arn": s.busARN(name)}, nil
}

func (s *Service) listEventBuses(c *awshttp.Call) (any, error) {
	var in struct{ NamePrefix string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("events:ListEventBuses", s.busARN("*"), nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []map[string]string{}
	for _, name := range sortedNames(s.buses) {
		if strings.HasPrefix(name, in.NamePrefix) {
			list = append(list, map[string]string{"Name": name, "Arn": s.busARN(name)})
		}
	}
	return map[string]any{"EventBuses": list}, nil
}

func (s *Service) testEventPattern(c *awshttp.Call) (any, error) {
	var in struct{ Event, EventPattern string }
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := c.Allow("events:TestEventPattern", "*", nil); err != nil {
		return nil, err
	}
	p, err := pattern.Compile([]byte(in.EventPattern))
	if err != nil {
		return nil, &awshttp.Error{Code: "InvalidEventPatternException", Message: err.Error()}
	}
	event, err := decode([]byte(in.Event))
	if err != nil {
		return nil, invalid("Parameter Event is not valid. Reason: it is not JSON.")
	}
	m, _ := event.(map[string]any)
	for _, name := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		if _, ok := m[name]; !ok {
			return nil, invalid("Parameter Event is not valid. Reason: %s is a required field.", name)
		}
	}
	return map[string]bool{"Result": p.Match(event)}, nil
}
