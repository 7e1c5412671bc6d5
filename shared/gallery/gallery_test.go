package gallery_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/condition"
	"github.com/deskhand/deskhand/shared/gallery"
)

var demoDesk = check.Options{AI: true, Inboxes: []string{"support", "billing"}, Groups: []string{"support", "billing", "vip"}, Managed: []string{"billing"}}

func TestTemplates(t *testing.T) {
	want := []string{"auto-tag", "route-by-domain", "ai-reply-approval", "escalate-open-ticket", "welcome-contact"}
	all := gallery.All()
	if len(all) != len(want) {
		t.Fatalf("%d templates, want %d", len(all), len(want))
	}
	for i, tpl := range all {
		t.Run(tpl.ID, func(t *testing.T) {
			if tpl.ID != want[i] {
				t.Errorf("id %s, want %s", tpl.ID, want[i])
			}
			if got, ok := gallery.Get(tpl.ID); !ok || got.Name != tpl.Name || tpl.Name == "" || tpl.Description == "" {
				t.Errorf("Get, name or description: %+v", got)
			}
			def, problems := check.Source(tpl.Definition, demoDesk)
			for _, p := range problems {
				t.Errorf("problem: %+v", p)
			}
			for _, n := range tpl.Notes {
				if !exists(tpl.Definition, n.Path) {
					t.Errorf("the note %q points to nothing: %s", n.Text, n.Path)
				}
			}
			filter, ps := condition.Parse(def.Trigger.Conditions)
			if filter == nil {
				t.Fatalf("%+v", ps)
			}
			if len(tpl.Examples) < 2 {
				t.Error("too few examples")
			}
			for _, e := range tpl.Examples {
				var ctx map[string]any
				if err := json.Unmarshal(e.Input, &ctx); err != nil {
					t.Fatal(err)
				}
				if typ := ctx["event"].(map[string]any)["type"]; typ != def.Trigger.Type {
					t.Errorf("%s: event type %v, the trigger is %s", e.Name, typ, def.Trigger.Type)
				}
				got, why := filter.Eval(ctx, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
				if got != e.Matches {
					t.Errorf("%s: matches %v, want %v: %+v", e.Name, got, e.Matches, why.FirstFailed())
				}
			}
		})
	}
	if _, ok := gallery.Get("nothing"); ok {
		t.Error("Get finds what is not there")
	}
}

// exists follows a JSON Pointer.
func exists(raw json.RawMessage, pointer string) bool {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch at := v.(type) {
		case map[string]any:
			v = at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(at) {
				return false
			}
			v = at[i]
		}
		if v == nil {
			return false
		}
	}
	return true
}
