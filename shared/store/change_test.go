package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
)

// received is the change that a first mail of somebody makes.
func (w *world) received(email string) desk.Change {
	now := w.now()
	contact := desk.NewContact(w.ids.New(id.Contact), email, "Ann", now)
	conv := desk.Conversation{ID: w.ids.New(id.Conversation), Subject: "Refund", Status: "open", Priority: "normal", Inbox: "support",
		Tags: []string{}, ContactID: contact.ID, ContactEmail: email, CreatedAt: now, LastMessageAt: now, UpdatedAt: now, MessageCount: 1}
	msg := desk.Message{ID: w.ids.New(id.Message), ConversationID: conv.ID, Direction: "in", From: desk.Address{Name: "Ann", Email: email},
		To: []desk.Address{{Email: "support@demo.test"}}, Subject: "Refund", At: now, Text: "money back", FullText: "money back",
		Kind: "human", Attachments: []desk.Attachment{}, MessageID: "m1@" + email}
	subject := event.Subject{MessageID: msg.ID, ConversationID: conv.ID, ContactID: contact.ID}
	return desk.Change{
		Contact: &contact, Conversation: &conv, Messages: []desk.Message{msg},
		Events: []event.Event{
			{ID: w.ids.New(id.Event), Type: event.ContactCreated, Time: now, Actor: email, Subject: subject},
			{ID: w.ids.New(id.Event), Type: event.MessageReceived, Time: now, Actor: email, Subject: subject},
		},
		Mail:     &desk.MailMark{SESID: "ses-" + email, MessageID: msg.MessageID, Sender: email},
		Timeline: []desk.Entry{{At: now.Format(time.RFC3339), Actor: email, What: "wrote"}},
	}
}

func TestCommit(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	did := w.calls(func() { ok(t, w.Commit(w.ctx, c)) })
	same(t, "calls", did, map[string]int{"TransactWriteItems": 1})
	newest := c.Events[1].ID

	t.Run("entities", func(t *testing.T) {
		same(t, "revision and last event", []any{c.Contact.Revision, c.Contact.LastEvent, c.Conversation.Revision, c.Conversation.LastEvent}, []any{1, newest, 1, newest})
		same(t, "contact", must[*desk.Contact](t)(w.Contact(w.ctx, c.Contact.ID)), c.Contact)
		same(t, "contact by address", must[*desk.Contact](t)(w.ContactByEmail(w.ctx, "ann@acme.test")), c.Contact)
		same(t, "conversation", must[*desk.Conversation](t)(w.Conversation(w.ctx, c.Conversation.ID)), c.Conversation)
		same(t, "messages", must[[]desk.Message](t)(w.Messages(w.ctx, c.Conversation.ID)), c.Messages)
		same(t, "found message", must[*desk.Message](t)(w.FindMessage(w.ctx, c.Messages[0].ID)), &c.Messages[0])
		same(t, "timeline", must[[]desk.Entry](t)(w.Timeline(w.ctx, c.Conversation.ID)), c.Timeline)
		nobody, err := w.ContactByEmail(w.ctx, "bob@acme.test")
		if nobody != nil || err != nil {
			t.Fatalf("nobody is %v, %v", nobody, err)
		}
	})

	t.Run("a timeline is in the order of time", func(t *testing.T) {
		second := w.now().Truncate(time.Second).Add(time.Hour)
		want := append([]desk.Entry{}, c.Timeline...)
		for _, ms := range []int{700, 730, 738, 740, 1000} {
			at := second.Add(time.Duration(ms) * time.Millisecond)
			want = append(want, desk.Entry{At: at.Format(time.RFC3339Nano), Actor: "op", What: "looked"})
		}
		for _, i := range []int{3, 1, 5, 2, 4} {
			ok(t, w.Commit(w.ctx, desk.Change{AlsoConversation: c.Conversation, Timeline: want[i : i+1]}))
		}
		same(t, "timeline", must[[]desk.Entry](t)(w.Timeline(w.ctx, c.Conversation.ID)), want)
	})

	t.Run("thread lookup", func(t *testing.T) {
		refs := must[[]desk.MailRef](t)(w.FindByMessageID(w.ctx, "m1@ann@acme.test"))
		same(t, "refs", refs, []desk.MailRef{{ConversationID: c.Conversation.ID, MessageID: c.Messages[0].ID, Sender: "ann@acme.test"}})
		out := desk.Message{ID: w.ids.New(id.Message), ConversationID: c.Conversation.ID, Direction: "out", From: desk.Address{Email: "support@demo.test"}, MessageID: "o1@demo.test", At: w.now()}
		ok(t, w.Commit(w.ctx, desk.Change{Messages: []desk.Message{out}}))
		refs = must[[]desk.MailRef](t)(w.FindByMessageID(w.ctx, "o1@demo.test"))
		same(t, "refs", refs, []desk.MailRef{{ConversationID: c.Conversation.ID, MessageID: out.ID, Sender: "support@demo.test"}})
	})

	t.Run("events with the state after the change", func(t *testing.T) {
		e := must[*event.Stored](t)(w.Event(w.ctx, newest))
		same(t, "event", e.Event, c.Events[1])
		var conv desk.Conversation
		ok(t, json.Unmarshal(e.Snapshot.Conversation, &conv))
		same(t, "snapshot", conv, *c.Conversation, cmpopts.IgnoreFields(desk.Conversation{}, "Revision", "LastEvent"))
		if e.Snapshot.Ticket != nil || e.Snapshot.Contact == nil || e.Dispatched || e.Matched {
			t.Fatalf("stored event is %+v", e)
		}
	})

	t.Run("a mentioned entity completes the snapshot and learns of the event", func(t *testing.T) {
		conv := must[*desk.Conversation](t)(w.Conversation(w.ctx, c.Conversation.ID))
		contact := must[*desk.Contact](t)(w.Contact(w.ctx, c.Contact.ID))
		conv.Status = "closed"
		e := event.Event{ID: w.ids.New(id.Event), Type: event.ConversationClosed, Time: w.now(), Subject: event.Subject{ConversationID: conv.ID, ContactID: contact.ID}}
		ok(t, w.Commit(w.ctx, desk.Change{Conversation: conv, AlsoContact: contact, Events: []event.Event{e}}))
		stored := must[*event.Stored](t)(w.Event(w.ctx, e.ID))
		if stored.Snapshot.Contact == nil || !strings.Contains(string(stored.Snapshot.Conversation), `"closed"`) {
			t.Fatalf("snapshot is %s %s", stored.Snapshot.Contact, stored.Snapshot.Conversation)
		}
		again := must[*desk.Contact](t)(w.Contact(w.ctx, c.Contact.ID))
		same(t, "contact", []any{again.LastEvent, again.Revision, contact.LastEvent}, []any{e.ID, 1, e.ID})
	})
}

func TestCommitRefuses(t *testing.T) {
	w := open(t)
	first := w.received("ann@acme.test")
	ok(t, w.Commit(w.ctx, first))

	for name, tc := range map[string]struct {
		change func() desk.Change
		want   error
		code   fault.Code
	}{
		"the same delivery": {func() desk.Change {
			c := w.received("ann@acme.test")
			return c
		}, desk.ErrDelivered, fault.Conflict},
		"the same mail in another delivery": {func() desk.Change {
			c := w.received("ann@acme.test")
			c.Mail.SESID = "other"
			return c
		}, desk.ErrDuplicateMail, fault.Conflict},
		"a second contact of an address": {func() desk.Change {
			c := w.received("ann@acme.test")
			c.Mail = nil
			return c
		}, nil, fault.Conflict},
		"an entity that changed": {func() desk.Change {
			conv := *first.Conversation
			conv.Revision = 7
			return desk.Change{Conversation: &conv}
		}, nil, fault.Stale},
		"a new entity that exists": {func() desk.Change {
			conv := *first.Conversation
			conv.Revision = 0
			return desk.Change{Conversation: &conv}
		}, nil, fault.Stale},
		"an entity that is gone": {func() desk.Change {
			return desk.Change{Ticket: &desk.Ticket{ID: "tkt_1", Revision: 3}}
		}, nil, fault.NotFound},
		"timeline of nothing": {func() desk.Change {
			return desk.Change{Timeline: []desk.Entry{{What: "x"}}}
		}, nil, fault.Internal},
		"too many records": {func() desk.Change {
			c := desk.Change{}
			for range 101 {
				c.Events = append(c.Events, event.Event{ID: w.ids.New(id.Event), Type: "custom", Time: w.now()})
			}
			return c
		}, nil, fault.Unprocessable},
	} {
		t.Run(name, func(t *testing.T) {
			c := tc.change()
			before := len(must[[]desk.Message](t)(w.Messages(w.ctx, first.Conversation.ID)))
			err := w.Commit(w.ctx, c)
			wantCode(t, err, tc.code)
			if tc.want != nil && !(errors.Is(err, tc.want) && errors.Is(err, desk.ErrDone)) {
				t.Fatalf("error is %v, want %v", err, tc.want)
			}
			if after := len(must[[]desk.Message](t)(w.Messages(w.ctx, first.Conversation.ID))); after != before {
				t.Fatalf("%d messages, had %d", after, before)
			}
			for _, e := range c.Events {
				_, err := w.Event(w.ctx, e.ID)
				wantCode(t, err, fault.NotFound)
			}
		})
	}

	t.Run("the same Message-ID of another sender is another mail", func(t *testing.T) {
		c := w.received("bob@acme.test")
		c.Messages[0].MessageID, c.Mail.MessageID = first.Mail.MessageID, first.Mail.MessageID
		ok(t, w.Commit(w.ctx, c))
		if refs := must[[]desk.MailRef](t)(w.FindByMessageID(w.ctx, first.Mail.MessageID)); len(refs) != 2 {
			t.Fatalf("refs are %v", refs)
		}
	})
}

func TestCommitMovesAddress(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	ok(t, w.Commit(w.ctx, c))
	c.Contact.Email = "ann@new.test"
	ok(t, w.Commit(w.ctx, desk.Change{Contact: c.Contact, FormerEmail: "ann@acme.test"}))
	same(t, "by new address", must[*desk.Contact](t)(w.ContactByEmail(w.ctx, "ann@new.test")), c.Contact)
	if old := must[*desk.Contact](t)(w.ContactByEmail(w.ctx, "ann@acme.test")); old != nil {
		t.Fatalf("the former address still leads to %v", old)
	}
	other := w.received("ann@acme.test")
	other.Mail = nil
	ok(t, w.Commit(w.ctx, other))
	other.Contact.Email = "ann@new.test"
	wantCode(t, w.Commit(w.ctx, desk.Change{Contact: other.Contact, FormerEmail: "ann@acme.test"}), fault.Conflict)
}

// Twenty people change one conversation: each change happens once, none is lost.
func TestCommitTogether(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	ok(t, w.Commit(w.ctx, c))
	const n = 20
	for i, err := range together(n, func(i int) error {
		for {
			conv, err := w.Conversation(w.ctx, c.Conversation.ID)
			if err != nil {
				return err
			}
			conv.MessageCount++
			conv.Tags, _ = desk.Retag(conv.Tags, []string{fmt.Sprintf("t%02d", i)}, nil)
			e := event.Event{ID: w.ids.New(id.Event), Type: event.ConversationTagged, Time: w.now(), Subject: event.Subject{ConversationID: conv.ID}}
			if err = w.Commit(w.ctx, desk.Change{Conversation: conv, Events: []event.Event{e}}); !fault.Is(err, fault.Stale) {
				return err
			}
		}
	}) {
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	conv := must[*desk.Conversation](t)(w.Conversation(w.ctx, c.Conversation.ID))
	same(t, "conversation", []any{conv.MessageCount, len(conv.Tags), conv.Revision}, []any{1 + n, n, 1 + n})
	if events := must[[]event.Stored](t)(w.EventsOf(w.ctx, conv.ID, c.Events[1].ID, 0)); len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
}

// Twenty deliveries of one mail are one message.
func TestCommitOneMailOnce(t *testing.T) {
	w := open(t)
	done := 0
	for _, err := range together(20, func(i int) error {
		c := w.received("ann@acme.test")
		c.Mail.SESID = fmt.Sprint("ses", i%2)
		return w.Commit(w.ctx, c)
	}) {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, desk.ErrDone):
			t.Fatal(err)
		}
	}
	if done != 1 {
		t.Fatalf("%d of 20 deliveries made a message, want 1", done)
	}
}

func TestLargeMessage(t *testing.T) {
	w := open(t)
	c := w.received("ann@acme.test")
	c.Messages[0].HTML = strings.Repeat("<p>again and again</p>", 40000)
	ok(t, w.Commit(w.ctx, c))
	got := must[*desk.Message](t)(w.Message(w.ctx, c.Conversation.ID, c.Messages[0].ID))
	same(t, "html that compresses", len(got.HTML), len(c.Messages[0].HTML))

	d := w.received("bob@acme.test")
	d.Messages[0].HTML = incompressible(500 << 10)
	ok(t, w.Commit(w.ctx, d))
	got = must[*desk.Message](t)(w.Message(w.ctx, d.Conversation.ID, d.Messages[0].ID))
	same(t, "html that does not", []string{got.HTML, got.Text}, []string{"", "money back"})
}
