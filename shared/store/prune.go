package store

import (
	"context"
	"errors"

	"github.com/deskhand/deskhand/shared/workflow"
)

// PruneVersion marks a version as one that Step Functions is to drop, and with dropped
// as one that it has dropped. pruned is false for the active version, which stays.
func (s *Store) PruneVersion(ctx context.Context, workflowID string, n int, dropped bool) (pruned bool, err error) {
	err = s.changeVersion(ctx, workflowID, n, func(h *workflow.Head, v *workflow.Version) error {
		if h.ActiveVersion == n {
			return errGone
		}
		v.Pruned = true
		if dropped {
			v.VersionArn = ""
		}
		return nil
	})
	if errors.Is(err, errGone) {
		return false, nil
	}
	return err == nil, err
}

// RestoreVersion records that Step Functions has a pruned version again.
func (s *Store) RestoreVersion(ctx context.Context, workflowID string, n int, versionArn string) (out workflow.Version, err error) {
	err = s.changeVersion(ctx, workflowID, n, func(_ *workflow.Head, v *workflow.Version) error {
		v.Pruned, v.VersionArn = false, versionArn
		out = *v
		return nil
	})
	return out, err
}

// changeVersion changes a version together with the head, so that whoever activates one
// meanwhile looks again.
func (s *Store) changeVersion(ctx context.Context, workflowID string, n int, change func(*workflow.Head, *workflow.Version) error) error {
	_, err := s.changeHead(ctx, workflowID, func(h *workflow.Head) ([]write, error) {
		v, err := s.Version(ctx, workflowID, n)
		if err != nil {
			return nil, err
		}
		if err := change(h, &v); err != nil {
			return nil, err
		}
		doc, err := encode(v)
		if err != nil {
			return nil, err
		}
		return []write{update(versionKey(workflowID, n), columns{"v": num(version("version")), "doc": doc}).onlyIf(present, always(errVersion(workflowID, n)))}, nil
	})
	return err
}
