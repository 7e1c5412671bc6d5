package check_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/workflow"
)

var desk = check.Options{AI: true, Inboxes: []string{"support", "billing"}, Groups: []string{"support", "billing", "vip"}, Managed: []string{"billing"}}

type ruleCase struct {
	Name       string          `json:"name"`
	Definition json.RawMessage `json:"definition"`
	Options    *check.Options  `json:"options,omitempty"`
	Problems   []string        `json:"problems"` // severity, rule, pointer
}

func readCases(t *testing.T) []ruleCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []ruleCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func lines(problems []workflow.Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s %s", p.Severity, p.Rule, p.Path))
	}
	return out
}

// TestRules runs the table of cases: definition → problems.
func TestRules(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			if c.Problems == nil {
				t.Fatal("the case asserts nothing")
			}
			opts := desk
			if c.Options != nil {
				opts = *c.Options
			}
			_, problems := check.Source(c.Definition, opts)
			if diff := cmp.Diff(c.Problems, lines(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
				for _, p := range problems {
					t.Logf("%+v", p)
				}
			}
			for _, p := range problems {
				if p.Message == "" || strings.Contains(p.Message, "%!") {
					t.Errorf("the message of %+v", p)
				}
				if strings.Contains(p.Message, `{"`) {
					t.Errorf("the message of %+v quotes JSON: who fills in a form reads it too", p)
				}
				if p.Path != "" && !strings.HasPrefix(p.Path, "/") {
					t.Errorf("the path of %+v is no JSON Pointer", p)
				}
			}
		})
	}
}

// TestEveryRuleHasACase: a rule name in the source without a case is a rule that nobody tried.
func TestEveryRuleHasACase(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range readCases(t) {
		for _, p := range c.Problems {
			covered[strings.Fields(p)[1]] = true
		}
	}
	call := regexp.MustCompile(`\.(?:fail|warn)\([^"]*?(?:"[/a-zA-Z]+"[^"]*?)*, "([a-z_]+)", "`)
	files, _ := filepath.Glob("*.go")
	found := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllSubmatch(raw, -1) {
			found++
			if rule := string(m[1]); !covered[rule] && rule != "syntax" && rule != "not_available" { // everything in the catalog is available
				t.Errorf("%s: the rule %s has no case", f, rule)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d rules were found in the source", found)
	}
}

func TestSyntax(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{``, "error syntax "},
		{`{"trigger": `, "error syntax "},
		{`[]`, "error wrong_type "},
		{"{\"trigger\": \"\xff\"}", "error syntax "},
		{`{"trigger": "x", "nodes": {}, "edges": [3]}`, "error wrong_type /trigger|error wrong_type /nodes|error wrong_type /edges/0"},
		{`{"trigger": {"type": "manual"}, "nodes": [{"id": 3, "type": "end", "params": []}]}`, ""},
	} {
		_, problems := check.Source([]byte(c.source), desk)
		got := strings.Join(lines(problems), "|")
		if c.want == "" {
			if !strings.Contains(got, "wrong_type /nodes/0/id") || !strings.Contains(got, "wrong_type /nodes/0/params") {
				t.Errorf("%s: %s", c.source, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.source, got, c.want)
		}
	}
}

// FuzzSource: no input makes the check panic, and what has no errors stays so when written again.
func FuzzSource(f *testing.F) {
	raw, err := os.ReadFile("testdata/rules.json")
	if err != nil {
		f.Fatal(err)
	}
	var cases []ruleCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		if len(c.Definition) < 3000 {
			f.Add([]byte(c.Definition))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		def, problems := check.Source(data, desk)
		if workflow.HasErrors(problems) {
			return
		}
		again, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		_, second := check.Source(again, desk)
		if diff := cmp.Diff(lines(problems), lines(second)); diff != "" {
			t.Errorf("written again:\n%s", diff)
		}
		if !bytes.HasPrefix(again, []byte("{")) {
			t.Errorf("%s", again)
		}
	})
}
