package e2e_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
)

// schedules lists the names of the schedules that the stack keeps for a workflow.
func (d *desk) schedules(workflow string) (out []string) {
	d.t.Helper()
	c := scheduler.New(scheduler.Options{Region: "us-east-1", BaseEndpoint: aws.String(d.aws), Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	list, err := c.ListSchedules(d.t.Context(), &scheduler.ListSchedulesInput{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, s := range list.Schedules {
		if strings.Contains(*s.Name, workflow) {
			out = append(out, *s.Name)
		}
	}
	return out
}

// A schedule is there while its workflow is enabled with an active version that has one,
// and each time that it is due is one event and one run.
func TestSchedule(t *testing.T) {
	d := ownStack(t, nil)
	d.inbox("care")
	boss := d.staff("boss")
	definition := func(trigger string) string {
		return fmt.Sprintf(`{"trigger":%s,"nodes":[{"id":"tell","type":"notify","params":{"to":{"email":%q},"subject":"tick","body":"{{event.time | date}}"}}],"edges":[{"from":"trigger","to":"tell"}]}`, trigger, boss)
	}
	hourly := d.publish("hourly", definition(`{"type":"schedule","params":{"schedule":"rate(1 hour)","timezone":"UTC"}}`))
	daily := d.publish("daily", definition(`{"type":"schedule","params":{"schedule":"cron(30 9 * * ? *)","timezone":"Asia/Tokyo"},"conditions":{"field":"event.time","op":"outside_hours","value":{"timezone":"UTC","from":"00:00","to":"00:30"}}}`))
	if got := d.schedules(hourly); len(got) != 1 || got[0] != "deskhand-"+hourly {
		t.Fatalf("schedules %q", got)
	}
	d.pass(30 * time.Minute)
	if n := len(d.runs(hourly)); n != 0 {
		t.Errorf("%d runs after half an hour", n)
	}
	d.pass(30 * time.Minute)
	first := d.oneRun(hourly, "succeeded")
	if first.Trigger.Type != "schedule" {
		t.Errorf("trigger %+v", first.Trigger)
	}
	e := d.event(first.Trigger.EventID)
	if v := d.verdict(e.ID, hourly); !v.Matched || len(e.Matches) != 1 {
		t.Errorf("matches %+v", e.Matches)
	}
	for range 3 {
		d.pass(time.Hour)
	}
	d.until("four runs", func() bool { return len(d.runs(hourly)) == 4 })
	seen := map[string]bool{}
	for _, r := range d.runs(hourly) {
		at := d.event(r.Trigger.EventID).Time
		if seen[r.Trigger.EventID] || at.Sub(e.Time)%time.Hour != 0 {
			t.Errorf("a run of %s at %s", r.Trigger.EventID, at)
		}
		seen[r.Trigger.EventID] = true
	}

	// Nine thirty in Tokyo is half past midnight in UTC, whatever the day.
	d.pass(24 * time.Hour)
	r := d.oneRun(daily, "succeeded")
	if at := d.event(r.Trigger.EventID).Time.UTC().Format("15:04:05"); at != "00:30:00" {
		t.Errorf("it was due at %s", at)
	}

	// Publishing the same schedule again leaves its counting alone; another one replaces it.
	d.admin().post("/v1/workflows/"+daily+"/disable", nil).ok(t)
	if got := d.schedules(daily); len(got) != 0 {
		t.Errorf("schedules of a disabled workflow: %q", got)
	}
	before := len(d.runs(hourly))
	d.redraft(hourly, definition(`{"type":"schedule","params":{"schedule":"rate(2 hours)","timezone":"UTC"}}`))
	d.pass(4*time.Hour + time.Minute)
	d.until("two more runs", func() bool { return len(d.runs(hourly)) == before+2 })
	if n := len(d.runs(daily)); n != 1 {
		t.Errorf("%d runs of the disabled one", n)
	}
	d.redraft(hourly, definition(`{"type":"manual"}`))
	if got := d.schedules(hourly); len(got) != 0 {
		t.Errorf("schedules of a version without one: %q", got)
	}
	d.admin().post("/v1/workflows/"+hourly+"/versions/1/activate", nil).ok(t)
	if got := d.schedules(hourly); len(got) != 1 {
		t.Errorf("schedules after activating the first version again: %q", got)
	}
	d.admin().call("DELETE", "/v1/workflows/"+hourly, nil).ok(t)
	if got := d.schedules(hourly); len(got) != 0 {
		t.Errorf("schedules of an archived workflow: %q", got)
	}
}

// redraft publishes another definition of a workflow.
func (d *desk) redraft(workflow, definition string) {
	d.t.Helper()
	c := d.admin()
	var w struct{ Draft struct{ Revision int } }
	c.get("/v1/workflows/"+workflow).into(d.t, &w)
	c.with("If-Match", fmt.Sprint(w.Draft.Revision)).send("PUT", "/v1/workflows/"+workflow+"/draft", "application/json", strings.NewReader(`{"definition":`+definition+`}`)).ok(d.t)
	d.publishDraft(workflow, w.Draft.Revision+1)
}

// Each ticket that has been pending for more than three days: one run per ticket and
// tick, for as many tickets as there are.
func TestScheduleForEachTicket(t *testing.T) {
	d := ownStack(t, nil)
	d.inbox("care")
	c := d.admin()
	ticket := func(subject, status string) (id string) {
		t.Helper()
		var out struct{ ID string }
		c.post("/v1/tickets", map[string]any{"subject": subject}).is(t, 201).into(t, &out)
		if status != "open" {
			c.patch("/v1/tickets/"+out.ID, map[string]any{"status": status}).ok(t)
		}
		return out.ID
	}
	old := map[string]bool{}
	const many = 60 // more than two pages
	for i := range many {
		old[ticket(fmt.Sprintf("old %d", i), "pending")] = true
	}
	solved := ticket("solved meanwhile", "pending")
	ticket("never pending", "open")
	d.pass(2 * 24 * time.Hour)
	young := ticket("young", "pending")
	c.patch("/v1/tickets/"+solved, map[string]any{"status": "solved"}).ok(t)

	nudge := d.publish("nudge", `{"trigger":{"type":"schedule","params":{"schedule":"cron(0 * * * ? *)","timezone":"UTC","each":"ticket"},
		"conditions":{"all":[{"field":"ticket.status","op":"is","value":"pending"},{"field":"ticket.statusSince","op":"older_than","value":"3d"}]}},
		"nodes":[{"id":"up","type":"ticket.update","params":{"priority":"high"}}],"edges":[{"from":"trigger","to":"up"}]}`)
	d.pass(20 * time.Hour)
	if n := len(d.runs(nudge)); n != 0 {
		t.Fatalf("%d runs before any ticket was three days old", n)
	}
	ticks := all[eventRead](d, "/v1/events", url.Values{"type": {"schedule"}})
	if len(ticks) < 19 {
		t.Fatalf("%d ticks in twenty hours", len(ticks))
	}
	if v := d.verdict(ticks[0].ID, nudge); v.Matched || v.Reason != "conditions" || !strings.Contains(v.Detail, "none of 63 tickets") {
		t.Errorf("verdict of a tick for nobody: %+v", v)
	}

	// The next tick past three days starts one run for each of the old ones.
	start := d.now()
	for len(d.runs(nudge)) == 0 && d.now().Sub(start) < 6*time.Hour {
		d.pass(30 * time.Minute)
	}
	d.until("a run for each", func() bool { return len(d.runs(nudge)) == many })
	for _, r := range d.runs(nudge) {
		e := d.event(r.Trigger.EventID)
		if !old[e.Subject.TicketID] || r.Status != "succeeded" {
			t.Errorf("run of %s: %s %s", e.Subject.TicketID, r.Status, r.Reason)
		}
		delete(old, e.Subject.TicketID)
	}
	if len(old) != 0 {
		t.Errorf("%d tickets had no run", len(old))
	}
	c.get("/v1/tickets/"+young).ok(t).has(t, `"priority":"normal"`)
	for _, e := range all[eventRead](d, "/v1/events", url.Values{"type": {"schedule"}, "matched": {"true"}}) {
		if e.Subject.TicketID == "" {
			if v := d.verdict(e.ID, nudge); !strings.Contains(v.Detail, "60 of 63 tickets") {
				t.Errorf("verdict of the tick: %+v", v)
			}
			return
		}
	}
	t.Error("no tick has a verdict that it matched")
}
