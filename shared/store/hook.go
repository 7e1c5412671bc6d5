package store

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// SetHook gives a workflow's webhook a new secret, of which only the hash is kept; the
// one before it is void from then on.
func (s *Store) SetHook(ctx context.Context, workflowID, secret string, now time.Time) error {
	it := with(newItem(hookKey(workflowID), "hook"), columns{"hash": str(digest("hook", workflowID, secret)), "at": str(stampOf(now))})
	return s.write(ctx, put(it))
}

// HookMadeAt is when the workflow's webhook got its secret; the zero time when it has none.
func (s *Store) HookMadeAt(ctx context.Context, workflowID string) (time.Time, error) {
	it, err := s.get(ctx, hookKey(workflowID))
	if err != nil || it == nil {
		return time.Time{}, err
	}
	at, err := time.Parse(stamp, text(it, "at"))
	if err != nil {
		return time.Time{}, fmt.Errorf("webhook of %s: %w", workflowID, err)
	}
	return at, nil
}

// CheckHook is fault.NotFound unless secret is the one of the workflow's webhook.
func (s *Store) CheckHook(ctx context.Context, workflowID, secret string) error {
	it, err := s.get(ctx, hookKey(workflowID))
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(text(it, "hash")), []byte(digest("hook", workflowID, secret))) != 1 {
		return fault.New(fault.NotFound, "there is no webhook at this address: its secret is wrong, or was replaced")
	}
	return nil
}
