package erase_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/engine"
	"github.com/deskhand/deskhand/shared/erase"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

const day = 24 * time.Hour

// bucket keeps keys only. Nothing is stopped: an Ager leaves what is open alone.
type bucket map[string]bool

func (b bucket) Delete(_ context.Context, key string) error {
	delete(b, key)
	return nil
}

type unused struct{ testing.TB }

func (u unused) Stop(context.Context, string, string, string) error {
	u.Error("an execution was stopped")
	return nil
}

func (u unused) Apply(_ context.Context, r run.Run, _ engine.Execution) (run.Run, error) {
	u.Errorf("run %s was moved", r.ID)
	return r, nil
}

type world struct {
	*testdesk.Desk
	tb      testing.TB
	objects bucket
}

func open(t *testing.T) *world { return &world{testdesk.Open(t), t, bucket{}} }

func (w *world) ok(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// keep puts the settings.
func (w *world) keep(r desk.Retention) {
	w.tb.Helper()
	set, err := w.Settings(w.tb.Context())
	w.ok(err)
	set.Retention = &r
	w.ok(w.PutSettings(w.tb.Context(), set))
}

// thread makes a conversation of some messages, each with an object.
func (w *world) thread(status string, messages int) desk.Conversation {
	w.tb.Helper()
	now := w.Now()
	contact := desk.NewContact(w.NewID(id.Contact), w.NewID("p")+"@pots.example", "", now)
	c := desk.Conversation{ID: w.NewID(id.Conversation), Subject: "Pots", Status: status, Priority: "low", Inbox: "support", Tags: []string{}, ContactID: contact.ID, ContactEmail: contact.Email, CreatedAt: now}
	ch := desk.Change{Contact: &contact, Conversation: &c}
	for range messages {
		m := desk.Message{ID: w.NewID(id.Message), ConversationID: c.ID, Direction: "in", From: desk.Address{Email: contact.Email}, Text: "pots", At: now, Attachments: []desk.Attachment{}, MessageID: w.NewID("m") + "@pots.example"}
		m.RawKey = "inbound/" + m.ID
		w.objects[m.RawKey] = true
		ch.Messages = append(ch.Messages, m)
		ch.Events = append(ch.Events, event.Event{ID: w.NewID(id.Event), Type: event.MessageReceived, Time: now, Subject: event.Subject{ConversationID: c.ID, MessageID: m.ID, ContactID: contact.ID}})
	}
	c.LastMessageAt = now
	w.ok(w.Commit(w.tb.Context(), ch))
	return c
}

// tick is one of the sweep: what is due, by an Ager of its own as after a restart.
func (w *world) tick(work int) (worked bool) {
	w.tb.Helper()
	due, err := w.Due(w.tb.Context(), w.Now().Add(time.Second), 300)
	w.ok(err)
	for _, d := range due {
		if d.Kind != "retention" {
			continue
		}
		a := &erase.Ager{Store: w.Store, Engine: unused{w.tb}, Record: unused{w.tb}, Objects: w.objects, NewID: w.NewID, Now: w.Now, Work: work}
		w.ok(a.Tick(w.tb.Context()))
		worked = true
	}
	return worked
}

// Many small ticks, each of a process of its own, come to the same end as a large one,
// and a tick does no more than it may.
func TestTicks(t *testing.T) {
	for _, work := range []int{1, 7, 1000} {
		t.Run(fmt.Sprint("work ", work), func(t *testing.T) {
			w := open(t)
			var old, openOnes []desk.Conversation
			for i := range 6 {
				old = append(old, w.thread("closed", i%3+1))
				openOnes = append(openOnes, w.thread("open", 1))
			}
			w.Advance(20 * day)
			young := w.thread("closed", 2)
			w.keep(desk.Retention{Mail: "10d"})
			ticks := 0
			for w.tick(work) {
				ticks++
				w.Advance(time.Minute)
				if ticks > 300 {
					t.Fatal("it never ends")
				}
			}
			t.Logf("%d ticks", ticks)
			if work == 1 && ticks < 20 || work == 1000 && ticks != 1 {
				t.Errorf("%d ticks", ticks)
			}
			for _, c := range old {
				if _, err := w.Conversation(t.Context(), c.ID); !fault.Is(err, fault.NotFound) {
					t.Errorf("an old one is there: %v", err)
				}
			}
			for _, c := range append(openOnes, young) {
				if m, err := w.Messages(t.Context(), c.ID); err != nil || len(m) == 0 {
					t.Errorf("%s lost its messages: %v", c.Status, err)
				}
			}
			if n := len(w.objects); n != 6+2 {
				t.Errorf("%d objects", n)
			}
			entries, _, err := w.Audit(t.Context(), audit.Filter{Action: "retention.apply"}, desk.Page{})
			w.ok(err)
			if len(entries) != 1 || entries[0].Summary != "removed 6 conversations, 0 failed mails, 0 runs, 0 events" {
				t.Errorf("%+v", entries)
			}
			// The next pass is a day after this one began, and finds what grew old meanwhile.
			w.Advance(11 * day)
			for n := 0; w.tick(work) && n < 300; n++ {
				w.Advance(time.Minute)
			}
			if _, err := w.Conversation(t.Context(), young.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Runs go when they have ended and are old; their records lead nowhere then.
func TestOldRuns(t *testing.T) {
	w := open(t)
	ctx := t.Context()
	c := w.thread("closed", 1)
	move := func(r run.Run, to run.Status) {
		t.Helper()
		_, moved, err := w.MoveRun(ctx, run.Move{RunID: r.ID, From: []run.Status{r.Status}, To: to, At: w.Now()})
		if err != nil || !moved {
			t.Fatal(moved, err)
		}
	}
	ended, going := w.Started(t, run.Run{ConversationID: c.ID}), w.Started(t, run.Run{ConversationID: c.ID})
	w.ok(w.PutEffect(ctx, desk.Effect{RunID: ended.ID, Node: "n1", Result: json.RawMessage(`{"words":"pots"}`)}))
	move(ended, run.Succeeded)
	w.Advance(40 * day)
	w.keep(desk.Retention{Runs: "30d", Mail: "30d"})
	for w.tick(0) {
		w.Advance(time.Minute)
	}
	if _, err := w.Run(ctx, ended.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the run is there: %v", err)
	}
	if _, done, err := w.Effect(ctx, ended.ID, "n1"); done || err != nil {
		t.Error("what its step did is there", err)
	}
	if list, _, err := w.Runs(ctx, run.Filter{Conversation: c.ID}, desk.Page{}); err != nil || len(list) != 1 || list[0].ID != going.ID {
		t.Errorf("%+v, %v", list, err)
	}
	// A conversation that a run goes on with stays, and goes with the run.
	if m, err := w.Messages(ctx, c.ID); err != nil || len(m) != 1 {
		t.Errorf("%d messages, %v", len(m), err)
	}
	move(going, run.Failed)
	w.Advance(2 * day)
	for w.tick(0) {
		w.Advance(time.Minute)
	}
	if _, err := w.Conversation(ctx, c.ID); !fault.Is(err, fault.NotFound) || len(w.objects) != 0 {
		t.Errorf("%v, %v", err, w.objects)
	}
}

// Nothing is looked at when nothing is to go, and a pass that is under way ends when
// the settings say so.
func TestKeepEverything(t *testing.T) {
	w := open(t)
	c := w.thread("closed", 1)
	w.Advance(4000 * day)
	if w.tick(0) {
		t.Error("there is something to do")
	}
	w.keep(desk.Retention{Mail: "3650d"})
	w.keep(desk.Retention{})
	if !w.tick(0) || w.tick(0) {
		t.Error("the pass does not end")
	}
	if _, err := w.Conversation(t.Context(), c.ID); err != nil {
		t.Error(err)
	}
}
