package compile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/interp"
	"github.com/deskhand/deskhand/shared/workflow"
)

var update = os.Getenv("GOLDEN_UPDATE") == "1"

var options = compile.Options{
	WorkflowID: "wf_1", Name: "a flow", Version: 3,
	ActARN:   "arn:aws:lambda:us-east-1:123456789012:function:act:live",
	ReachARN: "arn:aws:lambda:us-east-1:123456789012:function:reach:live",
}

var desk = check.Options{AI: true, Inboxes: []string{"support", "billing"}, Groups: []string{"support", "billing", "vip"}, Managed: []string{"billing"}}

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// archive is a .txtar file: its sections in their order.
type archive struct {
	comment string
	names   []string
	files   map[string]string
}

func readArchive(tb testing.TB, path string) *archive {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	a := &archive{files: map[string]string{}}
	name := ""
	for _, line := range strings.SplitAfter(string(raw), "\n") {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "-- ") && strings.HasSuffix(t, " --") {
			name = strings.TrimSpace(t[3 : len(t)-3])
			a.names = append(a.names, name)
			a.files[name] = ""
			continue
		}
		if name == "" {
			a.comment += line
		} else {
			a.files[name] += line
		}
	}
	return a
}

func (a *archive) write(tb testing.TB, path string) {
	tb.Helper()
	var b strings.Builder
	b.WriteString(a.comment)
	for _, name := range a.names {
		fmt.Fprintf(&b, "-- %s --\n%s", name, a.files[name])
		if text := a.files[name]; text != "" && !strings.HasSuffix(text, "\n") {
			b.WriteByte('\n')
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		tb.Fatal(err)
	}
}

func (a *archive) set(name, text string) {
	if _, ok := a.files[name]; !ok {
		a.names = append(a.names, name)
	}
	a.files[name] = text
}

// answer is what a flow's results say of one state.
type answer struct {
	Result       json.RawMessage `json:"result,omitempty"`
	Conversation json.RawMessage `json:"conversation,omitempty"`
	Contact      json.RawMessage `json:"contact,omitempty"`
	Ticket       json.RawMessage `json:"ticket,omitempty"`
	Error        *struct{ Code, Message string }
	After        string // of a token: when it is answered; "" is never
	Raw          json.RawMessage
}

// calls are the payloads that functions got, by state.
type calls struct {
	payloads map[string]map[string]any
	answers  map[string]answer
}

func (c *calls) Do(_ context.Context, t interp.Task) interp.Reply {
	var arguments struct {
		FunctionName string
		Payload      map[string]any
	}
	if err := json.Unmarshal(t.Arguments, &arguments); err != nil {
		return interp.Reply{Err: &interp.Failure{}}
	}
	c.payloads[t.State] = arguments.Payload
	a := c.answers[t.State]
	if a.Error != nil {
		cause, _ := json.Marshal(map[string]string{"errorMessage": a.Error.Message, "errorType": a.Error.Code})
		f := interp.Fault(a.Error.Code, string(cause))
		return interp.Reply{Err: &f}
	}
	if t.WaitsForToken() {
		if a.After == "" {
			return interp.Reply{}
		}
		d, err := time.ParseDuration(a.After)
		if err != nil {
			panic(err)
		}
		return interp.Reply{Callbacks: []interp.Callback{{After: d, Output: json.RawMessage(`{}`)}}}
	}
	var payload []byte
	if a.Raw != nil {
		payload = a.Raw
	} else {
		m := map[string]json.RawMessage{"result": json.RawMessage(`{}`)}
		for name, v := range map[string]json.RawMessage{"result": a.Result, "conversation": a.Conversation, "contact": a.Contact, "ticket": a.Ticket} {
			if v != nil {
				m[name] = v
			}
		}
		payload, _ = json.Marshal(m)
	}
	out, _ := json.Marshal(map[string]json.RawMessage{"ExecutedVersion": json.RawMessage(`"1"`), "Payload": payload, "StatusCode": json.RawMessage(`200`)})
	return interp.Reply{Output: out}
}

// run compiles def and plays it; it fails the test on anything asl.Validate finds.
func run(tb testing.TB, def *workflow.Definition, input json.RawMessage, answers map[string]answer) (*interp.Execution, *calls) {
	tb.Helper()
	m := machine(tb, def)
	c := &calls{payloads: map[string]map[string]any{}, answers: answers}
	e, err := interp.Run(context.Background(), m, input, interp.Options{Tasks: c, Clock: interp.NewClock(start), Name: "run_1"})
	if err != nil {
		tb.Fatalf("interp: %v", err)
	}
	return e, c
}

func machine(tb testing.TB, def *workflow.Definition) *asl.Machine {
	tb.Helper()
	m, sources, err := compile.Machine(def, options)
	if err != nil {
		tb.Fatalf("compile: %v", err)
	}
	for _, d := range asl.Validate(m) {
		text, _ := asl.Marshal(m)
		tb.Fatalf("asl: %v\n%s", d, text)
	}
	for name := range m.States {
		src, ok := sources[name]
		if !ok || src.Role == "" || src.Node == "" && src.Role != compile.RoleDone {
			tb.Errorf("the source map has %+v for the state %s", src, name)
		}
	}
	if len(sources) != len(m.States) {
		tb.Errorf("the source map has %d states, the machine %d", len(sources), len(m.States))
	}
	return m
}

// full makes an execution input of a flow's input section.
func full(tb testing.TB, raw string) json.RawMessage {
	tb.Helper()
	m := map[string]any{}
	if strings.TrimSpace(raw) != "" {
		if err := json.Unmarshal([]byte(raw), &m); err != nil {
			tb.Fatalf("input: %v", err)
		}
	}
	for name, v := range map[string]any{
		"v": 1, "run": map[string]any{"id": "run_1"}, "workflow": map[string]any{"id": "wf_1", "name": "a flow", "version": 3},
		"event": map[string]any{"id": "evt_1", "type": "message.received", "time": "2026-11-22T09:00:00Z", "actor": "anna@example.com"},
	} {
		if _, ok := m[name]; !ok {
			m[name] = v
		}
	}
	out, _ := json.Marshal(m)
	return out
}

func problemLines(problems []workflow.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s %s %s\n", p.Severity, p.Rule, p.Path)
	}
	return b.String()
}

func pretty(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
	return b.String()
}

// TestFlows plays the corpus: flow.json, input.json and results.json in; problems, path,
// status, output.json and params.json out. GOLDEN_UPDATE=1 rewrites all but problems.
func TestFlows(t *testing.T) {
	paths, _ := filepath.Glob("testdata/flows/*.txtar")
	if len(paths) < 10 {
		t.Fatalf("only %d flows", len(paths))
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a := readArchive(t, path)
			def, problems := check.Source([]byte(a.files["flow.json"]), desk)
			if diff := cmp.Diff(a.files["problems"], problemLines(problems)); diff != "" {
				t.Fatalf("problems (-want +got):\n%s", diff)
			}
			if workflow.HasErrors(problems) {
				if len(a.names) != 2 {
					t.Error("a flow with errors has only flow.json and problems")
				}
				return
			}
			answers := map[string]answer{}
			if s := a.files["results.json"]; s != "" {
				if err := json.Unmarshal([]byte(s), &answers); err != nil {
					t.Fatalf("results.json: %v", err)
				}
			}
			e, c := run(t, def, full(t, a.files["input.json"]), answers)
			params := map[string]any{}
			for state, p := range c.payloads {
				if v, ok := p["params"]; ok {
					params[state] = v
				}
			}
			status := string(e.Status)
			if e.Error != "" {
				status += " " + e.Error + ": " + e.Cause
			}
			got := map[string]string{"path": strings.Join(e.Path(), "\n") + "\n", "status": status + "\n", "params.json": pretty(params)}
			if e.Output != nil {
				var out any
				_ = json.Unmarshal(e.Output, &out)
				got["output.json"] = pretty(out)
			}
			if update {
				for _, name := range []string{"path", "status", "output.json", "params.json"} {
					if text, ok := got[name]; ok {
						a.set(name, text)
					}
				}
				a.write(t, path)
				return
			}
			if a.files["path"] == "" || a.files["status"] == "" {
				t.Fatal("the flow asserts nothing")
			}
			names := []string{}
			for name := range got {
				names = append(names, name)
			}
			sort.Strings(names)
			for _, name := range names {
				if diff := cmp.Diff(a.files[name], got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestPatterns keeps the machines of the five patterns and counts their transitions.
func TestPatterns(t *testing.T) {
	for _, tpl := range gallery.All() {
		t.Run(tpl.ID, func(t *testing.T) {
			def, problems := check.Source(tpl.Definition, desk)
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			machine(t, def)
			text, _, err := compile.Definition(def, options)
			if err != nil {
				t.Fatal(err)
			}
			again, _, _ := compile.Definition(def, options)
			if !bytes.Equal(text, again) {
				t.Error("compiling twice gives two texts")
			}
			var b bytes.Buffer
			_ = json.Indent(&b, text, "", "  ")
			b.WriteByte('\n')
			golden := "testdata/golden/" + tpl.ID + ".asl.json"
			if update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("machine (-want +got):\n%s", diff)
			}
			for _, ex := range tpl.Examples {
				if !ex.Matches {
					continue
				}
				answers := map[string]answer{
					"draft": {Result: json.RawMessage(`{"text":"Dear Anna, …"}`)},
					"ok":    {After: "1h"}, "ok.resume": {Result: json.RawMessage(`{"output":"approved","decision":"approved","by":"lead@demo.test","text":"Dear Anna","edited":true}`)},
					"a_day.resume": {Result: json.RawMessage(`{"output":"elapsed"}`), Ticket: json.RawMessage(`{"id":"tkt_1","subject":"Invoice is wrong","status":"open","priority":"normal"}`)},
				}
				e, c := run(t, def, full(t, string(ex.Input)), answers)
				if e.Status != interp.Succeeded {
					t.Errorf("%s: %s %s %s", ex.Name, e.Status, e.Error, e.Cause)
				}
				t.Logf("%s: %d transitions (%s), %d bytes", ex.Name, len(e.Path()), strings.Join(e.Path(), " "), len(text))
				if tpl.ID == "ai-reply-approval" {
					want := map[string]any{"body": []any{map[string]any{"value": "Dear Anna"}}}
					if diff := cmp.Diff(want, c.payloads["send"]["params"]); diff != "" {
						t.Errorf("params of send (-want +got):\n%s", diff)
					}
				}
			}
		})
	}
}
