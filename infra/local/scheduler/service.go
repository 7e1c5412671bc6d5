package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/outbox"
)

// Config is what New needs. Auth may be nil: then roles are not checked.
type Config struct {
	DB        *disk.DB
	Clock     *clock.Clock
	Account   string
	Region    string
	Schedules []Schedule // of the template
	// SendQueue and InvokeLambda hand over durably.
	SendQueue    func(queueARN, body string, attributes map[string]string) error
	InvokeLambda func(functionARN string, payload []byte) error
	Auth         awshttp.Authorizer
	NotFound     func(error) bool // says that a target does not exist; may be nil
}

// Service is EventBridge Scheduler; it is an awshttp.Service.
type Service struct {
	cfg   Config
	ticks *Ticks
	box   *outbox.Outbox

	mu   sync.Mutex
	list map[string]*record // by name
}

// record is what is kept of a schedule.
type record struct {
	Schedule
	Token      string    `json:"token,omitempty"`
	Created    time.Time `json:"created"`
	Modified   time.Time `json:"modified"`
	expression *Expression
	template   bool
}

const (
	schedulesBucket = "scheduler.schedules" // name → record
	pendingBucket   = "scheduler.deliveries"
)

// New reads the schedules; nothing fires before Start.
func New(cfg Config) (*Service, error) {
	s := &Service{cfg: cfg, list: map[string]*record{}}
	if err := cfg.DB.Buckets(schedulesBucket); err != nil {
		return nil, err
	}
	var err error
	if s.ticks, err = NewTicks(cfg.DB, cfg.Clock); err != nil {
		return nil, err
	}
	if s.box, err = outbox.New(outbox.Config{DB: cfg.DB, Clock: cfg.Clock, Bucket: pendingBucket, Deliver: s.deliver, Dead: s.bury}); err != nil {
		return nil, err
	}
	now := cfg.Clock.Now()
	for _, sc := range cfg.Schedules {
		r := &record{Schedule: sc, Created: now, Modified: now, template: true}
		if r.expression, err = r.check(); err != nil {
			return nil, fmt.Errorf("schedule %s: %w", sc.Name, err)
		}
		s.list[r.Name] = r
	}
	err = cfg.DB.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(schedulesBucket)).ForEach(func(k, v []byte) error {
			r := &record{}
			if err := json.Unmarshal(v, r); err != nil {
				return err
			}
			if r.expression, err = r.check(); err != nil {
				return err
			}
			if s.list[r.Name] == nil {
				s.list[r.Name] = r
			}
			return nil
		})
	})
	return s, err
}

// Start lets schedules fire and sends what an earlier process left.
func (s *Service) Start() error {
	s.mu.Lock()
	var all []*record
	for _, r := range s.list {
		all = append(all, r)
	}
	s.mu.Unlock()
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	for _, r := range all {
		if err := s.arm(r); err != nil {
			return err
		}
	}
	return s.box.Start()
}

func (s *Service) arn(name string) string {
	return fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule/%s/%s", s.cfg.Region, s.cfg.Account, defaultGroup, name)
}

func tickName(name string) string { return "schedule " + name }

// arm starts the ticks of a schedule, or stops them when it is disabled.
func (s *Service) arm(r *record) error {
	if r.State == "DISABLED" {
		return s.ticks.Remove(tickName(r.Name))
	}
	from := r.Created
	if start := epoch(r.StartDate); start.After(from) {
		from = start.Add(-max(r.expression.Rate(), time.Nanosecond)) // so that it fires at its start
	}
	if now := s.cfg.Clock.Now(); !r.Modified.Equal(r.Created) && from.Before(now) && !r.expression.Once() {
		from = now
	}
	return s.ticks.AddFrom(tickName(r.Name), r.expression, from, func(due time.Time) error { return s.fire(r, due) })
}

// delivery is what the outbox keeps of one invocation.
type delivery struct {
	Schedule  string    `json:"schedule"` // ARN
	Due       time.Time `json:"due"`
	Execution string    `json:"execution"`
	Target    Target    `json:"target"`
}

func (s *Service) fire(r *record, due time.Time) error {
	end := epoch(r.EndDate)
	if end.IsZero() || !due.After(end) {
		data, err := json.Marshal(delivery{s.arn(r.Name), due, executionID(r.Name, due), *r.Target})
		if err != nil {
			return err
		}
		it := outbox.Item{Data: data, Retries: 185, MaxAge: 24 * time.Hour}
		if p := r.Target.RetryPolicy; p != nil {
			if p.MaximumRetryAttempts != nil {
				it.Retries = *p.MaximumRetryAttempts
			}
			if p.MaximumEventAgeInSeconds != nil {
				it.MaxAge = time.Duration(*p.MaximumEventAgeInSeconds) * time.Second
			}
		}
		if err := s.box.Add([]outbox.Item{it}); err != nil {
			return err
		}
	}
	next := r.expression.Next(due)
	over := r.expression.Once() || next.IsZero() || !end.IsZero() && next.After(end)
	if over && r.ActionAfterCompletion == "DELETE" && !r.template {
		return s.drop(r)
	}
	return nil
}

// drop deletes a schedule, unless it has been replaced by another since.
func (s *Service) drop(r *record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list[r.Name] != r {
		return nil
	}
	if err := s.cfg.DB.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(schedulesBucket)).Delete([]byte(r.Name)) }); err != nil {
		return err
	}
	delete(s.list, r.Name)
	return s.ticks.Remove(tickName(r.Name))
}

// executionID is the same when a tick is repeated after a kill.
func executionID(name string, due time.Time) string {
	return fmt.Sprintf("%s-%d", name, due.UnixMilli())
}

// payload fills the target's input in; without one the target gets the service's event.
func (s *Service) payload(d delivery, attempt int) (string, error) {
	at := d.Due.UTC().Format("2006-01-02T15:04:05Z")
	if d.Target.Input == "" {
		data, err := json.Marshal(map[string]any{"version": "0", "id": d.Execution, "detail-type": "Scheduled Event", "source": "aws.scheduler",
			"account": s.cfg.Account, "time": at, "region": s.cfg.Region, "resources": []string{d.Schedule}, "detail": "{}"})
		return string(data), err
	}
	return strings.NewReplacer("<aws.scheduler.schedule-arn>", d.Schedule, "<aws.scheduler.scheduled-time>", at,
		"<aws.scheduler.execution-id>", d.Execution, "<aws.scheduler.attempt-number>", strconv.Itoa(attempt)).Replace(d.Target.Input), nil
}

// deliver makes one call as the schedule's role.
func (s *Service) deliver(it outbox.Item) error {
	var d delivery
	if err := json.Unmarshal(it.Data, &d); err != nil {
		return outbox.Permanent(err)
	}
	if s.cfg.Auth != nil {
		if err := s.cfg.Auth.Authorize(awshttp.Principal{ARN: d.Target.RoleArn}, action(d.Target.Arn), d.Target.Arn, nil); err != nil {
			return outbox.Permanent(fmt.Errorf("AccessDenied: %w", err))
		}
	}
	body, err := s.payload(d, it.Attempts+1)
	if err != nil {
		return outbox.Permanent(err)
	}
	if strings.Contains(d.Target.Arn, ":sqs:") {
		err = s.cfg.SendQueue(d.Target.Arn, body, nil)
	} else {
		err = s.cfg.InvokeLambda(d.Target.Arn, []byte(body))
	}
	if err != nil && s.cfg.NotFound != nil && s.cfg.NotFound(err) {
		return outbox.Permanent(err)
	}
	return err
}

// bury sends the input to the dead-letter queue, as the schedule's role.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
func (s *Service) bury(it outbox.Item, cause error) {
	var d delivery
	err := json.Unmarshal(it.Data, &d)
	log := slog.With("schedule", d.Schedule, "target", d.Target.Arn, "attempts", it.Attempts, "error", cause.Error())
	if err != nil || d.Target.DeadLetterConfig == nil || d.Target.DeadLetterConfig.Arn == "" {
		log.Error("scheduled call dropped: the schedule has no dead-letter queue")
		return
	}
	queue := d.Target.DeadLetterConfig.Arn
	if s.cfg.Auth != nil {
		err = s.cfg.Auth.Authorize(awshttp.Principal{ARN: d.Target.RoleArn}, "sqs:SendMessage", queue, nil)
	}
	body, errBody := s.payload(d, it.Attempts)
	if err = errors.Join(err, errBody); err == nil {
		err = s.cfg.SendQueue(queue, body, map[string]string{"SCHEDULE_ARN": d.Schedule, "TARGET_ARN": d.Target.Arn, "ERROR_CODE": "SDK_CLIENT_ERROR",
			"ERROR_MESSAGE": cause.Error(), "EXECUTION_ID": d.Execution, "EXECUTION_TIME": d.Due.UTC().Format(time.RFC3339),
			"RETRY_ATTEMPTS": strconv.Itoa(it.Attempts - 1)})
	}
	if err != nil {
		log.Error("scheduled call dropped: its dead-letter queue did not take it", "queue", queue, "refused", err.Error())
		return
	}
	log.Warn("scheduled call sent to the dead-letter queue", "queue", queue)
}
