// Package scheduler keeps the schedules of workflows in EventBridge Scheduler: one per
// scheduled workflow that is enabled, named after stack and workflow, whose target is the
// dispatch queue. It decides nothing.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
package scheduler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/schedule"
)

// maxName of a schedule; with it the stack's name may have 34 characters.
const maxName = 64

// scheduledTime is filled in by the scheduler.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
const scheduledTime = "<aws.scheduler.scheduled-time>"

// Keeper keeps schedules.
type Keeper struct {
	Client   *scheduler.Client
	Stack    string
	QueueArn string // where ticks go
	RoleArn  string // as whom the scheduler sends them
	DeadArn  string // where those go that could not be delivered; "" is nowhere
}

// Name of a workflow's schedule.
func (k *Keeper) Name(workflowID string) string { return k.Stack + "-" + workflowID }

// Put makes the schedule what spec says. One that is the same already is left alone, so
// that a rate goes on counting.
func (k *Keeper) Put(ctx context.Context, spec schedule.Spec) error {
	name := k.Name(spec.WorkflowID)
	if len(name) > maxName {
		return fault.New(fault.Unprocessable, "the schedule's name %s has %d characters, at most %d are possible: deploy the stack under a shorter name", name, len(name), maxName)
	}
	zone := spec.Timezone
	if zone == "" {
		zone = "UTC"
	}
	target := &types.Target{Arn: aws.String(k.QueueArn), RoleArn: aws.String(k.RoleArn), Input: aws.String(message(spec.WorkflowID))}
	if k.DeadArn != "" {
		target.DeadLetterConfig = &types.DeadLetterConfig{Arn: aws.String(k.DeadArn)}
	}
	window := &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}
	about := aws.String("Workflow " + spec.WorkflowID)
	is, err := k.Client.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: aws.String(name)})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		_, err = k.Client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{Name: aws.String(name), Description: about, FlexibleTimeWindow: window,
			ScheduleExpression: aws.String(spec.Expression), ScheduleExpressionTimezone: aws.String(zone), Target: target})
		var taken *types.ConflictException
		if !errors.As(err, &taken) { // taken: made at the same moment by somebody else, maybe of another version
			return mend(err, "create schedule %s", name)
		}
	case err != nil:
		return mend(err, "read schedule %s", name)
	case same(is, spec.Expression, zone, target):
		return nil
	}
	_, err = k.Client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{Name: aws.String(name), Description: about, FlexibleTimeWindow: window,
		ScheduleExpression: aws.String(spec.Expression), ScheduleExpressionTimezone: aws.String(zone), Target: target})
	return mend(err, "change schedule %s", name)
}

// Remove removes the schedule; that there is none is no error.
func (k *Keeper) Remove(ctx context.Context, workflowID string) error {
	name := k.Name(workflowID)
	_, err := k.Client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{Name: aws.String(name)})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil
	}
	return mend(err, "remove schedule %s", name)
}

// message is a tick without the escaping of < and >, which would hide the placeholder.
func message(workflowID string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{"tick": map[string]string{"workflow": workflowID, "at": scheduledTime}}); err != nil {
		panic("two texts marshal: " + err.Error())
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

func same(is *scheduler.GetScheduleOutput, expression, zone string, target *types.Target) bool {
	return is.State == types.ScheduleStateEnabled && aws.ToString(is.ScheduleExpression) == expression && aws.ToString(is.ScheduleExpressionTimezone) == zone &&
		is.Target != nil && aws.ToString(is.Target.Arn) == aws.ToString(target.Arn) && aws.ToString(is.Target.RoleArn) == aws.ToString(target.RoleArn) &&
		aws.ToString(is.Target.Input) == aws.ToString(target.Input)
}

// mend gives an SDK error a code: a refused expression is the definition's fault.
func mend(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	words := fmt.Sprintf(format, args...)
	var invalid *types.ValidationException
	var full *types.ServiceQuotaExceededException
	var busy *types.ThrottlingException
	switch {
	case errors.As(err, &invalid):
		return &fault.Error{Code: fault.Unprocessable, Message: words + ": the scheduler refuses it: " + invalid.ErrorMessage(), Cause: err}
	case errors.As(err, &full):
		return &fault.Error{Code: fault.Unprocessable, Message: words + ": the account has as many schedules as it may: " + full.ErrorMessage(), Cause: err}
	case errors.As(err, &busy):
		return &fault.Error{Code: fault.Unavailable, Message: words + ": the scheduler is busy, try again", Cause: err}
	}
	return fault.Wrap(err, "%s", words)
}
