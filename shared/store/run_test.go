package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

var openOnes = []run.Status{run.Starting, run.Running, run.Waiting, run.Paused}

func (w *world) newRun(workflow, eventID string) run.Run {
	return run.Run{ID: w.ids.New(id.Run), WorkflowID: workflow, WorkflowName: "Refunds", Version: 1, StartedAt: w.now(),
		Trigger: run.Trigger{EventID: eventID, Type: event.MessageReceived}, VersionArn: "arn:v1", ConversationID: "conv_1"}
}

func (w *world) started(tb testing.TB, workflow string) run.Run {
	tb.Helper()
	r := w.newRun(workflow, w.ids.New(id.Event))
	if _, err := w.StartRun(w.ctx, r, []byte(`{"v":1}`)); err != nil {
		tb.Fatal(err)
	}
	return must[run.Run](tb)(w.Run(w.ctx, r.ID))
}

func (w *world) counters(tb testing.TB, workflow string) run.Counters {
	tb.Helper()
	c := must[run.Counters](tb)(w.WorkflowCounters(w.ctx, workflow))
	all := must[map[string]run.Counters](tb)(w.WorkflowStats(w.ctx, []string{workflow, "wf_of_nobody"}))
	same(tb, "counters in the list of all", all[workflow], c)
	return c
}

func TestStartRun(t *testing.T) {
	w := open(t)
	r := w.newRun("wf_1", "evt_1")
	r.CostMicroUSD = 120
	did := w.calls(func() {
		existing, err := w.StartRun(w.ctx, r, []byte(`{"v":1}`))
		ok(t, err)
		if existing != nil {
			t.Fatalf("there was %v", existing)
		}
	})
	same(t, "calls", did, map[string]int{"TransactWriteItems": 1, "GetItem": 1}) // one to prune, once a day
	r.Status, r.Revision = run.Starting, 1
	same(t, "run", must[run.Run](t)(w.Run(w.ctx, r.ID)), r)
	same(t, "input", string(must[[]byte](t)(w.RunInput(w.ctx, r.ID))), `{"v":1}`)
	same(t, "run of the event", must[*run.Run](t)(w.RunOfEvent(w.ctx, "evt_1", "wf_1")), &r)
	at := r.StartedAt
	same(t, "counters", w.counters(t, "wf_1"), run.Counters{Running: 1, LastRunAt: &at, Days: []run.Day{{Day: at.Format(time.DateOnly), CostMicroUSD: 120}}})
	due := must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(time.Hour), 10))
	same(t, "due", due, []store.DueItem{{Kind: "run", ID: r.ID, DueAt: at.Add(run.StartGrace)}})
	silent, _, err := w.Events(w.ctx, store.EventFilter{Type: event.RunStarted}, store.Page{})
	ok(t, err)
	if len(silent) != 1 || silent[0].Subject.ConversationID != "conv_1" || silent[0].Type != event.RunStarted {
		t.Fatalf("events are %+v", silent)
	}
	none := must[*run.Run](t)(w.RunOfEvent(w.ctx, "evt_1", "wf_2"))
	if none != nil {
		t.Fatalf("another workflow has run %v", none)
	}

	t.Run("a restart is one more run, once", func(t *testing.T) {
		again := w.newRun("wf_1", "evt_1")
		again.RetryOf = r.ID
		existing, err := w.StartRun(w.ctx, again, nil)
		if existing != nil || err != nil {
			t.Fatalf("restart: %v, %v", existing, err)
		}
		third := w.newRun("wf_1", "evt_1")
		third.RetryOf = r.ID
		existing, err = w.StartRun(w.ctx, third, nil)
		wantCode(t, err, fault.Conflict)
		same(t, "existing", existing.ID, again.ID)
		same(t, "run of the event", must[*run.Run](t)(w.RunOfEvent(w.ctx, "evt_1", "wf_1")).ID, r.ID)
	})
}

// The same event five times, each time twenty at once: one run.
func TestStartRunOnce(t *testing.T) {
	w := open(t)
	var ids []string
	for range 5 {
		for _, err := range together(20, func(int) error {
			r := w.newRun("wf_1", "evt_1")
			existing, err := w.StartRun(w.ctx, r, []byte("{}"))
			if err == nil {
				w.mu.Lock()
				ids = append(ids, r.ID)
				w.mu.Unlock()
				return nil
			}
			if existing == nil || !fault.Is(err, fault.Conflict) {
				return fmt.Errorf("existing %v: %w", existing, err)
			}
			return nil
		}) {
			ok(t, err)
		}
	}
	if len(ids) != 1 {
		t.Fatalf("%d runs, want 1", len(ids))
	}
	same(t, "running", w.counters(t, "wf_1").Running, 1)
	runs, _, err := w.Runs(w.ctx, store.RunFilter{Workflow: "wf_1"}, store.Page{})
	ok(t, err)
	same(t, "runs", len(runs), 1)
}

func TestMoveRun(t *testing.T) {
	w := open(t)
	r := w.started(t, "wf_1")
	day := start.Format(time.DateOnly)
	move := func(m run.Move) (run.Run, bool) {
		t.Helper()
		m.RunID, m.At = r.ID, w.now()
		got, moved, err := w.MoveRun(w.ctx, m)
		ok(t, err)
		same(t, "stored run", must[run.Run](t)(w.Run(w.ctx, r.ID)), got)
		return got, moved
	}
	started := must[run.Run](t)(w.MarkStarted(w.ctx, r.ID, "arn:exec"))
	same(t, "started", []any{started.Status, started.ExecutionArn}, []any{run.Running, "arn:exec"})
	same(t, "starting and running count alike", w.counters(t, "wf_1").Running, 1)
	due := must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(time.Hour), 10))
	same(t, "the mark of the start stays", due, []store.DueItem{{Kind: "run", ID: r.ID, DueAt: r.StartedAt.Add(run.StartGrace)}})

	until := w.now().Add(48 * time.Hour)
	waiting := &run.WaitingFor{ApprovalID: "apr_1", Node: "ok", Approvers: []string{"m@demo.test"}, Since: w.now(), Until: until}
	got, moved := move(run.Move{From: openOnes, To: run.Waiting, WaitingFor: waiting})
	same(t, "waiting", []any{moved, got.WaitingFor}, []any{true, waiting})
	c := w.counters(t, "wf_1")
	same(t, "counters", []int{c.Running, c.Waiting, c.Paused}, []int{0, 1, 0})

	w.advance(26 * time.Hour)
	got, moved = move(run.Move{From: openOnes, To: run.Failed, Reason: "no_approvers in ok", Error: "no_approvers"})
	same(t, "failed", []any{moved, got.Reason, got.Error, got.WaitingFor, *got.EndedAt}, []any{true, "no_approvers in ok", "no_approvers", (*run.WaitingFor)(nil), w.now()})
	same(t, "counted on the day it started", w.counters(t, "wf_1").Days, []run.Day{{Day: day, Failed: 1}})
	due = must[[]store.DueItem](t)(w.Due(w.ctx, w.now().Add(100*time.Hour), 10))
	same(t, "due is only that it failed", due, []store.DueItem{{Kind: "failing", ID: "wf_1", DueAt: w.now()}})
	if err := w.SetDue(w.ctx, due[0], time.Time{}); err != nil {
		t.Fatal(err)
	}

	t.Run("not from another status", func(t *testing.T) {
		for _, m := range []run.Move{
			{From: openOnes, To: run.Succeeded},
			{From: []run.Status{run.Failed}, To: run.Running},
			{From: []run.Status{run.Failed}, To: run.Succeeded, Redrive: 1},
		} {
			if got, moved := move(m); moved || got.Status != run.Failed {
				t.Fatalf("%+v moved it to %s", m, got.Status)
			}
		}
		same(t, "counters", w.counters(t, "wf_1").Days, []run.Day{{Day: day, Failed: 1}})
	})

	t.Run("a redrive takes the failure back", func(t *testing.T) {
		got, moved := move(run.Move{From: []run.Status{run.Failed}, To: run.Running, Redrive: 1})
		same(t, "redriven", []any{moved, got.Redrives, got.EndedAt, got.Error}, []any{true, 1, (*time.Time)(nil), ""})
		c := w.counters(t, "wf_1")
		same(t, "counters", []any{c.Running, len(c.Days)}, []any{1, 0})
		_, moved = move(run.Move{From: openOnes, To: run.Failed})
		same(t, "failed again", moved, true)
		if _, moved = move(run.Move{From: []run.Status{run.Failed}, To: run.Running, Redrive: 1}); moved {
			t.Fatal("the same redrive opened the run twice")
		}
		if _, moved = move(run.Move{From: []run.Status{run.Failed}, To: run.Running, Redrive: 2}); !moved {
			t.Fatal("the second redrive did not open the run")
		}
		_, moved = move(run.Move{From: openOnes, To: run.Succeeded})
		same(t, "succeeded", moved, true)
		same(t, "counters", w.counters(t, "wf_1").Days, []run.Day{{Day: day, Succeeded: 1}})
	})

	t.Run("paused, and looked at when it is over", func(t *testing.T) {
		p := w.started(t, "wf_1")
		until := w.now().Add(24 * time.Hour)
		runsDue := func(before time.Time) []store.DueItem {
			return slices.DeleteFunc(must[[]store.DueItem](t)(w.Due(w.ctx, before, 10)), func(d store.DueItem) bool { return d.Kind != "run" })
		}
		_, moved, err := w.MoveRun(w.ctx, run.Move{RunID: p.ID, From: openOnes, To: run.Paused, At: w.now(), PausedUntil: &until})
		ok(t, err)
		same(t, "moved", moved, true)
		same(t, "due", runsDue(until.Add(time.Hour)), []store.DueItem{{Kind: "run", ID: p.ID, DueAt: w.now().Add(run.LongGrace)}})
		// An acknowledgement that comes late changes neither status nor that time.
		late := must[run.Run](t)(w.MarkStarted(w.ctx, p.ID, "arn:late"))
		same(t, "late", []any{late.Status, late.ExecutionArn}, []any{run.Paused, "arn:late"})
		same(t, "due", runsDue(until.Add(time.Hour)), []store.DueItem{{Kind: "run", ID: p.ID, DueAt: w.now().Add(run.LongGrace)}})
	})

	_, _, err := w.MoveRun(w.ctx, run.Move{RunID: "run_none", From: openOnes, To: run.Failed})
	wantCode(t, err, fault.NotFound)
}

// Twenty at once on the same run, and twenty runs of the same workflow at once.
func TestCountersTogether(t *testing.T) {
	w := open(t)
	runs := make([]run.Run, 20)
	for _, err := range together(20, func(i int) error {
		runs[i] = w.newRun("wf_1", fmt.Sprint("evt_", i))
		_, err := w.StartRun(w.ctx, runs[i], []byte("{}"))
		return err
	}) {
		ok(t, err)
	}
	same(t, "running", w.counters(t, "wf_1").Running, 20)
	w.db.Service.ForceConflicts(5)
	moves := make([]int, 20)
	for _, err := range together(20, func(i int) error {
		to := []run.Status{run.Succeeded, run.Failed, run.Stopped, run.Waiting}[i%4]
		for range 3 { // and each three times
			_, moved, err := w.MoveRun(w.ctx, run.Move{RunID: runs[i].ID, From: []run.Status{run.Starting, run.Running}, To: to, At: w.now()})
			if err != nil {
				return err
			}
			if moved {
				moves[i]++
			}
		}
		return nil
	}) {
		ok(t, err)
	}
	for i, n := range moves {
		same(t, fmt.Sprint("moves of run ", i), n, 1)
	}
	c := w.counters(t, "wf_1")
	same(t, "counters", []any{c.Running, c.Waiting, c.Paused, c.Days}, []any{0, 5, 0, []run.Day{{Day: start.Format(time.DateOnly), Succeeded: 5, Failed: 5, Stopped: 5}}})

	one := w.started(t, "wf_2")
	won := 0
	for _, err := range together(20, func(i int) error {
		to := []run.Status{run.Succeeded, run.Failed}[i%2]
		_, moved, err := w.MoveRun(w.ctx, run.Move{RunID: one.ID, From: openOnes, To: to, At: w.now()})
		if moved {
			w.mu.Lock()
			won++
			w.mu.Unlock()
		}
		return err
	}) {
		ok(t, err)
	}
	same(t, "moves of one run", won, 1)
	s := w.counters(t, "wf_2").Stats(w.now())
	same(t, "ended", []int{s.Succeeded + s.Failed, s.Running}, []int{1, 0})
}

func TestRuns(t *testing.T) {
	w := open(t)
	var all, ofOne, failed, conv []string
	var times []time.Time
	for i := range 60 {
		r := w.newRun(fmt.Sprint("wf_", i%2), fmt.Sprint("evt_", i))
		if i%3 != 0 {
			r.ConversationID = "conv_2"
		}
		r.Version = 1 + i%2
		_, err := w.StartRun(w.ctx, r, nil)
		ok(t, err)
		if i%5 == 0 {
			_, _, err := w.MoveRun(w.ctx, run.Move{RunID: r.ID, From: openOnes, To: run.Failed, At: w.now()})
			ok(t, err)
			failed = append([]string{r.ID}, failed...)
			if i%2 == 0 && i%3 != 0 {
				conv = append([]string{r.ID}, conv...)
			}
		}
		if i%2 == 0 {
			ofOne = append([]string{r.ID}, ofOne...)
		}
		all = append([]string{r.ID}, all...)
		times = append(times, r.StartedAt)
		w.advance(time.Second)
	}
	name := func(r run.Run) string { return r.ID }
	for title, tc := range map[string]struct {
		f     store.RunFilter
		limit int
		want  []string
	}{
		"all":                {store.RunFilter{}, 7, all},
		"limit divides":      {store.RunFilter{}, 20, all},
		"of a workflow":      {store.RunFilter{Workflow: "wf_0"}, 7, ofOne},
		"version":            {store.RunFilter{Workflow: "wf_0", Version: 1}, 100, ofOne},
		"no such version":    {store.RunFilter{Workflow: "wf_0", Version: 2}, 7, []string{}},
		"failed":             {store.RunFilter{Status: run.Failed}, 5, failed},
		"of a conversation":  {store.RunFilter{Workflow: "wf_0", Conversation: "conv_2", Status: run.Failed}, 2, conv},
		"from is inclusive":  {store.RunFilter{From: times[50]}, 7, all[:10]},
		"to is exclusive":    {store.RunFilter{To: times[5]}, 7, all[55:]},
		"between":            {store.RunFilter{From: times[10], To: times[20]}, 3, all[40:50]},
		"between, of a conv": {store.RunFilter{From: times[10], To: times[12], Conversation: "conv_2"}, 3, all[48:50]},
	} {
		t.Run(title, func(t *testing.T) {
			got, n := pages(t, tc.limit, name, func(p store.Page) ([]run.Run, string, error) { return w.Runs(w.ctx, tc.f, p) })
			same(t, "runs", got, tc.want)
			if most := max(1, (len(tc.want)+tc.limit-1)/tc.limit); n > most {
				t.Errorf("%d pages, want %d", n, most)
			}
		})
	}
	t.Run("running includes starting", func(t *testing.T) {
		got, _ := pages(t, 100, name, func(p store.Page) ([]run.Run, string, error) {
			return w.Runs(w.ctx, store.RunFilter{Status: run.Running}, p)
		})
		same(t, "how many", len(got), 48)
	})
	t.Run("one call per page", func(t *testing.T) {
		same(t, "calls", w.calls(func() { w.Runs(w.ctx, store.RunFilter{Workflow: "wf_0"}, store.Page{}) }), map[string]int{"Query": 1})
		same(t, "calls", w.calls(func() { w.Runs(w.ctx, store.RunFilter{Conversation: "conv_2"}, store.Page{}) }), map[string]int{"Query": 1, "BatchGetItem": 1})
	})
}

func TestOldDaysArePruned(t *testing.T) {
	w := open(t)
	for range 50 {
		r := w.started(t, "wf_1")
		_, moved, err := w.MoveRun(w.ctx, run.Move{RunID: r.ID, From: openOnes, To: run.Succeeded, At: w.now()})
		if err != nil || !moved {
			t.Fatal(moved, err)
		}
		w.advance(24 * time.Hour)
	}
	c := w.counters(t, "wf_1")
	if len(c.Days) < run.WindowDays || len(c.Days) > run.WindowDays+6 {
		t.Fatalf("%d days are kept", len(c.Days))
	}
	w.advance(-24 * time.Hour)
	same(t, "in the window", c.Stats(w.now()).Succeeded, run.WindowDays)
}

func TestRunErrors(t *testing.T) {
	w := open(t)
	_, err := w.Run(w.ctx, "run_1")
	wantCode(t, err, fault.NotFound)
	_, err = w.RunInput(w.ctx, "run_1")
	wantCode(t, err, fault.NotFound)
	var f *fault.Error
	if !errors.As(err, &f) || f.Message != `there is no input of run "run_1"` {
		t.Fatalf("message is %v", err)
	}
}
