package publish

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Step Functions has room for 1,000 versions of a state machine. The newest keepVersions
// stay in any case; of the older ones a publish removes a few, as long as nothing needs
// them. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	keepVersions = 100
	pruneAtOnce  = 10
	lately       = time.Hour // a run of the version may be about to start
)

// OldVersions removes versions of state machines.
type OldVersions interface {
	// InUse tells whether an execution of the version is open, or may be redriven.
	InUse(ctx context.Context, versionArn string, now time.Time) (bool, error)
	DeleteVersion(ctx context.Context, versionArn string) error
}

// prune removes old versions from Step Functions; their definitions stay. The publish
// that it follows does not fail by it: what is left goes with the next.
func (p *Publisher) prune(ctx context.Context, head workflow.Head) {
	if p.Old == nil || head.LatestVersion <= keepVersions {
		return
	}
	if err := p.pruneOld(ctx, head); err != nil {
		slog.WarnContext(ctx, "old versions stay in Step Functions", "workflow", head.ID, "error", err)
	}
}

func (p *Publisher) pruneOld(ctx context.Context, head workflow.Head) error {
	all, err := p.Store.Versions(ctx, head.ID)
	if err != nil {
		return err
	}
	var failed error
	done := 0
	for i := len(all) - 1; i >= 0 && done < pruneAtOnce; i-- { // the oldest first
		v := all[i]
		if v.N > head.LatestVersion-keepVersions {
			break
		}
		if v.Status != workflow.Published || v.N == head.ActiveVersion || v.VersionArn == "" {
			continue
		}
		done++
		failed = errors.Join(failed, p.pruneOne(ctx, head, v))
	}
	return failed
}

func (p *Publisher) pruneOne(ctx context.Context, head workflow.Head, v workflow.Version) error {
	if !v.Pruned { // else an earlier try broke off behind the mark
		used, err := p.Old.InUse(ctx, v.VersionArn, p.Now())
		if err != nil || used {
			return err
		}
		recent, _, err := p.Store.Runs(ctx, run.Filter{Workflow: head.ID, Version: v.N, From: p.Now().Add(-lately)}, desk.Page{Limit: 1})
		if err != nil || len(recent) > 0 {
			return err
		}
		if pruned, err := p.Store.PruneVersion(ctx, head.ID, v.N, false); err != nil || !pruned {
			return err
		}
	}
	if err := p.Old.DeleteVersion(ctx, v.VersionArn); err != nil {
		return err
	}
	_, err := p.Store.PruneVersion(ctx, head.ID, v.N, true)
	return err
}

// restore publishes a version again that was pruned: the same machine, under its number.
func (p *Publisher) restore(ctx context.Context, head workflow.Head, v workflow.Version) (workflow.Version, error) {
	source, _, err := p.Store.VersionASL(ctx, head.ID, v.N)
	if err != nil {
		return v, fault.Wrap(err, "publish version %d again", v.N)
	}
	_, arn, err := p.Engine.Publish(ctx, engine.Publication{WorkflowID: head.ID, MachineArn: head.StateMachineArn, RoleArn: p.RoleArn, Definition: source, Description: v.Note})
	if err != nil {
		return v, err
	}
	return p.Store.RestoreVersion(ctx, head.ID, v.N, arn)
}
