package store

import (
	"context"
	"encoding/json"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
	"time"
)

var errPending = fault.New(fault.Unavailable, "not written yet")

func (s *Store) Inboxes(ctx context.Context) (r0 []desk.Inbox, err error) { err = errPending; return }

func (s *Store) Inbox(ctx context.Context, slug string) (r0 desk.Inbox, err error) {
	err = errPending
	return
}

func (s *Store) PutInbox(ctx context.Context, in desk.Inbox) (err error) { err = errPending; return }

func (s *Store) DeleteInbox(ctx context.Context, slug string) (err error) { err = errPending; return }

func (s *Store) Groups(ctx context.Context) (r0 []desk.Group, err error) { err = errPending; return }

func (s *Store) Group(ctx context.Context, slug string) (r0 desk.Group, err error) {
	err = errPending
	return
}

func (s *Store) PutGroup(ctx context.Context, g desk.Group) (err error) { err = errPending; return }

func (s *Store) DeleteGroup(ctx context.Context, slug string) (err error) { err = errPending; return }

func (s *Store) Settings(ctx context.Context) (r0 desk.Settings, err error) { err = errPending; return }

func (s *Store) PutSettings(ctx context.Context, set desk.Settings) (err error) {
	err = errPending
	return
}

func (s *Store) Secret(ctx context.Context, name string) (r0 []byte, err error) {
	err = errPending
	return
}

func (s *Store) Contact(ctx context.Context, contactID string) (r0 *desk.Contact, err error) {
	err = errPending
	return
}

func (s *Store) ContactByEmail(ctx context.Context, email string) (r0 *desk.Contact, err error) {
	err = errPending
	return
}

func (s *Store) Contacts(ctx context.Context, f desk.ContactFilter, p Page) (r0 []desk.Contact, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) Conversation(ctx context.Context, convID string) (r0 *desk.Conversation, err error) {
	err = errPending
	return
}

func (s *Store) Conversations(ctx context.Context, f desk.ConversationFilter, p Page) (r0 []desk.Conversation, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) Messages(ctx context.Context, convID string) (r0 []desk.Message, err error) {
	err = errPending
	return
}

func (s *Store) Message(ctx context.Context, convID, msgID string) (r0 *desk.Message, err error) {
	err = errPending
	return
}

func (s *Store) FindMessage(ctx context.Context, msgID string) (r0 *desk.Message, err error) {
	err = errPending
	return
}

func (s *Store) Timeline(ctx context.Context, convID string) (r0 []desk.Entry, err error) {
	err = errPending
	return
}

func (s *Store) Ticket(ctx context.Context, ticketID string) (r0 *desk.Ticket, err error) {
	err = errPending
	return
}

func (s *Store) Tickets(ctx context.Context, f desk.TicketFilter, p Page) (r0 []desk.Ticket, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) Commit(ctx context.Context, c desk.Change) (err error) { err = errPending; return }

func (s *Store) FindByMessageID(ctx context.Context, messageID string) (r0 []MailRef, err error) {
	err = errPending
	return
}

func (s *Store) PutFailedMail(ctx context.Context, m desk.FailedMail) (err error) {
	err = errPending
	return
}

func (s *Store) FailedMails(ctx context.Context, p Page) (r0 []desk.FailedMail, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) FailedMail(ctx context.Context, sesID string) (r0 desk.FailedMail, err error) {
	err = errPending
	return
}

func (s *Store) DeleteFailedMail(ctx context.Context, sesID string) (err error) {
	err = errPending
	return
}

func (s *Store) Event(ctx context.Context, eventID string) (r0 *event.Stored, err error) {
	err = errPending
	return
}

func (s *Store) PutForeignEvent(ctx context.Context, e event.Stored) (created bool, err error) {
	err = errPending
	return
}

func (s *Store) PutEvents(ctx context.Context, events ...event.Event) (err error) {
	err = errPending
	return
}

func (s *Store) Events(ctx context.Context, f EventFilter, p Page) (r0 []event.Stored, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) RecordMatches(ctx context.Context, eventID string, matches []event.Match) (err error) {
	err = errPending
	return
}

func (s *Store) EventsOf(ctx context.Context, entityID, afterEventID string, limit int) (r0 []event.Stored, err error) {
	err = errPending
	return
}

func (s *Store) CreateWorkflow(ctx context.Context, h workflow.Head, definition json.RawMessage) (r0 workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) Workflow(ctx context.Context, workflowID string) (r0 workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) Workflows(ctx context.Context) (r0 []workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) WorkflowStats(ctx context.Context) (r0 map[string]run.Counters, err error) {
	err = errPending
	return
}

func (s *Store) WorkflowCounters(ctx context.Context, workflowID string) (r0 run.Counters, err error) {
	err = errPending
	return
}

func (s *Store) Draft(ctx context.Context, workflowID string) (r0 workflow.Draft, err error) {
	err = errPending
	return
}

func (s *Store) SaveDraft(ctx context.Context, workflowID string, definition json.RawMessage, ifRevision int) (r0 workflow.Draft, err error) {
	err = errPending
	return
}

func (s *Store) PatchWorkflow(ctx context.Context, workflowID string, p workflow.Patch) (r0 workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) ReserveVersion(ctx context.Context, workflowID string, v workflow.Version, definition json.RawMessage) (r0 workflow.Version, err error) {
	err = errPending
	return
}

func (s *Store) FinishVersion(ctx context.Context, workflowID string, n int, versionArn string, asl, sourceMap []byte) (r0 workflow.Version, err error) {
	err = errPending
	return
}

func (s *Store) Activate(ctx context.Context, workflowID string, n int, r workflow.Route) (r0 workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) SetEnabled(ctx context.Context, workflowID string, enabled bool) (r0 workflow.Head, err error) {
	err = errPending
	return
}

func (s *Store) Archive(ctx context.Context, workflowID string) (err error) { err = errPending; return }

func (s *Store) Version(ctx context.Context, workflowID string, n int) (r0 workflow.Version, err error) {
	err = errPending
	return
}

func (s *Store) VersionDefinition(ctx context.Context, workflowID string, n int) (r0 json.RawMessage, err error) {
	err = errPending
	return
}

func (s *Store) VersionASL(ctx context.Context, workflowID string, n int) (asl, sourceMap []byte, err error) {
	err = errPending
	return
}

func (s *Store) Versions(ctx context.Context, workflowID string) (r0 []workflow.Version, err error) {
	err = errPending
	return
}

func (s *Store) Routes(ctx context.Context, triggerType string) (r0 []workflow.Route, err error) {
	err = errPending
	return
}

func (s *Store) StartRun(ctx context.Context, r run.Run, input []byte) (existing *run.Run, err error) {
	err = errPending
	return
}

func (s *Store) Run(ctx context.Context, runID string) (r0 run.Run, err error) {
	err = errPending
	return
}

func (s *Store) RunInput(ctx context.Context, runID string) (r0 []byte, err error) {
	err = errPending
	return
}

func (s *Store) RunOfEvent(ctx context.Context, eventID, workflowID string) (r0 *run.Run, err error) {
	err = errPending
	return
}

func (s *Store) MarkStarted(ctx context.Context, runID, executionArn string) (r0 run.Run, err error) {
	err = errPending
	return
}

func (s *Store) MoveRun(ctx context.Context, m run.Move) (r run.Run, moved bool, err error) {
	err = errPending
	return
}

func (s *Store) Runs(ctx context.Context, f RunFilter, p Page) (r0 []run.Run, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) Effect(ctx context.Context, runID, node string) (result []byte, done bool, err error) {
	err = errPending
	return
}

func (s *Store) PutEffect(ctx context.Context, e desk.Effect) (err error) { err = errPending; return }

func (s *Store) BeginSend(ctx context.Context, runID, node string, redrive int) (send desk.Send, claimed bool, err error) {
	err = errPending
	return
}

func (s *Store) ReclaimSend(ctx context.Context, runID, node string, redrive int) (claimed bool, err error) {
	err = errPending
	return
}

func (s *Store) AbandonSend(ctx context.Context, runID, node string) (err error) {
	err = errPending
	return
}

func (s *Store) PutWait(ctx context.Context, w Wait) (r0 Wait, err error) { err = errPending; return }

func (s *Store) Wait(ctx context.Context, runID, node string, redrive int) (r0 Wait, err error) {
	err = errPending
	return
}

func (s *Store) WaitsOn(ctx context.Context, entityID string) (r0 []Wait, err error) {
	err = errPending
	return
}

func (s *Store) SettleWait(ctx context.Context, runID, node string, redrive int, outcome, byEvent string) (w Wait, first bool, err error) {
	err = errPending
	return
}

func (s *Store) CreateApproval(ctx context.Context, r approval.Request, links []approval.Link, token string, events ...event.Event) (stored *approval.Request, created bool, err error) {
	err = errPending
	return
}

func (s *Store) Approval(ctx context.Context, approvalID string) (r0 *approval.Request, err error) {
	err = errPending
	return
}

func (s *Store) ApprovalOf(ctx context.Context, runID, node string, redrive int) (r0 *approval.Request, err error) {
	err = errPending
	return
}

func (s *Store) ApprovalByLink(ctx context.Context, hash string) (r0 approval.Link, r1 *approval.Request, err error) {
	err = errPending
	return
}

func (s *Store) PutLinks(ctx context.Context, links []approval.Link) (err error) {
	err = errPending
	return
}

func (s *Store) SaveApproval(ctx context.Context, r *approval.Request, events ...event.Event) (err error) {
	err = errPending
	return
}

func (s *Store) Token(ctx context.Context, approvalID string) (r0 string, err error) {
	err = errPending
	return
}

func (s *Store) Approvals(ctx context.Context, f approval.Filter, p Page) (r0 []approval.Request, r1 string, err error) {
	err = errPending
	return
}

func (s *Store) ApprovalsOfRun(ctx context.Context, runID string) (r0 []approval.Request, err error) {
	err = errPending
	return
}

func (s *Store) Due(ctx context.Context, before time.Time, limit int) (r0 []DueItem, err error) {
	err = errPending
	return
}

func (s *Store) SetDue(ctx context.Context, d DueItem, next time.Time) (err error) {
	err = errPending
	return
}

func (s *Store) BeginIdempotent(ctx context.Context, caller, route, key, bodyHash string) (answer *Answer, err error) {
	err = errPending
	return
}

func (s *Store) FinishIdempotent(ctx context.Context, caller, route, key string, a Answer) (err error) {
	err = errPending
	return
}

func (s *Store) AbandonIdempotent(ctx context.Context, caller, route, key string) (err error) {
	err = errPending
	return
}
