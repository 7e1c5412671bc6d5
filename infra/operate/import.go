package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
)

// importer puts files on a desk.
type importer struct {
	*place
	desk *desk
	here map[string]summary // the desk's workflows by id
	ids  map[string]string  // id in the files → id here
}

// importWorkflows makes the desk's workflows what the files say: by id, else by name, else
// new. It saves drafts; PUBLISH=1 publishes what differs from what runs and enables what
// the file says. It deletes nothing, and overwrites unpublished changes only with FORCE=1.
func importWorkflows(ctx context.Context, p *place, args []string) error {
	files, err := readFiles(args)
	if err != nil {
		return err
	}
	d, err := p.desk(ctx)
	if err != nil {
		return err
	}
	folder := dir()
	if len(args) > 0 {
		folder = filepath.Dir(args[0])
	}
	i := &importer{place: p, desk: d, here: map[string]summary{}, ids: map[string]string{}}
	if err := i.config(ctx, folder); err != nil {
		return err
	}
	if err := each(ctx, d, "/v1/workflows", func(s summary) error { i.here[s.ID] = s; return nil }); err != nil {
		return err
	}
	// All are made before any is filled in: they may start each other.
	targets := make([]summary, len(files))
	for n, f := range files {
		if targets[n], err = i.target(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		if f.ID != "" && f.ID != targets[n].ID {
			i.ids[f.ID] = targets[n].ID
		}
	}
	var errs []error
	for n, f := range files {
		done, err := i.fill(ctx, f, targets[n])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.path, err))
			continue
		}
		p.say("  %-40s %s  %s", f.path, targets[n].ID, done)
	}
	return errors.Join(errs...)
}

// config puts inboxes, groups and settings, when the folder has them.
func (i *importer) config(ctx context.Context, folder string) error {
	c, err := readDesk(folder)
	if err != nil || c == nil {
		return err
	}
	for _, x := range c.Inboxes {
		if err := i.desk.call(ctx, http.MethodPut, "/v1/inboxes/"+x.Slug, map[string]any{"name": x.Name, "address": x.Address}, nil); err != nil {
			return err
		}
	}
	for _, x := range c.Groups {
		if err := i.desk.call(ctx, http.MethodPut, "/v1/groups/"+x.Slug, map[string]any{"name": x.Name, "members": x.Members, "manager": x.Manager}, nil); err != nil {
			return err
		}
	}
	if len(c.Settings) > 0 {
		if err := i.desk.call(ctx, http.MethodPut, "/v1/settings", c.Settings, nil); err != nil {
			return err
		}
	}
	i.say("  %s: %d inboxes, %d groups", filepath.Join(folder, deskFile), len(c.Inboxes), len(c.Groups))
	return nil
}

// target finds the workflow that a file means, or makes it.
func (i *importer) target(ctx context.Context, f *file) (summary, error) {
	if s, ok := i.here[f.ID]; ok {
		return s, nil
	}
	var named []summary
	for _, s := range i.here {
		if s.Name == f.Name {
			named = append(named, s)
		}
	}
	if len(named) > 1 {
		return summary{}, fmt.Errorf("the desk has %d workflows called %q: give the file the id of the one that it means", len(named), f.Name)
	}
	if len(named) == 1 {
		return named[0], nil
	}
	var made summary
	err := i.desk.call(ctx, http.MethodPost, "/v1/workflows", map[string]any{"name": f.Name, "description": f.Description}, &made)
	return made, err
}

// fill gives a workflow its definition; done says what was needed.
func (i *importer) fill(ctx context.Context, f *file, s summary) (done string, err error) {
	definition, err := renamed(f.Definition, i.ids)
	if err != nil {
		return "", err
	}
	at := "/v1/workflows/" + s.ID
	var w whole
	if err := i.desk.call(ctx, http.MethodGet, at, nil, &w); err != nil {
		return "", err
	}
	runs, err := i.desk.active(ctx, w.summary)
	if err != nil {
		return "", err
	}
	if w.HasUnpublishedChanges && runs != nil && !same(w.Draft.Definition, definition) && !on("FORCE") && (len(f.Draft) == 0 || !same(w.Draft.Definition, f.Draft)) {
		return "", errors.New("the desk has unpublished changes of this workflow that the file does not know: export them, discard them, or say FORCE=1")
	}
	var did []string
	if w.Name != f.Name || w.Description != f.Description {
		if err := i.desk.call(ctx, http.MethodPatch, at, map[string]any{"name": f.Name, "description": f.Description}, nil); err != nil {
			return "", err
		}
		did = append(did, "renamed")
	}
	revision := w.Draft.Revision
	if !same(w.Draft.Definition, definition) && !(runs != nil && same(runs, definition) && len(f.Draft) > 0 && same(w.Draft.Definition, f.Draft)) {
		if revision, err = i.draft(ctx, at, definition, revision); err != nil {
			return "", err
		}
		did = append(did, "draft saved")
	}
	if on("PUBLISH") {
		more, err := i.publish(ctx, at, f, w, runs != nil && same(runs, definition), revision)
		if err != nil {
			return "", err
		}
		did = append(did, more...)
	}
	if len(f.Draft) > 0 && on("PUBLISH") {
		draft, err := renamed(f.Draft, i.ids)
		if err != nil {
			return "", err
		}
		if err := i.desk.call(ctx, http.MethodGet, at, nil, &w); err != nil {
			return "", err
		}
		if !same(w.Draft.Definition, draft) {
			if _, err := i.draft(ctx, at, draft, w.Draft.Revision); err != nil {
				return "", err
			}
			did = append(did, "unpublished changes saved")
		}
	}
	if len(did) == 0 {
		return "unchanged", nil
	}
	return strings.Join(did, ", "), nil
}

func (i *importer) draft(ctx context.Context, at string, definition json.RawMessage, revision int) (int, error) {
	var saved struct{ Revision int }
	err := i.desk.call(ctx, http.MethodPut, at+"/draft", map[string]any{"definition": definition}, &saved, "If-Match", strconv.Quote(strconv.Itoa(revision)))
	return saved.Revision, err
}

// publish publishes what does not run yet, and enables or disables as the file says.
func (i *importer) publish(ctx context.Context, at string, f *file, w whole, runs bool, revision int) (did []string, err error) {
	published := w.ActiveVersion != nil
	if !runs && (f.Enabled || published || len(f.Draft) > 0) {
		var v struct{ Version int }
		if err := i.desk.call(ctx, http.MethodPost, at+"/publish", map[string]any{"note": "imported from " + filepath.Base(f.path)}, &v, "If-Match", strconv.Quote(strconv.Itoa(revision))); err != nil {
			return nil, err
		}
		published = true
		did = append(did, fmt.Sprintf("version %d published", v.Version))
	}
	if f.Enabled != w.Enabled && published {
		verb := map[bool]string{true: "enable", false: "disable"}[f.Enabled]
		if err := i.desk.call(ctx, http.MethodPost, at+"/"+verb, nil, nil); err != nil {
			return nil, err
		}
		did = append(did, verb+"d")
	}
	return did, nil
}
