package store

import (
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Draft is the definition that is being worked on.
func (s *Store) Draft(ctx context.Context, workflowID string) (workflow.Draft, error) {
	it, err := s.find(ctx, draftKey(workflowID), "workflow", workflowID)
	if err != nil {
		return workflow.Draft{}, err
	}
	def, err := unpack(it, "doc")
	return workflow.Draft{Definition: def, Revision: number(it, "revision")}, err
}

// SaveDraft replaces the draft that was read at ifRevision; fault.Stale when it changed
// since.
func (s *Store) SaveDraft(ctx context.Context, workflowID string, definition json.RawMessage, ifRevision int) (workflow.Draft, error) {
	hash, trigger, err := readDefinition(definition)
	if err != nil {
		return workflow.Draft{}, err
	}
	_, err = s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		if h.Archived {
			return nil, fault.New(fault.Conflict, "workflow %q is deleted", workflowID)
		}
		if h.DraftRevision != ifRevision {
			return nil, errStale("draft of workflow", workflowID)
		}
		h.DraftRevision, h.DraftHash = ifRevision+1, hash
		if h.ActiveVersion == 0 {
			h.TriggerType = trigger
		}
		w, err := draftWrite(workflowID, definition, ifRevision)
		return []write{w}, err
	})
	if err != nil {
		return workflow.Draft{}, err
	}
	return workflow.Draft{Definition: definition, Revision: ifRevision + 1}, nil
}

func draftWrite(workflowID string, definition json.RawMessage, ifRevision int) (write, error) {
	doc, err := pack(definition)
	if err != nil {
		return write{}, err
	}
	c := columns{"kind": str("draft"), "v": num(version("draft")), "doc": doc, "revision": num(ifRevision + 1)}
	return update(draftKey(workflowID), c).onlyIf(revisionIs(ifRevision), always(errStale("draft of workflow", workflowID))), nil
}
