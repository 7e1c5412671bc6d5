package states_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const corpus = "../../../../shared/corpora/stepfunctions/api"

// recorded is a case of the corpus; see its README.
type recorded struct {
	ID           string
	Placeholders map[string]any
	Steps        []struct {
		N         int
		Operation string
		Request   map[string]any
		Client    string
		Expect    struct {
			Response map[string]any
			Contains map[string][]any
			Success  bool
			Error    *struct {
				Code, Message string
				ClientSide    bool `json:"client_side_validation"`
			}
		}
	}
}

// TestRecordedCalls replays the recorded API calls. Cases about aliases, TestState and
// what needs JSONPath, Map or another service are named in testdata/exceptions.txt.
func TestRecordedCalls(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus, "*.json"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no cases in %s", corpus)
		}
		t.Skipf("SKIPPED: the recorded API calls are not at %s", corpus)
	}
	sort.Strings(files)
	except := exceptions(t)
	ran := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var c recorded
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		t.Run(c.ID, func(t *testing.T) {
			for prefix, reason := range except {
				if c.ID == prefix || strings.HasSuffix(prefix, "*") && strings.HasPrefix(c.ID, strings.TrimSuffix(prefix, "*")) {
					t.Skip("exception: " + reason)
				}
			}
			ran++
			replay(t, c)
		})
	}
	if ran < 40 {
		t.Errorf("%d cases were replayed, expected at least 40", ran)
	}
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

func replay(t *testing.T, c recorded) {
	t.Helper()
	b := open(t)
	var pairs []string
	u := unifier{bound: map[string]string{}, several: map[string][]any{}}
	for name, v := range c.Placeholders {
		switch v := v.(type) {
		case string:
			pairs = append(pairs, name, v)
		case []any:
			u.several[name] = v
		}
	}
	fill := strings.NewReplacer(pairs...)
	answers := map[int]map[string]any{}
	for _, step := range c.Steps {
		if step.Operation == "@wait" {
			b.idle()
			continue
		}
		if e := step.Expect.Error; e != nil && e.ClientSide {
			continue
		}
		request := resolve(t, step.Request, answers).(map[string]any)
		got, status := post(t, b, step.Operation, request)
		answers[step.N] = got
		b.clockStep()
		switch want := step.Expect; {
		case want.Error != nil:
			if status != http.StatusBadRequest {
				t.Errorf("step %d, %s: status %d, want an error", step.N, step.Operation, status)
			}
			if got["__type"] != want.Error.Code {
				t.Errorf("step %d, %s: %v, want %s", step.N, step.Operation, got, want.Error.Code)
			}
			if err := u.text(fill.Replace(want.Error.Message), got["message"], "message"); err != nil {
				t.Errorf("step %d, %s: %v", step.N, step.Operation, err)
			}
		case status != http.StatusOK:
			t.Fatalf("step %d, %s: status %d: %v", step.N, step.Operation, status, got)
		case want.Response != nil:
			shown := parsed(got).(map[string]any)
			if _, told := want.Response["encryptionConfiguration"]; !told {
				delete(shown, "encryptionConfiguration") // younger than most recordings
			}
			expect := fillAll(fill.Replace, want.Response)
			if err := u.same(expect, shown, ""); err != nil {
				t.Errorf("step %d, %s: %v\n%s", step.N, step.Operation, err, cmp.Diff(expect, any(shown)))
			}
		}
	}
}

func post(t *testing.T, b *bench, operation string, request map[string]any) (map[string]any, int) {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.server.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out, resp.StatusCode
}

var pointer = regexp.MustCompile(`@\{(\d+)\.([^}]+)\}`)

// resolve puts earlier answers in place of @{3.executionArn}.
func resolve(t *testing.T, v any, answers map[int]map[string]any) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = resolve(t, e, answers)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = resolve(t, e, answers)
		}
		return out
	case string:
		return pointer.ReplaceAllStringFunc(v, func(ref string) string {
			m := pointer.FindStringSubmatch(ref)
			n, _ := strconv.Atoi(m[1])
			var at any = answers[n]
			for _, key := range strings.Split(m[2], ".") {
				switch x := at.(type) {
				case map[string]any:
					at = x[key]
				case []any:
					i, _ := strconv.Atoi(key)
					at = x[i]
				}
			}
			s, ok := at.(string)
			if !ok {
				t.Fatalf("%s is %v", ref, at)
			}
			return s
		})
	}
	return v
}

// parsed shows texts that hold an object parsed, as the corpus does.
func parsed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = parsed(e)
		}
	case []any:
		for i, e := range v {
			v[i] = parsed(e)
		}
	case string:
		var o map[string]any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &o) == nil {
			return o
		}
	}
	return v
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
}

var hole = regexp.MustCompile(`<[a-zA-Z0-9_-]+(:\d+)?>`)

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
	if want == "timestamp" || want == "datetime" {
		if f, ok := got.(float64); ok && f > 1e9 && f < 1e10 {
			return nil
		}
		return fmt.Errorf("%s: want seconds, got %v", at, got)
	}
	g, ok := got.(string)
	if !ok {
		return fmt.Errorf("%s: want %q, got %v", at, want, got)
	}
	pattern, names := "", []string(nil)
	last := 0
	for _, loc := range hole.FindAllStringIndex(want, -1) {
		pattern += regexp.QuoteMeta(want[last:loc[0]]) + "(.+?)"
		names = append(names, want[loc[0]:loc[1]])
		last = loc[1]
	}
	m := regexp.MustCompile("^(?s:" + pattern + regexp.QuoteMeta(want[last:]) + ")$").FindStringSubmatch(g)
	if m == nil {
		return fmt.Errorf("%s: want %q, got %q", at, want, g)
	}
	for i, n := range names {
		if one, ok := u.several[n]; ok {
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

// clockStep lets a moment pass between calls, so that lists have an order.
func (b *bench) clockStep() { b.advance(1e6) }
