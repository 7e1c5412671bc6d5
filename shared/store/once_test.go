package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func TestEffect(t *testing.T) {
	w := open(t)
	effect := func() (string, bool) {
		t.Helper()
		result, done, err := w.Effect(w.ctx, "run_1", "send")
		ok(t, err)
		return string(result), done
	}
	wantEffect := func(result string, done bool) {
		t.Helper()
		r, d := effect()
		same(t, "effect", []any{r, d}, []any{result, done})
	}
	wantEffect("", false)

	t.Run("a mail", func(t *testing.T) {
		_, claimed, err := w.BeginSend(w.ctx, "run_1", "send", 0)
		same(t, "claimed", []any{claimed, err}, []any{true, nil})
		wantEffect("", false)
		was, claimed, err := w.BeginSend(w.ctx, "run_1", "send", 1)
		ok(t, err)
		same(t, "claimed before", []any{was, claimed}, []any{desk.Send{State: desk.Sending}, false})

		same(t, "reclaimed", must[bool](t)(w.ReclaimSend(w.ctx, "run_1", "send", 1)), true)
		same(t, "reclaimed once", must[bool](t)(w.ReclaimSend(w.ctx, "run_1", "send", 1)), false)

		ok(t, w.AbandonSend(w.ctx, "run_1", "send"))
		_, claimed, err = w.BeginSend(w.ctx, "run_1", "send", 1)
		same(t, "claimed after it was given up", []any{claimed, err}, []any{true, nil})

		msg := desk.Message{ID: w.ids.New(id.Message), ConversationID: "conv_1", At: w.now(), Direction: "out"}
		change := desk.Change{Messages: []desk.Message{msg}, Effect: &desk.Effect{RunID: "run_1", Node: "send", Result: []byte(`{"sent":true}`)}}
		ok(t, w.Commit(w.ctx, change))
		wantEffect(`{"sent":true}`, true)
		was, claimed, err = w.BeginSend(w.ctx, "run_1", "send", 2)
		ok(t, err)
		same(t, "sent", []any{was, claimed}, []any{desk.Send{State: desk.Sent, Result: []byte(`{"sent":true}`)}, false})
		ok(t, w.AbandonSend(w.ctx, "run_1", "send"))
		wantEffect(`{"sent":true}`, true)
		same(t, "nothing to reclaim", must[bool](t)(w.ReclaimSend(w.ctx, "run_1", "send", 9)), false)

		change.Messages[0].ID = w.ids.New(id.Message)
		if err := w.Commit(w.ctx, change); !errors.Is(err, store.ErrDone) {
			t.Fatalf("a second effect: %v", err)
		}
		_, err = w.Message(w.ctx, "conv_1", change.Messages[0].ID)
		wantCode(t, err, fault.NotFound)
	})

	t.Run("without another change", func(t *testing.T) {
		e := desk.Effect{RunID: "run_1", Node: "other", Result: []byte(`{"a":1}`)}
		done := 0
		for _, err := range together(20, func(int) error { return w.PutEffect(w.ctx, e) }) {
			if err == nil {
				done++
			} else if !errors.Is(err, store.ErrDone) {
				t.Fatal(err)
			}
		}
		same(t, "done", done, 1)
	})

	t.Run("of twenty one claims", func(t *testing.T) {
		n := 0
		for _, err := range together(20, func(int) error {
			_, claimed, err := w.BeginSend(w.ctx, "run_1", "race", 0)
			if claimed {
				w.mu.Lock()
				n++
				w.mu.Unlock()
			}
			return err
		}) {
			ok(t, err)
		}
		same(t, "claims", n, 1)
	})
}

func TestIdempotency(t *testing.T) {
	w := open(t)
	begin := func(body string) (*store.Answer, error) {
		return w.BeginIdempotent(w.ctx, "ann", "POST /v1/tickets", "k", body)
	}
	fresh := func(body string) {
		t.Helper()
		a, err := begin(body)
		if a != nil || err != nil {
			t.Fatalf("not fresh: %v, %v", a, err)
		}
	}
	fresh("h1")
	_, err := begin("h1")
	wantCode(t, err, fault.Conflict)
	_, err = begin("h2")
	wantCode(t, err, fault.Unprocessable)

	w.advance(61 * time.Second) // the process that began it has died
	fresh("h1")
	ok(t, w.AbandonIdempotent(w.ctx, "ann", "POST /v1/tickets", "k"))
	fresh("h1")
	answer := store.Answer{Status: 201, Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{"id":"tkt_1"}`)}
	ok(t, w.FinishIdempotent(w.ctx, "ann", "POST /v1/tickets", "k", answer))
	ok(t, w.AbandonIdempotent(w.ctx, "ann", "POST /v1/tickets", "k"))
	got, err := begin("h1")
	ok(t, err)
	same(t, "answer", got, &answer)
	_, err = begin("h2")
	wantCode(t, err, fault.Unprocessable)

	a, err := w.BeginIdempotent(w.ctx, "bob", "POST /v1/tickets", "k", "h2")
	if a != nil || err != nil {
		t.Fatalf("another caller: %v, %v", a, err)
	}
	w.advance(24 * time.Hour)
	fresh("h2")
	wantCode(t, w.FinishIdempotent(w.ctx, "nobody", "x", "k", answer), fault.NotFound)
}

func TestSecret(t *testing.T) {
	w := open(t)
	var got [20][]byte
	for _, err := range together(20, func(i int) (err error) {
		got[i], err = store.New(w.db.Client, table, w.now).Secret(w.ctx, "links")
		return err
	}) {
		ok(t, err)
	}
	for _, s := range got {
		same(t, "secret", s, got[0])
	}
	same(t, "size", len(got[0]), 32)
	if other := must[[]byte](t)(w.Secret(w.ctx, "other")); string(other) == string(got[0]) {
		t.Fatal("two names have one secret")
	}
	must[[]byte](t)(w.Secret(w.ctx, "links"))
	same(t, "calls once known", w.calls(func() { w.Secret(w.ctx, "links") }), map[string]int{})
}

func TestSettings(t *testing.T) {
	w := open(t)
	s := must[desk.Settings](t)(w.Settings(w.ctx))
	same(t, "defaults", s, desk.DefaultSettings())
	s.Automation = "off"
	ok(t, w.PutSettings(w.ctx, s))
	wantCode(t, w.PutSettings(w.ctx, s), fault.Stale)
	s.Revision = 1
	same(t, "kept", must[desk.Settings](t)(w.Settings(w.ctx)), s)
	ok(t, w.PutSettings(w.ctx, s))
}

func TestDue(t *testing.T) {
	w := open(t)
	var ids []string
	for range 5 {
		ids = append(ids, w.custom(t, "order.paid", event.Subject{}).ID)
		w.advance(time.Second)
	}
	before := w.now().Add(time.Hour)
	due := must[[]store.DueItem](t)(w.Due(w.ctx, before, 3))
	same(t, "oldest first", []string{due[0].ID, due[1].ID, due[2].ID}, ids[:3])

	ok(t, w.SetDue(w.ctx, due[0], w.now().Add(2*time.Hour)))
	ok(t, w.SetDue(w.ctx, due[1], time.Time{}))
	ok(t, w.RecordMatches(w.ctx, ids[2], nil))
	ok(t, w.SetDue(w.ctx, due[2], w.now())) // dealt with in the meantime: the mark does not come back
	ok(t, w.SetDue(w.ctx, store.DueItem{Kind: "run", ID: "run_none", DueAt: w.now()}, w.now()))
	wantCode(t, w.SetDue(w.ctx, store.DueItem{Kind: "else", ID: "x"}, w.now()), fault.NotFound)
	due = must[[]store.DueItem](t)(w.Due(w.ctx, before, 10))
	same(t, "left", []string{due[0].ID, due[1].ID}, ids[3:])
	same(t, "how many", len(due), 2)
	same(t, "later", len(must[[]store.DueItem](t)(w.Due(w.ctx, before.Add(5*time.Hour), 10))), 3)
}
