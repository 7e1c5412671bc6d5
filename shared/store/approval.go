package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// linkDays is how long a link is known after its request has expired, to say that it has.
const linkDays = 90

// CreateApproval records a request with its links, the task token and the events, once
// per (run, node, redrive). When there is one already that one is given, created is
// false, the links and events are dropped, and its token is replaced: the step was tried
// again, and only the newest token is of use.
func (s *Store) CreateApproval(ctx context.Context, r approval.Request, links []approval.Link, token string, events ...event.Event) (stored *approval.Request, created bool, err error) {
	if was, err := s.retokened(ctx, r, token); err != nil || was != nil {
		return was, false, err
	}
	r.Revision = 0
	self, err := s.approvalWrite(r, absent, func(item) error { return errTaken })
	if err != nil {
		return nil, false, err
	}
	step := with(newItem(stepApprovalKey(r.RunID, r.Node, r.Redrive), "step"), columns{"approval": str(r.ID)})
	open := put(with(newItem(openKey(r.ID), "open"), columns{"at": str(stampOf(r.CreatedAt))}))
	writes := []write{put(step).onlyIf(absent, always(errTaken)), self, tokenWrite(r.ID, token), open}
	for _, e := range events {
		w, err := s.eventWrite(event.Stored{Event: e, Source: event.Source})
		if err != nil {
			return nil, false, err
		}
		writes = append(writes, w)
	}
	// A link that leads nowhere yet does no harm; a request whose links are not there does.
	room := maxWrites - len(writes)
	if len(links) > room {
		if err := s.PutLinks(ctx, links[room:]); err != nil {
			return nil, false, err
		}
		links = links[:room]
	}
	for _, l := range links {
		writes = append(writes, linkWrite(l))
	}
	err = s.write(ctx, writes...)
	if errors.Is(err, errTaken) {
		was, err := s.retokened(ctx, r, token)
		if err == nil && was == nil {
			err = errExists("approval", r.ID)
		}
		return was, false, err
	}
	if err != nil {
		return nil, false, err
	}
	r.Revision = 1
	return &r, true, nil
}

// retokened is the request of the step with its token replaced; nil when there is none.
func (s *Store) retokened(ctx context.Context, r approval.Request, token string) (*approval.Request, error) {
	was, err := s.ApprovalOf(ctx, r.RunID, r.Node, r.Redrive)
	if err != nil || was == nil {
		return nil, err
	}
	return was, s.write(ctx, tokenWrite(was.ID, token))
}

func tokenWrite(approvalID, token string) write {
	return put(with(newItem(tokenKey(approvalID), "token"), columns{"token": str(token)}))
}

// Approval is the request with the id.
func (s *Store) Approval(ctx context.Context, approvalID string) (*approval.Request, error) {
	it, err := s.find(ctx, approvalKey(approvalID), "approval", approvalID)
	if err != nil {
		return nil, err
	}
	r, err := approvalOf(it)
	return &r, err
}

// ApprovalOf is the request of a step; nil and no error when there is none.
func (s *Store) ApprovalOf(ctx context.Context, runID, node string, redrive int) (*approval.Request, error) {
	it, err := s.get(ctx, stepApprovalKey(runID, node, redrive))
	if err != nil || it == nil {
		return nil, err
	}
	return s.Approval(ctx, text(it, "approval"))
}

// ApprovalByLink is the link with the hash and the request it leads to; fault.NotFound
// when nobody was ever given it. Whether the link still works is the request's to say.
func (s *Store) ApprovalByLink(ctx context.Context, hash string) (approval.Link, *approval.Request, error) {
	it, err := s.get(ctx, linkKey(hash))
	if err == nil && it == nil {
		err = fault.New(fault.NotFound, "the link is not known")
	}
	if err != nil {
		return approval.Link{}, nil, err
	}
	var l approval.Link
	if err := decode(it, "doc", &l); err != nil {
		return l, nil, err
	}
	r, err := s.Approval(ctx, l.ApprovalID)
	return l, r, err
}

// PutLinks adds links to a request, as for those it is escalated to. Many links are
// written in more than one transaction.
func (s *Store) PutLinks(ctx context.Context, links []approval.Link) error {
	for len(links) > 0 {
		n := min(len(links), maxWrites)
		writes := make([]write, n)
		for i, l := range links[:n] {
			writes[i] = linkWrite(l)
		}
		if err := s.write(ctx, writes...); err != nil {
			return err
		}
		links = links[n:]
	}
	return nil
}

func linkWrite(l approval.Link) write {
	doc, _ := encode(l) // strings and a time always marshal
	return put(with(newItem(linkKey(l.Hash), "link"), columns{"doc": doc, "ttl": epoch(l.ExpiresAt.AddDate(0, 0, linkDays))}))
}

// SaveApproval writes a request that was read at its Revision, with the events, and
// raises the Revision. fault.Stale when it changed since; fault.Conflict when it would
// give another status to a request that is not pending any more.
func (s *Store) SaveApproval(ctx context.Context, r *approval.Request, events ...event.Event) error {
	may := revisionIs(r.Revision).And(equals("status", str(string(approval.Pending))).Or(equals("status", str(string(r.Status)))))
	self, err := s.approvalWrite(*r, may, func(old item) error {
		switch status := text(old, "status"); {
		case old == nil:
			return missing("approval", r.ID)
		case status != string(approval.Pending) && status != string(r.Status):
			return fault.New(fault.Conflict, "approval %q is %s already", r.ID, status)
		}
		return errStale("approval", r.ID)
	})
	if err != nil {
		return err
	}
	writes := []write{self}
	told := r.Delivered && (r.Status == approval.Approved || r.Status == approval.Rejected)
	if r.Status != approval.Pending && !told { // it is settled by this; that it was told comes after
		writes = append(writes, remove(openKey(r.ID)))
	}
	for _, e := range events {
		w, err := s.eventWrite(event.Stored{Event: e, Source: event.Source})
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	if err := s.write(ctx, writes...); err != nil {
		return err
	}
	r.Revision++
	return nil
}

// OpenApprovals counts the requests that are pending, up to limit, and says when the
// oldest of them was made. It reads their marks, some forty to a read unit.
func (s *Store) OpenApprovals(ctx context.Context, limit int) (n int, oldest time.Time, err error) {
	items, err := s.all(ctx, span{pk: openApprovals}, limit)
	if err != nil || len(items) == 0 {
		return 0, time.Time{}, err
	}
	return len(items), timeOf(items[0], "at"), nil
}

// Token is the task token of the newest try of the step. It is a secret: it is never
// logged or shown.
func (s *Store) Token(ctx context.Context, approvalID string) (string, error) {
	it, err := s.find(ctx, tokenKey(approvalID), "task token of approval", approvalID)
	return text(it, "token"), err
}

// Approvals lists requests, newest first.
func (s *Store) Approvals(ctx context.Context, f approval.Filter, p Page) ([]approval.Request, string, error) {
	sp := span{index: indexList, pk: listApprovals, newestFirst: true}
	if f.Conversation != "" {
		sp.index, sp.pk = indexOf, approvalsOf(part(f.Conversation))
	}
	if f.Status != "" {
		sp.filter = both(sp.filter, equals("status", str(string(f.Status))))
	}
	if f.Approver != "" {
		sp.filter = both(sp.filter, expression.Contains(expression.Name("approvers"), f.Approver))
	}
	return page(ctx, s, sp, f, p, each(approvalOf))
}

// ApprovalsOfRun lists the requests of a run, oldest first per step.
func (s *Store) ApprovalsOfRun(ctx context.Context, runID string) ([]approval.Request, error) {
	steps, err := s.all(ctx, span{pk: runKey(runID).pk, prefix: approvalPrefix}, 0)
	if err != nil {
		return nil, err
	}
	out := make([]approval.Request, 0, len(steps))
	for _, step := range steps {
		r, err := s.Approval(ctx, text(step, "approval"))
		if err != nil {
			return nil, fmt.Errorf("approvals of run %s: %w", runID, err)
		}
		out = append(out, *r)
	}
	return out, nil
}

func approvalOf(it item) (r approval.Request, err error) {
	err = decode(it, "doc", &r)
	r.Revision, r.Delivered = number(it, "revision"), yes(it, "delivered")
	return r, err
}

// approvalWrite is the request at its next revision, with the time at which the sweep
// looks at it.
func (s *Store) approvalWrite(r approval.Request, when expression.ConditionBuilder, failed func(item) error) (write, error) {
	doc, err := encode(r)
	if err != nil {
		return write{}, err
	}
	var of place
	if r.ConversationID != "" {
		of = place{approvalsOf(part(r.ConversationID)), r.ID}
	}
	c := columns{
		"kind": str("approval"), "v": num(version("approval")), "id": str(r.ID), "doc": doc, "revision": num(r.Revision + 1),
		"status": str(string(r.Status)), "approvers": optList(r.Approvers), "delivered": flag(r.Delivered),
	}.listed(place{listApprovals, r.ID}, of).dueAt(r.Due(s.now()))
	return update(approvalKey(r.ID), c).onlyIf(when, failed), nil
}
