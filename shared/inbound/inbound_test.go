package inbound_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/mail"
)

type blobs struct {
	mu   sync.Mutex
	objs map[string][]byte
}

func (b *blobs) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok := b.objs[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "no %s", key)
	}
	return data, nil
}

func (b *blobs) Put(_ context.Context, key string, data []byte, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objs[key] = data
	return nil
}

func (b *blobs) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objs, key)
	return nil
}

type world struct {
	*testdesk.Desk
	blobs *blobs
	r     *inbound.Receiver
	n     int
}

func open(tb testing.TB) *world {
	d := testdesk.Open(tb)
	if err := d.PutInbox(context.Background(), desk.Inbox{Slug: "billing", Name: "Billing", Address: "billing@demo.test"}); err != nil {
		tb.Fatal(err)
	}
	w := &world{Desk: d, blobs: &blobs{objs: map[string][]byte{}}}
	w.r = &inbound.Receiver{Store: d.Store, Blobs: w.blobs, NewID: d.NewID, Now: d.Now}
	return w
}

// letter is one delivery.
type letter struct {
	id, from, to, headers, body string
	rcpt                        []string
}

func (w *world) delivery(l letter) inbound.Delivery {
	w.n++
	d := inbound.Delivery{ID: l.id, From: l.from, Recipients: l.rcpt, At: w.Now(), Verdicts: inbound.Verdicts{Spam: "pass", SPF: "fail"}}
	if d.ID == "" {
		d.ID = fmt.Sprintf("ses%d", w.n)
	}
	if l.to == "" {
		l.to = "support@demo.test"
	}
	if d.Recipients == nil {
		d.Recipients = []string{l.to}
	}
	headers := l.headers
	if !strings.Contains(headers, "From:") {
		headers += "From: Anna <" + l.from + ">\n"
	}
	if !strings.Contains(headers, "Subject:") {
		headers += "Subject: Money back\n"
	}
	d.Key = "inbound/" + d.ID
	w.blobs.objs[d.Key] = []byte(strings.ReplaceAll(headers+"To: "+l.to+"\n\n"+l.body, "\n", "\r\n"))
	return d
}

func (w *world) receive(tb testing.TB, l letter) inbound.Outcome {
	tb.Helper()
	o, err := w.r.Receive(tb.Context(), w.delivery(l))
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func (w *world) conv(tb testing.TB, id string) *desk.Conversation {
	tb.Helper()
	c, err := w.Conversation(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func (w *world) events(tb testing.TB, typ string) []event.Stored {
	tb.Helper()
	list, _, err := w.Events(tb.Context(), event.Filter{Type: typ}, desk.Page{Limit: 100})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func (w *world) failed(tb testing.TB) []desk.FailedMail {
	tb.Helper()
	list, _, err := w.FailedMails(tb.Context(), desk.Page{})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func TestNewConversation(t *testing.T) {
	w := open(t)
	o := w.receive(t, letter{from: "anna@example.com", headers: "From: Anna Bell <Anna@Example.com>\nMessage-ID: <one@example.com>\nCc: bert@example.com, billing@demo.test\n", body: "I want a refund.\x01\n"})
	c := w.conv(t, o.ConversationID)
	want := desk.Conversation{ID: o.ConversationID, Subject: "Money back", Status: "open", Priority: "normal", Inbox: "support", Tags: []string{}, MessageCount: 1,
		ContactID: c.ContactID, ContactEmail: "anna@example.com", Participants: []string{"bert@example.com", "anna@example.com"},
		CreatedAt: w.Now(), LastMessageAt: w.Now(), UpdatedAt: w.Now(), LastMessageID: o.MessageID, LastEvent: c.LastEvent, Revision: 1}
	if d := cmp.Diff(&want, c); d != "" {
		t.Errorf("conversation (-want +got):\n%s", d)
	}
	m, err := w.Message(t.Context(), o.ConversationID, o.MessageID)
	if err != nil || m.Text != "I want a refund." || m.From.Name != "Anna Bell" || m.Kind != "human" || m.IsAutomatic || m.Spam != "pass" || m.SPF != "fail" || m.RawKey != "inbound/ses1" || m.ReturnPath != "anna@example.com" {
		t.Errorf("%+v, %v", m, err)
	}
	contact, err := w.Contact(t.Context(), c.ContactID)
	if err != nil || contact.Name != "Anna Bell" || !contact.IsNew || contact.Domain != "example.com" {
		t.Errorf("%+v, %v", contact, err)
	}
	received, made := w.events(t, event.MessageReceived), w.events(t, event.ContactCreated)
	if len(received) != 1 || len(made) != 1 || received[0].ID <= made[0].ID {
		t.Fatalf("%d received, %d contacts", len(received), len(made))
	}
	for _, e := range []event.Stored{received[0], made[0]} {
		if e.Subject != (event.Subject{MessageID: m.ID, ConversationID: c.ID, ContactID: contact.ID}) || e.Actor != "anna@example.com" || e.Snapshot.Conversation == nil {
			t.Errorf("%+v", e)
		}
		var snap struct{ IsNew bool }
		if err := json.Unmarshal(e.Snapshot.Contact, &snap); err != nil || !snap.IsNew {
			t.Errorf("the contact is not new in %s: %s", e.Type, e.Snapshot.Contact)
		}
	}
}

func TestThreads(t *testing.T) {
	for _, c := range []struct {
		name   string
		letter func(w *world, first inbound.Outcome, back string) letter
		joins  bool
	}{
		{"In-Reply-To", func(w *world, o inbound.Outcome, _ string) letter {
			return letter{from: "anna@example.com", headers: "In-Reply-To: <one@example.com>\n"}
		}, true},
		{"References only", func(w *world, o inbound.Outcome, _ string) letter {
			return letter{from: "anna@example.com", headers: "References: <zero@x> <one@example.com>\n"}
		}, true},
		{"a colleague answers with the reference", func(w *world, o inbound.Outcome, _ string) letter {
			return letter{from: "bert@example.com", headers: "In-Reply-To: <one@example.com>\n"}
		}, true},
		{"to the signed address", func(w *world, o inbound.Outcome, back string) letter {
			return letter{from: "anna@example.com", to: back}
		}, true},
		{"to the signed address, in capitals", func(w *world, o inbound.Outcome, back string) letter {
			return letter{from: "anna@example.com", to: strings.ToUpper(back)}
		}, true},
		{"to the signed address, from a stranger", func(w *world, o inbound.Outcome, back string) letter {
			return letter{from: "eve@evil.test", to: back}
		}, false},
		{"to a forged address", func(w *world, o inbound.Outcome, back string) letter {
			return letter{from: "anna@example.com", to: strings.Replace(back, ".", ".x", 1)}
		}, false},
		{"the same subject", func(w *world, o inbound.Outcome, _ string) letter {
			return letter{from: "anna@example.com", headers: "Subject: Re: Money back\n"}
		}, false},
		{"an unknown reference", func(w *world, o inbound.Outcome, _ string) letter {
			return letter{from: "anna@example.com", headers: "In-Reply-To: <other@example.com>\n"}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			first := w.receive(t, letter{from: "anna@example.com", headers: "Message-ID: <one@example.com>\n", body: "Hello"})
			key, err := w.Secret(t.Context(), inbound.SecretName)
			if err != nil {
				t.Fatal(err)
			}
			w.Advance(time.Hour)
			got := w.receive(t, c.letter(w, first, mail.ReplyAddress("support@demo.test", first.ConversationID, key)))
			if got.Result != "accepted" || (got.ConversationID == first.ConversationID) != c.joins {
				t.Errorf("%+v after %+v", got, first)
			}
			if n := w.conv(t, first.ConversationID).MessageCount; (n == 2) != c.joins {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func TestForgedMessageID(t *testing.T) {
	w := open(t)
	first := w.receive(t, letter{from: "anna@example.com", headers: "Message-ID: <one@example.com>\n", body: "Hello"})
	forged := w.receive(t, letter{from: "aaron@evil.test", headers: "Message-ID: <one@example.com>\n", body: "Mine now"})
	if forged.ConversationID == first.ConversationID {
		t.Fatal("a Message-ID alone joins")
	}
	for from, want := range map[string]string{"anna@example.com": first.ConversationID, "aaron@evil.test": forged.ConversationID} {
		if got := w.receive(t, letter{from: from, headers: "In-Reply-To: <one@example.com>\n"}).ConversationID; got != want {
			t.Errorf("%s answers into %s, want %s", from, got, want)
		}
	}
}

func TestReopen(t *testing.T) {
	w := open(t)
	first := w.receive(t, letter{from: "anna@example.com", headers: "Message-ID: <one@example.com>\n", body: "Hello"})
	c := w.conv(t, first.ConversationID)
	c.Status = "closed"
	if err := w.Commit(t.Context(), desk.Change{Conversation: c}); err != nil {
		t.Fatal(err)
	}
	w.receive(t, letter{from: "anna@example.com", headers: "In-Reply-To: <one@example.com>\n"})
	if got := w.conv(t, first.ConversationID).Status; got != "open" {
		t.Errorf("it is %s", got)
	}
}

func TestDuplicates(t *testing.T) {
	base := letter{id: "ses1", from: "anna@example.com", headers: "Message-ID: <one@example.com>\n", body: "Hello"}
	for _, c := range []struct {
		name   string
		second letter
		want   string
	}{
		{"the same delivery", base, "duplicate"},
		{"the same mail in another delivery", letter{from: base.from, headers: base.headers, to: "billing@demo.test"}, "duplicate"},
		{"the same Message-ID of another sender", letter{from: "bert@example.com", headers: base.headers}, "accepted"},
		{"no Message-ID", letter{from: base.from}, "accepted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			w.receive(t, base)
			if got := w.receive(t, c.second); got.Result != c.want {
				t.Fatalf("%+v", got)
			}
			n := 1
			if c.want == "accepted" {
				n = 2
			}
			if got := len(w.events(t, event.MessageReceived)); got != n {
				t.Errorf("%d events, want %d", got, n)
			}
		})
	}
}

func TestInboxes(t *testing.T) {
	for _, c := range []struct {
		rcpt  []string
		inbox string
	}{
		{[]string{"support@demo.test", "billing@demo.test"}, "support"}, {[]string{"x@demo.test", "billing@demo.test", "support@demo.test"}, "billing"},
		{[]string{"Billing+may@Demo.test"}, "billing"}, {[]string{"nobody@demo.test"}, ""}, {[]string{"support@other.test"}, ""},
	} {
		w := open(t)
		o := w.receive(t, letter{from: "anna@example.com", rcpt: c.rcpt})
		if c.inbox == "" {
			if o.Result != "failed" || len(w.failed(t)) != 1 || !strings.Contains(o.Reason, c.rcpt[0]) {
				t.Errorf("%v: %+v", c.rcpt, o)
			}
			continue
		}
		if got := w.conv(t, o.ConversationID).Inbox; got != c.inbox {
			t.Errorf("%v: in %s, want %s", c.rcpt, got, c.inbox)
		}
	}
}

func TestFailedMail(t *testing.T) {
	t.Run("until there is an inbox", func(t *testing.T) {
		w := open(t)
		d := w.delivery(letter{from: "anna@example.com", to: "sales@demo.test", headers: "Subject: Offer\n"})
		for range 2 {
			if o, err := w.r.Receive(t.Context(), d); err != nil || o.Result != "failed" {
				t.Fatal(o, err)
			}
		}
		list := w.failed(t)
		if len(list) != 1 || list[0].Subject != "Offer" || list[0].From != "anna@example.com" || list[0].SPF != "fail" || list[0].Key != d.Key {
			t.Fatalf("%+v", list)
		}
		if err := w.PutInbox(t.Context(), desk.Inbox{Slug: "sales", Name: "Sales", Address: "sales@demo.test"}); err != nil {
			t.Fatal(err)
		}
		d.Again = true
		if o, err := w.r.Receive(t.Context(), d); err != nil || o.Result != "accepted" {
			t.Fatal(o, err)
		}
		if list := w.failed(t); len(list) != 0 {
			t.Errorf("still listed: %+v", list)
		}
	})
	t.Run("the raw mail is gone", func(t *testing.T) {
		w := open(t)
		d := w.delivery(letter{from: "anna@example.com"})
		delete(w.blobs.objs, d.Key)
		if o, err := w.r.Receive(t.Context(), d); err != nil || o.Result != "failed" || len(w.failed(t)) != 1 {
			t.Error(o, err)
		}
	})
	t.Run("nobody sent it", func(t *testing.T) {
		w := open(t)
		if o := w.receive(t, letter{headers: "From: undisclosed\n"}); o.Result != "failed" {
			t.Errorf("%+v", o)
		}
	})
	t.Run("taken in, and the list not told", func(t *testing.T) {
		w := open(t)
		l := letter{id: "ses9", from: "anna@example.com", headers: "Message-ID: <one@example.com>\n"}
		w.receive(t, l)
		if err := w.PutFailedMail(t.Context(), desk.FailedMail{ID: "ses9", At: w.Now()}); err != nil {
			t.Fatal(err)
		}
		if o := w.receive(t, l); o.Result != "duplicate" || len(w.failed(t)) != 0 {
			t.Errorf("%+v, %d listed", o, len(w.failed(t)))
		}
	})
	t.Run("never for what passes", func(t *testing.T) {
		w := open(t)
		d := w.delivery(letter{from: "anna@example.com"})
		w.Fuse.Set(1)
		if _, err := w.r.Receive(t.Context(), d); err == nil {
			t.Fatal("nobody noticed")
		}
		w.Fuse.Set(0)
		if len(w.failed(t)) != 0 {
			t.Error("put aside")
		}
	})
}

func TestContactIsNew(t *testing.T) {
	w := open(t)
	is := func(o inbound.Outcome) bool {
		t.Helper()
		c, err := w.Contact(t.Context(), w.conv(t, o.ConversationID).ContactID)
		if err != nil {
			t.Fatal(err)
		}
		return c.IsNew
	}
	if !is(w.receive(t, letter{from: "anna@example.com"})) {
		t.Error("not new with the first message")
	}
	if is(w.receive(t, letter{from: "anna@example.com"})) {
		t.Error("still new with the second message")
	}
	if is(w.receive(t, letter{from: "anna@example.com"})) {
		t.Error("new again")
	}
	if n := len(w.events(t, event.ContactCreated)); n != 1 {
		t.Errorf("%d contacts", n)
	}
}

func TestAutomaticAndOwnMail(t *testing.T) {
	for _, c := range []struct {
		name      string
		l         letter
		kind      string
		automatic bool
		own       bool
	}{
		{"out of office", letter{from: "anna@example.com", headers: "Auto-Submitted: auto-replied\n"}, "auto_reply", true, false},
		{"the null path", letter{from: "", headers: "From: mailer-daemon@example.com\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"}, "auto_reply", true, false},
		{"a list", letter{from: "news@example.com", headers: "List-Id: <news.example.com>\nPrecedence: bulk\n"}, "list", true, false},
		{"a person", letter{from: "anna@example.com"}, "human", false, false},
		{"ourselves", letter{from: "billing@demo.test"}, "human", false, true},
		{"ourselves, tagged", letter{from: "billing+x@demo.test"}, "human", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t)
			o := w.receive(t, c.l)
			m, err := w.Message(t.Context(), o.ConversationID, o.MessageID)
			if err != nil || m.Kind != c.kind && m.Kind != "bounce" || m.IsAutomatic != c.automatic {
				t.Errorf("%+v, %v", m, err)
			}
			for _, typ := range []string{event.MessageReceived, event.ContactCreated} {
				var detail struct{ OwnMail bool }
				_ = json.Unmarshal(w.events(t, typ)[0].Detail, &detail)
				if detail.OwnMail != c.own {
					t.Errorf("%s: own mail %v", typ, detail.OwnMail)
				}
			}
		})
	}
}

// One mail becomes one message, wherever the function dies and however often it is
// delivered at once.
func TestOnce(t *testing.T) {
	for n := 1; ; n++ {
		w := open(t)
		d := w.delivery(letter{from: "anna@example.com", headers: "Message-ID: <one@example.com>\n", body: "Hello"})
		w.Fuse.Set(n)
		_, _ = w.r.Receive(t.Context(), d)
		died := w.Fuse.Blown()
		w.Fuse.Set(0)
		if _, err := w.r.Receive(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if a, b := len(w.events(t, event.MessageReceived)), len(w.events(t, event.ContactCreated)); a != 1 || b != 1 {
			t.Fatalf("after call %d: %d messages, %d contacts", n, a, b)
		}
		if !died {
			break
		}
	}
	w := open(t)
	var deliveries []inbound.Delivery
	for i := range 8 {
		deliveries = append(deliveries, w.delivery(letter{from: "anna@example.com", headers: fmt.Sprintf("Message-ID: <m%d@example.com>\n", i%4)}))
	}
	var wg sync.WaitGroup
	outcomes, errs := make([]inbound.Outcome, 8), make([]error, 8)
	for i, d := range deliveries {
		wg.Go(func() { outcomes[i], errs[i] = w.r.Receive(t.Context(), d) })
	}
	wg.Wait()
	accepted := 0
	for i := range outcomes {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		if outcomes[i].Result == "accepted" {
			accepted++
		}
	}
	if accepted != 4 || len(w.events(t, event.ContactCreated)) != 1 || len(w.events(t, event.MessageReceived)) != 4 {
		t.Errorf("%d accepted, %d contacts", accepted, len(w.events(t, event.ContactCreated)))
	}
}

func TestLongMail(t *testing.T) {
	w := open(t)
	o := w.receive(t, letter{from: "anna@example.com", headers: "Subject: " + strings.Repeat("s", 900) + "\n", body: strings.Repeat("line of text ü\n", 40_000)})
	m, err := w.Message(t.Context(), o.ConversationID, o.MessageID)
	if err != nil || len(m.Text) > desk.MaxTextBytes || len(m.Text) < desk.MaxTextBytes-4 || !m.TextTruncated {
		t.Errorf("%d bytes, truncated %v, %v", len(m.Text), m.TextTruncated, err)
	}
}

func TestAttachments(t *testing.T) {
	w := open(t)
	o := w.receive(t, letter{from: "anna@example.com", headers: "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
		body: "--b\nContent-Type: text/plain\n\nSee there\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"a.pdf\"\n\nPDF\n--b--\n"})
	m, err := w.Message(t.Context(), o.ConversationID, o.MessageID)
	if err != nil || len(m.Attachments) != 1 || m.Attachments[0].Name != "a.pdf" || m.Attachments[0].Key != "message/"+m.ID+"/a1" || string(w.blobs.objs[m.Attachments[0].Key]) != "PDF" {
		t.Errorf("%+v, %v", m, err)
	}
}
