package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	domain "github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/dryrun"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/hours"
	"github.com/deskhand/deskhand/shared/workflow"
)

// try plays the examples of workflow files, as the dry run of the server does and by the
// same code, and holds what comes of each against what it expects. It needs no stack.
func try(ctx context.Context, p *place, args []string) error {
	files, err := readFiles(args)
	if err != nil {
		return err
	}
	played, wrong, without := 0, 0, 0
	for _, c := range checked(files) {
		if c.err != nil {
			return c.err
		}
		if workflow.HasErrors(c.problems) {
			p.say("FAIL  %s: it has errors: lint says which", c.file.path)
			wrong++
			continue
		}
		if len(c.file.Examples) == 0 {
			without++
		}
		open, err := openingHours(filepath.Dir(c.file.path))
		if err != nil {
			return err
		}
		for _, e := range c.file.Examples {
			played++
			if err := e.play(ctx, c, open); err != nil {
				wrong++
				p.say("FAIL  %s: %s\n        %s", c.file.path, e.Name, strings.ReplaceAll(err.Error(), "\n", "\n        "))
				continue
			}
			p.say("ok    %s: %s", c.file.path, e.Name)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %s failed", wrong, count(max(played, wrong), "example"))
	}
	note := ""
	if without > 0 {
		note = fmt.Sprintf("; %s without any", count(without, "workflow"))
	}
	p.say("%s%s", count(played, "example"), note)
	return nil
}

// openingHours are the desk's, when its settings are among the files.
func openingHours(folder string) (*hours.Hours, error) {
	c, err := readDesk(folder)
	if err != nil || c == nil || len(c.Settings) == 0 {
		return nil, err
	}
	var s domain.Settings
	if err := json.Unmarshal(c.Settings, &s); err != nil {
		return nil, fmt.Errorf("%s: settings: %w", deskFile, err)
	}
	return s.Open(), nil
}

// Ids of what an example leaves out.
const (
	exampleEvent = "evt_00000000000000000000000000"
	exampleRun   = "run_00000000000000000000000000"
)

func (e example) play(ctx context.Context, c checkedFile, open *hours.Hours) error {
	x := e.Expect
	if x.Matches == nil && x.Status == "" && x.Path == nil && x.Params == nil {
		return errors.New("it expects nothing: say matches, status, path or params")
	}
	var in dryrun.TestEvent
	if err := json.Unmarshal(e.Input, &in); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	stored, message, err := in.Stored(c.def.Trigger, func() string { return exampleEvent }, time.Now())
	if err != nil {
		return err
	}
	if err := dryrun.Starts(stored, c.def.Trigger); err != nil {
		return err
	}
	report, err := dryrun.Play(ctx, dryrun.Order{Workflow: event.WorkflowRef{ID: c.file.ID, Name: c.file.Name}, Definition: c.def, Event: stored, Message: message,
		RunID: exampleRun, Now: stored.Time, Hours: open, Steps: e.Steps})
	if err != nil {
		return err
	}
	return x.compare(report)
}

// compare tells all that differs.
func (x expectation) compare(r dryrun.Report) error {
	var errs []error
	differ := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if x.Matches != nil && r.Verdict.Matched != *x.Matches {
		why := r.Verdict.Reason
		if f := r.Verdict.Failed; f != nil {
			why = fmt.Sprintf("%s: %s %s %v, and the value is %v", why, f.Field, f.Op, f.Value, f.Actual)
		}
		differ("matches is %t, want %t (%s)", r.Verdict.Matched, *x.Matches, why)
	}
	if x.Status != "" && r.Status != x.Status {
		differ("status is %q, want %q %s", r.Status, x.Status, r.Reason)
	}
	var path []string
	params := map[string]json.RawMessage{}
	for _, s := range r.Path {
		path = append(path, s.Node)
		params[s.Node] = s.Params
	}
	if x.Path != nil && !slices.Equal(path, x.Path) {
		differ("path is %s, want %s", strings.Join(path, " → "), strings.Join(x.Path, " → "))
	}
	for _, node := range sortedKeys(x.Params) {
		if !slices.Contains(path, node) {
			differ("%s was not reached", node)
			continue
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(params[node], &got); err != nil {
			differ("%s has no params", node)
			continue
		}
		for _, name := range sortedKeys(x.Params[node]) {
			want, err := json.Marshal(x.Params[node][name])
			if err != nil {
				return err
			}
			if !sameJSON(string(got[name]), string(want)) {
				differ("%s of %s is %s, want %s", name, node, got[name], want)
			}
		}
	}
	return errors.Join(errs...)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
