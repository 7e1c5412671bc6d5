package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/workflow"
)

// file is one workflow as a file, to be read, edited, and kept in a repository. Unknown
// members are refused, so that a word that is misspelt is not lost.
type file struct {
	ID          string          `json:"id,omitempty"` // on the desk it was exported from
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Enabled     bool            `json:"enabled"`
	Definition  json.RawMessage `json:"definition"`         // what runs, or the draft of one that was never published
	Draft       json.RawMessage `json:"draft,omitempty"`    // when it differs
	Examples    []example       `json:"examples,omitempty"` // for `operate test`

	path string
}

// example is an event on which the workflow is tried without any effect, and what must
// come of it. What expect leaves out is not looked at.
type example struct {
	Name   string                     `json:"name"`
	Input  json.RawMessage            `json:"input"`           // the event, with message, conversation, contact, ticket and detail beside it
	Steps  map[string]json.RawMessage `json:"steps,omitempty"` // results by node id, or {"error": {…}}; the others are made up
	Expect expectation                `json:"expect"`
}

type expectation struct {
	Matches *bool    `json:"matches,omitempty"`
	Status  string   `json:"status,omitempty"` // succeeded or failed
	Path    []string `json:"path,omitempty"`   // node ids in order
	// Params are of nodes, by id: each member must be as the node would get it.
	Params map[string]map[string]any `json:"params,omitempty"`
}

// deskFile is the file of what workflows name: inboxes and groups, and the settings.
const deskFile = "desk.json"

// deskConfig is the content of that file.
type deskConfig struct {
	Inboxes  []inbox         `json:"inboxes"`
	Groups   []group         `json:"groups"`
	Settings json.RawMessage `json:"settings,omitempty"`
}

type inbox struct {
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Address string `json:"address"`
}

type group struct {
	Slug    string   `json:"slug"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
	Manager string   `json:"manager,omitempty"`
}

// dir is the folder of the files.
func dir() string { return setting("DIR", "workflows") }

// readFiles reads workflows: the files that are named, or all of the folder.
func readFiles(names []string) ([]*file, error) {
	if len(names) == 0 {
		entries, err := os.ReadDir(dir())
		if errors.Is(err, fs.ErrNotExist) {
			return nil, misuse{fmt.Sprintf("there is no folder %s: say DIR=<folder>, or make one with export", dir())}
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".json") && e.Name() != deskFile && !e.IsDir() {
				names = append(names, filepath.Join(dir(), e.Name()))
			}
		}
		if len(names) == 0 {
			return nil, misuse{fmt.Sprintf("%s holds no workflow (*.json)", dir())}
		}
	}
	var out []*file
	var errs []error
	for _, name := range names {
		f, err := readFile(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		out = append(out, f)
	}
	return out, errors.Join(errs...)
}

func readFile(path string) (*file, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &file{path: path}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("this is no workflow file: %w", err)
	}
	if dec.More() {
		return nil, errors.New("there is more after the workflow: one file holds one")
	}
	if f.Name == "" || len(f.Definition) == 0 {
		return nil, errors.New("name and definition are needed")
	}
	return f, nil
}

// readDesk reads the folder's inboxes and groups; nil when there is no such file.
func readDesk(folder string) (*deskConfig, error) {
	data, err := os.ReadFile(filepath.Join(folder, deskFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var c deskConfig
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", deskFile, err)
	}
	return &c, nil
}

// write writes v as JSON that reads well and differs by lines.
func write(path string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// fileName makes a file's name of a workflow's; taken holds those in use.
func fileName(name string, taken map[string]bool) string {
	slug := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	base := strings.Join(slug, "-")
	if len(base) > 60 {
		base = strings.TrimRight(base[:60], "-")
	}
	if base == "" || base+".json" == deskFile {
		base = "workflow-" + base
	}
	for n, try := 2, strings.TrimSuffix(base, "-"); ; n++ {
		if !taken[try] {
			taken[try] = true
			return try + ".json"
		}
		try = fmt.Sprintf("%s-%d", strings.TrimSuffix(base, "-"), n)
	}
}

// same tells whether two definitions mean the same: positions and notes count too, the
// way they are written does not.
func same(a, b json.RawMessage) bool {
	x, errX := workflow.Hash(a)
	y, errY := workflow.Hash(b)
	return errX == nil && errY == nil && x == y
}

func problem(p workflow.Problem) string {
	at := p.Path
	if p.Node != "" {
		at = p.Node + " " + at
	}
	return fmt.Sprintf("%s: %s: %s (%s)", p.Severity, strings.TrimSpace(at), p.Message, p.Rule)
}

// renamed is a definition in which nodes that start a workflow name the ids of another
// desk; ids maps old ids to new ones.
func renamed(definition json.RawMessage, ids map[string]string) (json.RawMessage, error) {
	if !slices.ContainsFunc(sortedKeys(ids), func(id string) bool { return bytes.Contains(definition, []byte(id)) }) {
		return definition, nil
	}
	var d map[string]json.RawMessage
	if err := json.Unmarshal(definition, &d); err != nil {
		return nil, err
	}
	var nodes []map[string]json.RawMessage
	if err := json.Unmarshal(d["nodes"], &nodes); err != nil {
		return nil, err
	}
	for _, n := range nodes {
		var kind string
		params := map[string]any{}
		if json.Unmarshal(n["type"], &kind) != nil || kind != "workflow.start" || json.Unmarshal(n["params"], &params) != nil {
			continue
		}
		if old, ok := params["workflow"].(string); ok && ids[old] != "" {
			params["workflow"] = ids[old]
			text, err := json.Marshal(params)
			if err != nil {
				return nil, err
			}
			n["params"] = text
		}
	}
	text, err := json.Marshal(nodes)
	if err != nil {
		return nil, err
	}
	d["nodes"] = text
	return json.Marshal(d)
}
