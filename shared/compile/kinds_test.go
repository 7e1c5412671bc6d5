package compile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/workflow"
)

// TestKinds: what the functions get as params, for the node kinds that the flows do not show.
func TestKinds(t *testing.T) {
	for _, c := range []struct{ typ, params, want string }{
		{"conversation.update", `{"status": "pending", "priority": "high"}`, `{"status": "pending", "priority": "high"}`},
		{"conversation.note", `{"body": "{{contact.name}} {% x %}"}`, `{"body": "Anna {% x %}"}`},
		{"ticket.create", `{"subject": "a\nb {{message.subject}}", "description": "a\nb", "group": "support"}`, `{"subject": "a b S", "description": "a\nb", "group": "support"}`},
		{"ticket.update", `{"status": "solved"}`, `{"status": "solved"}`},
		{"contact.update", `{"attributes": {"plan": "{{detail.plan}}", "n": "{{detail.n}}", "none": "{{detail.none}}", "text": "{% 1 %}"}, "addTags": ["a", "{{contact.tags}}"]}`, `{"attributes": {"n": 3, "plan": null, "text": "{% 1 %}"}, "addTags": ["a", "vip"]}`},
		{"contact.update", `{"attributes": {"text": "{% 1 %}", "list": ["%}"]}}`, `{"attributes": {"text": "{% 1 %}", "list": ["%}"]}}`},
		{"ai.classify", `{"labels": ["a", "{% b %}"], "instructions": "x"}`, `{"labels": ["a", "{% b %}"], "instructions": "x"}`},
		{"ai.extract", `{"fields": {"order": "string"}}`, `{"fields": {"order": "string"}}`},
		{"ai.summarise", `{}`, `{}`},
		{"http.request", `{"method": "POST", "url": "https://x.test/{{detail.n}}", "headers": {"X-Name": "{{contact.name}}"}, "body": {"a": ["{{detail.list}}", {"b": null}], "c": true}}`, `{"method": "POST", "url": "https://x.test/3", "headers": {"X-Name": "Anna"}, "body": {"a": [[1, [2]], {"b": null}], "c": true}}`},
		{"http.request", `{"method": "GET", "url": " https://x.test/{{detail.odd}}?q={{detail.odd}}&n={{detail.none}} "}`, `{"method": "GET", "url": "https://x.test/..%2Fa%20b%3Fc%26d%23%C3%A9%25?q=..%2Fa%20b%3Fc%26d%23%C3%A9%25&n="}`},
		{"http.request", `{"method": "GET", "url": "{{detail.base}}/x/{{detail.base}}"}`, `{"method": "GET", "url": "https://x.test/a?b=c/x/https%3A%2F%2Fx.test%2Fa%3Fb%3Dc"}`},
		{"http.request", `{"method": "GET", "url": "{{detail.none}}"}`, `{"method": "GET", "url": ""}`},
		{"http.request", `{"method": "GET", "url": "https://x.test/{% 1 %}"}`, `{"method": "GET", "url": "https://x.test/{% 1 %}"}`},
		{"http.request", `{"method": "POST", "url": "https://x.test", "body": "{{detail.list}}"}`, `{"method": "POST", "url": "https://x.test", "body": [1, [2]]}`},
		{"http.request", `{"method": "POST", "url": "https://x.test", "body": "{{detail.none}}"}`, `{"method": "POST", "url": "https://x.test", "body": null}`},
		{"event.emit", `{"detailType": "x.y", "detail": {"who": "{{contact.name | upper}}"}}`, `{"detailType": "x.y", "detail": {"who": "ANNA"}}`},
		{"workflow.start", `{"workflow": "wf_2", "detail": {}}`, `{"workflow": "wf_2", "detail": {}}`},
	} {
		t.Run(c.typ, func(t *testing.T) {
			def := &workflow.Definition{Trigger: workflow.Trigger{Type: "manual"}, Nodes: []workflow.Node{{ID: "a", Type: c.typ, Params: json.RawMessage(c.params)}}, Edges: []workflow.Edge{{From: "trigger", To: "a"}}}
			_, calls := run(t, def, full(t, `{"message": {"id": "msg_1", "subject": "S"}, "contact": {"name": "Anna", "tags": ["vip"]}, "detail": {"n": 3, "plan": null, "list": [1, [2]], "odd": "../a b?c&d#é%", "base": "https://x.test/a?b=c"}}`), nil)
			var want any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, calls.payloads["a"]["params"]); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		})
	}
}

// TestErrors: what check would have refused is an error here, not a panic.
func TestErrors(t *testing.T) {
	for source, want := range map[string]string{
		`{"nodes": [{"id": "a", "type": "zzz"}]}`:                                                                                                                                    "no node type",
		`{"nodes": [{"id": "A", "type": "end"}]}`:                                                                                                                                    "not a node id",
		`{"nodes": [{"id": "a", "type": "end"}, {"id": "a", "type": "end"}]}`:                                                                                                        "two nodes",
		`{"nodes": [{"id": "a", "type": "end"}], "edges": [{"from": "b", "to": "a"}]}`:                                                                                               "does not exist",
		`{"nodes": [{"id": "a", "type": "end"}], "edges": [{"from": "trigger", "to": "b"}]}`:                                                                                         "does not exist",
		`{"nodes": [{"id": "a", "type": "set"}], "edges": [{"from": "trigger", "to": "a"}, {"from": "a", "to": "a"}]}`:                                                               "back to it",
		`{"nodes": [{"id": "a", "type": "set", "disabled": true}], "edges": [{"from": "trigger", "to": "a"}, {"from": "a", "to": "a"}]}`:                                             "circle",
		`{"nodes": [{"id": "a", "type": "wait"}], "edges": [{"from": "trigger", "to": "a"}]}`:                                                                                        "neither for nor until",
		`{"nodes": [{"id": "a", "type": "message.reply", "params": {"body": "{{"}}], "edges": [{"from": "trigger", "to": "a"}]}`:                                                     "not closed",
		`{"nodes": [{"id": "a", "type": "branch", "params": {"cases": [{"id": "x", "when": {}}]}}], "edges": [{"from": "trigger", "to": "a"}]}`:                                      "case x",
		`{"nodes": [{"id": "a", "type": "notify", "params": {"to": 3}}], "edges": [{"from": "trigger", "to": "a"}]}`:                                                                 "person",
		`{"nodes": [{"id": "a", "type": "conversation.tag", "timeout": "x"}], "edges": [{"from": "trigger", "to": "a"}]}`:                                                            "timeout",
		`{"nodes": [{"id": "a", "type": "end"}, {"id": "b", "type": "end"}], "edges": [{"from": "trigger", "to": "a"}, {"from": "trigger", "to": "b"}]}`:                             "two edges",
		`{"nodes": [{"id": "a", "type": "conversation.tag", "retry": {"maxAttempts": 1, "interval": "?"}}], "edges": [{"from": "trigger", "to": "a"}]}`:                              "retry",
		`{"nodes": [{"id": "a", "type": "approval", "params": {"timeout": "48h", "approvers": "x"}}], "edges": [{"from": "trigger", "to": "a"}, {"from": "a", "to": "a"}]}`:          "list of persons",
		`{"nodes": [{"id": "a", "type": "end", "params": {"result": "failed", "reason": "{{ x | y }}"}}], "edges": [{"from": "trigger", "to": "a"}, {"from": "trigger", "to": ""}]}`: "does not exist",
	} {
		def, problems := workflow.Parse([]byte(source))
		if len(problems) > 0 {
			t.Fatalf("%s: %+v", source, problems)
		}
		if _, _, err := compile.Machine(def, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", source, err, want)
		}
	}
}

// FuzzMachine: whatever check finds no errors in compiles to a machine without diagnostics;
// nothing makes compile panic.
func FuzzMachine(f *testing.F) {
	for _, tpl := range gallery.All() {
		f.Add([]byte(tpl.Definition))
	}
	paths, _ := filepath.Glob("testdata/flows/*.txtar")
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		_, flow, _ := strings.Cut(string(raw), "-- flow.json --\n")
		flow, _, _ = strings.Cut(flow, "-- problems --")
		f.Add([]byte(flow))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		def, problems := check.Source(data, desk)
		m, _, err := compile.Machine(def, options)
		if workflow.HasErrors(problems) {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if found := asl.Validate(m); len(found) > 0 {
			t.Fatalf("%v\n%s", found, data)
		}
	})
}
