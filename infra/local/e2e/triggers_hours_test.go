package e2e_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// Hours decide in a trigger's filter and in a branch alike, in the desk's zone, on both
// sides of a change of the clocks.
func TestHours(t *testing.T) {
	d := ownStack(t, nil)
	inbox, care := d.inbox("care")
	settings := func(hours ...map[string]any) {
		t.Helper()
		d.admin().put("/v1/settings", map[string]any{"timezone": "America/New_York", "hours": append([]map[string]any{}, hours...)}).ok(t)
	}
	week := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	settings(map[string]any{"days": week, "from": "22:00", "to": "06:00"})
	late := d.publish("late", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s,{"op":"within_hours"}]}},
		"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["late"]}}],"edges":[{"from":"trigger","to":"tag"}]}`, d.in(inbox)))
	sort := d.publish("sort", fmt.Sprintf(`{"trigger":{"type":"message.received","conditions":{"all":[%s]}},
		"nodes":[{"id":"when","type":"branch","params":{"cases":[{"id":"open","when":{"all":[{"op":"outside_hours"},{"field":"message.from","op":"is_not_empty"}]}},{"id":"odd","when":{"field":"conversation.createdAt","op":"within_hours","value":{"timezone":"Asia/Kolkata","from":"00:00","to":"24:00"}}}]}},
			{"id":"day","type":"conversation.tag","params":{"add":["by day"]}},{"id":"night","type":"conversation.tag","params":{"add":["by night"]}}],
		"edges":[{"from":"trigger","to":"when"},{"from":"when","output":"open","to":"day"},{"from":"when","output":"odd","to":"night"}]}`, d.in(inbox)))
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// at brings the stack to the next time that a clock in New York says so, and a mail in.
	at := func(hour, minute int) (lateMatched bool, branch string, step stepRead) {
		t.Helper()
		now := d.now().In(york)
		next := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 30, 0, york)
		if !next.After(now) {
			next = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 30, 0, york)
		}
		d.pass(next.Sub(now))
		from := fmt.Sprintf("p%d@%s", d.now().Unix(), d.domain("x"))
		d.deliver(letter{file: "question.eml", from: from, to: care})
		r := d.newest(sort, "succeeded")
		var out struct{ Output string }
		if err := json.Unmarshal(r.Steps[0].Output, &out); err != nil {
			t.Fatalf("the branch gave %s", r.Steps[0].Output)
		}
		return d.verdict(r.Trigger.EventID, late).Matched, out.Output, r.Steps[0]
	}
	for _, c := range []struct {
		hour, minute int
		night        bool
	}{{21, 59, false}, {22, 0, true}, {5, 59, true}, {6, 0, false}, {12, 0, false}} {
		name := fmt.Sprintf("%02d:%02d", c.hour, c.minute)
		matched, branch, step := at(c.hour, c.minute)
		if matched != c.night || (branch == "odd") != c.night || (branch == "open") == c.night {
			t.Errorf("%s: filter %v, branch %q, want night %v", name, matched, branch, c.night)
		}
		if step.Type != "branch" || step.NodeID != "when" || step.Attempts != 1 {
			t.Errorf("%s: step %+v", name, step)
		}
	}
	d.pass(120 * 24 * time.Hour) // the other side of a change, whichever comes first
	if matched, branch, _ := at(22, 5); !matched || branch != "odd" {
		t.Errorf("after four months: filter %v, branch %q", matched, branch)
	}
	settings() // no hours at all: always outside
	if matched, branch, _ := at(23, 0); matched || branch != "open" {
		t.Errorf("without hours: filter %v, branch %q", matched, branch)
	}
}
