package rest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

func TestAudit(t *testing.T) {
	w := open(t)
	w.inbox()
	_, conv, _ := w.person("anna@example.com")
	wf := w.published(manual)
	midway := w.db.Clock.Now().Add(time.Minute)
	w.advance(time.Hour)
	w.call("editor", "PATCH", "/v1/conversations/"+conv.ID, `{"status":"closed","subject":"secret words"}`).is(200)
	w.call("editor", "POST", "/v1/conversations/"+conv.ID+"/messages", `{"body":"secret words"}`).is(201)
	con := w.call("editor", "POST", "/v1/contacts", `{"email":"secret@example.com","name":"Secret"}`).is(201).text("id")
	w.call("admin", "PUT", "/v1/settings", `{"automation":"off"}`).is(200)
	w.call("editor", "POST", "/v1/workflows/"+wf+"/versions/1/activate", ``).is(200)
	// None of these changes anything.
	w.call("viewer", "POST", "/v1/workflows/"+wf+"/validate", ``).is(200)
	w.call("viewer", "POST", "/v1/workflows/"+wf+"/test", `{"event":{}}`).is(200)
	w.call("editor", "PATCH", "/v1/conversations/"+conv.ID, `{"status":"shut"}`).is(400)
	w.call("viewer", "DELETE", "/v1/groups/x", ``).is(403)
	w.call("viewer", "GET", "/v1/workflows", ``).is(200)

	p := w.call("viewer", "GET", "/v1/audit", "").is(200)
	var got []string
	for i := range p.len("items") {
		at := func(name string) string { return p.text("items." + string(rune('0'+i)) + "." + name) }
		got = append(got, strings.Join([]string{at("who"), at("role"), at("action"), at("what.kind"), at("what.id"), at("summary")}, " | "))
	}
	want := []string{
		"editor@demo.test | editor | workflow.activate | workflow | " + wf + " | version 1",
		"admin@demo.test | admin | settings.put | settings | settings | automation off",
		"editor@demo.test | editor | contact.create | contact | " + con + " | email, name",
		"editor@demo.test | editor | conversation.reply | conversation | " + conv.ID + " | body",
		"editor@demo.test | editor | conversation.update | conversation | " + conv.ID + " | status closed, subject",
		"editor@demo.test | editor | workflow.enable | workflow | " + wf + " | ",
		"editor@demo.test | editor | workflow.publish | workflow | " + wf + " | version 1, active true",
		"editor@demo.test | editor | workflow.create | workflow | " + wf + " | definition, name",
		"admin@demo.test | admin | inbox.put | inbox | support | address, name",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(string(p.body), "secret") {
		t.Errorf("the log has words of customers: %s", p.body)
	}
	at := midway.Format(time.RFC3339Nano)
	for q, want := range map[string]int{"?who=Admin@demo.test": 2, "?action=workflow.publish": 1, "?kind=workflow": 4, "?kind=workflow&id=" + wf: 4, "?kind=workflow&id=" + wf + "&action=workflow.enable": 1,
		"?kind=group": 0, "?from=" + at: 5, "?to=" + at: 4, "?limit=3": 3, "?who=admin@demo.test&from=" + at: 1} {
		if n := w.call("viewer", "GET", "/v1/audit"+q, "").is(200).len("items"); n != want {
			t.Errorf("%s: %d, want %d", q, n, want)
		}
	}
	exact := p.text("items.0.at")
	if n := w.call("viewer", "GET", "/v1/audit?from="+exact, "").is(200).len("items"); n != 5 {
		t.Errorf("from its own time: %d", n)
	}
	if n := w.call("viewer", "GET", "/v1/audit?to="+exact, "").is(200).len("items"); n != 4 {
		t.Errorf("to its own time: %d", n)
	}
	w.call("viewer", "GET", "/v1/audit?id="+wf, "").is(400, "kind")
	first := w.call("viewer", "GET", "/v1/audit?limit=4", "").is(200)
	if diff := cmp.Diff(p.ids()[4:], w.call("viewer", "GET", "/v1/audit?cursor="+first.text("nextCursor"), "").is(200).ids()); diff != "" {
		t.Error(diff)
	}
	t.Run("a replay is no second change", func(t *testing.T) {
		w.in(t)
		for range 2 {
			w.call("editor", "POST", "/v1/tickets", `{"subject":"x"}`, "Idempotency-Key", "k").is(201)
		}
		if n := w.call("viewer", "GET", "/v1/audit?kind=ticket", "").len("items"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
	t.Run("the change stands when the entry cannot be kept", func(t *testing.T) {
		w.in(t)
		w.db.Service.FailNext("PutItem", &awshttp.Error{Code: "UnrecognizedClientException", Message: "no"})
		p := w.call("editor", "POST", "/v1/tickets", `{"subject":"y"}`).is(201)
		w.call("viewer", "GET", "/v1/tickets/"+p.text("id"), ``).is(200)
		if n := w.call("viewer", "GET", "/v1/audit?kind=ticket", "").len("items"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
	t.Run("kept for 400 days", func(t *testing.T) {
		w.in(t)
		w.advance(399 * 24 * time.Hour)
		if n := w.call("viewer", "GET", "/v1/audit?action=workflow.publish", "").len("items"); n != 1 {
			t.Errorf("%d entries after 399 days", n)
		}
		w.advance(3 * 24 * time.Hour)
		if n := w.call("viewer", "GET", "/v1/audit?action=workflow.publish", "").len("items"); n != 0 {
			t.Errorf("%d entries after 402 days", n)
		}
	})
}
