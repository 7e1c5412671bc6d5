package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

func TestWait(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	ok(t, w.Commit(w.ctx, c))
	entities := []string{c.Conversation.ID, c.Contact.ID}
	waits := func() []int {
		t.Helper()
		return []int{must[*desk.Conversation](t)(w.Conversation(w.ctx, entities[0])).Waits, must[*desk.Contact](t)(w.Contact(w.ctx, entities[1])).Waits,
			len(must[[]run.Wait](t)(w.WaitsOn(w.ctx, entities[0]))), len(must[[]run.Wait](t)(w.WaitsOn(w.ctx, entities[1])))}
	}
	wait := store.Wait{RunID: "run_1", Node: "pause", WorkflowID: "wf_1", Token: "t1", Until: w.now().Add(24 * time.Hour), Entities: entities,
		CancelOn: json.RawMessage(`[{"type":"message.received"}]`), SeenEvent: c.Events[1].ID, Context: json.RawMessage(`{"vars":{}}`), Since: w.now()}

	same(t, "registered", must[store.Wait](t)(w.PutWait(w.ctx, wait)), wait)
	same(t, "waits", waits(), []int{1, 1, 1, 1})

	t.Run("a retry replaces the token only", func(t *testing.T) {
		again := wait
		again.Token, again.SeenEvent = "t2", "evt_later"
		w.advance(time.Minute)
		want := wait
		want.Token = "t2"
		same(t, "kept", must[store.Wait](t)(w.PutWait(w.ctx, again)), want)
		same(t, "by entity", must[[]run.Wait](t)(w.WaitsOn(w.ctx, entities[0])), []run.Wait{want})
		same(t, "waits", waits(), []int{1, 1, 1, 1})
	})

	t.Run("a change of the entity keeps its waits", func(t *testing.T) {
		conv := must[*desk.Conversation](t)(w.Conversation(w.ctx, entities[0]))
		conv.Status = "pending"
		ok(t, w.Commit(w.ctx, desk.Change{Conversation: conv}))
		same(t, "waits", waits(), []int{1, 1, 1, 1})
	})

	t.Run("another redrive is another wait", func(t *testing.T) {
		next := wait
		next.Redrive = 1
		must[store.Wait](t)(w.PutWait(w.ctx, next))
		same(t, "waits", waits(), []int{2, 2, 2, 2})
	})

	t.Run("the first settles", func(t *testing.T) {
		wins := make([]string, 20)
		for _, err := range together(20, func(i int) error {
			outcome := []string{run.Elapsed, run.Cancelled}[i%2]
			got, first, err := w.SettleWait(w.ctx, "run_1", "pause", 0, outcome, fmt.Sprint("evt_", i))
			if first {
				wins[i] = got.Outcome + " " + got.ByEvent
			}
			return err
		}) {
			ok(t, err)
		}
		settled := must[store.Wait](t)(w.Wait(w.ctx, "run_1", "pause", 0))
		var won []string
		for _, s := range wins {
			if s != "" {
				won = append(won, s)
			}
		}
		same(t, "winners", won, []string{settled.Outcome + " " + settled.ByEvent})
		same(t, "waits", waits(), []int{1, 1, 1, 1})
		late, first, err := w.SettleWait(w.ctx, "run_1", "pause", 0, run.Elapsed, "")
		ok(t, err)
		same(t, "late", []any{late.Outcome, first}, []any{settled.Outcome, false})
		same(t, "registering again", must[store.Wait](t)(w.PutWait(w.ctx, wait)), settled)
		same(t, "waits", waits(), []int{1, 1, 1, 1})
	})

	t.Run("errors", func(t *testing.T) {
		_, _, err := w.SettleWait(w.ctx, "run_1", "none", 0, run.Elapsed, "")
		wantCode(t, err, fault.NotFound)
		_, _, err = w.SettleWait(w.ctx, "run_1", "pause", 1, "over", "")
		wantCode(t, err, fault.Invalid)
		_, err = w.PutWait(w.ctx, store.Wait{RunID: "run_2", Node: "n", Entities: []string{"conv_none"}})
		wantCode(t, err, fault.NotFound)
		_, err = w.Wait(w.ctx, "run_2", "n", 0)
		wantCode(t, err, fault.NotFound)
		_, err = w.PutWait(w.ctx, store.Wait{RunID: "run_2", Node: "n", Entities: []string{"evt_1"}})
		wantCode(t, err, fault.Invalid)
	})

	t.Run("a cancelled wait is found again until its run comes back for it", func(t *testing.T) {
		other := wait
		other.RunID = "run_7"
		must[store.Wait](t)(w.PutWait(w.ctx, other))
		for _, wantFirst := range []bool{true, false} {
			got, first, err := w.SettleWait(w.ctx, "run_7", "pause", 0, run.Cancelled, "evt_1")
			ok(t, err)
			same(t, "settled", []any{got.Outcome, got.ByEvent, first}, []any{run.Cancelled, "evt_1", wantFirst})
			same(t, "waits", waits(), []int{2, 2, 2, 2})
		}
		for range 2 {
			got, first, err := w.SettleWait(w.ctx, "run_7", "pause", 0, run.Elapsed, "")
			ok(t, err)
			same(t, "settled", []any{got.Outcome, got.ByEvent, first}, []any{run.Cancelled, "evt_1", false})
			same(t, "waits", waits(), []int{1, 1, 1, 1})
		}
	})

	t.Run("a run that ended waits no more", func(t *testing.T) {
		other := wait
		other.RunID = "run_8"
		must[store.Wait](t)(w.PutWait(w.ctx, other))
		_, _, err := w.SettleWait(w.ctx, "run_8", "pause", 0, run.Cancelled, "evt_1")
		ok(t, err)
		other.Node = "second"
		must[store.Wait](t)(w.PutWait(w.ctx, other))
		same(t, "waits", waits(), []int{3, 3, 3, 3})
		ok(t, w.ReleaseWaits(w.ctx, "run_8"))
		ok(t, w.ReleaseWaits(w.ctx, "run_8"))
		same(t, "waits", waits(), []int{1, 1, 1, 1})
		got, first, err := w.SettleWait(w.ctx, "run_8", "second", 0, run.Elapsed, "")
		ok(t, err)
		same(t, "late", []any{got.Outcome, first}, []any{run.Released, false})
	})

	t.Run("an entity that was erased does not keep a wait open", func(t *testing.T) {
		w.drop(t, "CON#"+c.Contact.ID, "META")
		got, first, err := w.SettleWait(w.ctx, "run_1", "pause", 1, run.Elapsed, "")
		ok(t, err)
		same(t, "settled", []any{got.Outcome, first}, []any{run.Elapsed, true})
		_, err = w.Contact(w.ctx, c.Contact.ID)
		wantCode(t, err, fault.NotFound)
	})

	t.Run("on nothing", func(t *testing.T) {
		plain := store.Wait{RunID: "run_3", Node: "n", Token: "t", Until: w.now()}
		got := must[store.Wait](t)(w.PutWait(w.ctx, plain))
		same(t, "registered", got, plain, cmpopts.IgnoreFields(run.Wait{}, "Since"))
		_, first, err := w.SettleWait(w.ctx, "run_3", "n", 0, run.Elapsed, "")
		ok(t, err)
		same(t, "settled", first, true)
	})
}
