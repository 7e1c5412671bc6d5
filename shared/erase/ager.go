package erase

import (
	"context"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

// AgeStore is what an Ager needs of package store beyond an Eraser's.
type AgeStore interface {
	Store
	Settings(ctx context.Context) (desk.Settings, error)
	Aging(ctx context.Context) (desk.Aging, error)
	SaveAging(ctx context.Context, a *desk.Aging, next time.Time) (saved bool, err error)
	OldConversations(ctx context.Context, before time.Time, p desk.Page) ([]desk.Conversation, string, error)
	OldFailedMails(ctx context.Context, before time.Time, p desk.Page) ([]desk.FailedMail, string, error)
	OldRuns(ctx context.Context, before time.Time, p desk.Page) ([]run.Run, string, error)
	OldEvents(ctx context.Context, silent bool, before time.Time, p desk.Page) ([]event.Stored, string, error)
	RemoveRun(ctx context.Context, r run.Run) error
	PutAudit(ctx context.Context, e audit.Entry) error
}

// Ager removes what is older than the settings of the desk keep: a bounded part per
// Tick, one pass a day. Conversations that are closed go with their messages, raw mail,
// attachments, events, and with what their runs knew of them; runs that have ended go
// with their approvals. What is open stays, however old.
type Ager struct {
	Store   AgeStore
	Engine  Engine
	Record  Recorder
	Objects Objects
	NewID   func(prefix string) string
	Now     func() time.Time
	Work    int // things looked at by one Tick; 0 means 400
}

const (
	soon      = time.Minute
	onceADay  = 24 * time.Hour
	reserve   = 15 * time.Second // of the caller's time, which no new thing is begun in
	pageOfOld = 25
)

// The stages of a pass, in their order.
const (
	oldConversations = "conversations"
	oldMail          = "failed_mail"
	oldRuns          = "runs"
	oldEvents        = "events"
	oldSilent        = "silent_events"
	passed           = "done"
)

// Tick does the next part of a pass and says when it wants to go on.
func (a *Ager) Tick(ctx context.Context) error {
	set, err := a.Store.Settings(ctx)
	if err != nil {
		return err
	}
	ages, err := AgesOf(set.Retention)
	if err != nil {
		return err
	}
	job, err := a.Store.Aging(ctx)
	if err != nil {
		return err
	}
	if ages == (Ages{}) {
		_, err := a.Store.SaveAging(ctx, &desk.Aging{Revision: job.Revision}, time.Time{})
		return err
	}
	if job.Stage == "" {
		job = desk.Aging{Stage: oldConversations, Since: a.Now().UTC(), Revision: job.Revision}
	}
	p := &pass{Ager: a, ages: ages, job: &job}
	p.work = &work{Eraser: &Eraser{Store: a.Store, Engine: a.Engine, Recorder: a.Record, Objects: a.Objects, Now: a.Now}, job: &desk.Erasure{}, left: a.Work}
	if p.work.left == 0 {
		p.work.left = defaultWork
	}
	for job.Stage != passed && p.work.left > 0 && !late(ctx) {
		if err := p.step(ctx); err != nil {
			return err
		}
		if saved, err := a.Store.SaveAging(ctx, &job, a.Now().Add(soon)); err != nil || !saved {
			return err // the settings have begun another pass
		}
	}
	if job.Stage != passed {
		return nil
	}
	if err := a.note(ctx, job); err != nil {
		return err
	}
	_, err = a.Store.SaveAging(ctx, &desk.Aging{Revision: job.Revision}, job.Since.Add(onceADay))
	return err
}

func late(ctx context.Context) bool {
	end, has := ctx.Deadline()
	return has && time.Until(end) < reserve
}

// note tells in the audit log what a pass removed.
func (a *Ager) note(ctx context.Context, job desk.Aging) error {
	if job.Conversations+job.FailedMails+job.Runs+job.Events == 0 {
		return nil
	}
	entry := a.NewID(id.Audit)
	return a.Store.PutAudit(ctx, audit.Entry{ID: entry, At: id.Time(entry), Who: "retention", Role: "none", Action: "retention.apply",
		What:    audit.What{Kind: "settings", ID: "retention"},
		Summary: fmt.Sprintf("removed %d conversations, %d failed mails, %d runs, %d events", job.Conversations, job.FailedMails, job.Runs, job.Events)})
}

// pass is one Tick's part of it.
type pass struct {
	*Ager
	ages Ages
	job  *desk.Aging
	work *work
}

func (p *pass) step(ctx context.Context) error {
	before := func(age time.Duration) time.Time { return p.job.Since.Add(-age) }
	here := desk.Page{Limit: pageOfOld, Cursor: p.job.Cursor}
	switch {
	case p.job.Stage == oldConversations && p.ages.Mail > 0:
		list, next, err := p.Store.OldConversations(ctx, before(p.ages.Mail), here)
		return each(p, list, next, oldMail, err, func(c desk.Conversation) (bool, error) { return p.conversation(ctx, c) })
	case p.job.Stage == oldMail && p.ages.Mail > 0:
		list, next, err := p.Store.OldFailedMails(ctx, before(p.ages.Mail), here)
		return each(p, list, next, oldRuns, err, func(m desk.FailedMail) (bool, error) { return true, p.failed(ctx, m) })
	case p.job.Stage == oldRuns && p.ages.Runs > 0:
		list, next, err := p.Store.OldRuns(ctx, before(p.ages.Runs), here)
		return each(p, list, next, oldEvents, err, func(r run.Run) (bool, error) { return true, p.run(ctx, r) })
	case (p.job.Stage == oldEvents || p.job.Stage == oldSilent) && p.ages.Events > 0:
		then := oldSilent
		if p.job.Stage == oldSilent {
			then = passed
		}
		list, next, err := p.Store.OldEvents(ctx, p.job.Stage == oldSilent, before(p.ages.Events), here)
		return each(p, list, next, then, err, func(e event.Stored) (bool, error) { return true, p.event(ctx, e.ID) })
	}
	p.job.Stage, p.job.Cursor = map[string]string{oldConversations: oldMail, oldMail: oldRuns, oldRuns: oldEvents, oldEvents: passed, oldSilent: passed}[p.job.Stage], ""
	return nil
}

// each does a page of a stage, and moves on behind it when all of it was done; else the
// same page comes again, without what is gone.
func each[T any](p *pass, list []T, next, then string, err error, do func(T) (done bool, err error)) error {
	if err != nil {
		return err
	}
	for _, one := range list {
		if p.work.left <= 0 {
			return nil
		}
		if done, err := do(one); err != nil || !done {
			return err
		}
	}
	p.work.left-- // what is only looked at is charged by the page
	p.job.Cursor = next
	if next == "" {
		p.job.Stage = then
	}
	return nil
}

// conversation removes one that is closed and that no run goes on with.
func (p *pass) conversation(ctx context.Context, c desk.Conversation) (done bool, err error) {
	if c.Status != "closed" {
		return true, nil
	}
	for _, open := range []run.Status{run.Running, run.Waiting, run.Paused} {
		runs, next, err := p.Store.Runs(ctx, run.Filter{Conversation: c.ID, Status: open}, desk.Page{Limit: 1})
		if err != nil || len(runs) > 0 || next != "" {
			return true, err
		}
	}
	if err := p.unlink(ctx, c.ID); err != nil {
		return false, err
	}
	p.work.job.Cursor = p.job.Within
	more, err := p.work.conversation(ctx, c.ID)
	p.job.Within = p.work.job.Cursor
	if err != nil || more {
		return false, err
	}
	p.job.Within = ""
	p.job.Conversations++
	return true, nil
}

// unlink takes a conversation off its tickets.
func (p *pass) unlink(ctx context.Context, convID string) error {
	for {
		list, next, err := p.Store.Tickets(ctx, desk.TicketFilter{Conversation: convID}, desk.Page{Limit: pageOfOld})
		if err != nil {
			return err
		}
		for i := range list {
			p.work.left--
			list[i].ConversationID = ""
			if err := p.Store.Commit(ctx, desk.Change{Ticket: &list[i]}); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
	}
}

func (p *pass) failed(ctx context.Context, m desk.FailedMail) error {
	if m.Key != "" {
		if err := p.Objects.Delete(ctx, m.Key); err != nil {
			return err
		}
	}
	p.work.left--
	p.job.FailedMails++
	return p.Store.EraseFailedMail(ctx, m.ID)
}

func (p *pass) run(ctx context.Context, r run.Run) error {
	if !r.Status.Ended() {
		return nil
	}
	p.work.left -= 2
	p.job.Runs++
	err := p.Store.RemoveRun(ctx, r)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (p *pass) event(ctx context.Context, eventID string) error {
	blob, err := p.Store.EraseEvent(ctx, eventID)
	if err != nil {
		return err
	}
	p.work.left--
	p.job.Events++
	if blob == "" {
		return nil
	}
	return p.Objects.Delete(ctx, blob)
}
