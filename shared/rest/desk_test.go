package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

func TestConversations(t *testing.T) {
	w := open(t)
	w.inbox()
	w.call("admin", "PUT", "/v1/groups/billing", `{"members":["Bea@demo.test","bea@demo.test"],"manager":"Max@demo.test"}`).is(200, `"members":["bea@demo.test"]`, `"manager":"max@demo.test"`)
	contact, conv, msg := w.person("anna@example.com")
	w.advance(time.Hour)
	_, other, _ := w.person("bob@example.com")
	path := "/v1/conversations/" + conv.ID
	t.Run("one", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "GET", path, "").is(200)
		if p.text("messages.0.from") != "anna@example.com" || p.text("messages.0.to.0") != "support@demo.test" || p.text("messages.0.attachments.0.name") != "bill.pdf" || p.text("timeline.0.what") != "wrote" ||
			strings.Contains(string(p.body), msg.RawKey) || strings.Contains(string(p.body), msg.Attachments[0].Key) {
			t.Errorf("%s", p.body)
		}
		w.call("viewer", "GET", "/v1/conversations/conv_x", "").is(404)
	})
	t.Run("patch", func(t *testing.T) {
		w.in(t)
		p := w.call("editor", "PATCH", path, `{"status":"closed","priority":"high","group":"billing","assignee":"Bea@Demo.test","tags":["b","a","a"],"subject":" New "}`).is(200)
		if p.text("status") != "closed" || p.text("assignee") != "bea@demo.test" || p.text("tags.0") != "a" || p.len("tags") != 2 || p.text("subject") != "New" || !strings.Contains(string(p.body), "editor@demo.test") {
			t.Errorf("%s", p.body)
		}
		types := []string{}
		for _, e := range []string{"conversation.tagged", "conversation.assigned", "conversation.closed"} {
			if w.call("viewer", "GET", "/v1/events?type="+e, "").len("items") == 1 {
				types = append(types, e)
			}
		}
		if len(types) != 3 {
			t.Errorf("only the events %v", types)
		}
		for body, status := range map[string]int{`{"status":"shut"}`: 400, `{"priority":"top"}`: 400, `{"group":"nobody"}`: 422, `{"inbox":"nothing"}`: 422, `{"assignee":"bea"}`: 400, `{"subject":" "}`: 400,
			`{"tags":["` + strings.Repeat("x", 90) + `"]}`: 400, `{"contactId":"x"}`: 400, `{}`: 200, `{"group":"","assignee":""}`: 200, `{"subject":"` + strings.Repeat("x", 1000) + `"}`: 400} {
			w.call("editor", "PATCH", path, body).is(status)
		}
		w.call("editor", "PATCH", "/v1/conversations/conv_x", `{"status":"open"}`).is(404)
	})
	t.Run("list", func(t *testing.T) {
		w.in(t)
		for q, want := range map[string][]string{"": {other.ID, conv.ID}, "?contact=" + contact.ID: {conv.ID}, "?contact=Anna@example.com": {conv.ID}, "?contact=nobody@example.com": {}, "?tag=a": {conv.ID},
			"?status=open": {other.ID}, "?status=open&tag=a": {}, "?inbox=support": {other.ID, conv.ID}, "?group=billing": {}, "?inbox=none": {}} {
			if diff := cmp.Diff(want, w.call("viewer", "GET", "/v1/conversations"+q, "").is(200).ids()); diff != "" {
				t.Errorf("%s: %s", q, diff)
			}
		}
	})
	t.Run("reply", func(t *testing.T) {
		w.in(t)
		p := w.call("editor", "POST", path+"/messages", `{"body":"Dear **Anna**","cc":["Bob@example.com"]}`).is(201)
		if p.text("direction") != "out" || p.text("to.0") != "anna@example.com" || p.text("cc.0") != "bob@example.com" || !strings.Contains(p.text("html"), "<strong>Anna</strong>") || p.header.Get("Location") != path {
			t.Errorf("%v %s", p.header, p.body)
		}
		if w.mailer.sent[0] != "support@demo.test to anna@example.com,bob@example.com" {
			t.Errorf("%v", w.mailer.sent)
		}
		if n := w.call("viewer", "GET", "/v1/events?type=message.sent", "").len("items"); n != 1 {
			t.Errorf("%d events", n)
		}
		for body, status := range map[string]int{`{}`: 400, `{"body":" "}`: 400, `{"body":"x","cc":["y"]}`: 400, `{"body":"` + strings.Repeat("x", 40<<10) + `"}`: 400, `{"body":"x","cc":[` + strings.Repeat(`"a@b.example",`, 20) + `"a@b.example"]}`: 400} {
			w.call("editor", "POST", path+"/messages", body).is(status)
		}
		w.call("editor", "POST", "/v1/conversations/conv_x/messages", `{"body":"x"}`).is(404)
		if len(w.mailer.sent) != 1 {
			t.Errorf("%v", w.mailer.sent)
		}
	})
	t.Run("raw mail and attachment", func(t *testing.T) {
		w.in(t)
		for _, target := range []string{"/raw", "/attachments/1"} {
			p := w.call("viewer", "GET", "/v1/messages/"+msg.ID+target, "").is(302)
			resp, err := http.Get(p.header.Get("Location"))
			ok(t, err)
			data, err := io.ReadAll(resp.Body)
			ok(t, err)
			ok(t, resp.Body.Close())
			if string(data) != "abc" || !strings.Contains(resp.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s: %s %v", target, data, resp.Header)
			}
			link := w.call("viewer", "GET", "/v1/messages/"+msg.ID+target+"?redirect=false", "").is(200).text("url")
			resp, err = http.Get(link)
			ok(t, err)
			again, err := io.ReadAll(resp.Body)
			ok(t, err)
			ok(t, resp.Body.Close())
			if string(again) != "abc" {
				t.Errorf("%s: the link leads to %q", target, again)
			}
			w.call("viewer", "GET", "/v1/messages/"+msg.ID+target+"?redirect=no", "").is(400)
		}
		w.call("viewer", "GET", "/v1/messages/"+msg.ID+"/attachments/9", "").is(404)
		w.call("viewer", "GET", "/v1/messages/msg_x/raw", "").is(404)
		out := w.call("viewer", "GET", path, "").text("messages.1.id")
		w.call("viewer", "GET", "/v1/messages/"+out+"/raw", "").is(404, "the desk sent it")
	})
	t.Run("no inbox to reply from", func(t *testing.T) {
		w.in(t)
		w.call("admin", "DELETE", "/v1/inboxes/support", "").is(204)
		w.call("editor", "POST", path+"/messages", `{"body":"x"}`).is(422, "inbox")
	})
}

func TestContacts(t *testing.T) {
	w := open(t)
	p := w.call("editor", "POST", "/v1/contacts", `{"email":"Anna@Example.com","name":" Anna ","tags":["vip"],"attributes":{"plan":"gold","n":3,"on":true,"list":["a",1]}}`).is(201)
	con := p.text("id")
	path := "/v1/contacts/" + con
	if p.text("email") != "anna@example.com" || p.text("domain") != "example.com" || p.text("name") != "Anna" || p.header.Get("Location") != path || p.at("isNew") != true {
		t.Errorf("%s", p.body)
	}
	if w.call("viewer", "GET", "/v1/events?type=contact.created", "").text("items.0.subject.contactId") != con {
		t.Error("no event")
	}
	for body, status := range map[string]int{`{"email":"x"}`: 400, `{}`: 400, `{"email":"anna@example.com"}`: 409, `{"email":"b@example.com","tags":["` + strings.Repeat("x", 90) + `"]}`: 400,
		`{"email":"b@example.com","attributes":{"x":{"y":1}}}`: 400, `{"email":"b@example.com","name":"` + strings.Repeat("x", 201) + `"}`: 400} {
		w.call("editor", "POST", "/v1/contacts", body).is(status)
	}
	p = w.call("editor", "PATCH", path, `{"name":"Anna B.","attributes":{"n":null,"more":"x"}}`).is(200)
	if p.at("attributes.n") != nil || p.text("attributes.more") != "x" || p.text("attributes.plan") != "gold" || p.text("tags.0") != "vip" {
		t.Errorf("%s", p.body)
	}
	bob := w.call("editor", "POST", "/v1/contacts", `{"email":"bob@example.com"}`).is(201).text("id")
	w.call("editor", "PATCH", path, `{"email":"bob@example.com"}`).is(409)
	w.call("editor", "PATCH", path, `{"email":"nobody"}`).is(400)
	if p := w.call("editor", "PATCH", path, `{"email":"Anna@New.example"}`).is(200); p.text("email") != "anna@new.example" || p.text("domain") != "new.example" {
		t.Errorf("%s", p.body)
	}
	w.call("editor", "POST", "/v1/contacts", `{"email":"anna@example.com"}`).is(201)
	w.call("editor", "PATCH", "/v1/contacts/con_x", `{"name":"x"}`).is(404)
	w.call("viewer", "GET", "/v1/contacts/con_x", "").is(404)
	w.call("viewer", "GET", path, "").is(200)
	for q, want := range map[string][]string{"?q=BOB": {bob}, "?tag=vip": {con}, "?tag=vip&q=bob": {}, "?q=new.example": {con}} {
		if diff := cmp.Diff(want, w.call("viewer", "GET", "/v1/contacts"+q, "").is(200).ids()); diff != "" {
			t.Errorf("%s: %s", q, diff)
		}
	}
}

func TestTickets(t *testing.T) {
	w := open(t)
	contact, conv, _ := w.person("anna@example.com")
	w.call("admin", "PUT", "/v1/groups/billing", `{}`).is(200)
	p := w.call("editor", "POST", "/v1/tickets", `{"subject":"Broken","group":"billing","conversationId":"`+conv.ID+`"}`).is(201)
	tkt := p.text("id")
	path := "/v1/tickets/" + tkt
	if p.text("status") != "open" || p.text("priority") != "normal" || p.text("contactId") != contact.ID || p.text("contactEmail") != "anna@example.com" || p.header.Get("Location") != path {
		t.Errorf("%s", p.body)
	}
	if w.call("viewer", "GET", "/v1/conversations/"+conv.ID, "").text("ticketId") != tkt {
		t.Error("the conversation does not know its ticket")
	}
	for _, e := range []string{"ticket.created", "ticket.status_changed"} {
		p := w.call("viewer", "GET", "/v1/events?type="+e, "").is(200)
		if p.text("items.0.subject.ticketId") != tkt || p.at("items.0.detail.previousStatus") != nil {
			t.Errorf("%s: %s", e, p.body)
		}
	}
	for body, status := range map[string]int{`{}`: 400, `{"subject":"x","status":"new"}`: 400, `{"subject":"x","priority":"top"}`: 400, `{"subject":"x","group":"nobody"}`: 422, `{"subject":"x","conversationId":"conv_x"}`: 422,
		`{"subject":"x","conversationId":"` + conv.ID + `"}`: 409, `{"subject":"x","contactEmail":"y"}`: 400, `{"subject":"x","description":"` + strings.Repeat("y", 40<<10) + `"}`: 400} {
		w.call("editor", "POST", "/v1/tickets", body).is(status)
	}
	if p := w.call("editor", "PATCH", path, `{"group":null,"description":null,"status":null}`).is(200); p.at("group") != nil || p.text("status") != "open" {
		t.Errorf("null does not clear, or clears what it must not: %s", p.body)
	}
	w.call("editor", "PATCH", path, `{"group":"billing"}`).is(200)
	p = w.call("editor", "PATCH", path, `{"status":"solved","priority":"urgent"}`).is(200)
	if p.text("status") != "solved" || p.text("previousStatus") != "open" {
		t.Errorf("%s", p.body)
	}
	if p := w.call("viewer", "GET", "/v1/events?type=ticket.status_changed", ""); p.text("items.0.detail.previousStatus") != "open" || p.text("items.0.snapshot.contact.id") != contact.ID || p.text("items.0.snapshot.conversation.id") != conv.ID {
		t.Errorf("%s", p.body)
	}
	for body, status := range map[string]int{`{"subject":" "}`: 400, `{"status":"x"}`: 400, `{"group":"nobody"}`: 422, `{"conversationId":"conv_x"}`: 409, `{"contactEmail":"bob@example.com"}`: 409, `{"contactEmail":"Anna@example.com"}`: 200,
		`{"description":"` + strings.Repeat("y", 40<<10) + `"}`: 400, `{"subject":"` + strings.Repeat("y", 1000) + `"}`: 400, `{"id":"x"}`: 400} {
		w.call("editor", "PATCH", path, body).is(status)
	}
	t.Run("linked later", func(t *testing.T) {
		w.in(t)
		_, other, _ := w.person("bob@example.com")
		bare := w.call("editor", "POST", "/v1/tickets", `{"subject":"Bare"}`).is(201).text("id")
		w.call("editor", "PATCH", "/v1/tickets/"+bare, `{"conversationId":"conv_x"}`).is(422)
		p := w.call("editor", "PATCH", "/v1/tickets/"+bare, `{"conversationId":"`+other.ID+`","status":"pending"}`).is(200)
		if p.text("contactEmail") != "bob@example.com" || p.text("conversationId") != other.ID {
			t.Errorf("%s", p.body)
		}
		alone := w.call("editor", "POST", "/v1/tickets", `{"subject":"Alone"}`).is(201).text("id")
		if p := w.call("editor", "PATCH", "/v1/tickets/"+alone, `{"contactEmail":"New@example.com"}`).is(200); p.text("contactId") == "" {
			t.Errorf("%s", p.body)
		}
	})
	for q, want := range map[string]int{"?status=solved": 1, "?group=billing": 1, "?contact=" + contact.ID: 1, "?conversation=" + conv.ID: 1, "?status=open&group=billing": 0} {
		if n := w.call("viewer", "GET", "/v1/tickets"+q, "").is(200).len("items"); n != want {
			t.Errorf("%s: %d", q, n)
		}
	}
	w.call("viewer", "GET", path, "").is(200)
	w.call("viewer", "GET", "/v1/tickets/tkt_x", "").is(404)
	w.call("editor", "PATCH", "/v1/tickets/tkt_x", `{"status":"open"}`).is(404)
}

func TestDesk(t *testing.T) {
	w := open(t)
	t.Run("inboxes", func(t *testing.T) {
		w.in(t)
		for _, slug := range []string{"c", "a", "b"} {
			w.call("admin", "PUT", "/v1/inboxes/"+slug, `{"address":"`+strings.ToUpper(slug)+`@demo.test"}`).is(200, `"name":"`+slug+`"`, slug+"@demo.test")
		}
		w.call("admin", "PUT", "/v1/inboxes/d", `{"address":"a@demo.test"}`).is(409)
		for path, body := range map[string]string{"X": `{"address":"x@demo.test"}`, "d": `{}`, "e": `{"address":"a+b@demo.test"}`, "f": `{"slug":"g","address":"x@demo.test"}`, "g": `{"address":"Nonsense"}`} {
			w.call("admin", "PUT", "/v1/inboxes/"+path, body).is(400)
		}
		w.call("admin", "PUT", "/v1/inboxes/g", `{"address":"Nonsense"}`).is(400, "Nonsense")
		first := w.call("viewer", "GET", "/v1/inboxes?limit=2", "").is(200)
		rest := w.call("viewer", "GET", "/v1/inboxes?limit=2&cursor="+first.text("nextCursor"), "").is(200)
		if diff := cmp.Diff([]string{"a", "b", "c"}, append(first.ids(), rest.ids()...)); diff != "" {
			t.Error(diff)
		}
		w.call("viewer", "GET", "/v1/groups?cursor="+first.text("nextCursor"), "").is(400)
		w.call("admin", "DELETE", "/v1/inboxes/a", "").is(204)
		w.call("admin", "DELETE", "/v1/inboxes/a", "").is(404)
		w.call("viewer", "GET", "/v1/inboxes/a", "").is(404)
		w.call("viewer", "GET", "/v1/inboxes/b", "").is(200)
	})
	t.Run("groups", func(t *testing.T) {
		w.in(t)
		w.call("admin", "PUT", "/v1/groups/vip", `{"name":"VIP","members":["a@demo.test"]}`).is(200)
		for _, body := range []string{`{"members":["x"]}`, `{"manager":"Boss"}`, `{"members":[` + strings.Repeat(`"a@demo.test",`, 200) + `"b@demo.test"]}`, `{"slug":"other"}`} {
			w.call("admin", "PUT", "/v1/groups/vip", body).is(400)
		}
		w.call("admin", "PUT", "/v1/groups/vip", `{"manager":"Boss"}`).is(400, "Boss")
		w.call("viewer", "GET", "/v1/groups/vip", "").is(200, "VIP")
		w.call("viewer", "GET", "/v1/groups", "").is(200, "vip")
		w.call("admin", "DELETE", "/v1/groups/vip", "").is(204)
		w.call("viewer", "GET", "/v1/groups/vip", "").is(404)
	})
	t.Run("settings", func(t *testing.T) {
		w.in(t)
		w.call("viewer", "GET", "/v1/settings", "").is(200, `"automation":"on"`)
		p := w.call("admin", "PUT", "/v1/settings", `{"timezone":"Europe/Berlin","hours":[{"days":["sat"],"from":"10:00","to":"12:00"}]}`).is(200)
		if p.len("hours") != 1 || p.text("automation") != "on" {
			t.Errorf("%s", p.body)
		}
		for _, body := range []string{`{"timezone":"Mars"}`, `{"automation":"maybe"}`, `{"hours":[{"days":["someday"],"from":"10:00","to":"12:00"}]}`, `{"hours":[{"days":["mon"],"from":"1","to":"12:00"}]}`, `{"timezone":""}`, `{"timezone":"Local"}`} {
			w.call("admin", "PUT", "/v1/settings", body).is(400)
		}
		w.call("viewer", "GET", "/v1/settings", "").is(200, "Europe/Berlin")
	})
	t.Run("what happens when a workflow fails", func(t *testing.T) {
		w.in(t)
		w.call("admin", "PUT", "/v1/groups/ops", `{"name":"Ops","members":["o@demo.test"]}`).is(200)
		wf := w.call("editor", "POST", "/v1/workflows", `{"name":"Watched"}`).is(201).text("id")
		for body, want := range map[string]string{
			`{"failures":{"switchOffAfter":101}}`:                           "from 1 to 100",
			`{"failures":{"switchOffAfter":-1}}`:                            "from 1 to 100",
			`{"failures":{"switchOffAfter":"3"}}`:                           "switchOffAfter",
			`{"failures":{"notify":{}}}`:                                    "exactly one",
			`{"failures":{"notify":{"email":"a@demo.test","group":"ops"}}}`: "exactly one",
			`{"failures":{"notify":{"group":"nobody"}}}`:                    "nobody",
			`{"failures":{"notify":{"managerOf":"ops"}}}`:                   "no manager",
			`{"failures":{"notify":{"email":"not an address"}}}`:            "not an e-mail address",
			`{"failures":{"tell":"me"}}`:                                    "tell",
			`{"failures":[]}`:                                               "failures",
		} {
			w.call("admin", "PUT", "/v1/settings", body).is(400, want)
			w.call("editor", "PATCH", "/v1/workflows/"+wf, body).is(400, want)
		}
		w.call("editor", "PUT", "/v1/settings", `{"failures":{}}`).is(403)
		w.call("admin", "PUT", "/v1/settings", `{"failures":{"notify":{"email":" Ops@Demo.test "},"switchOffAfter":100}}`).is(200, `"failures":{"notify":{"email":"ops@demo.test"},"switchOffAfter":100}`)
		w.call("admin", "PUT", "/v1/settings", `{"automation":"on"}`).is(200, `"switchOffAfter":100`)
		w.call("viewer", "GET", "/v1/settings", "").is(200, `"switchOffAfter":100`)
		if p := w.call("viewer", "GET", "/v1/workflows/"+wf, "").is(200); p.at("failures") != nil {
			t.Errorf("%s", p.body)
		}
		w.call("editor", "PATCH", "/v1/workflows/"+wf, `{"failures":{"notify":{"group":"ops"},"switchOffAfter":1}}`).is(200, `"failures":{"notify":{"group":"ops"},"switchOffAfter":1}`)
		w.call("editor", "PATCH", "/v1/workflows/"+wf, `{"name":"Watched well"}`).is(200, `"switchOffAfter":1`)
		w.call("viewer", "GET", "/v1/workflows/"+wf, "").is(200, `"switchOffAfter":1`)
		w.call("editor", "PATCH", "/v1/workflows/"+wf, `{"failures":{}}`).is(200, `"failures":{}`)
		if p := w.call("editor", "PATCH", "/v1/workflows/"+wf, `{"failures":null}`).is(200); p.at("failures") != nil {
			t.Errorf("%s", p.body)
		}
		if p := w.call("admin", "PUT", "/v1/settings", `{"failures":null}`).is(200); p.at("failures") != nil {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("failed mail", func(t *testing.T) {
		w.in(t)
		ok(t, w.store.PutFailedMail(t.Context(), desk.FailedMail{ID: "ses1", Key: "inbound/ses1", From: "a@example.com", Recipients: []string{"a@demo.test"}, Error: "no MIME", At: w.db.Clock.Now()}))
		w.call("viewer", "GET", "/v1/inbound/failed", "").is(200, "no MIME")
		w.call("editor", "POST", "/v1/inbound/failed/ses1/reprocess", "").is(200, "accepted")
		w.call("editor", "POST", "/v1/inbound/failed/nope/reprocess", "").is(404)
		w.mail.err = fault.New(fault.Unavailable, "receive is down")
		p := w.call("editor", "POST", "/v1/inbound/failed/ses1/reprocess", "").is(503, "receive is down")
		if p.header.Get("Retry-After") == "" || len(w.mail.got) != 2 {
			t.Errorf("%v %v", p.header, w.mail.got)
		}
	})
}
