package rest_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/shared/fault"
)

func TestIdempotencyKey(t *testing.T) {
	w := open(t)
	w.inbox()
	const body = `{"subject":"Broken"}`
	first := w.call("editor", "POST", "/v1/tickets", body, "Idempotency-Key", "k1").is(201)
	t.Run("the same again", func(t *testing.T) {
		w.in(t)
		again := w.call("editor", "POST", "/v1/tickets", body, "Idempotency-Key", `"k1"`).is(201)
		if string(again.body) != string(first.body) || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" ||
			again.header.Get("Content-Type") != "application/json" {
			t.Errorf("%v %s", again.header, again.body)
		}
		if n := w.call("viewer", "GET", "/v1/tickets", "").len("items"); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
	t.Run("another body", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", "/v1/tickets", `{"subject":"Other"}`, "Idempotency-Key", "k1").is(422, "Idempotency-Key")
	})
	t.Run("another caller, another route", func(t *testing.T) {
		w.in(t)
		if p := w.call("admin", "POST", "/v1/tickets", body, "Idempotency-Key", "k1").is(201); p.text("id") == first.text("id") {
			t.Error("the answer of another caller was given")
		}
		w.call("editor", "POST", "/v1/contacts", `{"email":"a@example.com"}`, "Idempotency-Key", "k1").is(201)
	})
	t.Run("errors of the caller are kept", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", "/v1/tickets", `{"subject":"x","group":"later"}`, "Idempotency-Key", "k2").is(422)
		w.call("admin", "PUT", "/v1/groups/later", `{}`).is(200)
		p := w.call("editor", "POST", "/v1/tickets", `{"subject":"x","group":"later"}`, "Idempotency-Key", "k2").is(422)
		if p.header.Get("Content-Type") != "application/problem+json" {
			t.Error(p.header)
		}
	})
	t.Run("errors of ours are not", func(t *testing.T) {
		w.in(t)
		w.db.Service.FailNext("TransactWriteItems", &awshttp.Error{Code: "UnrecognizedClientException", Message: "no"})
		w.call("editor", "POST", "/v1/tickets", `{"subject":"y"}`, "Idempotency-Key", "k3").is(500)
		w.call("editor", "POST", "/v1/tickets", `{"subject":"y"}`, "Idempotency-Key", "k3").is(201)
	})
	t.Run("a mail that was sent is not sent again, whatever broke then", func(t *testing.T) {
		w.in(t)
		_, conv, _ := w.person("anna@example.com")
		path := "/v1/conversations/" + conv.ID + "/messages"
		w.mailer.err = fault.New(fault.Unavailable, "SES is busy")
		w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1").is(503)
		w.mailer.err = nil
		before := w.mailer.count()
		w.db.Service.FailNext("TransactWriteItems", &awshttp.Error{Code: "UnrecognizedClientException", Message: "no"})
		w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1").is(500)
		w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1").is(500)
		if n := w.mailer.count() - before; n != 1 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("no key", func(t *testing.T) {
		w.in(t)
		for _, key := range []string{"", " ", strings.Repeat("x", 256), "ä"} {
			w.call("editor", "POST", "/v1/tickets", body, "Idempotency-Key", key).is(400, "Idempotency-Key")
		}
		w.call("admin", "PUT", "/v1/groups/x", `{}`, "Idempotency-Key", "").is(200) // means nothing on a PUT
	})
	t.Run("a day later it is another request", func(t *testing.T) {
		w.in(t)
		w.advance(24*time.Hour + time.Minute)
		if p := w.call("editor", "POST", "/v1/tickets", body, "Idempotency-Key", "k1").is(201); p.text("id") == first.text("id") {
			t.Error("the answer was given after a day")
		}
	})
}

// TestIdempotencyKeyInProgress asks a second time from within the first.
func TestIdempotencyKeyInProgress(t *testing.T) {
	w := open(t)
	w.inbox()
	_, conv, _ := w.person("anna@example.com")
	path := "/v1/conversations/" + conv.ID + "/messages"
	inside := &entering{again: func() *response {
		return w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1")
	}}
	w.server.Mailer = inside
	w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1").is(201)
	inside.got.is(409, "still being done")
	w.call("editor", "POST", path, `{"body":"Hello"}`, "Idempotency-Key", "m1").is(201)
	if inside.sent != 1 {
		t.Errorf("%d mails", inside.sent)
	}
}

// TestIdempotencyKeyRace sends one request many times at once.
func TestIdempotencyKeyRace(t *testing.T) {
	w := open(t)
	var wg sync.WaitGroup
	status := make([]int, 8)
	for i := range status {
		wg.Go(func() {
			status[i] = w.call("editor", "POST", "/v1/tickets", `{"subject":"x"}`, "Idempotency-Key", "k").status
		})
	}
	wg.Wait()
	for _, s := range status {
		if s != 201 && s != 409 {
			t.Errorf("statuses %v", status)
		}
	}
	if n := w.call("viewer", "GET", "/v1/tickets", "").len("items"); n != 1 {
		t.Errorf("%d tickets", n)
	}
}
