package infra_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// text gives a file, named from the root of the repository.
func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestRunbook holds the runbook against the alarms of the template, both ways.
func TestRunbook(t *testing.T) {
	s, err := cfn.Load(filepath.Join("..", "template.yaml"), map[string]string{"AlarmEmail": "ops@parcels.example"}, cfn.Env{Stack: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	alarms := map[string]bool{}
	for id, r := range s.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		name, _ := r.Properties["AlarmName"].(string)
		short, ok := strings.CutPrefix(name, "desk-")
		if !ok {
			t.Errorf("alarm %s is called %q: it has to begin with the stack's name", id, name)
		}
		alarms[short] = true
	}
	if len(alarms) < 10 {
		t.Fatalf("only %d alarms were found", len(alarms))
	}
	sections := map[string]string{}
	for _, part := range regexp.MustCompile(`(?m)^## `).Split(text(t, "infra/operate/runbook.md"), -1)[1:] {
		head, body, _ := strings.Cut(part, "\n")
		sections[head] = body
	}
	for name := range alarms {
		body, ok := sections[name]
		if !ok {
			t.Errorf("the alarm %s has no section in infra/operate/runbook.md", name)
			continue
		}
		last := -1
		for _, word := range []string{"**Means.**", "**Look.**", "**Do.**"} {
			at := strings.Index(body, word)
			if at <= last {
				t.Errorf("the section %s lacks %s, or has it in the wrong place", name, word)
			}
			last = at
		}
	}
	for head := range sections {
		if !alarms[head] && head != "When there is no alarm, and something is wrong" {
			t.Errorf("the runbook has a section %q, and there is no such alarm", head)
		}
	}
	for _, m := range regexp.MustCompile("`([A-Z][A-Za-z]+(?:Url|Arn|Name))`").FindAllStringSubmatch(text(t, "infra/operate/runbook.md"), -1) {
		if s.Outputs[m[1]] == "" {
			t.Errorf("the runbook names the output %s, which the stack has not", m[1])
		}
	}
}

// TestTexts looks for verbs, files and parameters that texts name and nobody has.
func TestTexts(t *testing.T) {
	targets := regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`).FindAllStringSubmatch(text(t, "Makefile"), -1)
	var verbs []string
	for _, m := range targets {
		verbs = append(verbs, m[1])
	}
	s, err := cfn.Load(filepath.Join("..", "template.yaml"), nil, cfn.Env{})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := filepath.Glob("operate/*.md")
	if err != nil || len(entries) < 4 {
		t.Fatalf("texts %v, %v", entries, err)
	}
	paths := []string{"README.md", "CONTRIBUTING.md", "infra/clients/README.md"}
	for _, e := range entries {
		paths = append(paths, "infra/"+e)
	}
	for _, path := range paths {
		body := text(t, path)
		for _, m := range regexp.MustCompile("(?:`|\\$ )make ([a-z][a-z0-9-]*)").FindAllStringSubmatch(body, -1) {
			if !slices.Contains(verbs, m[1]) {
				t.Errorf("%s says make %s, and the Makefile has no such verb", path, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(body, -1) {
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
	deploy := text(t, "infra/operate/deploy.md")
	for name := range s.Parameters {
		if !strings.Contains(deploy, "| `"+name+"` |") {
			t.Errorf("deploy.md does not say what to answer for the parameter %s", name)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Za-z]+)` \\|").FindAllStringSubmatch(deploy, -1) {
		if _, ok := s.Parameters[m[1]]; !ok {
			t.Errorf("deploy.md has the parameter %s, which the template has not", m[1])
		}
	}
}
