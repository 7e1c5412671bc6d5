package workflow_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/workflow"
)

func TestVocabulary(t *testing.T) {
	c := workflow.TheCatalog
	triggers, available := []string{}, []string{}
	for _, k := range c.Triggers {
		triggers = append(triggers, k.Type)
		if k.Available {
			available = append(available, k.Type)
		}
	}
	if diff := cmp.Diff("message.received conversation.tagged conversation.assigned conversation.closed ticket.created ticket.status_changed contact.created schedule webhook manual event", strings.Join(triggers, " ")); diff != "" {
		t.Errorf("triggers: %s", diff)
	}
	if diff := cmp.Diff(triggers, available); diff != "" {
		t.Errorf("available triggers: %s", diff)
	}
	nodes := []string{}
	for _, k := range c.Nodes {
		nodes = append(nodes, k.Type)
		if k.Function == "" != slices.Contains([]string{"branch", "set", "end"}, k.Type) {
			t.Errorf("%s: function %q", k.Type, k.Function)
		}
		if action := !slices.Contains([]string{"branch", "set", "wait", "approval", "end"}, k.Type); action != k.CanError || action != k.CanRetry || action != k.IsAction() {
			t.Errorf("%s: action %v, canError %v", k.Type, action, k.CanError)
		}
		for _, p := range k.Params {
			if p.Name == "" || p.Title == "" || p.Kind == "" || p.Kind == workflow.KindEnum && len(p.Enum) == 0 {
				t.Errorf("%s: param %+v", k.Type, p)
			}
		}
	}
	want := "conversation.tag conversation.assign conversation.update conversation.note message.reply message.send notify ticket.create ticket.update contact.update " +
		"ai.reply ai.classify ai.extract ai.summarise approval branch wait set end http.request event.emit workflow.start"
	if diff := cmp.Diff(want, strings.Join(nodes, " ")); diff != "" {
		t.Errorf("nodes: %s", diff)
	}
	if raw, err := json.Marshal(c); err != nil || strings.Contains(string(raw), "null") {
		t.Errorf("the catalog as JSON: %v, or a list is null", err)
	}
	for path, typ := range map[string]workflow.FieldType{"message.to": workflow.List, "contact.attributes.x.y": workflow.Any, "contact.attributes": workflow.Any, "detail": workflow.Any, "event.time": workflow.Time, "conversation.messageCount": workflow.Number} {
		p, _ := workflow.ParsePath(path)
		if f, ok := c.Field(p); !ok || f.Type != typ {
			t.Errorf("field %s: %+v", path, f)
		}
	}
	for _, path := range []string{"message", "message.x", "contact", "foo"} {
		if f, ok := c.Field(workflow.Path(strings.Split(path, "."))); ok {
			t.Errorf("field %s: %+v", path, f)
		}
	}
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]time.Duration{"30s": 30 * time.Second, "15m": 15 * time.Minute, "24h": 24 * time.Hour, "48h": 48 * time.Hour, "7d": 168 * time.Hour, "90s": 90 * time.Second, "007d": 168 * time.Hour} {
		if got, err := workflow.ParseDuration(s); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "s", "0s", "5", "-1h", "1.5h", "1h30m", " 1h", "1 h", "1w", "1H", "99999999999999999999d", "999999999999d", "+1h", "١h"} {
		if got, err := workflow.ParseDuration(s); err == nil {
			t.Errorf("%q is read as %v", s, got)
		}
	}
	for d, want := range map[time.Duration]string{168 * time.Hour: "7d", 90 * time.Second: "90s", time.Hour: "1h", 0: "0s"} {
		if got := workflow.FormatDuration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for s, jsonata := range map[string]string{"a": ".a", "message.fromName": ".message.fromName", "steps.is_vip.x": ".steps.is_vip.x", "contact.attributes.`a.b c`": ".contact.attributes.`a.b c`", "a.and": ".a.`and`", "a.1x": ".a.`1x`", "a.größe": ".a.`größe`", "a.b-c": ".a.`b-c`"} {
		p, err := workflow.ParsePath(s)
		if err != nil || p.JSONata() != jsonata || p.String() != s {
			t.Errorf("%s: %v, %s, %v", s, p, p.JSONata(), err)
		}
	}
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "a b", "a.`b", "a.``", "a.`b`c", "$a", "a[0]", "a.\"b\"", "a.`\x00`", strings.Repeat("a.", 16) + "a", strings.Repeat("a", 501)} {
		if p, err := workflow.ParsePath(s); err == nil {
			t.Errorf("%q is read as %q", s, p)
		}
	}
}

func TestSortProblems(t *testing.T) {
	p := func(path, rule string) workflow.Problem { return workflow.Errorf("", path, rule, "m") }
	warn := workflow.Warnf("", "/nodes/2", "a", "m")
	got := workflow.SortProblems([]workflow.Problem{p("/edges/1", "x"), p("/nodes/10", "x"), warn, p("/nodes/2", "z"), p("/nodes/2/id", "x"), p("/trigger", "x"), p("", "x"), p("/trigger", "x"), p("/zzz", "x")})
	want := []workflow.Problem{p("", "x"), p("/trigger", "x"), p("/nodes/2", "z"), warn, p("/nodes/2/id", "x"), p("/nodes/10", "x"), p("/edges/1", "x"), p("/zzz", "x")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sorted (-want +got):\n%s", diff)
	}
	if got := workflow.Pointer("a/b", 3, "c~d"); got != "/a~1b/3/c~0d" {
		t.Errorf("pointer %s", got)
	}
}
