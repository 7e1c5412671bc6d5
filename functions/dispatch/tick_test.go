package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
	"github.com/deskhand/deskhand/shared/workflow"
)

// messages is the queue as dispatch writes to it.
type messages struct {
	bodies [][]byte
	delays []time.Duration
	tries  []int
	fail   error
}

func (m *messages) Send(_ context.Context, body []byte) error {
	m.bodies = append(m.bodies, body)
	return nil
}

func (m *messages) Later(_ context.Context, body []byte, delay time.Duration, tries int) error {
	if m.fail == nil {
		m.bodies, m.delays, m.tries = append(m.bodies, body), append(m.delays, delay), append(m.tries, tries)
	}
	return m.fail
}

const tickets = 60 // of which every tenth is pending

// scheduled is a desk with tickets and a workflow for each that is pending.
func scheduled(t *testing.T, each string) (a *account, wf string) {
	t.Helper()
	ctx := t.Context()
	a = &account{Desk: testdesk.Open(t), executions: map[string]string{}, answers: map[string][]string{}}
	for i := range tickets {
		tkt := desk.Ticket{ID: a.NewID(id.Ticket), Subject: fmt.Sprint(i), Status: "open", Priority: "normal", CreatedAt: a.Now()}
		if i%10 == 0 {
			tkt.Status = "pending"
		}
		if err := a.Commit(ctx, desk.Change{Ticket: &tkt}); err != nil {
			t.Fatal(err)
		}
	}
	trigger := fmt.Sprintf(`{"type":"schedule","params":{"schedule":"rate(1 hour)","timezone":"UTC"%s},"conditions":%s}`, each,
		map[bool]string{true: `{"all":[]}`, false: `{"field":"ticket.status","op":"is","value":"pending"}`}[each == ""])
	def := json.RawMessage(`{"trigger":` + trigger + `,"nodes":[],"edges":[]}`)
	h, err := a.CreateWorkflow(ctx, workflow.Head{ID: a.NewID(id.Workflow), Name: "each", CreatedAt: a.Now(), UpdatedAt: a.Now()}, def)
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.ReserveVersion(ctx, h.ID, workflow.Version{PublishedAt: a.Now(), TriggerType: "schedule"}, def)
	if err == nil {
		v, err = a.FinishVersion(ctx, h.ID, v.N, fmt.Sprintf(versionOf, h.ID, v.N), []byte("{}"), []byte("{}"))
	}
	if err == nil {
		_, err = a.Activate(ctx, h.ID, v.N, workflow.Route{WorkflowID: h.ID, Version: v.N, VersionArn: v.VersionArn, Trigger: json.RawMessage(trigger)})
	}
	if err == nil {
		_, err = a.SetEnabled(ctx, h.ID, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, h.ID
}

// tickEvent delivers the scheduler's message twice, and gives the one event of it.
func tickEvent(t *testing.T, a *account, wf string) string {
	t.Helper()
	body := []byte(fmt.Sprintf(`{"tick":{"workflow":%q,"at":%q}}`, wf, a.Now().Format(time.RFC3339)))
	for range 2 {
		if err := a.process(&life{}).dispatch(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := a.Events(t.Context(), store.EventFilter{Type: event.Schedule}, store.Page{})
	if err != nil || len(list) != 1 || list[0].WorkflowID != wf || !list[0].Time.Equal(a.Now()) {
		t.Fatalf("events %+v %v", list, err)
	}
	return list[0].ID
}

func carried(eventID string) []byte {
	return []byte(fmt.Sprintf(`{"id":"e-1","source":"deskhand","detail-type":"schedule","time":"2026-01-05T09:00:01Z","detail":{"id":%q,"type":"schedule"}}`, eventID))
}

// oneEach demands one run for each pending ticket and the tick's verdict.
func oneEach(t *testing.T, a *account, wf, eventID string) {
	t.Helper()
	seen := map[string]int{}
	for cursor := ""; ; {
		runs, next, err := a.Runs(t.Context(), store.RunFilter{Workflow: wf}, store.Page{Limit: 100, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			seen[r.TicketID]++
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(seen) != tickets/10 || len(a.executions) != tickets/10 {
		t.Errorf("runs for %d tickets, %d executions, want %d", len(seen), len(a.executions), tickets/10)
	}
	for ticket, n := range seen {
		if n != 1 {
			t.Errorf("%d runs for %s", n, ticket)
		}
	}
	e, err := a.Event(t.Context(), eventID)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Matches) != 1 || !e.Matches[0].Matched || !strings.Contains(e.Matches[0].Detail, "tickets met the conditions") {
		t.Errorf("the tick's verdict: %+v", e.Matches)
	}
}

// TestEachGoesOn: a tick that does not fit one invocation goes on through the queue, and
// whatever is delivered twice on the way, every ticket has one run.
func TestEachGoesOn(t *testing.T) {
	a, wf := scheduled(t, `,"each":"ticket"`)
	eventID := tickEvent(t, a, wf)
	q := &messages{}
	short := func(body []byte) {
		t.Helper()
		d := a.process(&life{})
		d.queue = q
		ctx, cancel := context.WithTimeout(t.Context(), spare-time.Second) // no time for a second page
		defer cancel()
		if err := d.dispatch(ctx, body); err != nil {
			t.Fatal(err)
		}
	}
	short(carried(eventID))
	hops := 0
	for ; len(q.bodies) > 0; hops++ {
		body := q.bodies[0]
		q.bodies = q.bodies[1:]
		short(body)
		if hops < 2 {
			short(body)
		}
	}
	if hops < tickets/eachPage {
		t.Errorf("it went on %d times", hops)
	}
	oneEach(t, a, wf, eventID)
	short(carried(eventID))
	if len(q.bodies) != 0 {
		t.Error("a dispatched tick begins again")
	}
}

// TestEachCrashes: a process that dies after any of its calls leaves nothing out and does
// nothing twice.
func TestEachCrashes(t *testing.T) {
	a, wf := scheduled(t, `,"each":"ticket"`)
	eventID := tickEvent(t, a, wf)
	for dies := 1; ; dies++ {
		l := &life{dies: dies, after: true}
		if err := a.process(l).dispatch(t.Context(), carried(eventID)); err == nil {
			break
		}
		if dies > 300 {
			t.Fatal("it never comes to an end")
		}
	}
	oneEach(t, a, wf, eventID)
}

// TestTickOfNobody: a tick for a workflow that has no schedule any more is dropped; one
// for all at once is a run like any other's.
func TestTickOfNobody(t *testing.T) {
	a, wf := scheduled(t, "")
	d := a.process(&life{})
	if err := d.dispatch(t.Context(), []byte(`{"tick":{"workflow":"wf_gone","at":"2026-01-05T09:00:00Z"}}`)); err != nil {
		t.Fatal(err)
	}
	eventID := tickEvent(t, a, wf)
	for range 2 {
		if err := d.dispatch(t.Context(), carried(eventID)); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.executions) != 1 {
		t.Errorf("%d executions", len(a.executions))
	}
}

// TestRateCap: past the cap the verdict says so, and a redelivery of what was allowed
// stays allowed.
func TestRateCap(t *testing.T) {
	s := newScene(t)
	set, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set.Caps = &desk.Caps{StartsPerHour: 1}
	if err := s.PutSettings(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.deliver(t, &life{}); err != nil {
			t.Fatal(err)
		}
	}
	s.check(t)
	first, err := s.Event(t.Context(), s.event)
	if err != nil {
		t.Fatal(err)
	}
	again := first.Event
	again.ID = s.NewID(id.Event)
	if err := s.PutEvent(t.Context(), event.Stored{Event: again, Snapshot: first.Snapshot}); err != nil {
		t.Fatal(err)
	}
	s.event = again.ID
	if err := s.deliver(t, &life{}); err != nil {
		t.Fatal(err)
	}
	e, err := s.Event(t.Context(), again.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Matches {
		if m.WorkflowID == s.hit && (m.Matched || m.Reason != event.ReasonRateCap || m.RunID != "" || !strings.Contains(m.Detail, "1 within an hour")) {
			t.Errorf("verdict %+v", m)
		}
	}
	if len(s.executions) != 1 {
		t.Errorf("%d executions", len(s.executions))
	}
}
