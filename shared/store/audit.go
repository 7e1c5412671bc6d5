package store

import (
	"context"
	"time"

	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/id"
)

// PutAudit keeps an entry for audit.KeepDays.
func (s *Store) PutAudit(ctx context.Context, e audit.Entry) error {
	w, err := s.auditWrite(e)
	if err != nil {
		return err
	}
	return s.write(ctx, w)
}

func (s *Store) auditWrite(e audit.Entry) (write, error) {
	doc, err := encode(e)
	if err != nil {
		return write{}, err
	}
	return put(with(newItem(auditKey(e.ID), "audit"), columns{
		"doc": doc, "who": opt(e.Who), "action": opt(e.Action), "of": opt(e.What.Kind), "ttl": s.inDays(audit.KeepDays),
	}.listed(place{listAudit, e.ID}, place{auditOf(e.What), e.ID}))), nil
}

// Audit lists entries, newest first.
func (s *Store) Audit(ctx context.Context, f audit.Filter, p Page) ([]audit.Entry, string, error) {
	sp := span{index: indexList, pk: listAudit, newestFirst: true}
	if f.ID != "" {
		sp.index, sp.pk = indexOf, auditOf(audit.What{Kind: f.Kind, ID: f.ID})
	}
	for _, w := range [][2]string{{"who", f.Who}, {"action", f.Action}, {"of", f.Kind}} {
		if w[1] != "" {
			sp.filter = both(sp.filter, equals(w[0], str(w[1])))
		}
	}
	if !f.From.IsZero() {
		sp.low = auditFloor(f.From)
	}
	if !f.To.IsZero() {
		sp.high = auditFloor(f.To)
	}
	return page(ctx, s, sp, f, p, each(func(it item) (e audit.Entry, err error) {
		err = decode(it, "doc", &e)
		return e, err
	}))
}

// auditFloor is the smallest id of an entry at t or later: entries have whole milliseconds.
func auditFloor(t time.Time) string {
	if whole := t.Truncate(time.Millisecond); whole.Before(t) {
		t = whole.Add(time.Millisecond)
	}
	return id.Floor(id.Audit, t)
}
