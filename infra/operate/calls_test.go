package main_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// TestCalls holds the table of permissions in README.md against the calls that each verb
// makes, both ways.
func TestCalls(t *testing.T) {
	said := map[string][]string{}
	body, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (.*`.*) \\| (`[a-z0-9]+:.*`) \\|$").FindAllStringSubmatch(string(body), -1)
	for _, r := range rows {
		verbs := regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(r[1], -1)
		for _, v := range verbs {
			if !strings.HasPrefix(r[1], "all but") {
				said[v[1]] = append(said[v[1]], strings.Fields(strings.ReplaceAll(r[2], "`", ""))...)
			}
		}
	}
	if len(said) < 7 {
		t.Fatalf("the table has %d verbs", len(said))
	}
	s := begin(t)
	var mu sync.Mutex
	calls := map[string]bool{}
	s.Observe(func(o awshttp.Observation) {
		if o.Caller.Admin { // a person; the functions have roles
			mu.Lock()
			calls[o.Service+":"+o.Action] = true
			mu.Unlock()
		}
	})
	defer s.Observe(nil)
	rest(t, "PUT", "/v1/inboxes/help", map[string]any{"name": "Help", "address": "help@parcels.example"}, nil)
	defer rest(t, "DELETE", "/v1/inboxes/help", nil, nil)
	identify(t, "calls.example")
	id := published(t, "Daily", `{"trigger": {"type": "schedule", "params": {"schedule": "rate(1 day)", "timezone": "UTC"}}, "nodes": [{"id": "done", "type": "end", "params": {"result": "succeeded"}}], "edges": [{"from": "trigger", "to": "done"}]}`)
	defer rest(t, "DELETE", "/v1/workflows/"+id, nil, nil)
	for _, c := range []struct {
		verb     string
		settings []string
		before   func()
		unseen   string // needed in an account only
	}{
		{"outputs", nil, nil, ""},
		{"smoke", nil, nil, "ses:SendEmail"},
		{"logs", []string{"FOLLOW=0"}, nil, ""},
		{"purge", []string{"YES=1", "FORCE=1"}, nil, ""},
		{"activate-rule-set", []string{"YES=1"}, func() { classic(t, "SetActiveReceiptRuleSet", nil) }, ""},
		{"sandbox", nil, nil, ""},
		{"backup", []string{"DIR=" + t.TempDir()}, nil, ""},
		{"restore", nil, nil, ""},
		{"export", []string{"DIR=" + t.TempDir()}, nil, ""},
	} {
		t.Run(c.verb, func(t *testing.T) {
			if c.before != nil {
				c.before()
			}
			idle(t)
			mu.Lock()
			calls = map[string]bool{}
			mu.Unlock()
			out, code := operate(t, c.verb, c.settings...)
			says(t, out, code, 0)
			want := append(slices.Clone(said[c.verb]), "cloudformation:DescribeStacks")
			want = slices.DeleteFunc(want, func(a string) bool { return a == c.unseen })
			slices.Sort(want)
			mu.Lock()
			got := slices.Sorted(maps.Keys(calls))
			mu.Unlock()
			if d := cmp.Diff(slices.Compact(want), got); d != "" {
				t.Errorf("README.md and the calls differ (-text +calls):\n%s", d)
			}
		})
	}
}
