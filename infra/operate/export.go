package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
)

// summary is a workflow in the desk's list.
type summary struct {
	ID                    string
	Name                  string
	Enabled               bool
	Archived              bool
	ActiveVersion         *int
	HasUnpublishedChanges bool
}

// whole is a workflow with its draft.
type whole struct {
	summary
	Description string
	Draft       struct {
		Definition json.RawMessage
		Revision   int
	}
}

// active is the definition that runs; nil when none was published.
func (d *desk) active(ctx context.Context, w summary) (json.RawMessage, error) {
	if w.ActiveVersion == nil {
		return nil, nil
	}
	var v struct{ Definition json.RawMessage }
	err := d.call(ctx, http.MethodGet, fmt.Sprintf("/v1/workflows/%s/versions/%d", w.ID, *w.ActiveVersion), nil, &v)
	return v.Definition, err
}

// exportWorkflows writes every workflow to a file of its own, and what they name to
// desk.json. Examples that a file already has are kept.
func exportWorkflows(ctx context.Context, p *place, _ []string) error {
	d, err := p.desk(ctx)
	if err != nil {
		return err
	}
	return p.export(ctx, d, dir())
}

func (p *place) export(ctx context.Context, d *desk, folder string) error {
	var config deskConfig
	if err := each(ctx, d, "/v1/inboxes", func(i inbox) error { config.Inboxes = append(config.Inboxes, i); return nil }); err != nil {
		return err
	}
	if err := each(ctx, d, "/v1/groups", func(g group) error { config.Groups = append(config.Groups, g); return nil }); err != nil {
		return err
	}
	if err := d.call(ctx, http.MethodGet, "/v1/settings", nil, &config.Settings); err != nil {
		return err
	}
	if err := write(filepath.Join(folder, deskFile), config); err != nil {
		return err
	}
	was := map[string]*file{} // by id
	taken := map[string]bool{}
	if old, err := readFiles(nil); err == nil {
		for _, f := range old {
			if f.ID != "" {
				was[f.ID] = f
			}
			taken[strings.TrimSuffix(filepath.Base(f.path), ".json")] = true
		}
	}
	n := 0
	err := each(ctx, d, "/v1/workflows", func(s summary) error {
		var w whole
		if err := d.call(ctx, http.MethodGet, "/v1/workflows/"+s.ID, nil, &w); err != nil {
			return err
		}
		f := &file{ID: w.ID, Name: w.Name, Description: w.Description, Enabled: w.Enabled, Definition: w.Draft.Definition}
		runs, err := d.active(ctx, w.summary)
		if err != nil {
			return err
		}
		if runs != nil {
			if f.Definition = runs; !same(runs, w.Draft.Definition) {
				f.Draft = w.Draft.Definition
			}
		}
		if old := was[w.ID]; old != nil {
			f.path, f.Examples = old.path, old.Examples
		} else {
			f.path = filepath.Join(folder, fileName(w.Name, taken))
		}
		if err := write(f.path, f); err != nil {
			return err
		}
		n++
		p.say("  %s  %s", f.path, state(f, runs != nil))
		return nil
	})
	if err != nil {
		return err
	}
	p.say("%s, %s, %s and the settings are in %s.", count(n, "workflow"), count(len(config.Inboxes), "inbox"), count(len(config.Groups), "group"), folder)
	return nil
}

func state(f *file, published bool) string {
	switch {
	case !published:
		return "never published"
	case f.Enabled && f.Draft != nil:
		return "enabled, with changes that are not published"
	case f.Enabled:
		return "enabled"
	}
	return "disabled"
}
