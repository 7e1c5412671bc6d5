package rest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/workflow"
)

func TestRuns(t *testing.T) {
	w := open(t)
	w.inbox()
	contact, conv, msg := w.person("anna@example.com")
	wf := w.published(manual)
	other := w.published(manual)
	p := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv.ID+`","detail":{"why":"a call"}}`).is(202)
	run := p.text("id")
	if p.text("workflowId") != wf || p.at("version") != 1.0 || p.text("status") == "" || p.text("trigger.type") != "manual" || p.text("conversationId") != conv.ID || p.text("contactId") != contact.ID {
		t.Errorf("%s", p.body)
	}
	w.idle()
	t.Run("one", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200)
		if p.text("status") != "succeeded" || p.len("steps") != 1 || p.text("steps.0.nodeId") != "keep" || p.text("steps.0.output.why") != "a call" || p.at("stepsExpired") != nil {
			t.Errorf("%s", p.body)
		}
		w.call("viewer", "GET", "/v1/runs/run_x", "").is(404, "run_x")
	})
	t.Run("cost", func(t *testing.T) {
		w.in(t)
		one := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200).at("costMicroUsd").(float64)
		listed := w.call("viewer", "GET", "/v1/workflows/"+wf+"/runs", "").is(200).at("items.0.costMicroUsd").(float64)
		whole := w.call("viewer", "GET", "/v1/workflows/"+wf, "").is(200)
		// One way through it: what the run took is what was estimated before there was one.
		if one <= 25 || one != listed || whole.at("cost.typicalMicroUsd") != one || whole.at("cost.leastMicroUsd") != one || whole.at("stats.costMicroUsd") != one {
			t.Errorf("the run %v, in the list %v, the workflow %s", one, listed, whole.body)
		}
	})
	t.Run("history", func(t *testing.T) {
		w.in(t)
		all := w.call("viewer", "GET", "/v1/runs/"+run+"/history", "").is(200)
		page := w.call("viewer", "GET", "/v1/runs/"+run+"/history?limit=2", "").is(200)
		if page.text("items.0.type") != "ExecutionStarted" || page.len("items") != 2 || page.text("nextCursor") == "" {
			t.Errorf("%s", page.body)
		}
		next := w.call("viewer", "GET", "/v1/runs/"+run+"/history?cursor="+page.text("nextCursor"), "").is(200)
		if next.len("items") != all.len("items")-2 || next.at("nextCursor") != nil {
			t.Errorf("%s", next.body)
		}
		last := w.call("viewer", "GET", "/v1/runs/"+run+"/history?limit=2&order=newest", "").is(200)
		before := w.call("viewer", "GET", "/v1/runs/"+run+"/history?limit=2&order=newest&cursor="+last.text("nextCursor"), "").is(200)
		if last.at("items.0.id") != float64(all.len("items")) || last.at("items.1.id") != last.at("items.0.id").(float64)-1 || before.at("items.0.id") != last.at("items.1.id").(float64)-1 {
			t.Errorf("backwards: %s %s", last.body, before.body)
		}
		w.call("viewer", "GET", "/v1/runs/"+run+"/history?cursor="+last.text("nextCursor"), "").is(400, "order")
		w.call("viewer", "GET", "/v1/runs/"+run+"/history?order=newest&cursor="+page.text("nextCursor"), "").is(400, "order")
		w.call("viewer", "GET", "/v1/runs/"+run+"/history?order=last", "").is(400, "order")
		w.call("viewer", "GET", "/v1/runs/run_x/history", "").is(404)
	})
	t.Run("lists and filters", func(t *testing.T) {
		w.in(t)
		begun := w.db.Clock.Now()
		w.advance(time.Hour)
		second := w.call("editor", "POST", "/v1/workflows/"+other+"/runs", `{}`).is(202).text("id")
		w.idle()
		later := w.db.Clock.Now().Format(time.RFC3339Nano)
		for q, want := range map[string][]string{
			"/v1/runs": {second, run}, "/v1/workflows/" + wf + "/runs": {run}, "/v1/runs?workflow=" + other: {second}, "/v1/workflows/" + wf + "/runs?workflow=" + other: {},
			"/v1/runs?conversation=" + conv.ID: {run}, "/v1/runs?conversation=" + conv.ID + "&workflow=" + other: {}, "/v1/runs?status=succeeded": {second, run}, "/v1/runs?status=failed": {},
			"/v1/runs?version=1&workflow=" + wf: {run}, "/v1/runs?version=2": {}, "/v1/runs?from=" + later: {second}, "/v1/runs?to=" + later: {run},
			"/v1/runs?from=" + begun.Format(time.RFC3339) + "&to=" + later + "&status=succeeded": {run}, "/v1/runs?from=2027-01-01": {},
		} {
			if diff := cmp.Diff(want, w.call("viewer", "GET", q, "").is(200).ids()); diff != "" {
				t.Errorf("%s: %s", q, diff)
			}
		}
		first := w.call("viewer", "GET", "/v1/runs?limit=1", "").is(200)
		if diff := cmp.Diff([]string{run}, w.call("viewer", "GET", "/v1/runs?limit=1&cursor="+first.text("nextCursor"), "").is(200).ids()); diff != "" {
			t.Error(diff)
		}
		w.call("viewer", "GET", "/v1/runs?status=failed&cursor="+first.text("nextCursor"), "").is(400)
		w.call("viewer", "GET", "/v1/runs?status=starting", "").is(400)
		w.call("viewer", "GET", "/v1/workflows/wf_x/runs", "").is(404)
	})
	t.Run("what is named must be there", func(t *testing.T) {
		w.in(t)
		for _, body := range []string{`{"conversationId":"conv_x"}`, `{"ticketId":"tkt_x"}`, `{"contactId":"con_x"}`} {
			w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", body).is(422, "_x")
		}
		w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"detail":"x"}`).is(400, "detail")
		w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"detail":{"x":"`+strings.Repeat("y", 100<<10)+`"}}`).is(400, "detail")
		w.call("editor", "POST", "/v1/workflows/wf_x/runs", `{}`).is(404)
	})
	t.Run("what does not start", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", "/v1/workflows/"+other+"/disable", "").is(200)
		w.call("editor", "POST", "/v1/workflows/"+other+"/runs", `{}`).is(409, "disabled")
		w.call("admin", "PUT", "/v1/settings", `{"automation":"off"}`).is(200)
		w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{}`).is(409, "automation")
		w.call("admin", "PUT", "/v1/settings", `{"automation":"on"}`).is(200)
		tagging := w.published(`{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":"invoice"}]}},
			"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["x"]}}],"edges":[{"from":"trigger","to":"tag"}]}`)
		w.call("editor", "POST", "/v1/workflows/"+tagging+"/runs", `{}`).is(422, "needs a")
		w.call("editor", "POST", "/v1/workflows/"+tagging+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(422, "message.text", "refund")
	})
	t.Run("the verdict is kept", func(t *testing.T) {
		w.in(t)
		evt := w.call("viewer", "GET", "/v1/runs/"+run, "").text("trigger.eventId")
		p := w.call("viewer", "GET", "/v1/events/"+evt, "").is(200)
		if p.text("matches.0.runId") != run || p.text("matches.0.reason") != "matched" || p.text("subject.messageId") != msg.ID {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("statistics", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "GET", "/v1/workflows/"+wf, "").is(200)
		if p.at("stats.succeeded") != 1.0 || p.at("stats.successRate") != 1.0 || p.at("lastRunAt") == nil || p.len("stats.days") != 1 {
			t.Errorf("%s", p.body)
		}
		if p := w.call("viewer", "GET", "/v1/workflows?q=nothing", "").is(200); p.at("totals.runs") != 2.0 || p.at("totals.successRate") != 1.0 {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("an ended run", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", "/v1/runs/"+run+"/stop", "").is(409, "ended")
		w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"redrive"}`).is(409, "only a failed")
		w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"again"}`).is(400, "mode")
		p := w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"restart"}`).is(202)
		if p.text("retryOf") != run || p.text("id") == run {
			t.Errorf("%s", p.body)
		}
		w.idle()
		w.call("editor", "POST", "/v1/runs/run_x/retry", `{"mode":"restart"}`).is(404)
		w.call("editor", "POST", "/v1/runs/run_x/stop", ``).is(404)
		w.advance(31 * 24 * time.Hour) // the event is gone by then
		w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"restart"}`).is(409, "event")
	})
}

const tagging = `{"trigger":{"type":"manual"},"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["x"]}}],"edges":[{"from":"trigger","to":"tag"}]}`

func TestRedrive(t *testing.T) {
	w := open(t)
	_, conv, _ := w.person("anna@example.com")
	wf := w.published(tagging)
	w.failing("tag", fault.Named(fault.Unprocessable, "broken", "the desk is broken"))
	run := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(202).text("id")
	w.idle()
	p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200)
	if p.text("status") != "failed" || p.text("error") != "broken" || !strings.Contains(p.text("reason"), "the desk is broken") || p.text("steps.0.error.code") != "broken" || p.text("steps.0.status") != "failed" {
		t.Errorf("%s", p.body)
	}
	w.failing("tag", nil)
	w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"redrive"}`).is(202, `"redrives":1`)
	w.idle()
	p = w.call("viewer", "GET", "/v1/runs/"+run, "").is(200)
	if p.text("status") != "succeeded" || p.at("redrives") != 1.0 || p.text("steps.0.status") != "succeeded" {
		t.Errorf("%s", p.body)
	}
	if c := w.call("viewer", "GET", "/v1/conversations/"+conv.ID, "").is(200); c.text("tags.0") != "x" || !strings.Contains(string(c.body), `"runId":"`+run+`"`) {
		t.Errorf("%s", c.body)
	}
	t.Run("an end step's failure", func(t *testing.T) {
		w.in(t)
		wf := w.published(`{"trigger":{"type":"manual"},"nodes":[{"id":"no","type":"end","params":{"result":"failed","reason":"not today"}}],"edges":[{"from":"trigger","to":"no"}]}`)
		run := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{}`).is(202).text("id")
		w.idle()
		w.call("viewer", "GET", "/v1/runs/"+run, "").is(200, "not today", `"status":"failed"`)
		w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"redrive"}`).is(409, "end step")
	})
	t.Run("too late", func(t *testing.T) {
		w.in(t)
		w.failing("tag", fault.New(fault.Unprocessable, "no"))
		run := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(202).text("id")
		w.idle()
		w.advance(15 * 24 * time.Hour)
		w.call("editor", "POST", "/v1/runs/"+run+"/retry", `{"mode":"redrive"}`).is(409, "14 days")
	})
}

// TestApproval lets a run ask, and decides over REST.
func TestApproval(t *testing.T) {
	w := open(t)
	w.inbox()
	_, conv, _ := w.person("anna@example.com")
	wf := w.published(strings.Replace(refund, `"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":"refund"}]}`, `"message.received"`, 1))
	start := func() (run, approval string) {
		run = w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv.ID+`"}`).is(202).text("id")
		w.idle()
		p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200)
		if p.text("status") != "waiting" || p.text("waitingFor.approvers.0") != "approver@demo.test" || p.text("steps.1.status") != "waiting" {
			t.Errorf("%s", p.body)
		}
		return run, p.text("waitingFor.approvalId")
	}
	run, apr := start()
	path := "/v1/approvals/" + apr
	p := w.call("viewer", "GET", path, "").is(200)
	if p.text("status") != "pending" || p.text("draft") != "a draft" || p.text("runId") != run || p.text("subject") != "Reply to Anna" {
		t.Errorf("%s", p.body)
	}
	for q, want := range map[string]int{"": 1, "?status=pending": 1, "?status=approved": 0, "?approver=Approver@demo.test": 1, "?approver=else@demo.test": 0} {
		if n := w.call("viewer", "GET", "/v1/approvals"+q, "").is(200).len("items"); n != want {
			t.Errorf("%s: %d", q, n)
		}
	}
	w.call("approver", "POST", path+"/decision", `{}`).is(400, "decision")
	w.call("approver", "POST", path+"/decision", `{"decision":"maybe"}`).is(400, "decision")
	w.call("approver", "POST", path+"/decision", `{"decision":"approve","comment":"`+strings.Repeat("x", 5000)+`"}`).is(422, "comment")
	w.call("editor", "POST", path+"/decision", `{"decision":"approve"}`).is(403, "approvers")
	w.call("approver", "POST", "/v1/approvals/apr_x/decision", `{"decision":"approve"}`).is(404)
	w.call("viewer", "GET", "/v1/approvals/apr_x", "").is(404)
	sent := w.mailer.count()
	p = w.call("approver", "POST", path+"/decision", `{"decision":"approve","comment":"fine","text":"A better draft"}`).is(200)
	if p.text("status") != "approved" || p.text("decidedBy") != "approver@demo.test" || p.at("edited") != true || p.text("votes.0.via") != "rest" {
		t.Errorf("%s", p.body)
	}
	w.call("approver", "POST", path+"/decision", `{"decision":"reject"}`).is(409, "already")
	w.idle()
	if p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200); p.text("status") != "succeeded" || p.text("steps.1.output.text") != "A better draft" || p.at("waitingFor") != nil {
		t.Errorf("%s", p.body)
	}
	if w.mailer.count() == sent {
		t.Error("no reply was sent")
	}
	if p := w.call("viewer", "GET", "/v1/conversations/"+conv.ID, "").is(200); p.len("messages") != 2 || p.text("messages.1.runId") != run || p.text("messages.1.text") == "" {
		t.Errorf("%s", p.body)
	}
	t.Run("an admin decides for the approvers", func(t *testing.T) {
		w.in(t)
		_, apr := start()
		w.call("admin", "POST", "/v1/approvals/"+apr+"/decision", `{"decision":"reject"}`).is(200, `"status":"rejected"`, `"decidedBy":"admin@demo.test"`)
		w.idle()
	})
	t.Run("a run is stopped", func(t *testing.T) {
		w.in(t)
		run, apr := start()
		p := w.call("editor", "POST", "/v1/runs/"+run+"/stop", "").is(200)
		if p.text("status") != "stopped" || !strings.Contains(p.text("reason"), "editor@demo.test") {
			t.Errorf("%s", p.body)
		}
		w.idle()
		w.call("approver", "POST", "/v1/approvals/"+apr+"/decision", `{"decision":"approve"}`).is(409, "withdrawn")
		if p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200); p.text("steps.1.status") != "stopped" {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("nobody decides in time", func(t *testing.T) {
		w.in(t)
		run, apr := start()
		w.advance(49 * time.Hour)
		w.call("viewer", "GET", "/v1/approvals/"+apr, "").is(200, `"status":"timed_out"`)
		w.call("approver", "POST", "/v1/approvals/"+apr+"/decision", `{"decision":"approve"}`).is(409)
		w.call("viewer", "GET", "/v1/runs/"+run, "").is(200, `"status":"succeeded"`)
	})
}

// TestExpired asks for a run whose history Step Functions does not have any more.
func TestExpired(t *testing.T) {
	w := open(t)
	wf := w.published(manual)
	run := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{}`).is(202).text("id")
	w.idle()
	w.advance(91 * 24 * time.Hour)
	p := w.call("viewer", "GET", "/v1/runs/"+run, "").is(200)
	if p.at("stepsExpired") != nil && p.len("steps") != 0 { // only where the stand-in drops histories
		t.Errorf("%s", p.body)
	}
}

func TestEvents(t *testing.T) {
	w := open(t)
	_, conv, msg := w.person("anna@example.com")
	p := w.call("editor", "POST", "/v1/events", `{"type":"order.shipped","detail":{"n":1},"subject":{"conversationId":"`+conv.ID+`"}}`).is(202)
	evt := p.text("id")
	got := w.call("viewer", "GET", "/v1/events/"+evt, "").is(200)
	if got.text("type") != "order.shipped" || got.at("detail.n") != 1.0 || got.text("actor") != "editor@demo.test" || got.text("subject.messageId") != msg.ID || got.text("snapshot.contact.name") != "Anna" ||
		got.text("source") != event.Source || got.len("matches") != 0 || got.at("matches") == nil {
		t.Errorf("%s", got.body)
	}
	if p := w.call("editor", "POST", "/v1/events", `{"type":"x","subject":{"messageId":"`+msg.ID+`"}}`).is(202); w.call("viewer", "GET", "/v1/events/"+p.text("id"), "").text("subject.conversationId") != conv.ID {
		t.Error("the message's conversation is not in the subject")
	}
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{}`, 400}, {`{"type":"message.received"}`, 400}, {`{"type":"manual"}`, 400}, {`{"type":"run.failed"}`, 400}, {`{"type":"9"}`, 400}, {`{"type":"a","detail":"x"}`, 400},
		{`{"type":"a","subject":{"ticketId":"tkt_x"}}`, 422}, {`{"type":"a","subject":{"messageId":"msg_x"}}`, 422}, {`{"type":"a","detail":{"x":"` + strings.Repeat("y", 100<<10) + `"}}`, 400},
		{`{"type":"a","subject":{"messageId":"` + msg.ID + `","conversationId":"conv_x"}}`, 422},
	} {
		w.call("editor", "POST", "/v1/events", c.body).is(c.status)
	}
	for q, want := range map[string]int{"": 3, "?type=order.shipped": 1, "?type=message.received": 1, "?type=none": 0, "?matched=true": 0, "?matched=false": 3, "?workflow=wf_x": 0, "?workflow=wf_x&matched=false": 0,
		"?from=" + w.db.Clock.Now().Format(time.RFC3339): 3, "?to=" + w.db.Clock.Now().Format(time.RFC3339): 0, "?to=2030-01-01&type=x": 1,
		"?from=" + w.db.Clock.Now().Add(1).Format(time.RFC3339Nano): 0, "?to=" + w.db.Clock.Now().Add(1).Format(time.RFC3339Nano): 3} {
		if n := w.call("viewer", "GET", "/v1/events"+q, "").is(200).len("items"); n != want {
			t.Errorf("%s: %d, want %d", q, n, want)
		}
	}
	w.call("viewer", "GET", "/v1/events/evt_x", "").is(404)
	t.Run("with verdicts", func(t *testing.T) {
		w.in(t)
		ok(t, w.store.RecordMatches(t.Context(), evt, []event.Match{{WorkflowID: "wf_1", Version: 2, Matched: true, Reason: event.ReasonMatched, RunID: w.ids.New(id.Run)},
			{WorkflowID: "wf_2", Version: 1, Reason: event.ReasonConditions, Failed: &event.Failed{Field: "message.text", Op: "is", Value: "x", Actual: "y"}, Conditions: json.RawMessage(`{"verdict":false}`)}}))
		for q, want := range map[string]int{"?matched=true": 1, "?workflow=wf_1": 1, "?workflow=wf_2": 1, "?workflow=wf_1&matched=true": 1, "?workflow=wf_2&matched=true": 0, "?workflow=wf_2&matched=false": 1} {
			p := w.call("viewer", "GET", "/v1/events"+q, "").is(200)
			if p.len("items") != want || want == 1 && p.len("items.0.matches") != 2 {
				t.Errorf("%s: %s", q, p.body)
			}
		}
	})
}

// TestCatalog serves the vocabulary as it is.
func TestCatalog(t *testing.T) {
	w := open(t)
	p := w.call("viewer", "GET", "/v1/catalog", "").is(200)
	if p.len("nodes") != len(workflow.TheCatalog.Nodes) || p.len("triggers") != len(workflow.TheCatalog.Triggers) {
		t.Errorf("%.300s", p.body)
	}
	all := w.call("viewer", "GET", "/v1/templates", "").is(200)
	first := w.call("viewer", "GET", "/v1/templates?limit=2", "").is(200)
	rest := w.call("viewer", "GET", "/v1/templates?cursor="+first.text("nextCursor"), "").is(200)
	if diff := cmp.Diff(all.ids(), append(first.ids(), rest.ids()...)); diff != "" {
		t.Error(diff)
	}
}
