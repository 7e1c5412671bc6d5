package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/workflow"
)

// Routes lists the workflows with an active version of the trigger type, enabled or not,
// by id, strongly consistent: what was enabled before an event happened answers it.
func (s *Store) Routes(ctx context.Context, triggerType string) ([]workflow.Route, error) {
	items, err := s.all(ctx, span{pk: routesPartition(triggerType)}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, func(it item) (workflow.Route, error) {
		trigger, err := unpack(it, "trigger")
		return workflow.Route{WorkflowID: text(it, "workflow"), Name: text(it, "name"), Enabled: yes(it, "enabled"),
			Version: number(it, "version"), VersionArn: text(it, "versionArn"), Trigger: trigger, CostMicroUSD: int64(number(it, "cost"))}, err
	})
}

// routeColumns change the route that a workflow has.
func routeColumns(h workflow.Head, c columns) []write {
	return []write{update(routeKey(h.RouteType, h.ID), c).onlyIf(present, always(errTaken))}
}
