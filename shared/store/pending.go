package store

import (
	"context"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

var errPending = fault.New(fault.Unavailable, "not written yet")

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
