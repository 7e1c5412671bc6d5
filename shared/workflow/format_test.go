package workflow_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/workflow"
)

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func value(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return v
}

func TestUpgrade(t *testing.T) {
	old := read(t, "testdata/format/0.json")
	got, from, err := workflow.Upgrade(old)
	if err != nil || from != 0 {
		t.Fatal(from, err)
	}
	if diff := cmp.Diff(value(t, read(t, "testdata/format/0.upgraded.json")), value(t, got)); diff != "" {
		t.Errorf("upgraded (-want +got):\n%s", diff)
	}
	again, from, err := workflow.Upgrade(got)
	if err != nil || from != workflow.Format || string(again) != string(got) {
		t.Errorf("upgraded again, from %d: %v, %s", from, err, again)
	}
	def, problems := workflow.Parse(old)
	if len(problems) > 0 || len(def.Nodes) != 5 || len(def.Edges) != 7 || string(def.Extra["color"]) != `"teal"` {
		t.Errorf("%v: %+v", problems, def)
	}
	if _, problems := check.Source(old, check.Options{}); workflow.HasErrors(problems) {
		t.Errorf("the check finds %+v", problems)
	}
}

func TestUpgradeLeavesAlone(t *testing.T) {
	for _, source := range []string{`{"nodes":[]}`, `{"format":1,"nodes":[]}`, `{"format":"a4","nodes":[]}`, `{"format":null}`, `{"format":-1}`, `{"format":1.5}`, `[]`, `{`, ``} {
		got, from, err := workflow.Upgrade([]byte(source))
		if err != nil || from != workflow.Format || string(got) != source {
			t.Errorf("%s became %s, from %d: %v", source, got, from, err)
		}
	}
}

func TestFormatProblems(t *testing.T) {
	for source, words := range map[string]string{
		`{"format":2,"trigger":{"type":"manual"},"nodes":[],"edges":[]}`: "update Deskhand",
		`{"format":0,"trigger":[]}`:                                      "trigger is a list",
		`{"format":0,"steps":{}}`:                                        "steps is not a list",
		`{"format":0,"steps":[{"id":7}]}`:                                "steps/0/id is not text",
		`{"format":0,"steps":[{"id":"a","then":7}]}`:                     "steps/0/then",
		`{"format":0,"steps":[{"id":"a","then":{"next":7}}]}`:            "steps/0/then",
	} {
		_, problems := workflow.Parse([]byte(source))
		if len(problems) != 1 || problems[0].Rule != "format" || problems[0].Path != "/format" || !strings.Contains(problems[0].Message, words) {
			t.Errorf("%s: %+v", source, problems)
		}
	}
	warned := func(source string) bool {
		_, problems := check.Source([]byte(source), check.Options{})
		for _, p := range problems {
			if p.Rule == "unknown_member" {
				return true
			}
		}
		return false
	}
	if warned(`{"format":1,"trigger":{"type":"manual"},"nodes":[],"edges":[]}`) || !warned(`{"format":"a4","trigger":{"type":"manual"},"nodes":[],"edges":[]}`) {
		t.Error("today's format is no unknown member, and any other text is one")
	}
}
