// Package erase removes what the desk keeps of a person who was a customer: the contact,
// its conversations with their messages, attachments and raw mail, the events about them
// with their match records, the inputs and results of the runs on them, the texts of
// approvals, failed mail from the address. Open runs about the person are stopped first.
// Tickets stay as shells without words or contact, runs as records without data, so that
// counts stay true.
//
// What it does not reach: histories that Step Functions keeps (up to 90 days after a run
// ended), the answers that Idempotency-Keys keep (a day), mail that was sent, backups, and
// the person's words in conversations of other contacts.
//
// One call does a bounded part and says whether there is more; calling again goes on.
// Whatever breaks in between is found again: each thing goes before what leads to it.
package erase

import (
	"context"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// Store is what the package needs of package store.
type Store interface {
	BeginErasure(ctx context.Context, contactID string) (desk.Erasure, error)
	SaveErasure(ctx context.Context, e desk.Erasure) error
	Conversations(ctx context.Context, f desk.ConversationFilter, p desk.Page) ([]desk.Conversation, string, error)
	Messages(ctx context.Context, conversationID string) ([]desk.Message, error)
	Tickets(ctx context.Context, f desk.TicketFilter, p desk.Page) ([]desk.Ticket, string, error)
	FailedMails(ctx context.Context, p desk.Page) ([]desk.FailedMail, string, error)
	EventsOf(ctx context.Context, entityID, afterEventID string, limit int) ([]event.Stored, error)
	RunsOfEvent(ctx context.Context, eventID string) ([]string, error)
	Runs(ctx context.Context, f run.Filter, p desk.Page) ([]run.Run, string, error)
	Run(ctx context.Context, runID string) (run.Run, error)
	Commit(ctx context.Context, c desk.Change) error
	EraseEvent(ctx context.Context, eventID string) (blob string, err error)
	EraseRun(ctx context.Context, runID string) error
	EraseMessage(ctx context.Context, m desk.Message) error
	EraseConversation(ctx context.Context, conversationID string) error
	EraseFailedMail(ctx context.Context, sesID string) error
	EraseContact(ctx context.Context, contactID string) error
}

// Engine stops executions.
type Engine interface {
	Stop(ctx context.Context, executionArn, code, cause string) error
}

// Recorder moves a run to where its execution is.
type Recorder interface {
	Apply(ctx context.Context, rec run.Run, x engine.Execution) (run.Run, error)
}

// Objects is the bucket.
type Objects interface {
	Delete(ctx context.Context, key string) error
}

// Eraser erases.
type Eraser struct {
	Store    Store
	Engine   Engine
	Recorder Recorder
	Objects  Objects
	Now      func() time.Time
	Work     int // things looked at by one call; 0 means 400
}

const defaultWork = 400

// scan is what looking through a page of a whole list counts for.
const scan = 10

// The stages, in their order.
const (
	conversations = "conversations"
	tickets       = "tickets"
	failedMail    = "failed_mail"
	contact       = "contact"
)

// Contact does the next part of the erasure of a contact; with Done nothing is left.
// fault.NotFound when there was never such a contact, or it was erased weeks ago.
func (e *Eraser) Contact(ctx context.Context, contactID string) (desk.Erasure, error) {
	job, err := e.Store.BeginErasure(ctx, contactID)
	if err != nil || job.Done {
		return job, err
	}
	w := &work{Eraser: e, job: &job, left: e.Work}
	if w.left == 0 {
		w.left = defaultWork
	}
	for !job.Done && w.left > 0 {
		before := job
		if err := w.stage(ctx); err != nil {
			return job, err
		}
		if job != before {
			if err := e.Store.SaveErasure(ctx, job); err != nil {
				return job, err
			}
		}
	}
	return job, nil
}

// work is one call.
type work struct {
	*Eraser
	job  *desk.Erasure
	left int
}

func (w *work) next(stage string) { w.job.Stage, w.job.Cursor = stage, "" }

func (w *work) stage(ctx context.Context) error {
	switch w.job.Stage {
	case "":
		w.next(conversations)
		return nil
	case conversations:
		return w.conversations(ctx)
	case tickets:
		return w.tickets(ctx)
	case failedMail:
		return w.failedMail(ctx)
	}
	if more, err := w.events(ctx, w.job.ContactID); err != nil || more {
		return err
	}
	w.left--
	if err := w.Store.EraseContact(ctx, w.job.ContactID); err != nil {
		return err
	}
	w.job.Stage, w.job.Email, w.job.Done = "done", "", true
	return nil
}

// conversations erases those that are left; the list is read anew each time.
func (w *work) conversations(ctx context.Context) error {
	list, next, err := w.Store.Conversations(ctx, desk.ConversationFilter{Contact: w.job.ContactID}, desk.Page{Limit: 25})
	if err != nil {
		return err
	}
	if len(list) == 0 && next == "" {
		w.next(tickets)
		return nil
	}
	for _, c := range list {
		more, err := w.conversation(ctx, c.ID)
		if err != nil || more || w.left <= 0 {
			return err
		}
	}
	return nil
}

func (w *work) conversation(ctx context.Context, convID string) (more bool, err error) {
	if more, err := w.runs(ctx, convID); err != nil || more {
		return more, err
	}
	if more, err := w.events(ctx, convID); err != nil || more {
		return more, err
	}
	messages, err := w.Store.Messages(ctx, convID)
	if err != nil {
		return true, err
	}
	for _, m := range messages {
		if w.left--; w.left < 0 {
			return true, nil
		}
		keys := []string{m.RawKey}
		for _, a := range m.Attachments {
			keys = append(keys, a.Key)
		}
		for _, k := range keys {
			if k == "" {
				continue
			}
			if err := w.Objects.Delete(ctx, k); err != nil {
				return true, err
			}
		}
		if err := w.Store.EraseMessage(ctx, m); err != nil {
			return true, err
		}
	}
	w.left--
	return false, w.Store.EraseConversation(ctx, convID)
}

// runs erases the runs on a conversation, a page at a time.
func (w *work) runs(ctx context.Context, convID string) (more bool, err error) {
	const allDone = "-"
	for {
		// The cursor is this conversation's own: another one may be first by now.
		cursor, mine := strings.CutPrefix(w.job.Cursor, convID+" ")
		if !mine {
			cursor = ""
		}
		if cursor == allDone {
			return false, nil
		}
		list, next, err := w.Store.Runs(ctx, run.Filter{Conversation: convID}, desk.Page{Limit: 25, Cursor: cursor})
		if err != nil {
			return true, err
		}
		for _, r := range list {
			if err := w.run(ctx, r.ID); err != nil {
				return true, err
			}
		}
		if next == "" {
			next = allDone
		}
		w.job.Cursor = convID + " " + next
		if w.left <= 0 {
			return true, nil
		}
	}
}

// events erases the events about an entity, and the runs that they started.
func (w *work) events(ctx context.Context, entityID string) (more bool, err error) {
	const batch = 50
	for {
		list, err := w.Store.EventsOf(ctx, entityID, "", batch)
		if err != nil || len(list) == 0 {
			return false, err
		}
		for _, ev := range list {
			if w.left--; w.left < 0 {
				return true, nil
			}
			runs, err := w.Store.RunsOfEvent(ctx, ev.ID)
			if err != nil {
				return true, err
			}
			for _, id := range runs {
				if err := w.run(ctx, id); err != nil {
					return true, err
				}
			}
			blob, err := w.Store.EraseEvent(ctx, ev.ID)
			if err != nil {
				return true, err
			}
			if blob != "" {
				if err := w.Objects.Delete(ctx, blob); err != nil {
					return true, err
				}
			}
		}
	}
}

// run stops a run that is open, and erases what it knew.
func (w *work) run(ctx context.Context, runID string) error {
	w.left--
	rec, err := w.Store.Run(ctx, runID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !rec.Status.Ended() {
		const cause = "the contact was erased"
		if rec.ExecutionArn != "" {
			if err := w.Engine.Stop(ctx, rec.ExecutionArn, "erased", cause); err != nil {
				return err
			}
		}
		now := w.Now()
		if _, err := w.Recorder.Apply(ctx, rec, engine.Execution{Status: "ABORTED", EndedAt: &now, Error: "erased", Cause: cause}); err != nil {
			return err
		}
	}
	return w.Store.EraseRun(ctx, runID)
}

// tickets empties those of the contact: a page of the list of all tickets at a time.
func (w *work) tickets(ctx context.Context) error {
	list, next, err := w.Store.Tickets(ctx, desk.TicketFilter{Contact: w.job.ContactID}, desk.Page{Limit: 25, Cursor: w.job.Cursor})
	if err != nil {
		return err
	}
	defer func() { w.left -= scan }()
	for i := range list {
		t := &list[i]
		more, err := w.events(ctx, t.ID)
		if err != nil || more {
			return err
		}
		t.Subject, t.Description, t.ContactID, t.ContactEmail, t.ConversationID = "(erased)", "", "", "", ""
		t.UpdatedAt = w.Now()
		err = w.Store.Commit(ctx, desk.Change{Ticket: t})
		if fault.Is(err, fault.Stale) {
			return nil // it changed in between: the same page again
		}
		if err != nil {
			return err
		}
	}
	if w.job.Cursor = next; next == "" {
		w.next(failedMail)
	}
	return nil
}

// failedMail erases mail of the address that could not be processed.
func (w *work) failedMail(ctx context.Context) error {
	list, next, err := w.Store.FailedMails(ctx, desk.Page{Limit: 100, Cursor: w.job.Cursor})
	if err != nil {
		return err
	}
	defer func() { w.left -= scan }()
	for _, m := range list {
		if m.From != w.job.Email && m.Envelope != w.job.Email {
			continue
		}
		if m.Key != "" {
			if err := w.Objects.Delete(ctx, m.Key); err != nil {
				return err
			}
		}
		if err := w.Store.EraseFailedMail(ctx, m.ID); err != nil {
			return err
		}
	}
	if w.job.Cursor = next; next == "" {
		w.next(contact)
	}
	return nil
}
