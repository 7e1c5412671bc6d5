package action

import (
	"context"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// resume is the only arbiter of how an approval or a wait went: it settles the record
// (or finds it settled), reads the entities afresh and sets the run running.
func (d *Desk) resume(ctx context.Context, r *Request) (*Response, error) {
	var result any
	var err error
	switch r.Of {
	case "approval":
		result, err = d.resumeApproval(ctx, r)
	case "wait":
		result, err = d.resumeWait(ctx, r)
	default:
		return nil, fault.New(fault.Invalid, "resume of %q: it is approval or wait", r.Of)
	}
	if err != nil {
		return nil, err
	}
	resp := &Response{Result: result}
	seen := ""
	if r.Refs.Conversation != "" {
		if resp.Conversation, err = maybe(d.Store.Conversation(ctx, r.Refs.Conversation)); err != nil {
			return nil, err
		}
		if resp.Conversation != nil {
			seen = max(seen, resp.Conversation.LastEvent)
		}
	}
	if r.Refs.Contact != "" {
		if resp.Contact, err = maybe(d.Store.Contact(ctx, r.Refs.Contact)); err != nil {
			return nil, err
		}
		if resp.Contact != nil {
			seen = max(seen, resp.Contact.LastEvent)
		}
	}
	if r.Refs.Ticket != "" {
		if resp.Ticket, err = maybe(d.Store.Ticket(ctx, r.Refs.Ticket)); err != nil {
			return nil, err
		}
		if resp.Ticket != nil {
			seen = max(seen, resp.Ticket.LastEvent)
		}
	}
	_, _, err = d.Store.MoveRun(ctx, run.Move{RunID: r.RunID, From: []run.Status{run.Starting, run.Waiting, run.Paused}, To: run.Running, At: d.Now(), SeenEvent: seen})
	return resp, err
}

func (d *Desk) resumeApproval(ctx context.Context, r *Request) (approval.Result, error) {
	for try := 1; ; try++ {
		req, err := d.Store.ApprovalOf(ctx, r.RunID, r.Node, r.Redrive)
		if err != nil {
			return approval.Result{}, err
		}
		if req == nil { // the task timed out before its function had recorded anything
			return approval.Result{Output: string(approval.TimedOut), Decision: string(approval.TimedOut)}, nil
		}
		if !req.Expire(d.Now()) {
			d.tellOthers(ctx, r, req)
			return req.Result(), nil
		}
		err = d.Store.SaveApproval(ctx, req)
		if (fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict)) && try < maxTries {
			continue // somebody decided at the last moment: that stands
		}
		return req.Result(), err
	}
}

func (d *Desk) resumeWait(ctx context.Context, r *Request) (map[string]any, error) {
	w, _, err := d.Store.SettleWait(ctx, r.RunID, r.Node, r.Redrive, run.Elapsed, "")
	if fault.Is(err, fault.NotFound) { // the task timed out before its function had recorded anything
		return map[string]any{"output": run.Elapsed}, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]any{"output": w.Outcome}
	if w.ByEvent != "" {
		out["event"] = w.ByEvent
	}
	return out, nil
}
