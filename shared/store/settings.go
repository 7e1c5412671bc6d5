package store

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// Settings are the desk's settings, the defaults (with Revision 0) until somebody
// changed them.
func (s *Store) Settings(ctx context.Context) (desk.Settings, error) {
	it, err := s.get(ctx, settingsKey())
	if err != nil || it == nil {
		return desk.DefaultSettings(), err
	}
	var out desk.Settings
	if err := decode(it, "doc", &out); err != nil {
		return out, err
	}
	out.Revision = number(it, "revision")
	return out, nil
}

// PutSettings replaces the settings that were read at Revision; fault.Stale when they
// changed since. When they say how long things are kept, a pass over what is too old
// begins.
func (s *Store) PutSettings(ctx context.Context, set desk.Settings) error {
	doc, err := encode(set)
	if err != nil {
		return err
	}
	stale := fault.New(fault.Stale, "the settings changed since they were read; read them again")
	writes := []write{update(settingsKey(), columns{"kind": str("settings"), "v": num(version("settings")), "doc": doc, "revision": num(set.Revision + 1)}).
		onlyIf(revisionIs(set.Revision), always(stale))}
	if set.Retention != nil {
		fresh, err := agingColumns(desk.Aging{})
		if err != nil {
			return err
		}
		writes = append(writes, update(retentionKey(), fresh.dueAt(s.now())).adding(map[string]int{"revision": 1}))
	}
	return s.write(ctx, writes...)
}
