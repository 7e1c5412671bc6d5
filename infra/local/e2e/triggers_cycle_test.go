package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Workflows that start each other are named at publish, and end by themselves.
func TestWorkflowsInACircle(t *testing.T) {
	d := sharedDesk(t)
	inbox, care := d.inbox("care")
	definition := func(tag string) string {
		return fmt.Sprintf(`{"trigger":{"type":"conversation.tagged","conditions":{"all":[{"field":"conversation.inbox","op":"is","value":%q},{"field":"conversation.tags","op":"has_any","value":["ping","pong","start"]}]}},
			"nodes":[{"id":"move","type":"conversation.tag","params":{"add":[%q],"remove":[%q]}}],"edges":[{"from":"trigger","to":"move"}]}`,
			inbox, tag, map[string]string{"ping": "pong", "pong": "ping"}[tag])
	}
	ping := d.publish("ping", definition("ping"))
	var w struct {
		ID       string
		Problems []struct{ Severity, Rule, Node, Path, Message string }
	}
	d.admin().post("/v1/workflows", map[string]any{"name": "pong " + d.name, "definition": json.RawMessage(definition("pong"))}).is(t, 201).into(t, &w)
	var found string
	for _, p := range w.Problems {
		if p.Rule == "workflow_cycle" && p.Severity == "warning" && p.Node == "move" && p.Path == "/nodes/0" {
			found += p.Message
		}
	}
	if !strings.Contains(found, `"pong `+d.name+`" adds tag pong and removes tag ping → starts "p`) {
		t.Errorf("problems %+v", w.Problems)
	}
	pong := d.publish("pong", definition("pong"))

	from := "priya@" + d.domain("raman")
	d.deliver(letter{file: "question.eml", from: from, to: care})
	conv := d.conversationWith(from)
	d.admin().patch("/v1/conversations/"+conv.ID, map[string]any{"tags": []string{"start"}}).ok(t)
	d.settle()
	runs := len(d.runs(ping)) + len(d.runs(pong))
	if runs < 4 || runs > 100 {
		t.Errorf("%d runs of two workflows that start each other", runs)
	}
	depth := false
	for _, e := range all[eventRead](d, "/v1/events", map[string][]string{"type": {"conversation.tagged"}, "workflow": {ping}}) {
		for _, m := range e.Matches {
			depth = depth || m.Reason == "depth" && strings.Contains(m.Detail, "the limit is 5")
		}
	}
	if !depth {
		t.Error("no event says that the depth ended the circle")
	}
}
