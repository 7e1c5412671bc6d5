package publish

import (
	"context"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/schedule"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Schedules keeps the schedules of workflows. Both calls may be repeated.
type Schedules interface {
	Put(ctx context.Context, s schedule.Spec) error
	Remove(ctx context.Context, workflowID string) error
}

// Reschedule brings the schedule of a workflow in line with the workflow: one that is
// enabled and whose active version has a schedule has it kept, any other has none. It
// follows every change of these (publish, activate, enable, disable, archive); done again,
// it mends what broke off.
func (p *Publisher) Reschedule(ctx context.Context, head workflow.Head) error {
	if p.Schedules == nil {
		return nil
	}
	if head.Archived || !head.Enabled || head.ActiveVersion == 0 || head.RouteType != event.Schedule {
		return p.Schedules.Remove(ctx, head.ID)
	}
	data, err := p.Store.VersionDefinition(ctx, head.ID, head.ActiveVersion)
	if err != nil {
		return err
	}
	def, _ := workflow.Parse(data)
	spec, err := schedule.Params(head.ID, def.Trigger.Params)
	if err != nil {
		return err
	}
	return p.Schedules.Put(ctx, spec)
}
