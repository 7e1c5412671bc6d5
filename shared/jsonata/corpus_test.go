package jsonata_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/jsonata"
)

// corpusDir holds the language's own test suite, kept beside the repository.
const corpusDir = "../../../shared/corpora/jsonata"

// exceptions are the cases that Step Functions' JSONata does not share, with the reason. README.md lists them.
var exceptions = map[string]string{
	"function-eval/": "$eval does not exist in Step Functions",
}

// unordered are the cases whose result shows the order of the input's members, which a Go map does not keep.
// They run on JSON text only.
var unordered = map[string]string{
	"parent-operator/parent/24": "$keys of an input object",
	"parent-operator/parent/25": "$keys of an input object",
	"parent-operator/parent/26": "$keys of an input object",
}

type corpusCase struct {
	Expr            *string         `json:"expr"`
	ExprFile        string          `json:"expr-file"`
	Data            json.RawMessage `json:"data"`
	Dataset         *string         `json:"dataset"`
	Bindings        map[string]any  `json:"bindings"`
	TimeLimit       int             `json:"timelimit"`
	Depth           int             `json:"depth"`
	Result          json.RawMessage `json:"result"`
	UndefinedResult bool            `json:"undefinedResult"`
	Unordered       bool            `json:"unordered"`
	Code            string          `json:"code"`
	Token           string          `json:"token"`
	Error           *struct {
		Code    string `json:"code"`
		Token   string `json:"token"`
		Message string `json:"message"`
	} `json:"error"`
}

func TestCorpus(t *testing.T) {
	groups, err := filepath.Glob(filepath.Join(corpusDir, "groups", "*"))
	if err != nil || len(groups) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the JSONata corpus is missing at %s", corpusDir)
		}
		t.Skipf("SKIPPED: the JSONata corpus is missing at %s", corpusDir)
	}
	counts := map[string][3]int{} // passed, failed, excepted
	for _, dir := range groups {
		group := filepath.Base(dir)
		files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		sort.Strings(files)
		for _, file := range files {
			for i, c := range readCases(t, file) {
				name := fmt.Sprintf("%s/%s/%d", group, strings.TrimSuffix(filepath.Base(file), ".json"), i)
				n := counts[group]
				if _, ok := excepted(name); ok || c.lacksFile(dir) {
					n[2]++
				} else if t.Run(name, func(t *testing.T) {
					c.run(t, dir, true)
					if _, ok := unordered[name]; !ok {
						c.run(t, dir, false)
					}
				}) {
					n[0]++
				} else {
					n[1]++
				}
				counts[group] = n
			}
		}
	}
	report(t, counts)
}

func report(t *testing.T, counts map[string][3]int) {
	names := make([]string, 0, len(counts))
	for g := range counts {
		names = append(names, g)
	}
	sort.Strings(names)
	var sum [3]int
	for _, g := range names {
		n := counts[g]
		t.Logf("%-32s %4d passed %4d failed %4d excepted", g, n[0], n[1], n[2])
		for i := range sum {
			sum[i] += n[i]
		}
	}
	t.Logf("%-32s %4d passed %4d failed %4d excepted", "total", sum[0], sum[1], sum[2])
	if sum[0] == 0 {
		t.Error("no case ran")
	}
}

func excepted(name string) (string, bool) {
	for prefix, reason := range exceptions {
		if strings.HasPrefix(name, prefix) {
			return reason, true
		}
	}
	return "", false
}

func readCases(t *testing.T, file string) []corpusCase {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []corpusCase
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		err = json.Unmarshal(raw, &list)
	} else {
		list = make([]corpusCase, 1)
		err = json.Unmarshal(raw, &list[0])
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return list
}

// lacksFile reports a case whose expression lies in a file that our part of the corpus does not have.
func (c corpusCase) lacksFile(dir string) bool {
	if c.Expr != nil {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, c.ExprFile))
	return errors.Is(err, os.ErrNotExist)
}

func (c corpusCase) source(t *testing.T, dir string) string {
	if c.Expr != nil {
		return *c.Expr
	}
	raw, err := os.ReadFile(filepath.Join(dir, c.ExprFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// input gives the context value, either as JSON text, which keeps the order of members, or decoded.
func (c corpusCase) input(t *testing.T, ordered bool) any {
	raw := []byte(nil)
	switch {
	case c.Data != nil:
		raw = c.Data
	case c.Dataset != nil:
		var err error
		if raw, err = os.ReadFile(filepath.Join(corpusDir, "datasets", *c.Dataset+".json")); err != nil {
			t.Fatal(err)
		}
	default:
		return jsonata.Undefined
	}
	if ordered {
		return json.RawMessage(raw)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (c corpusCase) run(t *testing.T, dir string, ordered bool) {
	code, token, message := c.Code, c.Token, ""
	if c.Error != nil {
		code, token, message = c.Error.Code, c.Error.Token, c.Error.Message
	}
	if code == "" && c.Result == nil && !c.UndefinedResult {
		t.Fatal("the case asserts nothing")
	}
	expr, err := jsonata.Compile(c.source(t, dir))
	var got any
	if err == nil {
		o := jsonata.Options{MaxDepth: c.Depth, Timeout: time.Duration(c.TimeLimit) * time.Millisecond}
		got, err = expr.EvalContext(context.Background(), c.input(t, ordered), c.Bindings, o)
	}
	if code != "" {
		var e *jsonata.Error
		if !errors.As(err, &e) {
			t.Fatalf("want error %s, got %v and %v", code, got, err)
		}
		if e.Code != code || (token != "" && e.Token != token) || (message != "" && e.Message != message) {
			t.Fatalf("want error %s %q %q, got %#v", code, token, message, e)
		}
		return
	}
	if c.UndefinedResult {
		if !errors.Is(err, jsonata.ErrUndefined) {
			t.Fatalf("want no result, got %v and %v", got, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal(c.Result, &want); err != nil {
		t.Fatal(err)
	}
	if c.Unordered {
		want, got = sorted(want), sorted(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s\n(-want +got)\n%s", c.source(t, dir), diff)
	}
}

func sorted(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := append([]any{}, list...)
	sort.Slice(out, func(i, j int) bool {
		a, _ := json.Marshal(out[i])
		b, _ := json.Marshal(out[j])
		return string(a) < string(b)
	})
	return out
}
