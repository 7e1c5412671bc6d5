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
// changed since.
func (s *Store) PutSettings(ctx context.Context, set desk.Settings) error {
	doc, err := encode(set)
	if err != nil {
		return err
	}
	stale := fault.New(fault.Stale, "the settings changed since they were read; read them again")
	return s.write(ctx, update(settingsKey(), columns{"kind": str("settings"), "v": num(version("settings")), "doc": doc, "revision": num(set.Revision + 1)}).
		onlyIf(revisionIs(set.Revision), always(stale)))
}
