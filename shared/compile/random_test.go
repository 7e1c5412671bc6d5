package compile_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/workflow"
)

// generator makes definitions that check finds no errors in, from every node kind.
type generator struct {
	*rand.Rand
	ids []string
}

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

// path of anything that a node of the manual trigger may name under default.
func (g *generator) path() string {
	return g.one("message.subject", "message.text", "message.to", "conversation.tags", "conversation.status", "contact.name", "contact.attributes.plan", "contact.attributes.`odd key`",
		"ticket.status", "ticket.openedAt", "detail.a", "detail.a.b", "detail", "vars.v", "event.time", "workflow.version", "run.id", "steps."+g.one(g.ids...)+".error.code", "contact.attributes.and")
}

func (g *generator) expression() string {
	f := ""
	for range g.IntN(3) {
		f += g.one(" | upper", " | lower", " | trim", " | truncate: 5", " | json", " | date", ` | date: "YY/MM/DD [HH] ss"`)
	}
	return "{{ " + g.path() + g.one(` | default: "x"`, ` | default: "%}"`, ` | default: '"\\'`) + f + " }}"
}

func (g *generator) text() string {
	s := ""
	for range 1 + g.IntN(3) {
		s += g.one(g.expression(), "plain", "{% $error() %}", "%}", "{%", "\"", "\\", "é😀", "\n", "`", "$")
	}
	return s
}

func (g *generator) condition() map[string]any {
	switch g.IntN(7) {
	case 6:
		leaf := map[string]any{"op": g.one("within_hours", "outside_hours")}
		if g.IntN(2) == 0 {
			leaf["field"] = g.one("ticket.openedAt", "detail.a", "conversation.lastMessageAt")
			leaf["value"] = map[string]any{"timezone": "Europe/Berlin", "days": []any{"mon"}, "from": "22:00", "to": "06:00"}
		}
		return leaf
	case 0:
		return map[string]any{g.one("all", "any", "none"): []any{g.condition(), g.condition()}}
	case 1:
		return map[string]any{"field": g.one("ticket.openedAt", "detail.a", "contact.createdAt"), "op": g.one("older_than", "within_last"), "value": "1d"}
	case 2:
		return map[string]any{"field": g.one("detail.a", "vars.v", "contact.attributes.plan", "conversation.messageCount"), "op": g.one("gt", "lte"), "value": 3}
	case 3:
		return map[string]any{"field": g.one("detail.a", "message.text"), "op": "matches", "value": g.one("^a*$", "(?i)é|😀", "\\bx\\b", ".*q.*")}
	case 4:
		return map[string]any{"field": g.one("conversation.tags", "detail.a.b"), "op": g.one("has_any", "has_all", "has_none"), "value": []any{"vip", "é"}}
	}
	return map[string]any{"field": g.one("message.text", "detail.a", "contact.name"), "op": g.one("is", "contains", "not_contains", "ends_with"), "value": g.one("", "vip", "STRASSE", "%}", "\"\\`/")}
}

func (g *generator) params(kind *workflow.NodeKind) map[string]any {
	list := func() []any { return []any{g.text(), g.expression()} }
	person := func() map[string]any {
		return map[string]any{g.one("email", "group", "managerOf"): g.expression()}
	}
	switch kind.Type {
	case "conversation.tag":
		return map[string]any{"add": []any{"t", g.expression()}, "remove": g.expression()}
	case "conversation.assign":
		return map[string]any{g.one("inbox", "group"): g.one("support", g.expression())}
	case "message.reply":
		return map[string]any{"body": "x" + g.text(), "cc": []any{"a@b.test", g.expression()}}
	case "message.send":
		return map[string]any{"to": g.expression(), "subject": "s" + g.text(), "body": "x" + g.text()}
	case "notify":
		return map[string]any{"to": person(), "subject": "s" + g.text(), "body": "x" + g.text()}
	case "ai.reply":
		return map[string]any{"instructions": "i" + g.text(), "tone": g.one("{% x %}", "kind")}
	case "conversation.update", "ticket.update":
		return map[string]any{"status": "pending", "priority": "high"}
	case "conversation.note":
		return map[string]any{"body": "n" + g.text()}
	case "ticket.create":
		return map[string]any{"subject": "s" + g.text(), "description": g.text(), "priority": "low", "group": g.one("support", g.expression())}
	case "contact.update":
		return map[string]any{"name": g.text(), "attributes": map[string]any{"plan": g.expression(), "odd key": g.text()}, "addTags": []any{"t", g.expression()}, "removeTags": g.expression()}
	case "ai.classify":
		return map[string]any{"labels": []any{"a", "{% b %}"}, "instructions": g.text()}
	case "ai.extract":
		return map[string]any{"fields": map[string]any{"order": "string", "and": "number"}}
	case "ai.summarise":
		return map[string]any{}
	case "http.request":
		return map[string]any{"method": g.one("GET", "POST"), "url": "https://x.test/" + g.one("a", g.expression()), "headers": map[string]any{"X-Name": g.text()}, "body": g.one(g.text(), g.expression())}
	case "event.emit":
		return map[string]any{"detailType": "x.y", "detail": map[string]any{"a": g.expression(), "list": list()}}
	case "workflow.start":
		return map[string]any{"workflow": "wf_2", "detail": map[string]any{"a": g.text()}}
	case "approval":
		return map[string]any{"approvers": []any{person(), map[string]any{"group": "support"}}, "subject": "s" + g.text(), "message": g.text(), "draft": g.text(), "timeout": "2h", "reminders": []any{"1h"}, "escalateTo": map[string]any{"to": person(), "after": "90m"}}
	case "branch":
		cases := []any{}
		for i := range 1 + g.IntN(3) {
			cases = append(cases, map[string]any{"id": fmt.Sprintf("c%d", i), "when": g.condition()})
		}
		return map[string]any{"cases": cases}
	case "wait":
		p := map[string]any{"cancelOn": []any{map[string]any{"type": "message.received", "when": map[string]any{"field": "message.text", "op": "contains", "value": "{% x %}"}}}}
		if g.IntN(2) == 0 {
			p["for"] = "3d"
		} else {
			p["until"] = g.expression()
		}
		return p
	case "set":
		return map[string]any{"values": map[string]any{"v": g.text(), "w": map[string]any{"deep": list(), "n": 1.5, "null": nil, "single": g.expression()}}}
	case "end":
		return map[string]any{"result": g.one("succeeded", "failed"), "reason": g.text()}
	}
	panic("no params for " + kind.Type)
}

func (g *generator) definition() map[string]any {
	n := 1 + g.IntN(12)
	g.ids = nil
	for i := range n {
		g.ids = append(g.ids, fmt.Sprintf("n%d", i))
	}
	g.ids = g.ids[:n]
	var kinds []*workflow.NodeKind
	for i := range workflow.TheCatalog.Nodes {
		if k := &workflow.TheCatalog.Nodes[i]; k.Available {
			kinds = append(kinds, k)
		}
	}
	nodes, edges := []any{}, []any{map[string]any{"from": "trigger", "to": "n0"}}
	// The last node is a set that gives vars.v a place to be set; steps.n*.error needs an action.
	for i := range n {
		kind := kinds[g.IntN(len(kinds))]
		if i+1 < n && kind.Type == "end" {
			kind = kinds[0]
		}
		node := map[string]any{"id": g.ids[i], "type": kind.Type, "params": g.params(kind)}
		if kind.CanDisable && g.IntN(8) == 0 {
			node["disabled"] = true
		}
		if kind.CanRetry && g.IntN(4) == 0 {
			node["retry"] = map[string]any{"maxAttempts": 1 + g.IntN(3), "interval": "1s", "backoff": 1.5}
			node["timeout"] = "10s"
		}
		nodes = append(nodes, node)
		outputs := append([]string{}, kind.Outputs...)
		if kind.Type == "branch" {
			for _, c := range node["params"].(map[string]any)["cases"].([]any) {
				outputs = append(outputs, c.(map[string]any)["id"].(string))
			}
		}
		if kind.CanError {
			outputs = append(outputs, "error")
		}
		for j, o := range outputs {
			to := i + 1 + g.IntN(3)
			if j == 0 {
				to = i + 1
			}
			if to >= n {
				if !kind.EdgeRequired {
					continue
				}
				to = n // the end that is always there
			}
			if to == n || g.IntN(5) > 0 || j == 0 || kind.EdgeRequired {
				edges = append(edges, map[string]any{"from": g.ids[i], "output": o, "to": append(g.ids, "z")[to]})
			}
		}
	}
	return map[string]any{"trigger": map[string]any{"type": "manual"}, "nodes": nodes, "edges": edges}
}

func (g *generator) value(depth int) any {
	switch g.IntN(11) {
	case 0:
		return nil
	case 1:
		return float64(g.IntN(10)) - 3.5
	case 2:
		return g.IntN(2) == 0
	case 3:
		return g.one("2026-11-22T10:00:00Z", "2026-11-23T10:00:00.5+02:00", "2020-02-30T00:00:00Z", "9999-12-31T23:59:59Z")
	case 4, 5:
		if depth > 2 {
			return "deep"
		}
		return []any{g.value(depth + 1), g.value(depth + 1)}
	case 6, 7:
		if depth > 2 {
			return map[string]any{}
		}
		return map[string]any{"a": g.value(depth + 1), "b": g.value(depth + 1), "subject": g.value(depth + 1), "tags": g.value(depth + 1), "attributes": g.value(depth + 1), "and": g.value(depth + 1), "plan": g.value(depth + 1), "odd key": g.value(depth + 1)}
	}
	return g.one("", "vip", "VIP straße", "{% 1 %}", "😀", "a\nb\r\n", "\\\"")
}

// TestRandom: definitions without errors compile to machines that asl.Validate accepts and
// that never fail by an expression, whatever the input and the functions' answers.
func TestRandom(t *testing.T) {
	ran, statuses := 0, map[string]int{}
	for seed := range uint64(300) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 11))}
		d := g.definition()
		d["nodes"] = append(d["nodes"].([]any), map[string]any{"id": "z", "type": "set", "params": map[string]any{"values": map[string]any{"v": "{{vars.v | default: \"z\"}}"}}})
		edges := d["edges"].([]any)
		nodes := d["nodes"].([]any)
		last := nodes[len(nodes)-2].(map[string]any)
		if typ := last["type"]; typ != "approval" && typ != "end" {
			k, _ := workflow.TheCatalog.Node(typ.(string))
			out := k.Outputs[0]
			edges = append(edges, map[string]any{"from": last["id"], "output": out, "to": "z"})
		}
		d["edges"] = edges
		raw, _ := json.Marshal(d)
		def, problems := check.Source(raw, desk)
		skip := false
		for _, p := range problems {
			if p.Severity != workflow.Error {
				continue
			}
			switch p.Rule {
			case "unknown_value", "unknown_step", "unreachable", "unknown_variable":
				skip = true // the generator names errors of steps that have none, or leaves the last node loose
			default:
				t.Fatalf("seed %d: %+v\n%s", seed, p, raw)
			}
		}
		if skip {
			continue
		}
		ran++
		for range 3 {
			in := map[string]any{"v": 1, "run": map[string]any{"id": "run_1"}, "workflow": map[string]any{"id": "wf_1", "name": "n", "version": 1}, "event": map[string]any{"id": "evt_1", "type": "manual", "time": "2026-11-22T09:00:00Z"}}
			for _, e := range []string{"message", "conversation", "contact", "ticket", "detail"} {
				if g.IntN(3) > 0 {
					in[e] = g.value(0)
				}
			}
			answers := map[string]answer{}
			for _, id := range append([]string{"z"}, g.ids...) {
				a := answer{Result: json.RawMessage(mustJSON(map[string]any{"text": g.value(1), "output": g.one("approved", "rejected", "timed_out", "elapsed", "cancelled", "odd")})), Conversation: json.RawMessage(mustJSON(g.value(0)))}
				answers[id+".resume"] = a
				if g.IntN(4) == 0 {
					a.Error = &struct{ Code, Message string }{g.one("invalid", "no_approvers", "Sandbox.Timedout"), g.text()}
				}
				if g.IntN(6) == 0 {
					a.Raw = json.RawMessage(mustJSON(g.value(0)))
				}
				if g.IntN(2) == 0 {
					a.After = "10m"
				}
				answers[id] = a
			}
			e, _ := run(t, def, full(t, mustJSON(in)), answers)
			statuses[string(e.Status)]++
			if strings.HasPrefix(e.Error, "States.") && e.Error != "States.Timeout" && e.Error != "States.TaskFailed" {
				t.Fatalf("seed %d: %s: %s\ninput %s\n%s", seed, e.Error, e.Cause, mustJSON(in), raw)
			}
			if e.Status != interp.Succeeded && e.Status != interp.Failed {
				t.Fatalf("seed %d: %s", seed, e.Status)
			}
		}
		a, _, err := compile.Definition(def, options)
		b, _, _ := compile.Definition(def, options)
		if err != nil || string(a) != string(b) {
			t.Fatalf("seed %d: two compilations differ (%v)", seed, err)
		}
	}
	t.Logf("%d definitions, %v", ran, statuses)
	if ran < 100 {
		t.Errorf("only %d definitions were without errors", ran)
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
