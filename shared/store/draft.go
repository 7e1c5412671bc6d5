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
	def, err := definitionOf(it)
	return workflow.Draft{Definition: def, Revision: number(it, "revision")}, err
}

// definitionOf is the definition in an item, in today's format; one of a newer format is
// given as it is, and check says what is wrong with it.
func definitionOf(it item) (json.RawMessage, error) {
	doc, err := unpack(it, "doc")
	if err != nil {
		return nil, err
	}
	return today(doc), nil
}

// today is a definition in today's format, if that is possible.
func today(definition json.RawMessage) json.RawMessage {
	upgraded, _, err := workflow.Upgrade(definition)
	if err != nil {
		return definition
	}
	return upgraded
}

// SaveDraft replaces the draft that was read at ifRevision; fault.Stale when it changed
// since.
func (s *Store) SaveDraft(ctx context.Context, workflowID string, definition json.RawMessage, ifRevision int) (workflow.Draft, error) {
	definition = today(definition)
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
