package main_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// nothingLeft looks whether smoke took away what it made.
func nothingLeft(t *testing.T) {
	t.Helper()
	idle(t)
	for _, path := range []string{"/v1/workflows?q=smoke", "/v1/inboxes", "/v1/contacts?q=smoke", "/v1/contacts?q=simulator"} {
		var list struct{ Items []json.RawMessage }
		if rest(t, "GET", path, nil, &list); len(list.Items) > 0 {
			t.Errorf("GET %s: %s", path, list.Items)
		}
	}
	out, code := operate(t, "purge")
	says(t, out, code, 0, "nothing to purge")
}

func TestSmoke(t *testing.T) {
	t.Run("by event", func(t *testing.T) {
		out, code := operate(t, "smoke")
		says(t, out, code, 0, `ok +published as arn:aws:states:`, `ok +Step Functions finds the definition valid`, `ok +the event's match record names the run`,
			`run run_\w+: paused`, `pause +wait: succeeded, \d+ ms`, `tell +event.emit: succeeded`, `TestState goes the same way through all 6 states`,
			`skipped mail: the stack has no MailDomains and the desk no inbox`, `Everything works`)
		nothingLeft(t)
	})
	t.Run("an automation that is off", func(t *testing.T) {
		var settings map[string]any
		rest(t, "GET", "/v1/settings", nil, &settings)
		settings["automation"] = "off"
		rest(t, "PUT", "/v1/settings", settings, nil)
		out, code := operate(t, "smoke", "PATIENCE=5s")
		settings["automation"] = "on"
		rest(t, "PUT", "/v1/settings", settings, nil)
		says(t, out, code, 1, `FAILED +the event's match record names the run`, `Cleaned up: 1 of 1 thing`)
		nothingLeft(t)
	})
	t.Run("a role that may not", func(t *testing.T) {
		token, err := begin(t).Issuer.Token("viewer@example.org", "viewer")
		if err != nil {
			t.Fatal(err)
		}
		out, code := operate(t, "smoke", "TOKEN="+token)
		says(t, out, code, 1, `the token has the role "viewer"`)
	})
}

func TestSmokeByMail(t *testing.T) {
	defer nothingLeft(t)
	inbox := func(domain string) {
		rest(t, "PUT", "/v1/inboxes/help", map[string]any{"name": "Help", "address": "help@" + domain}, nil)
	}
	closed := func() { rest(t, "DELETE", "/v1/inboxes/help", nil, nil) }
	t.Run("there and back", func(t *testing.T) {
		inbox("parcels.example")
		defer closed()
		out, code := operate(t, "smoke")
		says(t, out, code, 0, `ok +mail from smoke\w+-customer@parcels.example to smoke\w+@parcels.example`, `ok +it started a run`, `answer +message.send: succeeded`, `ok +the answer went out`, `Everything works`)
	})
	t.Run("a domain that is not verified", func(t *testing.T) {
		inbox("later.example")
		defer closed()
		out, code := operate(t, "smoke")
		says(t, out, code, 0, `skipped mail: later.example is not a verified identity of SES`)
	})
	t.Run("workflows of the desk that would start", func(t *testing.T) {
		inbox("parcels.example")
		defer closed()
		id := published(t, "Reads everything", `{"trigger": {"type": "message.received"}, "nodes": [{"id": "tag", "type": "conversation.tag", "params": {"add": ["read"]}}], "edges": [{"from": "trigger", "to": "tag"}]}`)
		other := published(t, "Reads of bills", `{"trigger": {"type": "message.received", "conditions": {"field": "message.subject", "op": "contains", "value": "bill"}}, "nodes": [{"id": "tag", "type": "conversation.tag", "params": {"add": ["read"]}}], "edges": [{"from": "trigger", "to": "tag"}]}`)
		out, code := operate(t, "smoke")
		says(t, out, code, 0, `skipped mail: it would start 1 workflow of the desk: Reads everything. MAIL=1`)
		out, code = operate(t, "smoke", "MAIL=1")
		says(t, out, code, 0, `ok +the answer went out`)
		gone(t, id, other)
	})
}

// TestSmokeInterrupted stops it in the middle, as Ctrl-C does.
func TestSmokeInterrupted(t *testing.T) {
	cmd := command(t, "smoke")
	out := &watched{want: "paused", seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-out.seen:
	case <-time.After(time.Minute):
		t.Error("the run was never paused")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	says(t, out.String(), cmd.ProcessState.ExitCode(), 1, `Cleaned up: 1 of 1 thing`)
	nothingLeft(t)
}
