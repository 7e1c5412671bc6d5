package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func (w *world) request(runID, node string, approvers ...string) approval.Request {
	return approval.Request{ID: w.ids.New(id.Approval), RunID: runID, Node: node, WorkflowID: "wf_1", Version: 1, Status: approval.Pending,
		Approvers: approvers, Quorum: 1, Subject: "Reply?", Draft: "Dear", HasDraft: true, CreatedAt: w.now(), ExpiresAt: w.now().Add(48 * time.Hour),
		RemindAt: []time.Time{w.now().Add(24 * time.Hour)}, Votes: []approval.Vote{}}
}

func TestApproval(t *testing.T) {
	w := open(t)
	r := w.request("run_1", "ok", "a@demo.test", "b@demo.test")
	links := []approval.Link{
		{Hash: "h1", ApprovalID: r.ID, Approver: "a@demo.test", ExpiresAt: r.ExpiresAt},
		{Hash: "h2", ApprovalID: r.ID, Approver: "b@demo.test", ExpiresAt: r.ExpiresAt},
	}
	asked := event.Event{ID: w.ids.New(id.Event), Type: event.ApprovalRequested, Time: w.now()}
	stored, created, err := w.CreateApproval(w.ctx, r, links, "token1", asked)
	ok(t, err)
	r.Revision = 1
	same(t, "created", []any{created, stored}, []any{true, &r})
	same(t, "stored", must[*approval.Request](t)(w.Approval(w.ctx, r.ID)), &r)
	same(t, "of the step", must[*approval.Request](t)(w.ApprovalOf(w.ctx, "run_1", "ok", 0)), &r)
	same(t, "event", must[*event.Stored](t)(w.Event(w.ctx, asked.ID)).Type, event.ApprovalRequested)
	l, of, err := w.ApprovalByLink(w.ctx, "h2")
	ok(t, err)
	same(t, "by link", []any{l, of}, []any{links[1], &r})
	_, _, err = w.ApprovalByLink(w.ctx, "h3")
	wantCode(t, err, fault.NotFound)
	same(t, "due", must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(30*time.Hour), 10)), []store.DueItem{{Kind: "approval", ID: r.ID, DueAt: r.RemindAt[0]}})

	t.Run("a retry gives the same request and its own token", func(t *testing.T) {
		other := w.request("run_1", "ok", "c@demo.test")
		again, created, err := w.CreateApproval(w.ctx, other, nil, "token2")
		ok(t, err)
		same(t, "existing", []any{created, again}, []any{false, &r})
		same(t, "token", must[string](t)(w.Token(w.ctx, r.ID)), "token2")
		_, err = w.Approval(w.ctx, other.ID)
		wantCode(t, err, fault.NotFound)
	})

	t.Run("another redrive is another request", func(t *testing.T) {
		next := w.request("run_1", "ok", "a@demo.test")
		next.Redrive = 1
		_, created, err := w.CreateApproval(w.ctx, next, nil, "token3")
		ok(t, err)
		same(t, "created", created, true)
		of := must[[]approval.Request](t)(w.ApprovalsOfRun(w.ctx, "run_1"))
		same(t, "of the run", []string{of[0].ID, of[1].ID}, []string{r.ID, next.ID})
	})

	t.Run("one decision", func(t *testing.T) {
		decide := func(i int) (*approval.Request, error) {
			q, err := w.Approval(w.ctx, r.ID)
			if err != nil || q.Status != approval.Pending {
				return q, fault.New(fault.Conflict, "late")
			}
			q.Status, q.DecidedBy = approval.Approved, fmt.Sprint("p", i)
			return q, w.SaveApproval(w.ctx, q, event.Event{ID: w.ids.New(id.Event), Type: event.ApprovalDecided, Time: w.now()})
		}
		won := []string{}
		for _, err := range together(20, func(i int) error {
			q, err := decide(i)
			if err == nil {
				w.mu.Lock()
				won = append(won, q.DecidedBy)
				w.mu.Unlock()
				return nil
			}
			if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Stale) {
				return err
			}
			return nil
		}) {
			ok(t, err)
		}
		now := must[*approval.Request](t)(w.Approval(w.ctx, r.ID))
		same(t, "decided by", won, []string{now.DecidedBy})
		same(t, "revision", now.Revision, 2)
		events, _, err := w.Events(w.ctx, store.EventFilter{Type: event.ApprovalDecided}, store.Page{})
		ok(t, err)
		same(t, "events", len(events), 1)
		same(t, "due until delivered", must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(time.Hour), 10)), []store.DueItem{{Kind: "approval", ID: r.ID, DueAt: w.now().Add(time.Minute)}})

		now.Delivered = true
		ok(t, w.SaveApproval(w.ctx, now))
		same(t, "delivered", must[*approval.Request](t)(w.Approval(w.ctx, r.ID)).Delivered, true)
		now.Status = approval.Rejected
		wantCode(t, w.SaveApproval(w.ctx, now), fault.Conflict)
		stale := r
		stale.Status = approval.Approved
		wantCode(t, w.SaveApproval(w.ctx, &stale), fault.Stale)
		gone := w.request("run_9", "ok")
		gone.Revision = 1
		wantCode(t, w.SaveApproval(w.ctx, &gone), fault.NotFound)
	})

	t.Run("more links than one transaction", func(t *testing.T) {
		r := w.request("run_2", "ok")
		var links []approval.Link
		for i := range 230 {
			links = append(links, approval.Link{Hash: fmt.Sprint("many", i), ApprovalID: r.ID, Approver: fmt.Sprintf("p%d@demo.test", i), ExpiresAt: r.ExpiresAt})
		}
		_, created, err := w.CreateApproval(w.ctx, r, links, "t")
		ok(t, err)
		same(t, "created", created, true)
		for _, l := range links {
			got, of, err := w.ApprovalByLink(w.ctx, l.Hash)
			ok(t, err)
			same(t, "link", []any{got.Approver, of.ID}, []any{l.Approver, r.ID})
		}
	})
}

func TestApprovals(t *testing.T) {
	w := open(t)
	var mine, pending []string
	for i := range 12 {
		r := w.request(fmt.Sprint("run_", i), "ok", fmt.Sprintf("p%d@demo.test", i%3))
		_, _, err := w.CreateApproval(w.ctx, r, nil, "t")
		ok(t, err)
		if i%3 == 1 {
			mine = append([]string{r.ID}, mine...)
		}
		if i%2 == 0 {
			pending = append([]string{r.ID}, pending...)
			continue
		}
		r.Revision, r.Status = 1, approval.TimedOut
		ok(t, w.SaveApproval(w.ctx, &r))
	}
	name := func(r approval.Request) string { return r.ID }
	got, _ := pages(t, 3, name, func(p store.Page) ([]approval.Request, string, error) {
		return w.Approvals(w.ctx, approval.Filter{Approver: "p1@demo.test"}, p)
	})
	same(t, "mine", got, mine)
	got, _ = pages(t, 2, name, func(p store.Page) ([]approval.Request, string, error) {
		return w.Approvals(w.ctx, approval.Filter{Status: approval.Pending}, p)
	})
	same(t, "pending", got, pending)

	of := w.request("run_99", "ok", "p9@demo.test")
	of.ConversationID = "conv_9"
	_, _, err := w.CreateApproval(w.ctx, of, nil, "t")
	ok(t, err)
	for conv, want := range map[string][]string{"conv_9": {of.ID}, "conv_8": {}} {
		got, _ = pages(t, 2, name, func(p store.Page) ([]approval.Request, string, error) {
			return w.Approvals(w.ctx, approval.Filter{Conversation: conv}, p)
		})
		same(t, "of the conversation "+conv, got, want)
	}
}

// Twenty tries of one step at once are one request.
func TestApprovalOnce(t *testing.T) {
	w := open(t)
	created := 0
	for _, err := range together(20, func(i int) error {
		_, fresh, err := w.CreateApproval(w.ctx, w.request("run_1", "ok", "a@demo.test"), nil, fmt.Sprint("t", i))
		if fresh {
			w.mu.Lock()
			created++
			w.mu.Unlock()
		}
		return err
	}) {
		ok(t, err)
	}
	same(t, "created", created, 1)
	same(t, "of the run", len(must[[]approval.Request](t)(w.ApprovalsOfRun(w.ctx, "run_1"))), 1)
}
