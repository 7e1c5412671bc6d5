package cfn

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Bus is an event bus.
type Bus struct {
	LogicalID string
	Name      string
	ARN       string
}

// Rule is an EventBridge rule: Pattern or Schedule is set.
type Rule struct {
	LogicalID string
	Name      string
	ARN       string
	Bus       string // name, "default" when none is given
	Enabled   bool
	Pattern   json.RawMessage
	Schedule  string // rate(…) or cron(…)
	Targets   []Target
}

// Target is where a rule or a schedule sends.
type Target struct {
	ID             string
	ARN            string // a function (possibly qualified), a queue, a bus, a state machine
	RoleARN        string
	Input          string // JSON text, or ""
	InputPath      string
	PathsMap       map[string]string // of InputTransformer
	InputTemplate  string
	MaxRetries     int           // default 185
	MaxAge         time.Duration // default 24 h
	DeadLetterARN  string
	MessageGroupID string
}

// Schedule is an EventBridge Scheduler schedule.
type Schedule struct {
	LogicalID  string
	Name       string
	ARN        string
	Group      string
	Expression string // rate(…), cron(…) or at(…)
	Timezone   string // default UTC
	Enabled    bool
	Start, End time.Time // zero when not set
	Target     Target
}

type targetProps struct {
	Id, Arn, RoleArn, InputPath string
	Input                       *scalarText
	InputTransformer            struct {
		InputPathsMap map[string]string
		InputTemplate scalarText
	}
	RetryPolicy      struct{ MaximumRetryAttempts, MaximumEventAgeInSeconds *integer }
	DeadLetterConfig struct{ Arn string }
	SqsParameters    struct{ MessageGroupId string }
}

func (p targetProps) target() Target {
	t := Target{ID: p.Id, ARN: p.Arn, RoleARN: p.RoleArn, InputPath: p.InputPath,
		PathsMap: p.InputTransformer.InputPathsMap, InputTemplate: string(p.InputTransformer.InputTemplate),
		MaxRetries: p.RetryPolicy.MaximumRetryAttempts.or(185), MaxAge: p.RetryPolicy.MaximumEventAgeInSeconds.seconds(86400),
		DeadLetterARN: p.DeadLetterConfig.Arn, MessageGroupID: p.SqsParameters.MessageGroupId}
	if p.Input != nil {
		t.Input = string(*p.Input)
	}
	return t
}

// maxTargets per rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const maxTargets = 5

func (s *Stack) fillEvents() error {
	err := each(s, "AWS::Events::EventBus", func(r Resource, _ struct{}) error {
		s.buses = append(s.buses, Bus{LogicalID: r.LogicalID, Name: r.Name, ARN: s.arn("events", "event-bus/"+r.Name)})
		return nil
	})
	if err != nil {
		return err
	}
	type ruleProps struct {
		EventBusName, ScheduleExpression, State string
		EventPattern                            document
		Targets                                 []targetProps
	}
	err = each(s, "AWS::Events::Rule", func(r Resource, p ruleProps) error {
		bus := p.EventBusName[strings.LastIndex(p.EventBusName, "/")+1:]
		if bus == "" {
			bus = "default"
		}
		id := "rule/" + r.Name
		if bus != "default" {
			id = "rule/" + bus + "/" + r.Name
		}
		rule := Rule{LogicalID: r.LogicalID, Name: r.Name, ARN: s.arn("events", id), Bus: bus,
			Enabled: p.State == "" || strings.HasPrefix(p.State, "ENABLED"), Pattern: json.RawMessage(p.EventPattern), Schedule: p.ScheduleExpression}
		if (rule.Pattern == nil) == (rule.Schedule == "") {
			return fmt.Errorf("want either EventPattern or ScheduleExpression")
		}
		if rule.Schedule != "" && bus != "default" {
			return fmt.Errorf("a scheduled rule must be on the default bus")
		}
		if bus != "default" && !s.hasBus(bus) {
			return fmt.Errorf("EventBusName %s is no bus of the template", bus)
		}
		if len(p.Targets) > maxTargets {
			return fmt.Errorf("it has %d targets, EventBridge takes %d", len(p.Targets), maxTargets)
		}
		for _, t := range p.Targets {
			if t.Id == "" || t.Arn == "" {
				return fmt.Errorf("a target needs Id and Arn")
			}
			rule.Targets = append(rule.Targets, t.target())
		}
		s.rules = append(s.rules, rule)
		return nil
	})
	if err != nil {
		return err
	}
	type scheduleProps struct {
		ScheduleExpression, ScheduleExpressionTimezone, State, GroupName string
		StartDate, EndDate                                               string
		FlexibleTimeWindow                                               struct{ Mode string }
		Target                                                           targetProps
	}
	return each(s, "AWS::Scheduler::Schedule", func(r Resource, p scheduleProps) error {
		if p.GroupName == "" {
			p.GroupName = "default"
		}
		if p.ScheduleExpressionTimezone == "" {
			p.ScheduleExpressionTimezone = "UTC"
		}
		sch := Schedule{LogicalID: r.LogicalID, Name: r.Name, Group: p.GroupName, ARN: s.arn("scheduler", "schedule/"+p.GroupName+"/"+r.Name),
			Expression: p.ScheduleExpression, Timezone: p.ScheduleExpressionTimezone, Enabled: p.State != "DISABLED", Target: p.Target.target()}
		if sch.Expression == "" || sch.Target.ARN == "" || sch.Target.RoleARN == "" {
			return fmt.Errorf("want ScheduleExpression, Target.Arn and Target.RoleArn")
		}
		for text, into := range map[string]*time.Time{p.StartDate: &sch.Start, p.EndDate: &sch.End} {
			if text == "" {
				continue
			}
			t, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return fmt.Errorf("StartDate or EndDate: %w", err)
			}
			*into = t
		}
		s.schedules = append(s.schedules, sch)
		return nil
	})
}

func (s *Stack) hasBus(name string) bool {
	for _, b := range s.buses {
		if b.Name == name {
			return true
		}
	}
	return false
}
