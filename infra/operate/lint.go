package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/cycle"
	"github.com/deskhand/deskhand/shared/workflow"
)

// lint checks workflow files with the rules of publish: each by itself, and all for
// circles in which they would start each other. With a desk.json beside them the names of
// inboxes and groups are checked too. AI=0 says that the desk has no model. Errors give
// exit status 1.
func lint(_ context.Context, p *place, args []string) error {
	files, err := readFiles(args)
	if err != nil {
		return err
	}
	errors, warnings := 0, 0
	for _, c := range checked(files) {
		for _, found := range c.problems {
			if found.Severity == workflow.Error {
				errors++
			} else {
				warnings++
			}
			p.say("%s: %s", c.file.path, problem(found))
		}
		if c.err != nil {
			return c.err
		}
	}
	if errors > 0 {
		return fmt.Errorf("%s and %s in %s", count(errors, "error"), count(warnings, "warning"), count(len(files), "workflow"))
	}
	p.say("%s: no errors, %s", count(len(files), "workflow"), count(warnings, "warning"))
	return nil
}

// checkedFile is a file with what is wrong with it.
type checkedFile struct {
	file     *file
	def      *workflow.Definition
	problems []workflow.Problem
	err      error
}

func checked(files []*file) []checkedFile {
	desks := map[string]check.Options{} // by folder
	out := make([]checkedFile, len(files))
	for i, f := range files {
		out[i].file = f
		folder := filepath.Dir(f.path)
		options, known := desks[folder]
		if !known {
			options, out[i].err = deskOptions(folder, files)
			desks[folder] = options
		}
		out[i].def, out[i].problems = check.Source(f.Definition, options)
	}
	for i := range out {
		var others []cycle.Workflow
		for j, o := range out {
			if i != j {
				others = append(others, named(o))
			}
		}
		out[i].problems = workflow.SortProblems(append(out[i].problems, cycle.Problems(named(out[i]), others)...))
	}
	return out
}

// named gives a file's workflow to the search for circles; a file without an id is known
// by its path.
func named(c checkedFile) cycle.Workflow {
	id := c.file.ID
	if id == "" {
		id = c.file.path
	}
	return cycle.Workflow{ID: id, Name: c.file.Name, Definition: c.def}
}

// deskOptions is what the check may know: without desk.json it knows no names, and any
// will do.
func deskOptions(folder string, files []*file) (check.Options, error) {
	o := check.Options{AI: setting("AI", "1") != "0"}
	c, err := readDesk(folder)
	if err != nil || c == nil {
		return o, err
	}
	o.Inboxes, o.Groups, o.Managed, o.Workflows = []string{}, []string{}, []string{}, []string{}
	for _, i := range c.Inboxes {
		o.Inboxes = append(o.Inboxes, i.Slug)
	}
	for _, g := range c.Groups {
		o.Groups = append(o.Groups, g.Slug)
		if g.Manager != "" {
			o.Managed = append(o.Managed, g.Slug)
		}
	}
	for _, f := range files {
		if f.ID != "" {
			o.Workflows = append(o.Workflows, f.ID)
		}
	}
	return o, nil
}
