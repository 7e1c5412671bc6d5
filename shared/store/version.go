package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/workflow"
)

// ReserveVersion takes the next version number for a definition, before Step Functions
// is told: whatever happens then, the number is not given twice. Note, PublishedAt and
// PublishedBy are taken from v.
func (s *Store) ReserveVersion(ctx context.Context, workflowID string, v workflow.Version, definition json.RawMessage) (workflow.Version, error) {
	definition = today(definition)
	hash, trigger, err := readDefinition(definition)
	if err != nil {
		return v, err
	}
	def, err := pack(definition)
	if err != nil {
		return v, err
	}
	_, err = s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		if h.Archived {
			return nil, fault.New(fault.Conflict, "workflow %q is deleted", workflowID)
		}
		h.LatestVersion++
		v.N, v.Status, v.Hash, v.TriggerType, v.VersionArn = h.LatestVersion, workflow.Publishing, hash, trigger, ""
		if v.PublishedAt.IsZero() {
			v.PublishedAt = s.now().UTC()
		}
		doc, err := encode(v)
		if err != nil {
			return nil, err
		}
		return []write{
			put(with(newItem(versionKey(workflowID, v.N), "version"), columns{"doc": doc})).onlyIf(absent, always(errTaken)),
			put(with(newItem(definitionKey(workflowID, v.N), "definition"), columns{"doc": def})),
		}, nil
	})
	return v, err
}

// FinishVersion records that Step Functions has published the version, with what it was
// compiled to. Finishing again with the same ARN changes nothing.
func (s *Store) FinishVersion(ctx context.Context, workflowID string, n int, versionArn string, asl, sourceMap []byte) (workflow.Version, error) {
	v, err := s.Version(ctx, workflowID, n)
	if err != nil {
		return v, err
	}
	if v.Status == workflow.Published {
		if v.VersionArn != versionArn {
			return v, fault.New(fault.Conflict, "version %d of workflow %q is published as %s", n, workflowID, v.VersionArn)
		}
		return v, nil
	}
	v.Status, v.VersionArn = workflow.Published, versionArn
	doc, err := encode(v)
	if err != nil {
		return v, err
	}
	compiled := newItem(aslKey(workflowID, n), "asl")
	if compiled["asl"], err = pack(asl); err != nil {
		return v, err
	}
	if compiled["map"], err = pack(sourceMap); err != nil {
		return v, err
	}
	machine := versionArn
	if i := strings.LastIndexByte(machine, ':'); i > 0 {
		machine = machine[:i]
	}
	_, err = s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		if h.LatestVersion == n {
			h.PublishedHash = v.Hash
		}
		h.StateMachineArn = machine
		return []write{update(versionKey(workflowID, n), columns{"v": num(version("version")), "doc": doc}).onlyIf(present, always(errVersion(workflowID, n))), put(compiled)}, nil
	})
	return v, err
}

// Activate makes a published version the one that new runs are made of, and files its
// route under its trigger type; an earlier route under another type goes. Of the route,
// Trigger is taken, the rest is set here. It does not enable the workflow.
func (s *Store) Activate(ctx context.Context, workflowID string, n int, r workflow.Route) (workflow.Head, error) {
	return s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		v, err := s.Version(ctx, workflowID, n) // after the head: whoever prunes it meanwhile changes that
		if err != nil {
			return nil, err
		}
		if v.Status != workflow.Published {
			return nil, fault.New(fault.Conflict, "version %d of workflow %q was not published to the end; publish again", n, workflowID)
		}
		if v.Pruned {
			return nil, fault.New(fault.Unavailable, "version %d of workflow %q is being removed from Step Functions; try again", n, workflowID)
		}
		if h.Archived {
			return nil, fault.New(fault.Conflict, "workflow %q is deleted", workflowID)
		}
		var out []write
		if h.RouteType != "" && h.RouteType != v.TriggerType {
			out = append(out, remove(routeKey(h.RouteType, workflowID)))
		}
		h.ActiveVersion, h.TriggerType, h.RouteType = n, v.TriggerType, v.TriggerType
		trigger, err := pack(r.Trigger)
		if err != nil {
			return nil, err
		}
		return append(out, put(with(newItem(routeKey(v.TriggerType, workflowID), "route"), columns{
			"workflow": str(workflowID), "name": str(h.Name), "enabled": flag(h.Enabled),
			"version": num(n), "versionArn": str(v.VersionArn), "trigger": trigger, "cost": num(int(r.CostMicroUSD)),
		}))), nil
	})
}

// Version is one version of a workflow.
func (s *Store) Version(ctx context.Context, workflowID string, n int) (workflow.Version, error) {
	it, err := s.get(ctx, versionKey(workflowID, n))
	if err == nil && it == nil {
		err = errVersion(workflowID, n)
	}
	if err != nil {
		return workflow.Version{}, err
	}
	return versionOf(it)
}

// VersionDefinition is the definition that the version was published from.
func (s *Store) VersionDefinition(ctx context.Context, workflowID string, n int) (json.RawMessage, error) {
	it, err := s.get(ctx, definitionKey(workflowID, n))
	if err == nil && it == nil {
		err = errVersion(workflowID, n)
	}
	if err != nil {
		return nil, err
	}
	return definitionOf(it)
}

// VersionASL is what the version was compiled to; fault.NotFound while it is publishing.
func (s *Store) VersionASL(ctx context.Context, workflowID string, n int) (asl, sourceMap []byte, err error) {
	it, err := s.get(ctx, aslKey(workflowID, n))
	if err == nil && it == nil {
		err = errVersion(workflowID, n)
	}
	if err != nil {
		return nil, nil, err
	}
	if asl, err = unpack(it, "asl"); err != nil {
		return nil, nil, err
	}
	sourceMap, err = unpack(it, "map")
	return asl, sourceMap, err
}

// Versions lists all versions of a workflow, newest first, those that are still
// publishing too.
func (s *Store) Versions(ctx context.Context, workflowID string) ([]workflow.Version, error) {
	items, err := s.all(ctx, span{pk: workflowKey(workflowID).pk, prefix: versionPrefix}, 0)
	if err != nil {
		return nil, err
	}
	slices.Reverse(items)
	return decodeAll(items, versionOf)
}

func versionOf(it item) (v workflow.Version, err error) {
	err = decode(it, "doc", &v)
	return v, err
}

func errVersion(workflowID string, n int) error {
	return missing("version", fmt.Sprintf("%d of workflow %s", n, workflowID))
}
