// Package publish turns a workflow's draft into a version: checks it, compiles it,
// makes it a version of the workflow's state machine, and activates it. The story of
// one publish is Publisher.Publish; each part of it is a package of its own.
package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/cost"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Store is what the package needs of package store.
type Store interface {
	Inboxes(ctx context.Context) ([]desk.Inbox, error)
	Groups(ctx context.Context) ([]desk.Group, error)
	Workflow(ctx context.Context, id string) (workflow.Head, error)
	Workflows(ctx context.Context) ([]workflow.Head, error)
	Draft(ctx context.Context, id string) (workflow.Draft, error)
	PatchWorkflow(ctx context.Context, id string, p workflow.Patch) (workflow.Head, error)
	ReserveVersion(ctx context.Context, id string, v workflow.Version, definition json.RawMessage) (workflow.Version, error)
	FinishVersion(ctx context.Context, id string, n int, versionArn string, asl, sourceMap []byte) (workflow.Version, error)
	Version(ctx context.Context, id string, n int) (workflow.Version, error)
	VersionDefinition(ctx context.Context, id string, n int) (json.RawMessage, error)
	Activate(ctx context.Context, id string, n int, r workflow.Route) (workflow.Head, error)
	Versions(ctx context.Context, id string) ([]workflow.Version, error)
	VersionASL(ctx context.Context, id string, n int) (asl, sourceMap []byte, err error)
	PruneVersion(ctx context.Context, id string, n int, dropped bool) (pruned bool, err error)
	RestoreVersion(ctx context.Context, id string, n int, versionArn string) (workflow.Version, error)
	Runs(ctx context.Context, f run.Filter, p desk.Page) ([]run.Run, string, error)
}

// Engine publishes machines.
type Engine interface {
	Publish(ctx context.Context, p engine.Publication) (machineArn, versionArn string, err error)
}

// Publisher publishes.
type Publisher struct {
	Store    Store
	Engine   Engine
	Now      func() time.Time
	ActArn   string
	ReachArn string
	RoleArn  string
	AI       bool // there is somebody to answer ai.* steps

	Schedules Schedules   // nil: nothing keeps schedules
	Old       OldVersions // nil: versions stay in Step Functions for ever

	definitions sync.Map // of published versions, for CheckWorkflow
}

// Rejected carries the Problems that block a publish.
type Rejected struct{ Problems []workflow.Problem }

func (r *Rejected) Error() string {
	return fmt.Sprintf("the definition has problems that block publish (%d found)", len(r.Problems))
}

// Unwrap gives it the code Unprocessable.
func (r *Rejected) Unwrap() error { return fault.New(fault.Unprocessable, "%s", r.Error()) }

// Order is one publish.
type Order struct {
	WorkflowID string
	Revision   int // of the draft that the caller has seen
	Note       string
	By         string
	Activate   bool
}

// Publish makes a version of the draft. A crash between two of its calls leaves a
// version that is never active; publishing again makes the next one.
func (p *Publisher) Publish(ctx context.Context, o Order) (workflow.Version, workflow.Head, error) {
	head, err := p.Store.Workflow(ctx, o.WorkflowID)
	if err != nil {
		return workflow.Version{}, head, err
	}
	draft, err := p.Store.Draft(ctx, o.WorkflowID)
	if err != nil {
		return workflow.Version{}, head, err
	}
	if draft.Revision != o.Revision {
		return workflow.Version{}, head, fault.New(fault.Stale, "the draft is at revision %d, not %d: look at the newer one, then publish it", draft.Revision, o.Revision)
	}
	def, problems, err := p.CheckWorkflow(ctx, head, draft.Definition)
	if err != nil {
		return workflow.Version{}, head, err
	}
	if workflow.HasErrors(problems) {
		return workflow.Version{}, head, &Rejected{Problems: problems}
	}
	v, err := p.Store.ReserveVersion(ctx, head.ID, workflow.Version{Note: o.Note, PublishedAt: p.Now(), PublishedBy: o.By, TriggerType: def.Trigger.Type}, draft.Definition)
	if err != nil {
		return v, head, err
	}
	source, places, err := p.compile(def, head, v.N)
	if err != nil {
		return v, head, err
	}
	machineArn, versionArn, err := p.Engine.Publish(ctx, engine.Publication{WorkflowID: head.ID, MachineArn: head.StateMachineArn,
		RoleArn: p.RoleArn, Definition: source, Description: o.Note})
	if err != nil {
		return v, head, err
	}
	if machineArn != head.StateMachineArn {
		if head, err = p.Store.PatchWorkflow(ctx, head.ID, workflow.Patch{StateMachineArn: &machineArn}); err != nil {
			return v, head, err
		}
	}
	if v, err = p.Store.FinishVersion(ctx, head.ID, v.N, versionArn, source, places); err != nil {
		return v, head, err
	}
	if o.Activate {
		if head, err = p.Store.Activate(ctx, head.ID, v.N, route(head, v, def)); err == nil {
			err = p.Reschedule(ctx, head)
		}
	}
	if err == nil {
		head.LatestVersion = max(head.LatestVersion, v.N)
		p.prune(ctx, head)
	}
	return v, head, err
}

// Activate makes a published version the one that events start. Runs of other versions
// go on as they are.
func (p *Publisher) Activate(ctx context.Context, workflowID string, n int) (workflow.Head, error) {
	head, err := p.Store.Workflow(ctx, workflowID)
	if err != nil {
		return head, err
	}
	v, err := p.Store.Version(ctx, workflowID, n)
	if err != nil {
		return head, err
	}
	if v.Status != workflow.Published {
		return head, fault.New(fault.Conflict, "version %d was never published to the end: publish again", n)
	}
	data, err := p.Store.VersionDefinition(ctx, workflowID, n)
	if err != nil {
		return head, err
	}
	if v.Pruned {
		if v, err = p.restore(ctx, head, v); err != nil {
			return head, err
		}
	}
	def, _ := workflow.Parse(data)
	if head, err = p.Store.Activate(ctx, workflowID, n, route(head, v, def)); err != nil {
		return head, err
	}
	return head, p.Reschedule(ctx, head)
}

// Check finds the Problems of a definition on this desk.
func (p *Publisher) Check(ctx context.Context, definition json.RawMessage) (*workflow.Definition, []workflow.Problem, error) {
	inboxes, err := p.Store.Inboxes(ctx)
	if err != nil {
		return nil, nil, err
	}
	groups, err := p.Store.Groups(ctx)
	if err != nil {
		return nil, nil, err
	}
	o := check.Options{AI: p.AI, Inboxes: []string{}, Groups: []string{}, Managed: []string{}}
	for _, in := range inboxes {
		o.Inboxes = append(o.Inboxes, in.Slug)
	}
	for _, g := range groups {
		o.Groups = append(o.Groups, g.Slug)
		if g.Manager != "" {
			o.Managed = append(o.Managed, g.Slug)
		}
	}
	if o.Workflows, err = p.startable(ctx, definition); err != nil {
		return nil, nil, err
	}
	def, problems := check.Source(definition, o)
	return def, problems, nil
}

func (p *Publisher) compile(def *workflow.Definition, head workflow.Head, n int) (source, places []byte, err error) {
	machine, sources, err := compile.Machine(def, compile.Options{WorkflowID: head.ID, Name: head.Name, Version: n, ActARN: p.ActArn, ReachARN: p.ReachArn})
	if err != nil {
		return nil, nil, fault.Wrap(err, "compile version %d", n)
	}
	for _, d := range asl.Validate(machine) {
		if d.Severity == asl.SeverityError {
			return nil, nil, fmt.Errorf("compiled version %d is not a valid state machine: %s at %s", n, d.Message, d.Location)
		}
	}
	if source, err = asl.Marshal(machine); err != nil {
		return nil, nil, err
	}
	places, err = json.Marshal(sources)
	return source, places, err
}

func route(head workflow.Head, v workflow.Version, def *workflow.Definition) workflow.Route {
	trigger, err := json.Marshal(def.Trigger)
	if err != nil {
		panic("a parsed trigger marshals: " + err.Error())
	}
	return workflow.Route{WorkflowID: head.ID, Name: head.Name, Enabled: head.Enabled, Version: v.N, VersionArn: v.VersionArn, Trigger: trigger,
		CostMicroUSD: cost.Flow(def).Typical.MicroUSD()}
}
