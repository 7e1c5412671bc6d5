package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const python = "../../.venv/bin/python"

// transformed is the template as SAM itself makes it, which CloudFormation then creates.
func transformed(t *testing.T) map[string]map[string]any {
	t.Helper()
	if _, err := os.Stat(python); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("SAM is not installed: make tools")
		}
		t.Skip("SKIPPED: SAM is not installed here, so that its transform is not looked at: make tools")
	}
	cmd := exec.CommandContext(t.Context(), python, "transform.py", template)
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=eu-west-1")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var d struct{ Resources map[string]map[string]any }
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	return d.Resources
}

var inSub = regexp.MustCompile(`\$\{([A-Za-z0-9]+)[.}]`)

// mentions lists what a value refers to, in every branch of every Fn::If.
func mentions(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, arg := range v {
			switch name, isText := arg.(string); {
			case k == "Ref" && isText:
				into[name] = true
			case k == "Fn::GetAtt":
				if list, ok := arg.([]any); ok && len(list) > 0 {
					into[list[0].(string)] = true
				} else if isText {
					id, _, _ := strings.Cut(name, ".")
					into[id] = true
				}
			case k == "Fn::Sub":
				text := name
				if list, ok := arg.([]any); ok {
					text = list[0].(string)
					mentions(list[1], into)
				}
				for _, m := range inSub.FindAllStringSubmatch(text, -1) {
					into[m[1]] = true
				}
			default:
				mentions(arg, into)
			}
		}
	case []any:
		for _, x := range v {
			mentions(x, into)
		}
	}
}

// ring finds a ring of dependencies, nil when there is none.
func ring(resources map[string]map[string]any) []string {
	edges := map[string][]string{}
	for id, r := range resources {
		to := map[string]bool{}
		mentions(r["Properties"], to)
		switch d := r["DependsOn"].(type) {
		case string:
			to[d] = true
		case []any:
			for _, x := range d {
				to[x.(string)] = true
			}
		}
		for other := range to {
			if _, ok := resources[other]; ok {
				edges[id] = append(edges[id], other)
			}
		}
	}
	done := map[string]bool{}
	var path, found []string
	var visit func(id string) bool
	visit = func(id string) bool {
		if i := slices.Index(path, id); i >= 0 {
			found = append(slices.Clone(path[i:]), id)
			return true
		}
		if done[id] {
			return false
		}
		path = append(path, id)
		if slices.ContainsFunc(edges[id], visit) {
			return true
		}
		path = path[:len(path)-1]
		done[id] = true
		return false
	}
	for id := range resources {
		if visit(id) {
			return found
		}
	}
	return nil
}

func TestTransformedTemplateHasNoCycle(t *testing.T) {
	resources := transformed(t)
	if r := ring(resources); r != nil {
		t.Errorf("CloudFormation refuses %s", strings.Join(r, " → "))
	}
	// That one would be found.
	resources["Table"]["DependsOn"] = []any{"SweepFunction"}
	if r := ring(resources); r == nil {
		t.Error("a ring through Table and SweepFunction is not seen")
	}
}

// What the local stack makes of the template is what SAM makes of it: the same resources of
// the same types, and the same rights for each role.
func TestLocalStackReadsWhatSamMakes(t *testing.T) {
	hash := regexp.MustCompile(`Version[0-9a-f]{10}$`)
	want, got := map[string]string{}, map[string]string{}
	policies := map[string]int{}
	conditional := map[string]bool{}
	for id, r := range transformed(t) {
		id = hash.ReplaceAllString(id, "Version")
		want[id], _ = r["Type"].(string)
		if _, ok := r["Condition"]; ok {
			conditional[id] = true
		}
		if p, _ := r["Properties"].(map[string]any); r["Type"] == "AWS::IAM::Role" {
			list, _ := p["Policies"].([]any)
			policies[id] = len(list)
		}
	}
	s := load(t, "harbour", full)
	for id, r := range s.Resources {
		got[id] = r.Type
	}
	for id := range conditional {
		if _, ok := got[id]; !ok {
			t.Errorf("%s is not in the stack with every condition on", id)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("resources (-SAM +local):\n%s", d)
	}
	for _, r := range s.Roles() {
		if n, ok := policies[r.LogicalID]; !ok || n != len(r.Policies) {
			t.Errorf("%s has %d policies here, %d of SAM's making", r.LogicalID, len(r.Policies), n)
		}
	}
}
