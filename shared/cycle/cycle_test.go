package cycle_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/cycle"
	"github.com/deskhand/deskhand/shared/workflow"
)

func flow(tb testing.TB, id, name, trigger string, nodes ...string) cycle.Workflow {
	tb.Helper()
	def, problems := workflow.Parse([]byte(`{"trigger":` + trigger + `,"nodes":[` + strings.Join(nodes, ",") + `],"edges":[]}`))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return cycle.Workflow{ID: id, Name: name, Definition: def}
}

const (
	onTag    = `{"type":"conversation.tagged"}`
	onStatus = `{"type":"ticket.status_changed"}`
	addVIP   = `{"id":"t","type":"conversation.tag","params":{"add":["vip"]}}`
	setOpen  = `{"id":"s","type":"ticket.update","params":{"status":"pending"}}`
)

func when(typ, conditions string) string {
	return `{"type":"` + typ + `","conditions":` + conditions + `}`
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		w      cycle.Workflow
		others []cycle.Workflow
		want   []string // node: chain
	}{
		{"two", flow(t, "wf_a", "A", onStatus, addVIP), []cycle.Workflow{flow(t, "wf_b", "B", onTag, setOpen)},
			[]string{`t: "A" adds tag vip → starts "B", which sets ticket status pending → starts "A"`}},
		{"the other end of two", flow(t, "wf_b", "B", onTag, setOpen), []cycle.Workflow{flow(t, "wf_a", "A", onStatus, addVIP)},
			[]string{`s: "B" sets ticket status pending → starts "A", which adds tag vip → starts "B"`}},
		{"three, and a way round that is longer", flow(t, "wf_a", "A", onStatus, addVIP), []cycle.Workflow{
			flow(t, "wf_b", "B", onTag, `{"id":"c","type":"conversation.update","params":{"status":"closed"}}`),
			flow(t, "wf_c", "C", `{"type":"conversation.closed"}`, `{"id":"n","type":"ticket.create","params":{"subject":"x"}}`),
			flow(t, "wf_d", "D", `{"type":"ticket.created"}`, setOpen)},
			[]string{`t: "A" adds tag vip → starts "B", which closes the conversation → starts "C", which creates a ticket → starts "A"`}},
		{"no way back", flow(t, "wf_a", "A", `{"type":"message.received"}`, addVIP), []cycle.Workflow{flow(t, "wf_b", "B", onTag, setOpen)}, nil},
		{"a circle that it is not in", flow(t, "wf_x", "X", `{"type":"message.received"}`, addVIP), []cycle.Workflow{
			flow(t, "wf_a", "A", onStatus, addVIP), flow(t, "wf_b", "B", onTag, setOpen)}, nil},
		{"its own older version", flow(t, "wf_a", "A", onStatus, addVIP), []cycle.Workflow{flow(t, "wf_a", "A", onTag, setOpen)}, nil},
		{"itself, with a filter that stays true", flow(t, "wf_a", "A", when("conversation.tagged", `{"field":"conversation.tags","op":"has_any","value":["VIP"]}`), addVIP), nil,
			[]string{`t: "A" adds tag vip → starts "A"`}},
		{"itself, without a filter, is the rule loop", flow(t, "wf_a", "A", onTag, addVIP), nil, nil},
		{"itself, with a filter that is false after it", flow(t, "wf_a", "A", when("conversation.tagged", `{"field":"conversation.tags","op":"has_none","value":["vip","x"]}`), addVIP), nil, nil},
		{"a tag in words", flow(t, "wf_a", "A", when("conversation.tagged", `{"none":[{"field":"conversation.tags","op":"contains","value":"vi"}]}`), addVIP), nil, nil},
		{"a tag taken away", flow(t, "wf_a", "A", when("conversation.tagged", `{"all":[{"field":"conversation.tags","op":"has_any","value":["new"]}]}`), `{"id":"t","type":"conversation.tag","params":{"remove":["new"]}}`), nil, nil},
		{"a tag that comes from a value", flow(t, "wf_a", "A", when("conversation.tagged", `{"field":"conversation.tags","op":"has_none","value":["vip"]}`), `{"id":"t","type":"conversation.tag","params":{"add":["{{contact.name}}"]}}`), nil,
			[]string{`t: "A" adds tag {{contact.name}} → starts "A"`}},
		{"a status that the filter excludes", flow(t, "wf_a", "A", when("ticket.status_changed", `{"field":"ticket.status","op":"is","value":"open"}`), setOpen), nil, nil},
		{"a status that it takes", flow(t, "wf_a", "A", when("ticket.status_changed", `{"any":[{"field":"ticket.status","op":"is","value":"open"},{"field":"ticket.status","op":"in","value":["pending"]}]}`), setOpen), nil,
			[]string{`s: "A" sets ticket status pending → starts "A"`}},
		{"what is not known does not exclude", flow(t, "wf_a", "A", when("ticket.status_changed", `{"all":[{"field":"ticket.priority","op":"is","value":"high"}]}`), setOpen), nil,
			[]string{`s: "A" sets ticket status pending → starts "A"`}},
		{"unless it is excluded beside", flow(t, "wf_a", "A", when("ticket.status_changed", `{"all":[{"field":"ticket.priority","op":"is","value":"high"},{"none":[{"field":"ticket.status","op":"is_not","value":"open"}]}]}`), setOpen), nil, nil},
		{"a disabled node", flow(t, "wf_a", "A", when("ticket.status_changed", `{"all":[]}`), `{"id":"s","type":"ticket.update","disabled":true,"params":{"status":"open"}}`), nil, nil},
		{"an update without status", flow(t, "wf_a", "A", when("ticket.status_changed", `{"all":[]}`), `{"id":"s","type":"ticket.update","params":{"priority":"high"}}`), nil, nil},
		{"custom events", flow(t, "wf_a", "A", `{"type":"event","params":{"detailType":"x.done"}}`, `{"id":"e","type":"event.emit","params":{"detailType":"y.done","detail":{}}}`),
			[]cycle.Workflow{flow(t, "wf_b", "B", `{"type":"event","params":{"detailType":"y.done"}}`, `{"id":"e","type":"event.emit","params":{"detailType":"x.done","detail":{}}}`)},
			[]string{`e: "A" emits y.done → starts "B", which emits x.done → starts "A"`}},
		{"other events", flow(t, "wf_a", "A", `{"type":"event","params":{"detailType":"x.done"}}`, `{"id":"e","type":"event.emit","params":{"detailType":"y.done","detail":{}}}`), nil, nil},
		{"starts", flow(t, "wf_01ARZ3NDEKTSV4RRFFQ69G5FAV", "A", `{"type":"manual"}`, `{"id":"go","type":"workflow.start","params":{"workflow":"wf_b"}}`),
			[]cycle.Workflow{flow(t, "wf_b", "B", `{"type":"manual"}`, `{"id":"go","type":"workflow.start","params":{"workflow":"wf_01ARZ3NDEKTSV4RRFFQ69G5FAV"}}`)},
			[]string{`go: "A" starts "B", which starts "A"`}},
		{"webhook", flow(t, "wf_01ARZ3NDEKTSV4RRFFQ69G5FAV", "A", when("webhook", `{"all":[]}`), `{"id":"go","type":"http.request","params":{"method":"POST","url":"https://desk.test/hooks/wf_01ARZ3NDEKTSV4RRFFQ69G5FAV/s"}}`), nil,
			[]string{`go: "A" calls its webhook → starts "A"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range cycle.Problems(c.w, c.others) {
				if p.Severity != workflow.Warning || p.Rule != "workflow_cycle" || !strings.HasPrefix(p.Path, "/nodes/") {
					t.Errorf("%+v", p)
				}
				_, chain, _ := strings.Cut(p.Message, "circle: ")
				chain, _, _ = strings.Cut(chain, ";")
				got = append(got, p.Node+": "+chain)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
