package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/compile"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/jsonata"
	"github.com/deskhand/deskhand/shared/workflow"
)

// testCase is one expression, how often the gallery has it, and what it sees.
type testCase struct {
	source   string
	times    int
	bindings map[string]any
}

// short is the beginning, for a table.
func (c testCase) short() string {
	s := strings.ReplaceAll(strings.Join(strings.Fields(c.source), " "), "|", "¦")
	if r := []rune(s); len(r) > 70 {
		s = string(r[:70]) + "…"
	}
	return s
}

// later is what a run knows by and by, beyond its input: answers of steps, a ticket.
const later = `{
	"result": {"Payload": {"result": {"text": "Yes, we are.", "output": "approved"}, "conversation": {"id": "conv_1", "subject": "Opening hours", "tags": ["hours"]}}},
	"input": {"output": "approved"}, "redrive": 0,
	"step_draft": {"text": "Yes, we are open on Saturdays."}, "step_ok": {"text": "Yes, we are.", "decision": "approved"},
	"ticket": {"id": "tkt_1", "subject": "Broken screen", "status": "open", "priority": "high", "openedAt": "2026-11-20T08:15:00Z"}
}`

// expressions of the gallery's compiled workflows, each once, over the first example of
// the workflow that has it first.
func expressions() ([]testCase, error) {
	var out []testCase
	at := map[string]int{}
	for _, t := range gallery.All() {
		definition, problems := workflow.Parse(t.Definition)
		if definition == nil {
			return nil, fmt.Errorf("gallery %s: %v", t.ID, problems)
		}
		text, _, err := compile.Definition(definition, compile.Options{WorkflowID: "wf_1", Name: t.Name, Version: 1, ActARN: "act", ReachARN: "reach"})
		if err != nil {
			return nil, fmt.Errorf("gallery %s: %w", t.ID, err)
		}
		bindings, err := bindings(t)
		if err != nil {
			return nil, err
		}
		var doc any
		if err := json.Unmarshal(text, &doc); err != nil {
			return nil, err
		}
		for _, source := range find(doc) {
			if i, there := at[source]; there {
				out[i].times++
				continue
			}
			at[source] = len(out)
			out = append(out, testCase{source, 1, bindings})
		}
	}
	return out, nil
}

// find gives the expressions of a state machine's JSON in a stable order.
func find(v any) (out []string) {
	switch v := v.(type) {
	case string:
		if s, ok := strings.CutPrefix(v, "{%"); ok {
			out = append(out, strings.TrimSpace(strings.TrimSuffix(s, "%}")))
		}
	case []any:
		for _, e := range v {
			out = append(out, find(e)...)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, find(v[k])...)
		}
	}
	return out
}

func bindings(t gallery.Template) (map[string]any, error) {
	var input, more map[string]any
	if err := json.Unmarshal(t.Examples[0].Input, &input); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(later), &more); err != nil {
		return nil, err
	}
	input["run"], input["workflow"] = map[string]any{"id": "run_1"}, map[string]any{"id": "wf_1", "name": t.Name, "version": 1.0}
	out := map[string]any{"contact": map[string]any{}, "conversation": map[string]any{}}
	for _, name := range []string{"contact", "conversation", "ticket", "step_draft", "step_ok", "redrive"} {
		if v, ok := more[name]; ok {
			out[name] = v
		}
		if v, ok := input[name]; ok {
			out[name] = v
		}
	}
	out["states"] = map[string]any{"input": more["input"], "result": more["result"], "context": map[string]any{
		"Execution": map[string]any{"Id": "arn:1", "Name": "run_1", "Input": input, "RedriveCount": 0.0, "StartTime": "2026-11-22T09:00:00Z"},
		"State":     map[string]any{"Name": "tag", "RetryCount": 0.0}, "Task": map[string]any{"Token": "token"}}}
	return out, nil
}

// measure times ours.
func measure(cases []testCase, each time.Duration) ([]sample, error) {
	out := make([]sample, len(cases))
	for i, c := range cases {
		e, err := jsonata.Compile(c.source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.source, err)
		}
		eval := func() error {
			v, err := e.Eval(nil, c.bindings)
			if err == jsonata.ErrUndefined {
				v, err = nil, nil
			}
			out[i].Result = v
			return err
		}
		if out[i].Nanoseconds, err = perCall(each, eval); err != nil {
			return nil, fmt.Errorf("%s: %w", c.source, err)
		}
		if out[i].Compile, err = perCall(each/5, func() error { _, err := jsonata.Compile(c.source); return err }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// perCall is the mean time of a call in nanoseconds, after a fifth of the time to warm up.
func perCall(each time.Duration, f func() error) (float64, error) {
	for began := time.Now(); time.Since(began) < each/5; {
		if err := f(); err != nil {
			return 0, err
		}
	}
	n, began := 0, time.Now()
	for time.Since(began) < each {
		for range 20 {
			if err := f(); err != nil {
				return 0, err
			}
		}
		n += 20
	}
	return float64(time.Since(began)) / float64(n), nil
}

// same compares results as JSON.
func same(a, b any) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain(v any) (out any) {
	data, err := json.Marshal(v)
	if err != nil || json.Unmarshal(data, &out) != nil {
		return fmt.Sprintf("%#v", v)
	}
	return out
}
