package check_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/deskhand/deskhand/shared/check"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fetch"
	"github.com/deskhand/deskhand/shared/workflow"
)

// TestOutsideAgrees: what is refused at publish and what is refused at run time are the same.
func TestOutsideAgrees(t *testing.T) {
	refused := func(t *testing.T, typ string, params map[string]any, rule string) bool {
		t.Helper()
		raw, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		source := fmt.Sprintf(`{"trigger":{"type":"message.received"},"nodes":[{"id":"a","type":%q,"params":%s}],"edges":[{"from":"trigger","to":"a"}]}`, typ, raw)
		_, problems := check.Source([]byte(source), desk)
		return slices.ContainsFunc(problems, func(p workflow.Problem) bool { return p.Rule == rule })
	}
	types := []string{"order.shipped", "manual", "manually", "event", "events.x", "webhook", "schedule", "scheduled", "run.x", "runs.x", "approval.x", "workflow.started", "ticket", "my.ticket.created"}
	for _, k := range workflow.TheCatalog.Triggers {
		types = append(types, k.Type)
	}
	for _, typ := range types {
		if got, want := refused(t, "event.emit", map[string]any{"detailType": typ, "detail": map[string]any{"x": 1}}, "own_type"), event.Own(typ); got != want {
			t.Errorf("event type %s: refused %v at publish, %v at run time", typ, got, want)
		}
	}
	for _, name := range []string{"Accept", "X-Key", "x_key", "Authorization", "Cookie", "Host", "host", "Connection", "Content-Length", "content-type", "TE", "Te", "Transfer-Encoding", "Upgrade", "Keep-Alive",
		"Proxy-Authorization", "Proxy-Connection", "Expect", "Via", "Trailer", "Forwarded", "Accept-Encoding", "HTTP2-Settings", "a b", "ä", "a:b", "Proxy-Authenticate", "!#$%&'*+.^_|~"} {
		if got, want := refused(t, "http.request", map[string]any{"method": "GET", "url": "https://x.test", "headers": map[string]any{name: "v"}}, "param_value"), fetch.CheckHeader(name) != ""; got != want {
			t.Errorf("header %q: refused %v at publish, %v at run time", name, got, want)
		}
	}
}
