package action

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"slices"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// tellOthers mails the other approvers, once each, that somebody has decided, so that
// nobody opens a request for nothing. Nothing depends on it: what fails is only logged.
func (d *Desk) tellOthers(ctx context.Context, r *Request, req *approval.Request) {
	if req.Status != approval.Approved && req.Status != approval.Rejected || len(req.Approvers) < 2 {
		return
	}
	conv, err := d.maybeConversation(ctx, r)
	if err == nil {
		var in desk.Inbox
		if in, err = outbox.Inbox(ctx, d.Store, conv); err == nil {
			for _, who := range req.Approvers {
				if who == req.DecidedBy {
					continue
				}
				if err := d.tellOne(ctx, r, req, in, who); err != nil {
					slog.WarnContext(ctx, "an approver was not told of a decision", "error", err)
				}
			}
			return
		}
	}
	slog.WarnContext(ctx, "approvers were not told of a decision", "error", err)
}

func (d *Desk) tellOne(ctx context.Context, r *Request, req *approval.Request, in desk.Inbox, who string) error {
	out := ToldMail(req, in, who)
	out.Date = d.Now()
	key := fmt.Sprintf("%s#told#%d#%s", r.Node, r.Redrive, who)
	_, err := d.deliver(ctx, r, key, letter{out: out, again: true, sent: func(context.Context, string) (*desk.Change, *Response, error) {
		return &desk.Change{}, &Response{Result: sentResult{Sent: true, To: []string{who}}}, nil
	}})
	return err
}

// ToldMail says who decided what, when, and with which words.
func ToldMail(req *approval.Request, in desk.Inbox, who string) mail.Outgoing {
	subject := req.Subject
	if subject == "" {
		subject = req.WorkflowName
	}
	when := req.DecidedAt.UTC().Format("Mon 2 Jan 2006 15:04 UTC")
	lines := []string{fmt.Sprintf("%s %s this request on %s. There is nothing left to decide for you.", req.DecidedBy, req.Status, when)}
	if req.Edited {
		lines = append(lines, "The draft was changed before.")
	}
	if req.Comment != "" {
		lines = append(lines, "Comment: "+req.Comment)
	}
	if slices.ContainsFunc(req.Votes, func(v approval.Vote) bool { return v.By == who }) {
		lines = append(lines, "Your own vote is kept with it.")
	}
	lines = append(lines, fmt.Sprintf("Workflow: %s, version %d.", req.WorkflowName, req.Version))
	out := mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, To: []mail.Address{{Email: who}}, Subject: "Decided: " + subject, Auto: "auto-generated"}
	for _, l := range lines {
		out.Text += l + "\n\n"
		out.HTML += "<p>" + html.EscapeString(l) + "</p>"
	}
	return out
}
