package scheduler

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// Schedule has the members of CreateSchedule and of AWS::Scheduler::Schedule.
type Schedule struct {
	Name                       string
	GroupName                  string `json:",omitempty"`
	Description                string `json:",omitempty"`
	ScheduleExpression         string
	ScheduleExpressionTimezone string   `json:",omitempty"`
	StartDate                  *float64 `json:",omitempty"` // seconds since the epoch
	EndDate                    *float64 `json:",omitempty"`
	State                      string   `json:",omitempty"` // ENABLED (default) or DISABLED
	FlexibleTimeWindow         *Window
	Target                     *Target
	ActionAfterCompletion      string `json:",omitempty"` // NONE (default) or DELETE
}

// Window is accepted and fires at its begin.
type Window struct {
	Mode                   string
	MaximumWindowInMinutes *int `json:",omitempty"`
}

// Target is an SQS queue or a Lambda function, called as RoleArn.
type Target struct {
	Arn              string
	RoleArn          string
	Input            string      `json:",omitempty"`
	RetryPolicy      *Retries    `json:",omitempty"`
	DeadLetterConfig *DeadLetter `json:",omitempty"`
}

// Retries bounds the tries after the first.
type Retries struct {
	MaximumEventAgeInSeconds *int `json:",omitempty"` // 60 to 86400, default 86400
	MaximumRetryAttempts     *int `json:",omitempty"` // 0 to 185, default 185
}

// DeadLetter names the SQS queue for what could not be delivered.
type DeadLetter struct {
	Arn string `json:",omitempty"`
}

const defaultGroup = "default"

var scheduleName = regexp.MustCompile(`^[0-9A-Za-z_.-]{1,64}$`)

func invalid(format string, args ...any) error {
	return &awshttp.Error{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// check refuses what CreateSchedule refuses and returns the parsed expression.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
func (s *Schedule) check() (*Expression, error) {
	if !scheduleName.MatchString(s.Name) {
		return nil, invalid("Name %q: 1 to 64 of letters, digits, - _ .", s.Name)
	}
	if s.GroupName == "" {
		s.GroupName = defaultGroup
	}
	if s.GroupName != defaultGroup {
		return nil, &awshttp.Error{Code: "ResourceNotFoundException", Status: 404, Message: "Schedule group " + s.GroupName + " does not exist. (The local stack has the group default only.)"}
	}
	if s.State == "" {
		s.State = "ENABLED"
	}
	if s.ActionAfterCompletion == "" {
		s.ActionAfterCompletion = "NONE"
	}
	if s.ScheduleExpressionTimezone == "" {
		s.ScheduleExpressionTimezone = "UTC"
	}
	if !slices.Contains([]string{"ENABLED", "DISABLED"}, s.State) || !slices.Contains([]string{"NONE", "DELETE"}, s.ActionAfterCompletion) {
		return nil, invalid("State is ENABLED or DISABLED, ActionAfterCompletion NONE or DELETE")
	}
	loc, err := time.LoadLocation(s.ScheduleExpressionTimezone)
	if err != nil || s.ScheduleExpressionTimezone == "Local" {
		return nil, invalid("Invalid Schedule Expression Timezone %s.", s.ScheduleExpressionTimezone)
	}
	e, err := Parse(s.ScheduleExpression, loc)
	if err != nil {
		return nil, invalid("Invalid Schedule Expression %s. %s", s.ScheduleExpression, err)
	}
	w := s.FlexibleTimeWindow
	if w == nil || w.Mode != "OFF" && w.Mode != "FLEXIBLE" || (w.Mode == "FLEXIBLE") != (w.MaximumWindowInMinutes != nil) {
		return nil, invalid("FlexibleTimeWindow has Mode OFF, or FLEXIBLE with MaximumWindowInMinutes")
	}
	if t := s.Target; t == nil || action(t.Arn) == "" {
		return nil, invalid("Target.Arn: the local stack calls SQS queues and Lambda functions only")
	}
	if !strings.Contains(s.Target.RoleArn, ":role/") {
		return nil, invalid("Target.RoleArn must be the ARN of a role")
	}
	if strings.Contains(s.Target.Arn, ":lambda:") && s.Target.Input != "" && !json.Valid([]byte(placeholders.ReplaceAllString(s.Target.Input, "0"))) && !json.Valid([]byte(s.Target.Input)) {
		return nil, invalid("Target.Input of a Lambda function must be JSON")
	}
	if r := s.Target.RetryPolicy; r != nil {
		if n := r.MaximumRetryAttempts; n != nil && (*n < 0 || *n > 185) {
			return nil, invalid("MaximumRetryAttempts is 0 to 185")
		}
		if n := r.MaximumEventAgeInSeconds; n != nil && (*n < 60 || *n > 86400) {
			return nil, invalid("MaximumEventAgeInSeconds is 60 to 86400")
		}
	}
	return e, nil
}

func action(arn string) string {
	switch part := strings.SplitN(arn, ":", 6); {
	case len(part) < 6:
		return ""
	case part[2] == "sqs" && !strings.HasSuffix(arn, ".fifo"):
		return "sqs:SendMessage"
	case part[2] == "lambda":
		return "lambda:InvokeFunction"
	}
	return ""
}

func epoch(f *float64) time.Time {
	if f == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*f * 1000)).UTC()
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// placeholders of a target's input.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
var placeholders = regexp.MustCompile(`<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>`)
