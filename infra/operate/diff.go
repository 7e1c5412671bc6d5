package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/deskhand/deskhand/shared/workflow"
)

// diff tells in which nodes workflow files differ from what runs on the stack's desk, or,
// of two files, one from the other. Exit status 1 when something differs.
func diff(ctx context.Context, p *place, args []string) error {
	files, err := readFiles(args)
	if err != nil {
		return err
	}
	if len(args) == 2 {
		if n := p.differences(files[0].Definition, files[1].Definition); n > 0 {
			return errors.New(count(n, "difference"))
		}
		p.say("They do the same.")
		return nil
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	d, err := p.desk(ctx)
	if err != nil {
		return err
	}
	byID, byName := map[string]summary{}, map[string]summary{}
	if err := each(ctx, d, "/v1/workflows", func(s summary) error { byID[s.ID], byName[s.Name] = s, s; return nil }); err != nil {
		return err
	}
	differ := 0
	for _, f := range files {
		s, ok := byID[f.ID]
		if !ok {
			if s, ok = byName[f.Name]; !ok {
				p.say("%s: %q is not on the desk", f.path, f.Name)
				differ++
				continue
			}
		}
		runs, err := d.active(ctx, s)
		if err != nil {
			return err
		}
		p.say("%s: %s, %s", f.path, s.Name, s.ID)
		if runs == nil {
			var w whole
			if err := d.call(ctx, http.MethodGet, "/v1/workflows/"+s.ID, nil, &w); err != nil {
				return err
			}
			runs = w.Draft.Definition
			p.say("  (never published: against the draft)")
		}
		n := p.differences(runs, f.Definition)
		if s.Enabled != f.Enabled {
			p.say("  enabled: %t → %t", s.Enabled, f.Enabled)
			n++
		}
		if n > 0 {
			differ++
		}
	}
	if differ > 0 {
		return fmt.Errorf("%d of %s differ", differ, count(len(files), "workflow"))
	}
	p.say("%s, no differences", count(len(files), "workflow"))
	return nil
}

// differences prints what one has to do to come from a to b.
func (p *place) differences(a, b json.RawMessage) int {
	before, _ := workflow.Parse(a)
	after, _ := workflow.Parse(b)
	d := workflow.Compare(before, after)
	for _, id := range d.Added {
		p.say("  + %s", id)
	}
	for _, id := range d.Removed {
		p.say("  - %s", id)
	}
	for _, c := range d.Changed {
		where := c.Path
		if c.Node != "" {
			where = c.Node + " " + c.Path
		}
		p.say("  ~ %s: %s → %s", where, short(c.Before), short(c.After))
	}
	return len(d.Added) + len(d.Removed) + len(d.Changed)
}

// short is a value on one line.
func short(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if r := []rune(string(text)); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return string(text)
}
