package workflow_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/workflow"
)

func TestCompare(t *testing.T) {
	const base = `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":["refund"]}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","position":{"x":0,"y":0},"params":{"add":["a","b"]}},
			{"id":"way","type":"branch","params":{"cases":[{"id":"vip","when":{"field":"contact.tags","op":"has_any","value":["vip"]}}]}}],
		"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"way"}]}`
	for _, c := range []struct {
		name, after string
		want        workflow.Diff
	}{
		{"nothing, but for order of members and place in the drawing",
			`{"edges":[{"from":"trigger","to":"tag"},{"output":"next","from":"tag","to":"way"}],"trigger":{"conditions":{"all":[{"op":"contains","field":"message.text","value":["refund"]}]},"type":"message.received"},
			"nodes":[{"type":"conversation.tag","id":"tag","position":{"x":9,"y":9},"params":{"add":["a","b"]}},
			{"id":"way","type":"branch","params":{"cases":[{"id":"vip","when":{"field":"contact.tags","op":"has_any","value":["vip"]}}]}}]}`,
			workflow.Diff{Added: []string{}, Removed: []string{}, Changed: []workflow.Change{}}},
		{"a node goes, one comes, an edge moves",
			`{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":["refund"]}]}},
			"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["a","b"]}},{"id":"note","type":"conversation.note","params":{"body":"x"}}],
			"edges":[{"from":"trigger","to":"note"},{"from":"note","to":"tag"}]}`,
			workflow.Diff{Added: []string{"note"}, Removed: []string{"way"}, Changed: []workflow.Change{
				{Node: "trigger", Path: "/edges/next", Before: "tag", After: "note"},
				{Node: "tag", Path: "/edges/next", Before: "way", After: nil}}}},
		{"params, trigger, a case more and an unknown member",
			`{"owner":"me","trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":["refund","money back"]}]}},
			"nodes":[{"id":"tag","type":"conversation.tag","name":"Tag","params":{"add":["a","c"]}},
			{"id":"way","type":"branch","params":{"cases":[{"id":"vip","name":"VIP","when":{"field":"contact.tags","op":"has_any","value":["vip"]}},{"id":"b/c"}]}}],
			"edges":[{"from":"trigger","to":"tag"},{"from":"tag","to":"way"}]}`,
			workflow.Diff{Added: []string{}, Removed: []string{}, Changed: []workflow.Change{
				{Node: "", Path: "/owner", After: "me"},
				{Node: "trigger", Path: "/conditions/all/0/value", Before: []any{"refund"}, After: []any{"refund", "money back"}},
				{Node: "tag", Path: "/name", After: "Tag"},
				{Node: "tag", Path: "/params/add", Before: []any{"a", "b"}, After: []any{"a", "c"}},
				{Node: "way", Path: "/params/cases/0/name", After: "VIP"},
				{Node: "way", Path: "/params/cases/1", After: map[string]any{"id": "b/c"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := workflow.Parse([]byte(base))
			after, problems := workflow.Parse([]byte(c.after))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(c.want, workflow.Compare(before, after)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
