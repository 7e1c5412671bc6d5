package action

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// planEscalation notes whom the request goes to as well, and when, if nobody has
// decided by then. Who is an approver already is not asked twice.
func (d *Desk) planEscalation(ctx context.Context, r *Request, p approvalParams, req *approval.Request, timeout time.Duration) error {
	if p.EscalateTo == nil {
		return nil
	}
	after, err := workflow.ParseDuration(p.EscalateTo.After)
	if err != nil {
		return fault.New(fault.Invalid, "escalateTo after %q: %s", p.EscalateTo.After, err)
	}
	who, err := d.addresses(ctx, p.EscalateTo.To)
	if err != nil {
		return err
	}
	who = slices.DeleteFunc(who, func(a string) bool {
		return slices.Contains(req.Approvers, a) || !p.AllowSelf && strings.EqualFold(a, r.Refs.Actor)
	})
	if len(who) > 0 && after < timeout {
		at := req.CreatedAt.Add(after)
		req.EscalateTo, req.EscalateAt = who, &at
	}
	return nil
}

// Escalate sends a pending request to those it goes to as well; from then on they may
// decide. The sweep calls it when it is time; it may break off anywhere and be called
// again: EscalateAt stays until everybody was asked, and nobody is asked twice.
func (d *Desk) Escalate(ctx context.Context, req *approval.Request) error {
	secret, err := d.Store.Secret(ctx, approval.SecretName)
	if err != nil {
		return err
	}
	theirs := *req
	theirs.Approvers = req.EscalateTo
	if err := d.Store.PutLinks(ctx, approval.Links(secret, &theirs)); err != nil {
		return err
	}
	req, err = d.whilePending(ctx, req, func(r *approval.Request) {
		for _, who := range r.EscalateTo {
			if !slices.Contains(r.Approvers, who) {
				r.Approvers = append(r.Approvers, who)
			}
		}
	})
	if err != nil || req.Status != approval.Pending {
		return err
	}
	_, _, err = d.Store.MoveRun(ctx, run.Move{RunID: req.RunID, From: []run.Status{run.Waiting}, To: run.Waiting, At: d.Now(),
		WaitingFor: &run.WaitingFor{ApprovalID: req.ID, Node: req.Node, Approvers: req.Approvers, Since: req.CreatedAt, Until: req.ExpiresAt}})
	if err != nil {
		return err
	}
	asked := *req
	asked.Subject = "Escalated: " + req.Subject
	if req.Subject == "" {
		asked.Subject += req.WorkflowName
	}
	intro := "Nobody has decided this since " + req.CreatedAt.UTC().Format("Mon 2 Jan 2006 15:04 UTC") + ", so that it is now yours to decide as well.\n\n"
	for _, who := range req.EscalateTo {
		err := d.ask(ctx, requestOf(req), &asked, []mail.Segment{{Text: intro}, {Value: req.Message}}, who, secret)
		if err != nil && fault.Name(err) != "mail_refused" {
			return err
		}
		if err != nil {
			slog.WarnContext(ctx, "somebody to whom a request is escalated cannot be asked by mail", "error", err)
		}
	}
	_, err = d.whilePending(ctx, req, func(r *approval.Request) { r.EscalateAt = nil })
	return err
}

// requestOf is the step that a request belongs to.
func requestOf(req *approval.Request) *Request {
	return &Request{V: 1, Type: "approval", Node: req.Node, RunID: req.RunID, Redrive: req.Redrive,
		Workflow: event.WorkflowRef{ID: req.WorkflowID, Name: req.WorkflowName, Version: req.Version},
		Refs:     Refs{Conversation: req.ConversationID, Message: req.MessageID, Ticket: req.TicketID}}
}

// whilePending changes a request that is still pending, whatever is voted meanwhile.
func (d *Desk) whilePending(ctx context.Context, req *approval.Request, change func(*approval.Request)) (*approval.Request, error) {
	for try := 1; ; try++ {
		if req.Status != approval.Pending {
			return req, nil
		}
		change(req)
		err := d.Store.SaveApproval(ctx, req)
		if err == nil {
			return req, nil
		}
		if !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Conflict) || try == maxTries {
			return req, err
		}
		if req, err = d.Store.Approval(ctx, req.ID); err != nil {
			return nil, err
		}
	}
}
