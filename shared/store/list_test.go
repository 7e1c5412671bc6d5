package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/store"
)

func TestContacts(t *testing.T) {
	w := open(t)
	var all, vip, acme []string
	for i := range 25 {
		c := desk.NewContact(w.ids.New(id.Contact), fmt.Sprintf("p%d@%s.test", i, []string{"acme", "other"}[i%2]), fmt.Sprint("Person ", i), w.now())
		if i%3 == 0 {
			c.Tags = []string{"vip"}
			vip = append([]string{c.ID}, vip...)
		}
		if i%2 == 0 {
			acme = append([]string{c.ID}, acme...)
		}
		all = append([]string{c.ID}, all...)
		ok(t, w.Commit(w.ctx, desk.Change{Contact: &c}))
	}
	for title, tc := range map[string]struct {
		f    desk.ContactFilter
		want []string
	}{
		"all":           {desk.ContactFilter{}, all},
		"tag":           {desk.ContactFilter{Tag: "vip"}, vip},
		"part of a tag": {desk.ContactFilter{Tag: "vi"}, []string{}},
		"address":       {desk.ContactFilter{Q: "ACME"}, acme},
		"name":          {desk.ContactFilter{Q: "person 24"}, all[:1]},
		"both":          {desk.ContactFilter{Q: "person 24", Tag: "none"}, []string{}},
	} {
		t.Run(title, func(t *testing.T) {
			got, _ := pages(t, 4, func(c desk.Contact) string { return c.ID }, func(p store.Page) ([]desk.Contact, string, error) { return w.Contacts(w.ctx, tc.f, p) })
			same(t, "contacts", got, tc.want)
		})
	}
}

func TestConversations(t *testing.T) {
	w := open(t)
	var list []*desk.Conversation
	for i := range 12 {
		c := &desk.Conversation{ID: w.ids.New(id.Conversation), Status: []string{"open", "closed"}[i%2], Inbox: []string{"support", "billing"}[i/6],
			Tags: []string{fmt.Sprint("t", i%4)}, ContactID: []string{"con_1", "con_2"}[i%2], CreatedAt: w.now(), LastMessageAt: w.now()}
		ok(t, w.Commit(w.ctx, desk.Change{Conversation: c}))
		list = append(list, c)
		w.advance(time.Minute)
	}
	// A new message brings an old conversation to the top.
	list[3].LastMessageAt, list[3].Group = w.now(), "vip"
	ok(t, w.Commit(w.ctx, desk.Change{Conversation: list[3]}))
	slices.SortFunc(list, func(a, b *desk.Conversation) int { return b.LastMessageAt.Compare(a.LastMessageAt) })
	for title, tc := range map[string]struct {
		f    desk.ConversationFilter
		want func(c *desk.Conversation) bool
	}{
		"all":               {desk.ConversationFilter{}, func(*desk.Conversation) bool { return true }},
		"of a contact":      {desk.ConversationFilter{Contact: "con_2"}, func(c *desk.Conversation) bool { return c.ContactID == "con_2" }},
		"closed in support": {desk.ConversationFilter{Status: "closed", Inbox: "support"}, func(c *desk.Conversation) bool { return c.Status == "closed" && c.Inbox == "support" }},
		"group":             {desk.ConversationFilter{Group: "vip"}, func(c *desk.Conversation) bool { return c.Group == "vip" }},
		"tag of a contact":  {desk.ConversationFilter{Tag: "t1", Contact: "con_2"}, func(c *desk.Conversation) bool { return c.Tags[0] == "t1" && c.ContactID == "con_2" }},
	} {
		t.Run(title, func(t *testing.T) {
			want := []string{}
			for _, c := range list {
				if tc.want(c) {
					want = append(want, c.ID)
				}
			}
			got, _ := pages(t, 3, func(c desk.Conversation) string { return c.ID }, func(p store.Page) ([]desk.Conversation, string, error) {
				return w.Conversations(w.ctx, tc.f, p)
			})
			same(t, "conversations", got, want)
		})
	}
}

func TestTickets(t *testing.T) {
	w := open(t)
	var ids []string
	for i := range 6 {
		k := &desk.Ticket{ID: w.ids.New(id.Ticket), Status: []string{"open", "solved"}[i%2], Group: "billing", ContactID: fmt.Sprint("con_", i%3), CreatedAt: w.now()}
		if i > 2 {
			k.ConversationID = "conv_1"
		}
		ok(t, w.Commit(w.ctx, desk.Change{Ticket: k}))
		same(t, "ticket", must[*desk.Ticket](t)(w.Ticket(w.ctx, k.ID)), k)
		ids = append([]string{k.ID}, ids...)
	}
	for title, tc := range map[string]struct {
		f    desk.TicketFilter
		want []string
	}{
		"all":               {desk.TicketFilter{}, ids},
		"open":              {desk.TicketFilter{Status: "open"}, []string{ids[1], ids[3], ids[5]}},
		"of a conversation": {desk.TicketFilter{Conversation: "conv_1"}, ids[:3]},
		"of a contact":      {desk.TicketFilter{Contact: "con_0", Group: "billing"}, []string{ids[2], ids[5]}},
	} {
		t.Run(title, func(t *testing.T) {
			got, _ := pages(t, 2, func(k desk.Ticket) string { return k.ID }, func(p store.Page) ([]desk.Ticket, string, error) { return w.Tickets(w.ctx, tc.f, p) })
			same(t, "tickets", got, tc.want)
		})
	}
}

func TestInboxesAndGroups(t *testing.T) {
	w := open(t)
	in := desk.Inbox{Slug: "support", Name: "Support", Address: "support@demo.test"}
	ok(t, w.PutInbox(w.ctx, desk.Inbox{Slug: "zeta"}))
	ok(t, w.PutInbox(w.ctx, in))
	same(t, "inbox", must[desk.Inbox](t)(w.Inbox(w.ctx, "support")), in)
	same(t, "inboxes", must[[]desk.Inbox](t)(w.Inboxes(w.ctx)), []desk.Inbox{in, {Slug: "zeta"}})
	ok(t, w.DeleteInbox(w.ctx, "zeta"))
	wantCode(t, w.DeleteInbox(w.ctx, "zeta"), fault.NotFound)
	_, err := w.Inbox(w.ctx, "zeta")
	wantCode(t, err, fault.NotFound)

	g := desk.Group{Slug: "billing", Name: "Billing", Members: []string{"a@demo.test"}, Manager: "m@demo.test"}
	ok(t, w.PutGroup(w.ctx, g))
	same(t, "group", must[desk.Group](t)(w.Group(w.ctx, "billing")), g)
	same(t, "groups", must[[]desk.Group](t)(w.Groups(w.ctx)), []desk.Group{g})
	ok(t, w.DeleteGroup(w.ctx, "billing"))
	wantCode(t, w.DeleteGroup(w.ctx, "billing"), fault.NotFound)
}

func TestFailedMail(t *testing.T) {
	w := open(t)
	var ids []string
	for i := range 3 {
		m := desk.FailedMail{ID: fmt.Sprint("ses", i), Key: "inbound/x", From: "a@b.test", Recipients: []string{"support@demo.test"}, Error: "no inbox", At: w.now()}
		ok(t, w.PutFailedMail(w.ctx, m))
		ok(t, w.PutFailedMail(w.ctx, m))
		same(t, "mail", must[desk.FailedMail](t)(w.FailedMail(w.ctx, m.ID)), m)
		ids = append([]string{m.ID}, ids...)
		w.advance(time.Minute)
	}
	list := func() []string {
		got, _ := pages(t, 2, func(m desk.FailedMail) string { return m.ID }, func(p store.Page) ([]desk.FailedMail, string, error) { return w.FailedMails(w.ctx, p) })
		return got
	}
	same(t, "newest first", list(), ids)
	ok(t, w.DeleteFailedMail(w.ctx, "ses1"))
	ok(t, w.DeleteFailedMail(w.ctx, "ses1"))
	ok(t, w.DeleteFailedMail(w.ctx, "never"))
	same(t, "left", list(), []string{"ses2", "ses0"})
	_, err := w.FailedMail(w.ctx, "ses1")
	wantCode(t, err, fault.NotFound)
}

func TestCursor(t *testing.T) {
	w := open(t)
	for i := range 9 {
		ok(t, w.Commit(w.ctx, desk.Change{Ticket: &desk.Ticket{ID: w.ids.New(id.Ticket), Status: "open", Group: fmt.Sprint("g", i%2), CreatedAt: w.now()}}))
	}
	_, cursor, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Limit: 2})
	ok(t, err)
	for title, read := range map[string]func() error{
		"damaged": func() error {
			_, _, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Cursor: cursor[:len(cursor)-1] + "A"})
			return err
		},
		"cut": func() error {
			_, _, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Cursor: cursor[:20]})
			return err
		},
		"not base64": func() error {
			_, _, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Cursor: "%%"})
			return err
		},
		"short": func() error {
			_, _, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Cursor: "AAAA"})
			return err
		},
		"another filter": func() error {
			_, _, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "closed"}, store.Page{Cursor: cursor})
			return err
		},
		"another list": func() error {
			_, _, err := w.Contacts(w.ctx, desk.ContactFilter{}, store.Page{Cursor: cursor})
			return err
		},
	} {
		t.Run(title, func(t *testing.T) { wantCode(t, read(), fault.Invalid) })
	}
	t.Run("another limit is fine", func(t *testing.T) {
		rest, next, err := w.Tickets(w.ctx, desk.TicketFilter{Status: "open"}, store.Page{Limit: 7, Cursor: cursor})
		ok(t, err)
		same(t, "rest", []any{len(rest), next}, []any{7, ""})
	})
}

// A filter that finds little is read a bounded way per page, and goes on by cursor.
func TestRareEntriesAreFound(t *testing.T) {
	w := open(t)
	const n = 2100
	var rare []string
	for i := range n {
		k := desk.Ticket{ID: w.ids.New(id.Ticket), Status: "open", CreatedAt: w.now()}
		if i == 3 || i == n-5 {
			k.Status = "solved"
			rare = append([]string{k.ID}, rare...)
		}
		ok(t, w.Commit(w.ctx, desk.Change{Ticket: &k}))
	}
	var most int
	got, _ := pages(t, 25, func(k desk.Ticket) string { return k.ID }, func(p store.Page) (items []desk.Ticket, next string, err error) {
		did := w.calls(func() { items, next, err = w.Tickets(w.ctx, desk.TicketFilter{Status: "solved"}, p) })
		most = max(most, did["Query"])
		return items, next, err
	})
	same(t, "rare", got, rare)
	if most > 8 {
		t.Fatalf("%d Queries for one page", most)
	}
}
