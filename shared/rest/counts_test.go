package rest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
)

// TestCalls counts the calls of DynamoDB that a request makes, which do not grow with the
// number of things in a list.
func TestCalls(t *testing.T) {
	w := open(t)
	w.inbox()
	const n = 30
	var conv, contact, wf, run string
	for i := range n {
		c, v, _ := w.person(fmt.Sprintf("p%d@example.com", i))
		contact, conv = c.ID, v.ID
		wf = w.workflow(manual)
		w.call("editor", "POST", "/v1/tickets", `{"subject":"x"}`).is(201)
		w.call("admin", "PUT", fmt.Sprintf("/v1/groups/g%d", i), `{}`).is(200)
	}
	for i := range n {
		w.call("editor", "POST", "/v1/workflows/"+wf+"/publish", `{}`, "If-Match", "1").is(201)
		if i == 0 {
			w.call("editor", "POST", "/v1/workflows/"+wf+"/enable", "").is(200)
		}
		run = w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", `{"conversationId":"`+conv+`"}`).is(202).text("id")
	}
	w.idle()
	events := w.call("viewer", "GET", "/v1/events?limit=100", "").ids()
	for _, e := range events[:50] {
		ok(t, w.store.RecordMatches(t.Context(), e, []event.Match{{WorkflowID: w.ids.New(id.Workflow), Reason: event.ReasonConditions}}))
	}
	for target, want := range map[string]map[string]int{
		"/v1/workflows":                        {"Query": 1, "BatchGetItem": 1},
		"/v1/workflows?limit=100":              {"Query": 1, "BatchGetItem": 1},
		"/v1/workflows/" + wf:                  {"GetItem": 3, "Query": 2},
		"/v1/workflows/" + wf + "/versions":    {"GetItem": 1, "Query": 1},
		"/v1/workflows/" + wf + "/versions/1":  {"GetItem": 4},
		"/v1/workflows/" + wf + "/runs":        {"GetItem": 1, "Query": 1},
		"/v1/runs":                             {"Query": 1},
		"/v1/runs?limit=100&status=succeeded":  {"Query": 1},
		"/v1/runs?conversation=" + conv:        {"Query": 1, "BatchGetItem": 1},
		"/v1/runs/" + run:                      {"GetItem": 3},
		"/v1/events":                           {"Query": 1, "BatchGetItem": 1},
		"/v1/events?limit=100":                 {"Query": 1, "BatchGetItem": 1},
		"/v1/events?conversation=" + conv:      {"Query": 1, "BatchGetItem": 1},
		"/v1/approvals":                        {"Query": 1},
		"/v1/approvals?conversation=" + conv:   {"Query": 1},
		"/v1/conversations":                    {"Query": 1},
		"/v1/conversations?contact=" + contact: {"Query": 1},
		"/v1/conversations/" + conv:            {"GetItem": 1, "Query": 2},
		"/v1/tickets":                          {"Query": 1},
		"/v1/contacts":                         {"Query": 1},
		"/v1/contacts?q=p2":                    {"Query": 1},
		"/v1/inboxes":                          {"Query": 1},
		"/v1/groups":                           {"Query": 1},
		"/v1/inbound/failed":                   {"Query": 1},
		"/v1/settings":                         {"GetItem": 1},
		"/v1/audit":                            {"Query": 1},
		"/v1/audit?limit=100&kind=workflow":    {"Query": 1},
		"/v1/templates":                        {},
		"/v1/catalog":                          {},
		"/v1/me":                               {},
		"/v1/openapi.json":                     {},
	} {
		t.Run(target, func(t *testing.T) {
			w.in(t)
			got := w.counted(func() { w.call("viewer", "GET", target, "").is(200) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
