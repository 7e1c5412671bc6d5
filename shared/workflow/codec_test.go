package workflow_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/workflow"
)

const example = `{
  "version": 1,
  "nodes": [
    {"type": "set", "id": "a", "zeta": [1, 2.50], "params": {"values": {"b": 1, "a": "<x> & {% y %}"}}, "position": {"y": 2, "w": "x", "x": -1.5},
     "retry": {"backoff": 1.5, "maxAttempts": 3, "x": null}, "disabled": true, "timeout": "30s", "notes": "n", "name": "N"},
    {"id": "b", "type": "end", "disabled": false}
  ],
  "edges": [{"to": "a", "from": "trigger", "label": "x"}, {"from": "a", "output": "error", "to": "b"}],
  "stickies": [{"x": 4, "text": "Why", "pinned": true, "id": "s", "y": -2.5, "color": "blue", "height": 80}],
  "trigger": {"conditions": {"all": []}, "type": "manual", "params": {}, "kind": 7}
}`

const written = `{"trigger":{"type":"manual","params":{},"conditions":{"all":[]},"kind":7},` +
	`"nodes":[{"id":"a","type":"set","name":"N","notes":"n","position":{"x":-1.5,"y":2,"w":"x"},"disabled":true,"retry":{"maxAttempts":3,"backoff":1.5,"x":null},"timeout":"30s","params":{"values":{"b":1,"a":"<x> & {% y %}"}},"zeta":[1,2.50]},{"id":"b","type":"end"}],` +
	`"edges":[{"from":"trigger","to":"a","label":"x"},{"from":"a","output":"error","to":"b"}],"stickies":[{"id":"s","text":"Why","x":4,"y":-2.5,"height":80,"color":"blue","pinned":true}],"version":1}`

func TestRoundTrip(t *testing.T) {
	def, problems := workflow.Parse([]byte(example))
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	first, err := def.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, string(first)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	var again workflow.Definition
	if err := json.Unmarshal(first, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(def, &again); diff != "" {
		t.Errorf("read again (-first +second):\n%s", diff)
	}
}

func TestParseProblems(t *testing.T) {
	for _, c := range []struct {
		source string
		want   []string // rule, path
	}{
		{`{`, []string{"syntax "}},
		{"{\n\"a\": tru}", []string{"syntax "}},
		{`null`, []string{"wrong_type "}},
		{`{"trigger": [], "nodes": 1, "edges": "x"}`, []string{"wrong_type /trigger", "wrong_type /nodes", "wrong_type /edges"}},
		{`{"trigger": {"type": 1, "params": [], "conditions": "x", "position": {"x": 1}}}`, []string{"wrong_type /trigger/type", "wrong_type /trigger/params", "wrong_type /trigger/conditions", "wrong_type /trigger/position"}},
		{`{"nodes": [null, {"id": null, "type": {}, "name": 1, "notes": 2, "disabled": "yes", "retry": 3, "timeout": 4, "params": null}]}`,
			[]string{"wrong_type /nodes/0", "wrong_type /nodes/1/id", "wrong_type /nodes/1/type", "wrong_type /nodes/1/name", "wrong_type /nodes/1/notes", "wrong_type /nodes/1/disabled", "wrong_type /nodes/1/retry", "wrong_type /nodes/1/timeout", "wrong_type /nodes/1/params"}},
		{`{"nodes": [{"id": "a", "retry": {"maxAttempts": 1.5, "interval": 3, "backoff": "x"}}]}`, []string{"wrong_type /nodes/0/retry/maxAttempts", "wrong_type /nodes/0/retry/interval", "wrong_type /nodes/0/retry/backoff"}},
		{`{"edges": [{"from": 1, "output": 2, "to": 3}, 4]}`, []string{"wrong_type /edges/0/from", "wrong_type /edges/0/output", "wrong_type /edges/0/to", "wrong_type /edges/1"}},
		{`{"x": "` + strings.Repeat("y", workflow.MaxSize) + `"}`, []string{"size "}},
	} {
		_, problems := workflow.Parse([]byte(c.source))
		got := []string{}
		for _, p := range problems {
			got = append(got, p.Rule+" "+p.Path)
			if p.Severity != workflow.Error || p.Message == "" {
				t.Errorf("%+v", p)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%.80s (-want +got):\n%s", c.source, diff)
		}
	}
	_, problems := workflow.Parse([]byte("{\n  \"a\": tru}"))
	if !strings.Contains(problems[0].Message, "line 2, column 11") {
		t.Errorf("the place of a syntax error: %s", problems[0].Message)
	}
}

// FuzzParse: whatever is read is written in a form that is read as the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	files, _ := filepath.Glob("../gallery/templates/*.json")
	for _, name := range files {
		if raw, err := os.ReadFile(name); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		def, problems := workflow.Parse(data)
		if len(problems) > 0 {
			return
		}
		first, err := def.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		again, problems := workflow.Parse(first)
		if len(problems) > 0 && problems[0].Rule != "size" {
			t.Fatalf("%+v\n%s", problems, first)
		}
		second, _ := again.MarshalJSON()
		if len(problems) == 0 && string(first) != string(second) {
			t.Errorf("\n%s\n%s", first, second)
		}
	})
}
