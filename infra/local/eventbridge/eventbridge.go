// Package eventbridge plays Amazon EventBridge for the local stack: buses, rules with
// event patterns or schedules, and durable delivery to SQS queues and Lambda functions
// through callbacks, each checked against the target's resource policy.
//
// Supported: PutEvents, DescribeEventBus, ListEventBuses, ListRules, DescribeRule,
// ListTargetsByRule, ListRuleNamesByTarget, PutRule, DeleteRule, EnableRule, DisableRule,
// PutTargets, RemoveTargets, TestEventPattern; Input, InputPath, InputTransformer,
// RetryPolicy, DeadLetterConfig; schedule rules on the default bus.
// Partly: input paths know names and indexes only.
// Not: archives, replays, pipes, connections, global endpoints, bus policies, other targets.
//
// An event and its deliveries are in the database before PutEvents answers.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html
package eventbridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/outbox"
	"github.com/deskhand/deskhand/infra/local/scheduler"
)

// Limits. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const (
	MaxEntries     = 10
	MaxEventBytes  = 1 << 20 // of one PutEvents call, all entries together
	MaxRules       = 300     // per bus
	MaxTargets     = 5       // per rule
	MaxPattern     = 2048    // characters
	DefaultRetries = 185
	DefaultMaxAge  = 24 * time.Hour
	DefaultBus     = "default"
)

// Config is what New needs. Auth may be nil: then target roles are not checked.
type Config struct {
	DB      *disk.DB
	Clock   *clock.Clock
	Account string
	Region  string
	Buses   []string // besides "default"
	Rules   []Rule
	// SendQueue puts a message into an SQS queue, durably; attributes are for dead letters.
	SendQueue func(queueARN, body string, attributes map[string]string) error
	// InvokeLambda hands an asynchronous invocation over, durably.
	InvokeLambda func(functionARN string, payload []byte) error
	// AllowService asks the resource policy of the target.
	AllowService func(servicePrincipal, action, resource, sourceARN string) error
	Auth         awshttp.Authorizer
	// NotFound tells whether an error of the two says that the target does not exist;
	// such a delivery is not tried again. May be nil.
	NotFound func(error) bool
}

// Service has the buses; it is an awshttp.Service.
type Service struct {
	cfg   Config
	box   *outbox.Outbox
	ticks *scheduler.Ticks

	mu      sync.RWMutex
	buses   map[string]map[string]*rule // bus → rule name → rule
	started bool
}

const (
	rulesBucket   = "eventbridge.rules" // bus/name → Rule, of the rules made on the wire
	pendingBucket = "eventbridge.deliveries"
)

// New compiles the rules of the configuration and those PutRule made before.
// Nothing is delivered before Start.
func New(cfg Config) (*Service, error) {
	s := &Service{cfg: cfg, buses: map[string]map[string]*rule{DefaultBus: {}}}
	if err := cfg.DB.Buckets(rulesBucket); err != nil {
		return nil, err
	}
	var err error
	if s.ticks, err = scheduler.NewTicks(cfg.DB, cfg.Clock); err != nil {
		return nil, err
	}
	if s.box, err = outbox.New(outbox.Config{DB: cfg.DB, Clock: cfg.Clock, Bucket: pendingBucket, Deliver: s.deliver, Dead: s.bury}); err != nil {
		return nil, err
	}
	for _, b := range cfg.Buses {
		if s.buses[busName(b)] == nil {
			s.buses[busName(b)] = map[string]*rule{}
		}
	}
	for _, r := range cfg.Rules {
		if err := s.addRule(r, true); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	err = cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(rulesBucket)).ForEach(func(k, v []byte) error {
			var r Rule
			if err := json.Unmarshal(v, &r); err != nil {
				return err
			}
			if s.buses[busName(r.EventBusName)] == nil {
				return nil // its bus is no longer in the template
			}
			return s.addRule(r, false)
		})
	})
	return s, err
}

// Start sends what an earlier process left and starts the schedule rules; call it
// once everything that the callbacks need is there.
func (s *Service) Start() error {
	s.mu.Lock()
	s.started = true
	var scheduled []*rule
	for _, r := range s.buses[DefaultBus] {
		if r.schedule != nil {
			scheduled = append(scheduled, r)
		}
	}
	s.mu.Unlock()
	for _, r := range scheduled {
		if err := s.tick(r); err != nil {
			return err
		}
	}
	return s.box.Start()
}

// busName takes a name or an ARN; empty is the default bus.
func busName(s string) string {
	if s == "" {
		return DefaultBus
	}
	if strings.HasPrefix(s, "arn:") {
		return s[strings.LastIndexByte(s, '/')+1:]
	}
	return s
}

func (s *Service) busARN(name string) string {
	return fmt.Sprintf("arn:aws:events:%s:%s:event-bus/%s", s.cfg.Region, s.cfg.Account, name)
}

// RuleARN is the ARN of a rule; the default bus is not in it.
func (s *Service) RuleARN(bus, name string) string {
	if bus = busName(bus); bus != DefaultBus {
		name = bus + "/" + name
	}
	return fmt.Sprintf("arn:aws:events:%s:%s:rule/%s", s.cfg.Region, s.cfg.Account, name)
}

// Event is what is put on a bus. Zero ID and Time are filled in.
type Event struct {
	ID         string
	DetailType string
	Source     string
	Time       time.Time
	Resources  []string
	Detail     json.RawMessage // a JSON object
}

// wireEvent is the event as targets get it.
// https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
type wireEvent struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// Put puts an event of a service on a bus (name or ARN); a nil error means that it
// is durable for every target that its rules name.
func (s *Service) Put(bus string, e Event) error {
	name := busName(bus)
	s.mu.RLock()
	known := s.buses[name] != nil
	s.mu.RUnlock()
	if !known {
		return fmt.Errorf("event bus %s does not exist", bus)
	}
	_, err := s.put([]placed{{name, e}})
	return err
}

type placed struct {
	bus string
	Event
}

// put stores the deliveries of the events in one commit and returns their ids.
func (s *Service) put(events []placed) ([]string, error) {
	var ids []string
	var items []outbox.Item
	for _, e := range events {
		id, list, err := s.route(e)
		if err != nil {
			return nil, err
		}
		ids, items = append(ids, id), append(items, list...)
	}
	return ids, s.box.Add(items)
}

func (s *Service) shape(e Event) ([]byte, string, error) {
	if e.ID == "" {
		e.ID = newID()
	}
	if e.Time.IsZero() {
		e.Time = s.cfg.Clock.Now()
	}
	if len(e.Detail) == 0 {
		e.Detail = json.RawMessage("{}")
	}
	if e.Resources == nil {
		e.Resources = []string{}
	}
	body, err := marshal(wireEvent{Version: "0", ID: e.ID, DetailType: e.DetailType, Source: e.Source, Account: s.cfg.Account,
		Time: e.Time.UTC().Format("2006-01-02T15:04:05Z"), Region: s.cfg.Region, Resources: e.Resources, Detail: e.Detail})
	return body, e.ID, err
}

// route makes the deliveries of one event.
func (s *Service) route(e placed) (string, []outbox.Item, error) {
	body, id, err := s.shape(e.Event)
	if err != nil {
		return "", nil, fmt.Errorf("event %s of %s: %w", e.DetailType, e.Source, err)
	}
	value, err := decode(body)
	if err != nil {
		return "", nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var items []outbox.Item
	for _, r := range s.sorted(e.bus) {
		if r.pattern == nil || !r.enabled() || !r.pattern.Match(value) {
			continue
		}
		list, err := s.deliveries(r, body, value)
		if err != nil {
			return "", nil, err
		}
		items = append(items, list...)
	}
	return id, items, nil
}

// sorted lists a bus's rules by name, for a stable order of delivery; s.mu is held.
func (s *Service) sorted(bus string) []*rule {
	out := make([]*rule, 0, len(s.buses[bus]))
	for _, r := range s.buses[bus] {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *rule) int { return strings.Compare(a.Name, b.Name) })
	return out
}
