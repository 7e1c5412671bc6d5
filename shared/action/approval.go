package action

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

type approvalParams struct {
	Approvers people
	Subject   string
	Message   []mail.Segment
	Draft     *string
	Timeout   string
	Reminders list
	Quorum    int
	AllowSelf bool

	EscalateTo *struct {
		To    people
		After string
	}
}

// approval is approval {approvers, subject, message?, draft?, timeout, …}: it records
// the request with the task token, asks everybody by mail, and answers nothing itself.
func (d *Desk) approval(ctx context.Context, r *Request) (*Response, error) {
	var p approvalParams
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if r.Token == "" {
		return nil, fault.New(fault.Invalid, "approval %s was called without a task token", r.Node)
	}
	want, err := d.request(ctx, r, p)
	if err != nil {
		return nil, err
	}
	secret, err := d.Store.Secret(ctx, approval.SecretName)
	if err != nil {
		return nil, err
	}
	requested, err := json.Marshal(map[string]any{"approvalId": want.ID, "runId": want.RunID, "node": want.Node, "approvers": want.Approvers, "expiresAt": want.ExpiresAt})
	if err != nil {
		return nil, err
	}
	ev := event.Event{ID: d.NewID("evt_"), Type: event.ApprovalRequested, Time: want.CreatedAt, Actor: r.Actor(), CausedBy: r.Cause(), Subject: r.Refs.Subject(), Detail: requested}
	req, created, err := d.Store.CreateApproval(ctx, *want, approval.Links(secret, want), r.Token, ev)
	if err != nil {
		return nil, err
	}
	if !created { // read after the new token was written: whoever decides writes first and then reads the token
		if req, err = d.Store.Approval(ctx, req.ID); err != nil {
			return nil, err
		}
	}
	if req.Status != approval.Pending { // decided between two tries of this step
		return &Response{Result: map[string]string{"approvalId": req.ID}}, d.tell(ctx, req)
	}
	_, _, err = d.Store.MoveRun(ctx, run.Move{RunID: r.RunID, From: []run.Status{run.Starting, run.Running, run.Paused, run.Waiting}, To: run.Waiting, At: d.Now(),
		WaitingFor: &run.WaitingFor{ApprovalID: req.ID, Node: r.Node, Approvers: req.Approvers, Since: req.CreatedAt, Until: req.ExpiresAt}})
	if err != nil {
		return nil, err
	}
	if err := d.askAll(ctx, r, req, p.Message, secret); err != nil {
		return nil, err
	}
	return &Response{Result: map[string]string{"approvalId": req.ID}}, nil
}

// askAll asks every approver. An address that is refused for good does not keep the
// others from deciding, as long as there are enough of them.
func (d *Desk) askAll(ctx context.Context, r *Request, req *approval.Request, message []mail.Segment, secret []byte) error {
	asked := 0
	var refused error
	for _, who := range req.Approvers {
		err := d.ask(ctx, r, req, message, who, secret)
		switch {
		case err == nil:
			asked++
		case fault.Name(err) == "mail_refused":
			slog.WarnContext(ctx, "an approver cannot be asked by mail", "error", err)
			refused = err
		default:
			return err
		}
	}
	if asked < req.Quorum {
		return refused
	}
	return nil
}

func (d *Desk) tell(ctx context.Context, req *approval.Request) error {
	s := approval.Service{Store: d.Store, Answer: d.Answerer, Gone: d.Gone, NewID: d.NewID, Now: d.Now}
	req.Delivered = false
	return s.Deliver(ctx, req)
}

// request is the approval as it is to be recorded.
func (d *Desk) request(ctx context.Context, r *Request, p approvalParams) (*approval.Request, error) {
	who, err := d.addresses(ctx, p.Approvers)
	if err != nil {
		return nil, err
	}
	if !p.AllowSelf {
		who = slices.DeleteFunc(who, func(a string) bool { return strings.EqualFold(a, r.Refs.Actor) })
	}
	if len(who) == 0 {
		return nil, fault.Named(fault.Unprocessable, "no_approvers", "nobody can decide: the groups are empty, or only who started this is in them")
	}
	quorum := max(p.Quorum, 1)
	if len(who) < quorum { // fewer than the author asked for is not for us to accept
		return nil, fault.Named(fault.Unprocessable, "no_approvers", "it takes %d approvals, and only %d can decide: put more people into the groups, or ask for fewer", quorum, len(who))
	}
	timeout, err := workflow.ParseDuration(p.Timeout)
	if err != nil {
		return nil, fault.New(fault.Invalid, "timeout %q: %s", p.Timeout, err)
	}
	now := d.Now()
	req := &approval.Request{ID: d.NewID("apr_"), RunID: r.RunID, Node: r.Node, Redrive: r.Redrive,
		WorkflowID: r.Workflow.ID, WorkflowName: r.Workflow.Name, Version: r.Workflow.Version, Status: approval.Pending,
		Approvers: who, Quorum: quorum, Subject: oneLine(p.Subject), Votes: []approval.Vote{},
		ConversationID: r.Refs.Conversation, MessageID: r.Refs.Message, TicketID: r.Refs.Ticket,
		CreatedAt: now, ExpiresAt: now.Add(timeout)}
	if req.Message, req.MessageHTML = mail.Render(p.Message); len(req.MessageHTML) > approval.MaxText {
		req.MessageHTML = "" // the plain text will do, and keeps the item small
	}
	if p.Draft != nil {
		req.HasDraft, req.Draft = true, *p.Draft
		if len(req.Draft) > approval.MaxText {
			req.Draft = strings.ToValidUTF8(req.Draft[:approval.MaxText], "")
		}
	}
	for _, s := range p.Reminders {
		after, err := workflow.ParseDuration(s)
		if err != nil {
			return nil, fault.New(fault.Invalid, "reminder %q: %s", s, err)
		}
		if after < timeout {
			req.RemindAt = append(req.RemindAt, now.Add(after))
		}
	}
	slices.SortFunc(req.RemindAt, time.Time.Compare)
	if err := d.planEscalation(ctx, r, p, req, timeout); err != nil {
		return nil, err
	}
	return req, nil
}

// ask mails one approver the personal link.
func (d *Desk) ask(ctx context.Context, r *Request, req *approval.Request, message []mail.Segment, who string, secret []byte) error {
	conv, err := d.maybeConversation(ctx, r)
	if err != nil {
		return err
	}
	in, err := outbox.Inbox(ctx, d.Store, conv)
	if err != nil {
		return err
	}
	out := AskMail(req, message, in, who, d.PublicURL+"/a/"+approval.LinkID(secret, req.ID, who))
	out.Date = d.Now()
	key := fmt.Sprintf("%s#ask#%d#%s", r.Node, r.Redrive, who)
	_, err = d.deliver(ctx, r, key, letter{out: out, again: true, sent: func(context.Context, string) (*desk.Change, *Response, error) {
		return &desk.Change{}, &Response{Result: sentResult{Sent: true, To: []string{who}}}, nil
	}})
	return err
}

// AskMail is the mail that asks: what it is about, the draft, one link that decides
// nothing by being opened, and until when.
func AskMail(req *approval.Request, message []mail.Segment, in desk.Inbox, who, link string) mail.Outgoing {
	text, body := mail.Render(message)
	var t, h strings.Builder
	if strings.TrimSpace(text) != "" {
		t.WriteString(strings.TrimSpace(text) + "\n\n")
		h.WriteString(body)
	}
	until := req.ExpiresAt.UTC().Format("Mon 2 Jan 2006 15:04 UTC")
	if req.HasDraft {
		t.WriteString("The draft:\n\n" + indent(req.Draft) + "\n\n")
		h.WriteString("<p>The draft:</p><blockquote style=\"border-left:3px solid #888;margin:0 0 1em;padding:0 1em;white-space:pre-wrap\">" + html.EscapeString(req.Draft) + "</blockquote>")
	}
	fmt.Fprintf(&t, "Read it, change it, approve or reject it here:\n%s\n\nThe link is yours alone; opening it decides nothing. It works until %s.\nWorkflow: %s, version %d.\n", link, until, req.WorkflowName, req.Version)
	fmt.Fprintf(&h, `<p><a href="%s">Read it, change it, approve or reject it</a></p><p>The link is yours alone; opening it decides nothing. It works until %s.<br>Workflow: %s, version %d.</p>`,
		html.EscapeString(link), html.EscapeString(until), html.EscapeString(req.WorkflowName), req.Version)
	subject := req.Subject
	if subject == "" {
		subject = "Approval needed: " + req.WorkflowName
	}
	return mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, To: []mail.Address{{Email: who}}, Subject: subject,
		Text: t.String(), HTML: h.String(), Auto: "auto-generated"}
}

func indent(s string) string {
	return "> " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n> ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func joined(list []string) string { return strings.Join(list, ", ") }
