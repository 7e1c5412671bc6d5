package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// version of the reference, which is the one that Step Functions has.
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
const version = "2.0.6"

//go:embed measure.js
var script []byte

// reference is JSONata on Node.
type reference struct{ node, dir string }

// install puts the reference into dir; exec.ErrNotFound when node or npm is missing.
func install(ctx context.Context, dir string) (*reference, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private": true}`), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", "jsonata@"+version)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm install jsonata@%s: %w\n%s", version, err, out)
	}
	return &reference{node, dir}, os.WriteFile(filepath.Join(dir, "measure.js"), script, 0o600)
}

// measure times the reference.
func (r *reference) measure(ctx context.Context, cases []testCase, each time.Duration) ([]sample, error) {
	type one struct {
		Source   string         `json:"source"`
		Bindings map[string]any `json:"bindings"`
	}
	in := struct {
		Milliseconds float64 `json:"ms"`
		Cases        []one   `json:"cases"`
	}{Milliseconds: float64(each) / float64(time.Millisecond)}
	for _, c := range cases {
		in.Cases = append(in.Cases, one{c.source, c.bindings})
	}
	data, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, r.node, "measure.js")
	var said bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = r.dir, bytes.NewReader(data), &said
	answer, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("reference: %w\n%s", err, said.Bytes())
	}
	var out []sample
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	if len(out) != len(cases) {
		return nil, fmt.Errorf("reference: %d samples of %d expressions", len(out), len(cases))
	}
	return out, nil
}
