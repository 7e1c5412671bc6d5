package interp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/asl"
	"github.com/deskhand/deskhand/shared/interp"
)

const corpus = "../../../shared/corpora/stepfunctions/executions"

// recorded is a case of the corpus; see its README.
type recorded struct {
	ID            string
	QueryLanguage string `json:"query_language"`
	Definition    json.RawMessage
	Input         json.RawMessage
	InputOmitted  bool `json:"input_was_omitted"`
	Lambda        []struct {
		State        string
		Submitted    json.RawMessage `json:"submitted_output"`
		ResourceType string          `json:"resource_type"`
		Outcome      struct {
			Returns  json.RawMessage
			TimesOut bool `json:"times_out"`
			Raises   *struct {
				Error *string
				Cause json.RawMessage
			}
		}
	} `json:"lambda_behaviour"`
	Events       []any  `json:"expected_events"`
	Status       string `json:"expected_status"`
	Output       any    `json:"expected_output"`
	Describe     map[string]any
	Calls        []struct{ Operation string } `json:"client_calls"`
	Placeholders map[string]any
	Opaque       []struct{ JSONPath, Replacement string } `json:"opaque_paths"`
}

func cases(t *testing.T, want func(recorded) bool) []recorded {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(corpus, "*.json"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no cases in %s", corpus)
		}
		t.Skipf("SKIPPED: the recorded executions are not at %s", corpus)
	}
	sort.Strings(files)
	var out []recorded
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var c recorded
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if want(c) {
			out = append(out, c)
		}
	}
	return out
}

// supported tells a machine of the six state types.
func supported(definition json.RawMessage) bool {
	var m struct {
		States map[string]struct{ Type string }
	}
	if json.Unmarshal(definition, &m) != nil {
		return false
	}
	for _, s := range m.States {
		if !strings.Contains(" Task Choice Wait Pass Succeed Fail ", " "+s.Type+" ") {
			return false
		}
	}
	return true
}

func exceptions(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if id, reason, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			out[id] = reason
		}
	}
	return out
}

func TestRecordedExecutions(t *testing.T) {
	except := exceptions(t)
	ran := 0
	for _, c := range cases(t, func(c recorded) bool { return c.QueryLanguage != "jsonpath" && supported(c.Definition) }) {
		t.Run(c.ID, func(t *testing.T) {
			if reason, ok := except[c.ID]; ok {
				t.Skip("exception: " + reason)
			}
			replay(t, c, c.Definition)
			ran++
		})
	}
	if ran < 80 {
		t.Errorf("%d recorded executions were replayed, expected at least 80", ran)
	}
}

// TestRecordedCallbacks replays the JSONPath cases about tokens, time-outs and
// heartbeats, their definitions rewritten to JSONata.
func TestRecordedCallbacks(t *testing.T) {
	for _, c := range cases(t, func(c recorded) bool { return c.QueryLanguage == "jsonpath" && supported(c.Definition) }) {
		t.Run(c.ID, func(t *testing.T) {
			if reason, ok := exceptions(t)[c.ID]; ok {
				t.Skip("exception: " + reason)
			}
			replay(t, c, rewrite(t, c.Definition))
		})
	}
}

func replay(t *testing.T, c recorded, definition json.RawMessage) {
	t.Helper()
	m, err := asl.Parse(definition)
	if err != nil {
		t.Fatal(err)
	}
	fill := filler(c.Placeholders)
	calls := 0
	tasks := interp.TaskFunc(func(_ context.Context, task interp.Task) interp.Reply {
		if calls >= len(c.Lambda) {
			t.Fatalf("task %s was scheduled more often than recorded", task.State)
		}
		l := c.Lambda[calls]
		calls++
		if l.State != task.State {
			t.Fatalf("task %d is of state %s, recorded was %s", calls, task.State, l.State)
		}
		var reply interp.Reply
		var fault *interp.Failure
		if r := l.Outcome.Raises; r != nil {
			fault = &interp.Failure{Error: r.Error}
			if len(r.Cause) > 0 && string(r.Cause) != "null" {
				var text string
				if json.Unmarshal(r.Cause, &text) != nil {
					text = string(compact(t, r.Cause))
				}
				text = fill(text)
				fault.Cause = &text
			}
		}
		output := json.RawMessage(fill(string(l.Outcome.Returns)))
		switch {
		case task.WaitsForToken():
			reply.Output = json.RawMessage(fill(string(l.Submitted)))
			if !l.Outcome.TimesOut {
				var back interp.Callback
				if back.Err = fault; fault == nil {
					back.Output = json.RawMessage(taskToken.ReplaceAllString(string(output), task.Token))
				}
				back.After = time.Second
				reply.Callbacks = []interp.Callback{back}
			}
		case l.Outcome.TimesOut:
			reply.Never = true
		default:
			reply.Err, reply.Output = fault, output
			if len(l.Submitted) > 0 {
				reply.Submitted = json.RawMessage(fill(string(l.Submitted)))
			}
		}
		return reply
	})
	o := interp.Options{Account: "111111111111", Tasks: tasks, Clock: interp.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC))}
	for _, key := range []string{"snf_role_arn", "sfn_role_arn"} {
		if role, ok := c.Placeholders[key].(string); ok {
			o.RoleARN = role
		}
	}
	for _, call := range c.Calls {
		if call.Operation == "StopExecution" {
			o.Stop = time.Second
		}
	}
	input := c.Input
	if c.InputOmitted {
		input = nil
	}
	e, err := interp.Run(t.Context(), m, input, o)
	if err != nil {
		t.Fatal(err)
	}
	if string(e.Status) != c.Status {
		t.Errorf("status %s, recorded was %s (%s: %s)", e.Status, c.Status, e.Error, e.Cause)
	}
	if c.Events == nil {
		return
	}
	got := wire(t, e.Events)
	want := fillAll(fill, c.Events).([]any)
	u := unifier{bound: map[string]string{}, several: map[string][]any{}}
	for name, v := range c.Placeholders {
		if list, ok := v.([]any); ok {
			u.several[name] = list
		}
	}
	for _, o := range c.Opaque {
		u.opaque = append(u.opaque, o.Replacement)
	}
	for i := 0; i < max(len(got), len(want)); i++ {
		if i >= len(got) || i >= len(want) {
			t.Fatalf("%d events, recorded were %d: %s", len(got), len(want), cmp.Diff(want, got))
		}
		if err := u.same(want[i], got[i], ""); err != nil {
			t.Errorf("event %d: %v\n%s", i+1, err, cmp.Diff(want[i], got[i]))
		}
	}
	if calls != len(c.Lambda) {
		t.Errorf("%d tasks were scheduled, recorded were %d", calls, len(c.Lambda))
	}
}

// wire shows events as the corpus does: texts that hold an object are parsed.
func wire(t *testing.T, events []interp.Event) []any {
	t.Helper()
	text, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	var out []any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				v[k] = walk(e)
			}
		case []any:
			for i, e := range v {
				v[i] = walk(e)
			}
		case string:
			var o map[string]any
			if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &o) == nil {
				return o
			}
		}
		return v
	}
	for i := range out {
		out[i] = walk(out[i])
	}
	return out
}

// filler puts the concrete texts that are known in place of placeholders.
func filler(known map[string]any) func(string) string {
	var pairs []string
	for name, v := range known {
		if text, ok := v.(string); ok {
			pairs = append(pairs, name, text)
		}
	}
	r := strings.NewReplacer(pairs...)
	return r.Replace
}

func fillAll(fill func(string) string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = fillAll(fill, e)
		}
	case []any:
		for i, e := range v {
			v[i] = fillAll(fill, e)
		}
	case string:
		return fill(v)
	}
	return v
}

// unifier compares recorded values, whose placeholders bind one text each, with ours.
type unifier struct {
	bound   map[string]string
	several map[string][]any
	opaque  []string
}

var taskToken = regexp.MustCompile(`<task_token:\d+>|a_task_token`)

var hole = regexp.MustCompile(`<{1,2}[a-zA-Z0-9_-]+>?(:\d+)?>`)

func (u *unifier) same(want, got any, at string) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: want an object, got %v", at, got)
		}
		for k := range g {
			if _, ok := w[k]; !ok {
				return fmt.Errorf("%s/%s is not recorded", at, k)
			}
		}
		for k, v := range w {
			if _, ok := g[k]; !ok {
				return fmt.Errorf("%s/%s is missing", at, k)
			}
			if err := u.same(v, g[k], at+"/"+k); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s: want %d elements, got %v", at, len(w), got)
		}
		for i := range w {
			if err := u.same(w[i], g[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case string:
		return u.text(w, got, at)
	}
	if !cmp.Equal(want, got) {
		return fmt.Errorf("%s: want %v, got %v", at, want, got)
	}
	return nil
}

func (u *unifier) text(want string, got any, at string) error {
	key := strings.ToLower(at[strings.LastIndexByte(at, '/')+1:])
	if want == "timestamp" && strings.Contains(key, "timestamp") || want == "datetime" || want == "date" {
		return nil
	}
	for _, o := range u.opaque {
		if want == o {
			return nil
		}
	}
	g, ok := got.(string)
	if !ok {
		return fmt.Errorf("%s: want %q, got %v", at, want, got)
	}
	if want == g {
		return nil
	}
	var a, b map[string]any // a text within a text: spaces do not count
	if json.Unmarshal([]byte(want), &a) == nil && json.Unmarshal([]byte(g), &b) == nil {
		return u.same(a, b, at)
	}
	pattern, names := "", []string(nil)
	last := 0
	for _, loc := range hole.FindAllStringIndex(want, -1) {
		pattern += regexp.QuoteMeta(want[last:loc[0]]) + "(.+?)"
		names = append(names, want[loc[0]:loc[1]])
		last = loc[1]
	}
	m := regexp.MustCompile("^(?s:" + pattern + regexp.QuoteMeta(want[last:]) + ")$").FindStringSubmatch(g)
	if m == nil || names == nil {
		return fmt.Errorf("%s: want %q, got %q", at, want, g)
	}
	for i, n := range names {
		if one, ok := u.several[n]; ok { // a placeholder that stands for several names
			if !slices.Contains(one, any(m[i+1])) {
				return fmt.Errorf("%s: %s is %q, which is none of %v", at, n, m[i+1], one)
			}
			continue
		}
		if have, ok := u.bound[n]; ok && have != m[i+1] {
			return fmt.Errorf("%s: %s was %q, is now %q", at, n, have, m[i+1])
		}
		u.bound[n] = m[i+1]
	}
	return nil
}

func compact(t *testing.T, raw json.RawMessage) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
