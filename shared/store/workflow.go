package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// CreateWorkflow makes a workflow with its first draft (draft revision 1). The head's
// name, description, state machine and times are taken, the rest is set here.
func (s *Store) CreateWorkflow(ctx context.Context, h workflow.Head, definition json.RawMessage) (workflow.Head, error) {
	definition = today(definition)
	hash, trigger, err := readDefinition(definition)
	if err != nil {
		return h, err
	}
	h.Enabled, h.Archived, h.ActiveVersion, h.LatestVersion, h.PublishedHash, h.RouteType, h.Revision = false, false, 0, 0, "", "", 0
	h.DraftRevision, h.DraftHash, h.TriggerType = 1, hash, trigger
	if h.CreatedAt.IsZero() {
		h.CreatedAt = s.now().UTC()
	}
	if h.UpdatedAt.IsZero() {
		h.UpdatedAt = h.CreatedAt
	}
	head, err := headWrite(h, errExists("workflow", h.ID))
	if err != nil {
		return h, err
	}
	draft, err := draftWrite(h.ID, definition, 0)
	if err != nil {
		return h, err
	}
	stats := update(statsKey(h.ID), statsColumns(h.ID))
	if err := s.write(ctx, head, draft, stats); err != nil {
		return h, err
	}
	h.Revision = 1
	return h, nil
}

// Workflow is the head of the workflow with the id, archived or not.
func (s *Store) Workflow(ctx context.Context, workflowID string) (workflow.Head, error) {
	it, err := s.find(ctx, workflowKey(workflowID), "workflow", workflowID)
	if err != nil {
		return workflow.Head{}, err
	}
	return headOf(it)
}

// Workflows lists the heads of all workflows that are not archived, newest first.
func (s *Store) Workflows(ctx context.Context) ([]workflow.Head, error) {
	items, err := s.all(ctx, span{index: indexList, pk: listWorkflows, newestFirst: true}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, headOf)
}

// PatchWorkflow changes name, description or state machine, for dispatch too.
func (s *Store) PatchWorkflow(ctx context.Context, workflowID string, p workflow.Patch) (workflow.Head, error) {
	return s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		renamed := p.Name != nil && *p.Name != h.Name
		for _, f := range []struct{ to, from *string }{{&h.Name, p.Name}, {&h.Description, p.Description}, {&h.StateMachineArn, p.StateMachineArn}} {
			if f.from != nil {
				*f.to = *f.from
			}
		}
		if p.Failures != nil {
			h.Failures = *p.Failures
		}
		if !renamed || h.RouteType == "" {
			return nil, nil
		}
		return routeColumns(*h, columns{"name": str(h.Name)}), nil
	})
}

// SetEnabled lets a workflow answer its trigger, or not. Enabling needs an active
// version: fault.Conflict.
func (s *Store) SetEnabled(ctx context.Context, workflowID string, enabled bool) (workflow.Head, error) {
	return s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		if enabled && h.Archived {
			return nil, fault.New(fault.Conflict, "workflow %q is deleted", workflowID)
		}
		if enabled && h.ActiveVersion == 0 {
			return nil, fault.New(fault.Conflict, "workflow %q has no active version; publish it first", workflowID)
		}
		var writes []write
		if enabled && !h.Enabled { // afresh: what failed before does not count
			h.EnabledAt = s.now().UTC().Truncate(time.Millisecond)
			writes = append(writes, remove(failingKey(h.ID)))
		}
		h.Enabled, h.DisabledBy, h.DisabledReason = enabled, "", ""
		if h.RouteType == "" {
			return writes, nil
		}
		return append(writes, routeColumns(*h, columns{"enabled": flag(enabled)})...), nil
	})
}

// Archive takes a workflow out of the list and stops it from answering its trigger. Its
// versions, runs and counters stay. Archiving twice is no error.
func (s *Store) Archive(ctx context.Context, workflowID string) error {
	_, err := s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		var out []write
		if h.RouteType != "" {
			out = append(out, remove(routeKey(h.RouteType, h.ID)))
		}
		h.Archived, h.Enabled, h.RouteType = true, false, ""
		return out, nil
	})
	return err
}

// changeHead reads a head, changes it and writes it with what else the change needs; it
// begins again when somebody else wrote the head in between.
func (s *Store) changeHead(ctx context.Context, workflowID string, change func(*workflow.Head) ([]write, error)) (workflow.Head, error) {
	for try := 0; ; try++ {
		h, err := s.Workflow(ctx, workflowID)
		if err != nil {
			return h, err
		}
		more, err := change(&h)
		if err != nil {
			return h, err
		}
		h.UpdatedAt = s.now().UTC()
		head, err := headWrite(h, errTaken)
		if err != nil {
			return h, err
		}
		if err = s.write(ctx, append([]write{head}, more...)...); err == nil {
			h.Revision++
			return h, nil
		}
		if !errors.Is(err, errTaken) {
			return h, err
		}
		if try+1 == maxTries {
			return h, fault.New(fault.Unavailable, "workflow %q keeps changing; try again", workflowID)
		}
		if err := pause(ctx, try); err != nil {
			return h, err
		}
	}
}

func headWrite(h workflow.Head, stale error) (write, error) {
	doc, err := encode(h)
	if err != nil {
		return write{}, err
	}
	at := place{listWorkflows, h.ID}
	if h.Archived {
		at = place{}
	}
	c := columns{"kind": str("workflow"), "v": num(version("workflow")), "id": str(h.ID), "doc": doc, "revision": num(h.Revision + 1)}.listed(at, place{})
	return update(workflowKey(h.ID), c).onlyIf(revisionIs(h.Revision), always(stale)), nil
}

func headOf(it item) (h workflow.Head, err error) {
	err = decode(it, "doc", &h)
	h.Revision = number(it, "revision")
	return h, err
}

// readDefinition finds what a head says of its draft. The definition may have Problems,
// but it is JSON.
func readDefinition(definition json.RawMessage) (hash, trigger string, err error) {
	var d struct {
		Trigger struct {
			Type string `json:"type"`
		} `json:"trigger"`
	}
	if err := json.Unmarshal(definition, &d); err != nil {
		var wrong *json.UnmarshalTypeError
		if !errors.As(err, &wrong) { // a trigger of the wrong shape is a Problem, not unreadable
			return "", "", fault.New(fault.Invalid, "the definition is not JSON: %v", err)
		}
	}
	hash, err = workflow.Hash(definition)
	if err != nil {
		return "", "", fault.New(fault.Invalid, "the definition is not JSON: %v", err)
	}
	return hash, strings.TrimSpace(d.Trigger.Type), nil
}
