package eventbridge

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/outbox"
	"github.com/deskhand/deskhand/infra/local/pattern"
	"github.com/deskhand/deskhand/infra/local/scheduler"
)

// Rule has the members of AWS::Events::Rule, so that the resolved properties of the
// template (with Name and, if it is not the usual one, Arn added) unmarshal into it.
type Rule struct {
	Name               string
	Arn                string          `json:",omitempty"`
	EventBusName       string          `json:",omitempty"` // name or ARN
	EventPattern       json.RawMessage `json:",omitempty"` // an object, or a string that holds one
	ScheduleExpression string          `json:",omitempty"`
	State              string          `json:",omitempty"` // ENABLED (default) or DISABLED
	Description        string          `json:",omitempty"`
	RoleArn            string          `json:",omitempty"`
	Targets            []Target        `json:",omitempty"`
}

// Target is one target of a rule. At most one of Input, InputPath and
// InputTransformer is set; without one the target gets the whole event.
type Target struct {
	Id               string
	Arn              string
	RoleArn          string            `json:",omitempty"`
	Input            string            `json:",omitempty"`
	InputPath        string            `json:",omitempty"`
	InputTransformer *InputTransformer `json:",omitempty"`
	RetryPolicy      *RetryPolicy      `json:",omitempty"`
	DeadLetterConfig *DeadLetterConfig `json:",omitempty"`
}

// RetryPolicy bounds the tries after the first.
type RetryPolicy struct {
	MaximumRetryAttempts     *int `json:",omitempty"` // 0 to 185, default 185
	MaximumEventAgeInSeconds *int `json:",omitempty"` // 60 to 86400, default 86400
}

// DeadLetterConfig names the SQS queue for what could not be delivered.
type DeadLetterConfig struct{ Arn string }

// rule is a rule ready to match.
type rule struct {
	Rule
	bus        string
	pattern    *pattern.Pattern
	schedule   *scheduler.Expression
	targets    []*target
	configured bool // from the template
}

type target struct {
	Target
	shape func(body []byte, event any, r *rule, now time.Time) ([]byte, error)
}

func (r *rule) enabled() bool { return r.State != "DISABLED" }

// patternText is the pattern as JSON text, also when it came as a string.
func (r Rule) patternText() ([]byte, error) {
	text := bytes.TrimSpace(r.EventPattern)
	if len(text) > 0 && text[0] == '"' {
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, err
		}
		return []byte(s), nil
	}
	return text, nil
}

// compileRule checks a rule as PutRule and PutTargets do.
func (s *Service) compileRule(in Rule, configured bool) (*rule, error) {
	r := &rule{Rule: in, bus: busName(in.EventBusName), configured: configured}
	if r.Name == "" {
		return nil, fmt.Errorf("a rule needs a name")
	}
	if r.Arn == "" {
		r.Arn = s.RuleARN(r.bus, r.Name)
	}
	text, err := in.patternText()
	if err != nil {
		return nil, err
	}
	if len(text) == 0 && in.ScheduleExpression == "" {
		return nil, fmt.Errorf("parameter(s) EventPattern or ScheduleExpression must be specified")
	}
	if len(text) > 0 {
		compact := bytes.Buffer{}
		if err := json.Compact(&compact, text); err == nil && compact.Len() > MaxPattern {
			return nil, fmt.Errorf("the event pattern has %d characters, more than %d", compact.Len(), MaxPattern)
		}
		if r.pattern, err = pattern.Compile(text); err != nil {
			return nil, err
		}
	}
	if in.ScheduleExpression != "" {
		if r.bus != DefaultBus {
			return nil, fmt.Errorf("ScheduleExpression is supported only on the default event bus")
		}
		if r.schedule, err = scheduler.Parse(in.ScheduleExpression, nil); err != nil {
			return nil, fmt.Errorf("parameter ScheduleExpression is not valid: %w", err)
		}
		if r.schedule.Once() {
			return nil, fmt.Errorf("parameter ScheduleExpression is not valid: a rule takes rate and cron only")
		}
	}
	if len(in.Targets) > MaxTargets {
		return nil, fmt.Errorf("a rule has at most %d targets, not %d", MaxTargets, len(in.Targets))
	}
	for _, t := range in.Targets {
		c, err := compileTarget(t)
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", t.Id, err)
		}
		r.targets = append(r.targets, c)
	}
	return r, nil
}

func (s *Service) addRule(in Rule, configured bool) error {
	r, err := s.compileRule(in, configured)
	if err != nil {
		return err
	}
	rules := s.buses[r.bus]
	if rules == nil {
		return fmt.Errorf("event bus %s is not in the template", r.bus)
	}
	if len(rules) >= MaxRules && rules[r.Name] == nil {
		return fmt.Errorf("bus %s has %d rules already", r.bus, MaxRules)
	}
	rules[r.Name] = r
	return nil
}

// tick starts the schedule of a rule.
func (s *Service) tick(r *rule) error {
	return s.ticks.Add("rule "+r.Name, r.schedule, func(due time.Time) error {
		s.mu.RLock()
		now := s.buses[DefaultBus][r.Name]
		s.mu.RUnlock()
		if now == nil || !now.enabled() {
			return nil
		}
		body, _, err := s.shape(Event{DetailType: "Scheduled Event", Source: "aws.events", Time: due, Resources: []string{now.Arn}})
		if err != nil {
			return err
		}
		value, err := decode(body)
		if err != nil {
			return err
		}
		items, err := s.deliveries(now, body, value)
		if err != nil {
			return err
		}
		return s.box.Add(items)
	})
}

// Hurry ticks the rules with a rate now, as they may at any time.
func (s *Service) Hurry() { s.ticks.Hurry() }

// delivery is what the outbox keeps for one event and target.
type delivery struct {
	Rule    string `json:"rule"` // ARN
	Target  string `json:"target"`
	Role    string `json:"role,omitempty"`
	DeadARN string `json:"dead,omitempty"`
	Payload string `json:"payload"`
	Event   string `json:"event,omitempty"` // the original, when the payload is another
}

// deliveries shapes the event for each target of the rule.
func (s *Service) deliveries(r *rule, body []byte, event any) ([]outbox.Item, error) {
	var items []outbox.Item
	for _, t := range r.targets {
		payload, err := t.shape(body, event, r, s.cfg.Clock.Now())
		if err != nil {
			return nil, fmt.Errorf("rule %s, target %s: %w", r.Name, t.Id, err)
		}
		d := delivery{Rule: r.Arn, Target: t.Arn, Role: t.RoleArn, Payload: string(payload)}
		if !bytes.Equal(payload, body) {
			d.Event = string(body)
		}
		if t.DeadLetterConfig != nil {
			d.DeadARN = t.DeadLetterConfig.Arn
		}
		data, err := json.Marshal(d)
		if err != nil {
			return nil, err
		}
		it := outbox.Item{Data: data, Retries: DefaultRetries, MaxAge: DefaultMaxAge}
		if p := t.RetryPolicy; p != nil {
			if p.MaximumRetryAttempts != nil {
				it.Retries = *p.MaximumRetryAttempts
			}
			if p.MaximumEventAgeInSeconds != nil {
				it.MaxAge = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
			}
		}
		items = append(items, it)
	}
	return items, nil
}

// decode keeps numbers as they are written.
func decode(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
