package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func TestAllow(t *testing.T) {
	w := open(t)
	caps := []desk.Cap{{Max: 3, Within: time.Hour}, {Max: 5, Within: 24 * time.Hour}}
	allow := func(id string, want string) {
		t.Helper()
		past, err := w.Allow(w.ctx, desk.CapMail, "anna@x.test", id, caps...)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if past != nil {
			got = past.String()
		}
		if got != want {
			t.Errorf("%s: past %q, want %q", id, got, want)
		}
	}
	allow("a", "")
	w.advance(20 * time.Minute)
	allow("b", "")
	allow("c", "")
	allow("d", "3 within an hour")
	allow("a", "") // counted before: allowed again, and not counted twice
	if past, err := w.Allow(w.ctx, desk.CapMail, "ben@x.test", "d", caps...); err != nil || past != nil {
		t.Errorf("somebody else: %v %v", past, err)
	}
	if past, err := w.Allow(w.ctx, desk.CapStarts, "anna@x.test", "d", caps...); err != nil || past != nil {
		t.Errorf("something else: %v %v", past, err)
	}
	w.advance(40 * time.Minute) // a is an hour old
	allow("d", "")
	allow("e", "3 within an hour")
	w.advance(time.Hour)
	allow("e", "")
	allow("f", "5 within a day")
	w.advance(24 * time.Hour)
	allow("f", "")
}

// TestAllowAtOnce: of many at the same moment no more than the cap come through.
func TestAllowAtOnce(t *testing.T) {
	w := open(t)
	results := make(chan bool)
	const many, most = 12, 4
	for i := range many {
		go func() {
			past, err := w.Allow(w.ctx, desk.CapMail, "anna@x.test", fmt.Sprint(i), desk.Cap{Max: most, Within: time.Hour})
			results <- err == nil && past == nil
		}()
	}
	through := 0
	for range many {
		if <-results {
			through++
		}
	}
	if through == 0 || through > most {
		t.Errorf("%d of %d came through; the cap is %d", through, many, most)
	}
}

func TestBounce(t *testing.T) {
	w := open(t)
	b := desk.Bounce{Email: "anna@x.test", At: w.now(), Reason: "5.1.1 no such user", ConversationID: "conv_1"}
	if err := w.EndBounce(w.ctx, b.Email); err != nil {
		t.Fatal(err)
	}
	if err := w.PutBounce(w.ctx, b); err != nil {
		t.Fatal(err)
	}
	got, err := w.Bounce(w.ctx, b.Email)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&b, got); diff != "" {
		t.Errorf("bounce (-want +got):\n%s", diff)
	}
	if err := w.EndBounce(w.ctx, b.Email); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Bounce(w.ctx, b.Email); err != nil || got != nil {
		t.Errorf("after its end: %v %v", got, err)
	}
	if err := w.PutBounce(w.ctx, b); err != nil {
		t.Fatal(err)
	}
	w.advance(91 * 24 * time.Hour)
	if got, err := w.Bounce(w.ctx, b.Email); err != nil || got != nil {
		t.Errorf("after 91 days: %v %v", got, err)
	}
}

func TestHook(t *testing.T) {
	w := open(t)
	if err := w.CheckHook(w.ctx, "wf_1", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("without a hook: %v", err)
	}
	for _, secret := range []string{"first", "second"} {
		if err := w.SetHook(w.ctx, "wf_1", secret, w.now()); err != nil {
			t.Fatal(err)
		}
	}
	for secret, ok := range map[string]bool{"first": false, "second": true, "": false, "secon": false} {
		if err := w.CheckHook(w.ctx, "wf_1", secret); (err == nil) != ok || !ok && !fault.Is(err, fault.NotFound) {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
	if err := w.CheckHook(w.ctx, "wf_2", "second"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workflow: %v", err)
	}
}

// TestEach: whoever visits every entity misses none, also when they change on the way.
func TestEach(t *testing.T) {
	w := open(t)
	var convs []desk.Conversation
	for i := range 30 {
		w.advance(time.Second)
		con := desk.NewContact(w.ids.New(id.Contact), fmt.Sprintf("c%d@x.test", i), "", w.now())
		conv := desk.Conversation{ID: w.ids.New(id.Conversation), Subject: "s", Status: "open", Tags: []string{}, ContactID: con.ID, CreatedAt: w.now(), LastMessageAt: w.now()}
		tkt := desk.Ticket{ID: w.ids.New(id.Ticket), Subject: "s", Status: "open", Priority: "normal", CreatedAt: w.now()}
		if err := w.Commit(w.ctx, desk.Change{Contact: &con, Conversation: &conv, Ticket: &tkt}); err != nil {
			t.Fatal(err)
		}
		convs = append(convs, conv)
	}
	seen, cursor := map[string]bool{}, ""
	for pages := 0; ; pages++ {
		list, next, err := w.EachConversation(w.ctx, store.Page{Limit: 10, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			seen[c.ID] = true
		}
		if pages < 3 { // one that was not visited yet gets a message
			w.advance(time.Second)
			c := convs[12+pages]
			if pages > 0 {
				c = convs[25+pages]
			}
			c.LastMessageAt = w.now()
			if err := w.Commit(w.ctx, desk.Change{Conversation: &c}); err != nil {
				t.Fatal(err)
			}
		}
		if cursor = next; next == "" {
			break
		}
	}
	if len(seen) != len(convs) {
		t.Errorf("%d of %d conversations were seen", len(seen), len(convs))
	}
	tickets, _, err := w.EachTicket(w.ctx, store.Page{Limit: 100})
	if err != nil || len(tickets) != 30 || !tickets[0].StatusSince.Equal(tickets[0].CreatedAt) || tickets[0].ID > tickets[1].ID {
		t.Errorf("tickets: %d %v", len(tickets), err)
	}
	contacts, _, err := w.EachContact(w.ctx, store.Page{Limit: 100})
	if err != nil || len(contacts) != 30 {
		t.Errorf("contacts: %d %v", len(contacts), err)
	}
}
