package compile_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/workflow"
)

// TestLargest: as many nodes as a definition may have, of the kinds that make the largest
// states, still fit a state machine.
func TestLargest(t *testing.T) {
	for _, kind := range []string{"message.reply", "approval"} {
		nodes, edges := []any{}, []any{map[string]any{"from": "trigger", "to": "n0"}}
		for i := range workflow.MaxNodes {
			id := fmt.Sprintf("n%d", i)
			n := map[string]any{"id": id, "type": kind, "params": map[string]any{"body": "Hello {{contact.name | default: \"you\"}}, about {{conversation.subject}}."}}
			outputs := []string{"next"}
			if i == workflow.MaxNodes-1 {
				n["type"], n["params"] = "end", map[string]any{"result": "succeeded"}
				outputs = nil
			} else if kind == "approval" {
				n["params"] = map[string]any{"approvers": []any{map[string]any{"group": "support"}}, "subject": "About {{conversation.subject}}", "timeout": "48h"}
				outputs = []string{"approved", "rejected", "timed_out"}
			}
			nodes = append(nodes, n)
			for _, o := range outputs {
				edges = append(edges, map[string]any{"from": id, "output": o, "to": fmt.Sprintf("n%d", i+1)})
			}
		}
		raw, _ := json.Marshal(map[string]any{"trigger": map[string]any{"type": "message.received"}, "nodes": nodes, "edges": edges})
		def, problems := check.Source(raw, desk)
		if len(problems) > 0 {
			t.Fatalf("%s: %+v", kind, problems[0])
		}
		text, _, err := compile.Definition(def, options)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		t.Logf("%d × %s: %d bytes of definition, %d bytes of machine (limit %d)", workflow.MaxNodes-1, kind, len(raw), len(text), asl.MaxDefinition)
		machine(t, def)
	}
}
