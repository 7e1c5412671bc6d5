package action_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
)

func (w *world) ticket(tb testing.TB) *desk.Ticket {
	tb.Helper()
	t, err := w.Ticket(tb.Context(), w.refs.Ticket)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func (w *world) contact(tb testing.TB) *desk.Contact {
	tb.Helper()
	c, err := w.Contact(tb.Context(), w.refs.Contact)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// lines is the conversation's timeline: kind and what.
func (w *world) lines(tb testing.TB) []string {
	tb.Helper()
	list, err := w.Timeline(tb.Context(), w.refs.Conversation)
	if err != nil {
		tb.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, strings.TrimSpace(e.Kind+" "+e.What))
	}
	return out
}

// reported lists the events of a type, newest first.
func (w *world) reported(tb testing.TB, typ string) []event.Stored {
	tb.Helper()
	list, _, err := w.Events(tb.Context(), event.Filter{Type: typ}, desk.Page{Limit: 100})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func same(tb testing.TB, what string, want, got any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestUpdateConversation(t *testing.T) {
	r := func(w *world) *action.Request {
		return w.request("conversation.update", `{"status":"closed","priority":"high"}`)
	}
	dying(t, func(w *world) error { _, err := w.do(t, r(w)); return err }, func(t *testing.T, w *world) {
		for range 2 {
			same(t, "result", map[string]any{"status": "closed", "priority": "high", "changed": true}, w.must(t, r(w)))
		}
		same(t, "timeline", []string{"status closed, priority high"}, w.lines(t))
		list := w.reported(t, event.ConversationClosed)
		if len(list) != 1 {
			t.Fatalf("%d events", len(list))
		}
		e := list[0]
		same(t, "cause", &event.Cause{RunID: w.run.ID, Depth: 1}, e.CausedBy)
		same(t, "subject", event.Subject{MessageID: w.refs.Message, ConversationID: w.refs.Conversation, ContactID: w.refs.Contact}, e.Subject)
		if e.Actor != "run:"+w.run.ID || !strings.Contains(string(e.Snapshot.Conversation), `"closed"`) || len(e.Snapshot.Contact) == 0 {
			t.Errorf("event %+v", e)
		}
	})
}

func TestUpdateConversationOtherwise(t *testing.T) {
	w := open(t, false)
	got := w.must(t, w.request("conversation.update", `{"status":"pending"}`))
	same(t, "pending", map[string]any{"status": "pending", "priority": "normal", "changed": true}, got)
	again := w.request("conversation.update", `{"status":"pending","priority":"normal"}`)
	again.Node = "n2"
	same(t, "nothing to do", false, w.must(t, again)["changed"])
	if n := w.events(t, event.ConversationClosed); n != 0 || len(w.lines(t)) != 1 {
		t.Errorf("%d events, timeline %q", n, w.lines(t))
	}
	for params, name := range map[string]string{`{}`: "invalid", `{"status":"solved"}`: "invalid", `{"priority":"top"}`: "invalid", `{"status":3}`: "invalid"} {
		bad := w.request("conversation.update", params)
		bad.Node = "n3"
		_, err := w.do(t, bad)
		wantName(t, err, name)
	}
	w.refs.Conversation = ""
	none := w.request("conversation.update", `{"status":"open"}`)
	none.Node = "n4"
	_, err := w.do(t, none)
	wantName(t, err, "no_conversation")
}

func TestNote(t *testing.T) {
	note := func(w *world) *action.Request {
		return w.request("conversation.note", `{"body":" Call back:\n<b>Anna</b> "}`)
	}
	dying(t, func(w *world) error { _, err := w.do(t, note(w)); return err }, func(t *testing.T, w *world) {
		same(t, "result", map[string]any{"noted": true, "truncated": false}, w.must(t, note(w)))
		same(t, "timeline", []string{"note Call back:\n<b>Anna</b>"}, w.lines(t))
		if c := w.conversation(t); c.MessageCount != 1 {
			t.Errorf("%d messages", c.MessageCount)
		}
	})
	w := open(t, false)
	same(t, "empty", map[string]any{"noted": false, "truncated": false}, w.must(t, w.request("conversation.note", `{"body":" "}`)))
	same(t, "long", map[string]any{"noted": true, "truncated": true}, w.must(t, w.request("conversation.note", `{"body":"`+strings.Repeat("é", desk.MaxNote)+`"}`)))
	lines := w.lines(t)
	if len(lines) != 1 || len(lines[0]) > len("note ")+desk.MaxNote || strings.Contains(lines[0], "\ufffd") || !strings.HasSuffix(lines[0], "é…") {
		t.Errorf("%d lines", len(lines))
	}
}

func TestCreateTicket(t *testing.T) {
	r := func(w *world) *action.Request {
		return w.request("ticket.create", `{"subject":"Help\nme","description":"d","priority":"high","group":"billing"}`)
	}
	dying(t, func(w *world) error { _, err := w.do(t, r(w)); return err }, func(t *testing.T, w *world) {
		got := w.must(t, r(w))
		same(t, "again", got, w.must(t, r(w)))
		w.refs.Ticket, _ = got["ticketId"].(string)
		tk := w.ticket(t)
		same(t, "ticket", []any{"Help me", "d", "open", "", "high", "billing", w.refs.Contact, "anna@example.com", w.refs.Conversation},
			[]any{tk.Subject, tk.Description, tk.Status, tk.PreviousStatus, tk.Priority, tk.Group, tk.ContactID, tk.ContactEmail, tk.ConversationID})
		if !id.Valid(tk.ID, id.Ticket) || got["created"] != true || w.conversation(t).TicketID != tk.ID || !tk.OpenedAt.Equal(w.Now()) {
			t.Errorf("%v, conversation %+v", got, w.conversation(t))
		}
		created, changed := w.reported(t, event.TicketCreated), w.reported(t, event.TicketStatusChanged)
		if len(created) != 1 || len(changed) != 1 || string(changed[0].Detail) != `{"status":"open"}` || created[0].ID >= changed[0].ID {
			t.Errorf("events %+v, %+v", created, changed)
		}
		same(t, "subject", event.Subject{TicketID: tk.ID, ConversationID: w.refs.Conversation, ContactID: w.refs.Contact}, changed[0].Subject)
		same(t, "timeline", []string{"ticket made: Help me"}, w.lines(t))
		list, _, err := w.Tickets(t.Context(), desk.TicketFilter{}, desk.Page{})
		if err != nil || len(list) != 1 {
			t.Errorf("%d tickets, %v", len(list), err)
		}
	})
}

func TestCreateTicketAgain(t *testing.T) {
	w := open(t, false)
	create := func(node string) map[string]any {
		r := w.request("ticket.create", `{"subject":"S"}`)
		r.Node = node
		return w.must(t, r)
	}
	first := create("n1")
	same(t, "the conversation has one", map[string]any{"ticketId": first["ticketId"], "created": false}, create("n2"))
	w.refs.Ticket, _ = first["ticketId"].(string)
	closing := w.request("ticket.update", `{"status":"closed"}`)
	closing.Node = "n3"
	w.must(t, closing)
	if second := create("n4"); second["created"] != true || second["ticketId"] == first["ticketId"] || w.conversation(t).TicketID != second["ticketId"] {
		t.Errorf("after the first was closed: %v", second)
	}
	for params, name := range map[string]string{`{"subject":" "}`: "invalid", `{"subject":"x","priority":"top"}`: "invalid", `{"subject":"x","group":"nobody"}`: "no_such_group"} {
		other := open(t, false)
		_, err := other.do(t, other.request("ticket.create", params))
		wantName(t, err, name)
	}
	alone := open(t, false)
	alone.refs.Conversation = ""
	got := alone.must(t, alone.request("ticket.create", `{"subject":"x"}`))
	alone.refs.Ticket, _ = got["ticketId"].(string)
	if tk := alone.ticket(t); tk.ConversationID != "" || tk.ContactEmail != "anna@example.com" {
		t.Errorf("without a conversation: %+v", tk)
	}
}

func TestUpdateTicket(t *testing.T) {
	prepared := func(w *world) *action.Request {
		made := w.request("ticket.create", `{"subject":"S"}`)
		made.Node = "made"
		w.refs.Ticket, _ = w.must(t, made)["ticketId"].(string)
		return w.request("ticket.update", `{"status":"solved","priority":"low","group":"billing"}`)
	}
	for n := 0; n <= 10; n++ { // dies after its n-th call; 0 never
		w := open(t, false)
		r := prepared(w)
		w.Advance(time.Second)
		w.Fuse.Set(n)
		if _, err := w.do(t, r); n == 0 && err != nil {
			t.Fatal(err)
		}
		w.Fuse.Set(0)
		same(t, "result", map[string]any{"status": "solved", "previousStatus": "open", "priority": "low", "group": "billing", "changed": true}, w.must(t, r))
		list := w.reported(t, event.TicketStatusChanged)
		if len(list) != 2 || string(list[0].Detail) != `{"previousStatus":"open","status":"solved"}` || !strings.Contains(string(list[0].Snapshot.Ticket), `"previousStatus":"open"`) {
			t.Errorf("%d events, newest %+v", len(list), list[0])
		}
		same(t, "timeline", []string{"ticket made: S", "ticket: status solved, priority low, group billing"}, w.lines(t))
	}
	w := open(t, false)
	prepared(w)
	for params, name := range map[string]string{`{}`: "invalid", `{"group":" "}`: "invalid", `{"status":"done"}`: "invalid", `{"group":"nobody"}`: "no_such_group"} {
		_, err := w.do(t, w.request("ticket.update", params))
		wantName(t, err, name)
	}
	same(t, "nothing to do", false, w.must(t, w.request("ticket.update", `{"status":"open"}`))["changed"])
	w.must(t, w.request("ticket.update", `{"priority":"urgent"}`))
	if n := w.events(t, event.TicketStatusChanged); n != 1 {
		t.Errorf("another priority makes %d events", n-1)
	}
	w.refs.Ticket = ""
	none := w.request("ticket.update", `{"status":"open"}`)
	none.Node = "n9"
	_, err := w.do(t, none)
	wantName(t, err, "no_ticket")
}

func TestUpdateContact(t *testing.T) {
	params := `{"name":" Anna  Lee ","attributes":{"plan":"gold","seats":3,"beta":true,"list":["a",1],"gone":null},"addTags":["vip","vip"],"removeTags":"new"}`
	dying(t, func(w *world) error { _, err := w.do(t, w.request("contact.update", params)); return err }, func(t *testing.T, w *world) {
		attributes := map[string]any{"plan": "gold", "seats": 3.0, "beta": true, "list": []any{"a", 1.0}}
		same(t, "result", map[string]any{"name": "Anna Lee", "tags": []any{"vip"}, "attributes": attributes, "changed": true}, w.must(t, w.request("contact.update", params)))
		c := w.contact(t)
		same(t, "contact", []any{"Anna Lee", []string{"vip"}, attributes, 2}, []any{c.Name, c.Tags, c.Attributes, c.Revision})
		same(t, "timeline", []string{"contact: name Anna Lee; attributes beta, list, plan, seats; tags +vip"}, w.lines(t))
	})
	w := open(t, false)
	w.must(t, w.request("contact.update", `{"attributes":{"plan":"gold","seats":3}}`))
	step := func(node, params string) map[string]any {
		r := w.request("contact.update", params)
		r.Node = node
		return w.must(t, r)
	}
	same(t, "nothing to do", false, step("n2", `{"name":"","attributes":{"plan":"gold","none":null}}`)["changed"])
	same(t, "merged", map[string]any{"seats": 4.0}, step("n3", `{"attributes":{"plan":null,"seats":4}}`)["attributes"])
	for params, name := range map[string]string{`{"attributes":{"a":{"b":1}}}`: "invalid", `{"name":"` + strings.Repeat("x", 201) + `"}`: "invalid", `{"addTags":["` + strings.Repeat("x", 81) + `"]}`: "invalid",
		`{"attributes":{"a":"` + strings.Repeat("x", desk.MaxAttributeBytes) + `"}}`: "invalid"} {
		r := w.request("contact.update", params)
		r.Node = "n4"
		_, err := w.do(t, r)
		wantName(t, err, name)
	}
	w.refs.Contact = ""
	none := w.request("contact.update", `{"name":"x"}`)
	none.Node = "n5"
	_, err := w.do(t, none)
	wantName(t, err, "no_contact")
}

func TestEmit(t *testing.T) {
	emit := func(w *world) *action.Request {
		w.refs.Depth = 2
		return w.request("event.emit", `{"detailType":"order.asked","detail":{"order":"A-1","n":[1,{"x":null}]}}`)
	}
	dying(t, func(w *world) error { _, err := w.do(t, emit(w)); return err }, func(t *testing.T, w *world) {
		got := w.must(t, emit(w))
		same(t, "again", got, w.must(t, emit(w)))
		list := w.reported(t, "order.asked")
		if len(list) != 1 || list[0].ID != got["eventId"] || list[0].Source != event.Source || string(list[0].Detail) != `{"order":"A-1","n":[1,{"x":null}]}` {
			t.Fatalf("%+v", list)
		}
		same(t, "cause", &event.Cause{RunID: w.run.ID, Depth: 3}, list[0].CausedBy)
		same(t, "timeline", []string{"event order.asked"}, w.lines(t))
	})
	w := open(t, false)
	for params, name := range map[string]string{`{"detailType":"ticket.created","detail":{}}`: "own_type", `{"detailType":"webhook","detail":{}}`: "own_type", `{"detailType":" ","detail":{}}`: "invalid",
		`{"detailType":"` + strings.Repeat("x", 129) + `","detail":{}}`: "invalid", `{"detailType":"a.b","detail":[1]}`: "invalid", `{"detailType":"a.b","detail":{"x":"` + strings.Repeat("x", action.MaxDetail) + `"}}`: "invalid"} {
		_, err := w.do(t, w.request("event.emit", params))
		wantName(t, err, name)
	}
	if len(w.reported(t, "a.b")) != 0 {
		t.Error("a refused event was written")
	}
	w.must(t, w.request("event.emit", `{"detailType":"a.b","detail":null}`))
	if list := w.reported(t, "a.b"); len(list) != 1 || string(list[0].Detail) != "{}" || !list[0].Time.Equal(w.Now()) {
		t.Errorf("%+v", list)
	}
}
