package infra_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// many reads "a" and ["a", "b"].
type many []string

func (m *many) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*m = many{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(m))
}

// TestPermissions holds the table of security.md against the policies of the template;
// UPDATE=1 writes it.
func TestPermissions(t *testing.T) {
	s, err := cfn.Load(filepath.Join("..", "template.yaml"), map[string]string{"AiProvider": "bedrock", "AiModelId": "a-model"}, cfn.Env{Stack: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{} // physical name → logical id
	for id, r := range s.Resources {
		if len(r.Name) > len("desk-") {
			names[r.Name] = id
		}
	}
	var b strings.Builder
	b.WriteString("| role | statement | may | on |\n|---|---|---|---|\n")
	rows := 0
	roles := slices.Clone(s.Roles())
	slices.SortFunc(roles, func(a, b cfn.Role) int { return strings.Compare(a.LogicalID, b.LogicalID) })
	for _, role := range roles {
		for _, p := range role.Policies {
			var d struct {
				Statement []struct {
					Sid, Effect      string
					Action, Resource many
				}
			}
			if err := json.Unmarshal(p.Document, &d); err != nil {
				t.Fatalf("%s: %v", role.LogicalID, err)
			}
			for _, st := range d.Statement {
				if st.Effect != "Allow" {
					t.Errorf("%s: a statement that is no Allow", role.LogicalID)
				}
				var on []string
				for _, r := range st.Resource {
					on = append(on, "`"+short(r, names)+"`")
				}
				slices.Sort(st.Action)
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimSuffix(role.LogicalID, "Role"), strings.ReplaceAll(st.Sid, "|", ""), strings.Join(st.Action, " "), strings.Join(slices.Compact(on), " "))
				rows++
			}
		}
	}
	if rows < 20 {
		t.Fatalf("only %d statements were found", rows)
	}
	const begin, end = "<!-- permissions -->\n", "<!-- /permissions -->"
	body := text(t, "infra/operate/security.md")
	i, j := strings.Index(body, begin), strings.Index(body, end)
	if i < 0 || j < i {
		t.Fatal("security.md has no place for the table")
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile("operate/security.md", []byte(body[:i+len(begin)]+b.String()+body[j:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(b.String(), body[i+len(begin):j]); d != "" {
		t.Errorf("infra/operate/security.md is not what template.yaml says; UPDATE=1 go test ./infra -run TestPermissions writes it (-template +text):\n%s", d)
	}
}

// short names a resource by its logical id, and leaves account and Region out.
func short(arn string, names map[string]string) string {
	part := strings.SplitN(arn, ":", 6)
	rest := arn
	if len(part) == 6 {
		rest = part[2] + ":" + part[5]
	}
	best := ""
	for name := range names {
		if strings.Contains(rest, name) && len(name) > len(best) {
			best = name
		}
	}
	if best != "" {
		rest = strings.Replace(rest, best, "<"+names[best]+">", 1)
	}
	return rest
}
