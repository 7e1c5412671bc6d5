package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWorkflows(t *testing.T) {
	w := open(t)
	created := w.call("editor", "POST", "/v1/workflows", `{"name":"  Refunds ","description":"money back","definition":`+manual+`}`).is(201)
	wf := created.text("id")
	path := "/v1/workflows/" + wf
	if created.header.Get("Location") != path || created.header.Get("ETag") != `"1"` || created.text("name") != "Refunds" || created.at("draft.revision") != 1.0 ||
		created.at("enabled") != false || created.at("activeVersion") != nil || created.at("hasUnpublishedChanges") != true || created.text("trigger.type") != "manual" || created.at("stats.successRate") != nil {
		t.Errorf("%v %s", created.header, created.body)
	}
	t.Run("create", func(t *testing.T) {
		w.in(t)
		for _, c := range []struct {
			body   string
			status int
			words  string
		}{
			{`{}`, 400, "name is missing"}, {`{"name":" "}`, 400, "name is missing"}, {`{"name":"` + strings.Repeat("ä", 121) + `"}`, 400, "121 characters"},
			{`{"name":"x","template":"nothing"}`, 422, "nothing"}, {`{"template":"auto-tag","definition":` + manual + `}`, 400, "not both"},
			{`{"name":"x","definition":{"nodes":[],"x":"` + strings.Repeat("y", 310<<10) + `"}}`, 400, "bytes"},
		} {
			w.call("editor", "POST", "/v1/workflows", c.body).is(c.status, c.words)
		}
		if p := w.call("editor", "POST", "/v1/workflows", `{"name":"Empty","definition":null}`).is(201); p.text("draft.definition.trigger.type") != "message.received" {
			t.Errorf("%s", p.body)
		}
		p := w.call("editor", "POST", "/v1/workflows", `{"template":"auto-tag"}`).is(201)
		if p.text("name") == "" || p.text("description") == "" || p.len("draft.definition.nodes") == 0 {
			t.Errorf("%s", p.body)
		}
		if p := w.call("editor", "POST", "/v1/workflows", `{"name":"Odd","definition":{"trigger":5,"extra":{"kept":1}}}`).is(201); p.len("problems") == 0 || p.at("draft.definition.extra.kept") != 1.0 {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("patch", func(t *testing.T) {
		w.in(t)
		if p := w.call("editor", "PATCH", path, `{"name":"Refunds 2"}`).is(200); p.text("name") != "Refunds 2" || p.text("description") != "money back" {
			t.Errorf("%s", p.body)
		}
		w.call("editor", "PATCH", path, `{"name":""}`).is(400, "name")
		w.call("editor", "PATCH", path, `{"enabled":true}`).is(400, "enabled")
		w.call("editor", "PATCH", "/v1/workflows/wf_x", `{}`).is(404)
	})
	t.Run("webhook", func(t *testing.T) {
		w.in(t)
		if p := w.call("viewer", "GET", path, "").is(200); p.at("hook") != nil {
			t.Errorf("one without a webhook trigger: %s", p.body)
		}
		one := "/v1/workflows/" + w.call("editor", "POST", "/v1/workflows", `{"name":"Called","definition":{"trigger":{"type":"webhook"},"nodes":[],"edges":[]}}`).is(201).text("id")
		p := w.call("viewer", "GET", one, "").is(200)
		if h, ok := p.at("hook").(map[string]any); !ok || h["madeAt"] != nil {
			t.Errorf("one without a secret: %s", p.body)
		}
		secret := w.call("editor", "POST", one+"/hook", "").is(201).text("secret")
		p = w.call("viewer", "GET", one, "").is(200)
		if p.text("hook.madeAt") == "" || strings.Contains(string(p.body), secret) {
			t.Errorf("one with a secret: %s", p.body)
		}
	})
	t.Run("draft", func(t *testing.T) {
		w.in(t)
		body := `{"definition":` + manual + `}`
		w.call("editor", "PUT", path+"/draft", body).is(428, "If-Match")
		w.call("editor", "PUT", path+"/draft", body, "If-Match", `"7"`).is(412)
		w.call("editor", "PUT", path+"/draft", body, "If-Match", `abc`).is(412)
		w.call("editor", "PUT", path+"/draft", `{}`, "If-Match", "1").is(400, "definition is missing")
		w.call("editor", "PUT", path+"/draft", `{"definition":null}`, "If-Match", "1").is(400, "definition")
		w.call("editor", "PUT", path+"/draft", `{"definition":[]}`, "If-Match", "1").is(400, "definition")
		p := w.call("editor", "PUT", path+"/draft", body, "If-Match", "1").is(200)
		if p.at("revision") != 2.0 || p.header.Get("ETag") != `"2"` || p.len("problems") != 0 {
			t.Errorf("%v %s", p.header, p.body)
		}
		w.call("editor", "PUT", path+"/draft", body, "If-Match", "1").is(412)
	})
	t.Run("validate", func(t *testing.T) {
		w.in(t)
		if p := w.call("viewer", "POST", path+"/validate", ``).is(200); p.len("problems") != 0 {
			t.Errorf("%s", p.body)
		}
		p := w.call("viewer", "POST", path+"/validate", `{"definition":{"trigger":{"type":"manual"},"nodes":[{"id":"x","type":"nothing"}],"edges":[]}}`).is(200)
		if p.len("problems") == 0 || p.text("problems.0.severity") == "" || !strings.HasPrefix(p.text("problems.0.path"), "/nodes") {
			t.Errorf("%s", p.body)
		}
		w.call("viewer", "POST", path+"/validate", `{"definition":"x"}`).is(400)
		w.call("viewer", "POST", "/v1/workflows/wf_x/validate", ``).is(404)
	})
	t.Run("list", func(t *testing.T) {
		w.in(t)
		all := w.call("viewer", "GET", "/v1/workflows", "").is(200)
		n := all.len("items")
		if all.at("totals.total") != float64(n) || all.at("totals.successRate") != nil {
			t.Errorf("%s", all.body)
		}
		for q, want := range map[string]int{"q=refunds": 1, "q=MONEY%20BACK&trigger=manual": 1, "trigger=manual": 1, "trigger=manual&q=empty": 0, "enabled=true": 0, "enabled=false&q=refunds": 1} {
			p := w.call("viewer", "GET", "/v1/workflows?"+q, "").is(200)
			if p.len("items") != want || p.at("totals.total") != float64(n) {
				t.Errorf("%s: %s", q, p.body)
			}
		}
		var paged []string
		cursor := ""
		for {
			p := w.call("viewer", "GET", "/v1/workflows?limit=2&cursor="+cursor, "").is(200)
			paged = append(paged, p.ids()...)
			if cursor = p.text("nextCursor"); cursor == "" {
				break
			}
			w.call("viewer", "GET", "/v1/workflows?enabled=true&cursor="+cursor, "").is(400, "cursor")
		}
		if diff := cmp.Diff(all.ids(), paged); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("enable without a version", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", path+"/enable", "").is(409, "publish")
		w.call("editor", "POST", path+"/disable", "").is(200)
		w.call("editor", "POST", path+"/runs", "{}").is(409, "publish")
	})
	t.Run("archive", func(t *testing.T) {
		w.in(t)
		other := w.published(manual)
		w.call("editor", "DELETE", "/v1/workflows/"+other, "").is(204)
		w.call("editor", "DELETE", "/v1/workflows/"+other, "").is(204)
		w.call("editor", "DELETE", "/v1/workflows/wf_x", "").is(404)
		if p := w.call("viewer", "GET", "/v1/workflows/"+other, "").is(200); p.at("archived") != true || p.at("enabled") != false {
			t.Errorf("%s", p.body)
		}
		if p := w.call("viewer", "GET", "/v1/workflows/"+other+"/versions", "").is(200); p.len("items") != 1 {
			t.Errorf("%s", p.body)
		}
		for _, action := range []string{"enable", "publish", "runs", "versions/1/activate", "test"} {
			w.call("editor", "POST", "/v1/workflows/"+other+"/"+action, "{}", "If-Match", "1").is(404, "archived")
		}
		if strings.Contains(string(w.call("viewer", "GET", "/v1/workflows", "").body), other) {
			t.Error("an archived workflow is listed")
		}
	})
}

func TestVersions(t *testing.T) {
	w := open(t)
	wf := w.workflow(manual)
	path := "/v1/workflows/" + wf
	w.call("editor", "POST", path+"/publish", `{}`).is(428)
	w.call("editor", "POST", path+"/publish", `{}`, "If-Match", "2").is(412)
	p := w.call("editor", "POST", path+"/publish", `{"note":"first"}`, "If-Match", `"1"`).is(201)
	if p.at("version") != 1.0 || p.at("active") != true || p.text("note") != "first" || p.text("publishedBy") != "editor@demo.test" || p.header.Get("Location") != path+"/versions/1" ||
		!strings.HasSuffix(p.text("stateMachineVersionArn"), ":t-wf-"+wf+":1") {
		t.Errorf("%v %s", p.header, p.body)
	}
	w.call("editor", "POST", path+"/publish", `{"note":"unchanged","activate":false}`, "If-Match", "1").is(201, `"version":2`, `"active":false`)
	second := strings.Replace(strings.Replace(manual, `"id":"keep"`, `"id":"hold"`, 1), `"to":"keep"`, `"to":"hold"`, 1)
	w.call("editor", "PUT", path+"/draft", `{"definition":`+second+`}`, "If-Match", "1").is(200)
	if p := w.call("viewer", "GET", path, "").is(200); p.at("hasUnpublishedChanges") != true || p.at("activeVersion") != 1.0 || p.at("latestVersion") != 2.0 {
		t.Errorf("%s", p.body)
	}
	w.call("editor", "POST", path+"/publish", `{"note":"other"}`, "If-Match", "2").is(201)
	t.Run("problems", func(t *testing.T) {
		w.in(t)
		bad := w.workflow(`{"trigger":{"type":"manual"},"nodes":[],"edges":[]}`)
		p := w.call("editor", "POST", "/v1/workflows/"+bad+"/publish", `{}`, "If-Match", "1").is(422, "problems")
		if p.len("problems") == 0 || p.text("problems.0.rule") == "" || p.at("status") != 422.0 {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("list", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "GET", path+"/versions?limit=2", "").is(200)
		if p.at("items.0.version") != 3.0 || p.at("items.0.active") != true || p.at("items.1.version") != 2.0 || p.at("items.0.definition") != nil {
			t.Errorf("%s", p.body)
		}
		next := w.call("viewer", "GET", path+"/versions?limit=2&cursor="+p.text("nextCursor"), "").is(200)
		if next.at("items.0.version") != 1.0 || next.at("nextCursor") != nil {
			t.Errorf("%s", next.body)
		}
		w.call("viewer", "GET", "/v1/workflows/"+w.workflow(manual)+"/versions?cursor="+p.text("nextCursor"), "").is(400)
		w.call("viewer", "GET", "/v1/workflows/wf_x/versions", "").is(404)
	})
	t.Run("one", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "GET", path+"/versions/1", "").is(200)
		if p.text("definition.nodes.0.id") != "keep" || p.text("asl.StartAt") != "keep" || p.text("asl.QueryLanguage") != "JSONata" {
			t.Errorf("%s", p.body)
		}
		for _, n := range []string{"4", "0", "x", "-1", "99999999999999999999", "1000000"} {
			w.call("viewer", "GET", path+"/versions/"+n, "").is(404)
		}
	})
	t.Run("diff", func(t *testing.T) {
		w.in(t)
		for _, q := range []string{"1/diff?with=3", "3/diff?with=1"} {
			p := w.call("viewer", "GET", path+"/versions/"+q, "").is(200)
			want := `{"added":["hold"],"removed":["keep"],"changed":[{"node":"trigger","path":"/edges/next","before":"keep","after":"hold"}]}` + "\n"
			if diff := cmp.Diff(want, string(p.body)); diff != "" {
				t.Errorf("%s: %s", q, diff)
			}
		}
		w.call("viewer", "GET", path+"/versions/1/diff?with=2", "").is(200, `{"added":[],"removed":[],"changed":[]}`)
		w.call("viewer", "GET", path+"/versions/1/diff", "").is(400, "with is missing")
		w.call("viewer", "GET", path+"/versions/1/diff?with=x", "").is(400)
		w.call("viewer", "GET", path+"/versions/1/diff?with=9", "").is(404)
	})
	t.Run("activate", func(t *testing.T) {
		w.in(t)
		w.call("editor", "POST", path+"/versions/2/activate", "").is(200, `"activeVersion":2`)
		w.call("editor", "POST", path+"/versions/9/activate", "").is(404)
		w.call("editor", "POST", path+"/enable", "").is(200, `"enabled":true`)
		w.call("editor", "POST", path+"/enable", "").is(200, `"enabled":true`)
		w.call("editor", "POST", path+"/disable", "").is(200, `"enabled":false`)
	})
}

const refund = `{"trigger":{"type":"message.received","conditions":{"all":[{"field":"message.text","op":"contains","value":"refund"}]}},
"nodes":[{"id":"draft","type":"ai.reply","params":{"instructions":"Answer {{contact.name}}."}},
{"id":"ok","type":"approval","params":{"approvers":[{"email":"approver@demo.test"}],"subject":"Reply to {{contact.name}}","draft":"{{steps.draft.text}}","timeout":"48h"}},
{"id":"send","type":"message.reply","params":{"body":"{{steps.ok.text}}"}}],
"edges":[{"from":"trigger","to":"draft"},{"from":"draft","to":"ok"},{"from":"ok","output":"approved","to":"send"},{"from":"ok","output":"rejected","to":"send"},{"from":"ok","output":"timed_out","to":"send"}]}`

func TestDryRun(t *testing.T) {
	w := open(t)
	w.inbox()
	wf := w.workflow(refund)
	path := "/v1/workflows/" + wf + "/test"
	_, conv, _ := w.person("anna@example.com")
	evt := w.call("viewer", "GET", "/v1/events?type=message.received", "").is(200).text("items.0.id")
	var before map[string]int
	t.Run("on a kept event", func(t *testing.T) {
		w.in(t)
		var p *response
		before = w.counted(func() {
			p = w.call("viewer", "POST", path, `{"eventId":"`+evt+`","steps":{"draft":{"text":"we are sorry"}}}`).is(200)
		})
		if p.at("verdict.matched") != true || p.text("verdict.conditions.items.0.actual") != "I want a refund" || p.text("status") != "succeeded" || p.len("path") != 3 ||
			p.text("path.1.params.draft") != "we are sorry" || p.text("path.1.output") != "approved" || p.text("path.2.params.body") != "we are sorry" || p.text("path.0.simulated") != "given" || p.text("path.0.params.instructions") != "Answer Anna." {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("without any effect", func(t *testing.T) {
		w.in(t)
		for call, n := range before {
			if call != "GetItem" && call != "Query" {
				t.Errorf("%d calls of %s", n, call)
			}
		}
		if w.mailer.count() != 0 || w.call("viewer", "GET", "/v1/runs", "").len("items") != 0 || w.call("viewer", "GET", "/v1/conversations/"+conv.ID, "").len("messages") != 1 {
			t.Error("something was done")
		}
	})
	t.Run("on an event that is made up", func(t *testing.T) {
		w.in(t)
		for name, body := range map[string]string{
			"envelope and entities": `{"event":{"message":{"text":"refund!","from":"b@example.com"},"conversation":{"id":"conv_9"},"contact":{"name":"Bob"}}}`,
			"an example's input":    `{"event":{"event":{"id":"evt_1","type":"message.received","time":"2026-01-05T09:00:00Z"},"message":{"text":"refund!"},"conversation":{"id":"conv_9"},"contact":{"name":"Bob"}}}`,
			"what GET answers":      `{"event":` + strings.ReplaceAll(string(w.call("viewer", "GET", "/v1/events/"+evt, "").body), `"Anna"`, `"Bob"`) + `}`,
		} {
			p := w.call("viewer", "POST", path, body).is(200)
			if p.at("verdict.matched") != true || p.text("path.1.params.subject") != "Reply to Bob" {
				t.Errorf("%s: %s", name, p.body)
			}
		}
		p := w.call("viewer", "POST", path, `{"event":{"message":{"text":"hello"}}}`).is(200)
		if p.at("verdict.matched") != false || p.text("verdict.reason") != "conditions" || p.text("verdict.failed.actual") != "hello" || p.len("path") != 0 {
			t.Errorf("%s", p.body)
		}
	})
	t.Run("of a definition or a version", func(t *testing.T) {
		w.in(t)
		p := w.call("viewer", "POST", path, `{"event":{},"definition":`+manual+`}`).is(200)
		if p.text("path.0.node") != "keep" || p.text("path.0.result.why") != "-" {
			t.Errorf("%s", p.body)
		}
		w.call("viewer", "POST", path, `{"event":{},"version":1}`).is(422, "version")
		w.call("editor", "POST", "/v1/workflows/"+wf+"/publish", `{}`, "If-Match", "1").is(201)
		w.call("viewer", "POST", path, `{"eventId":"`+evt+`","version":1}`).is(200, `"version":1`)
	})
	for name, c := range map[string]struct {
		body   string
		status int
		words  string
	}{
		"nothing":                    {`{}`, 400, "eventId or event is missing"},
		"both":                       {`{"eventId":"x","event":{}}`, 400, "not both"},
		"no such event":              {`{"eventId":"evt_x"}`, 422, "evt_x"},
		"event is no object":         {`{"event":[]}`, 400, "event"},
		"event cannot be read":       {`{"event":{"time":"yesterday"}}`, 400, "event"},
		"contact is no object":       {`{"event":{"contact":"x"}}`, 400, "event.contact"},
		"another type":               {`{"event":{"type":"ticket.created"}}`, 422, "ticket.created"},
		"problems":                   {`{"event":{},"definition":{"trigger":{"type":"manual"},"nodes":[],"edges":[]}}`, 422, "problems"},
		"no such node":               {`{"event":{},"steps":{"nobody":{}}}`, 422, "nobody"},
		"version and definition":     {`{"event":{},"version":1,"definition":` + manual + `}`, 400, "not both"},
		"steps is a list":            {`{"event":{},"steps":[]}`, 400, "steps"},
		"a negative version":         {`{"event":{},"version":-1}`, 400, "version"},
		"an unknown decision":        {`{"eventId":"` + evt + `","steps":{"ok":{"output":"maybe"}}}`, 422, "maybe"},
		"a result of another's name": {fmt.Sprintf(`{"eventId":%q,"steps":{"draft":7}}`, evt), 422, "steps.draft"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t)
			w.call("viewer", "POST", path, c.body).is(c.status, c.words)
		})
	}
	w.call("viewer", "POST", "/v1/workflows/wf_x/test", `{"event":{}}`).is(404)
}

// A definition of an older format is kept, shown and published in today's.
func TestOlderFormat(t *testing.T) {
	w := open(t)
	const old = `{"format":0,"trigger":{"type":"manual"},"steps":[{"id":"keep","do":"set","with":{"values":{"a":"b"}}}]}`
	p := w.call("editor", "POST", "/v1/workflows", `{"name":"Early","definition":`+old+`}`).is(201)
	if p.len("problems") != 0 || p.text("draft.definition.nodes.0.type") != "set" || p.text("draft.definition.edges.0.to") != "keep" || p.at("draft.definition.steps") != nil {
		t.Errorf("%s", p.body)
	}
	path := "/v1/workflows/" + p.text("id")
	w.call("editor", "PUT", path+"/draft", `{"definition":`+old+`}`, "If-Match", "1").is(200)
	w.call("editor", "POST", path+"/publish", `{}`, "If-Match", "2").is(201)
	if p := w.call("viewer", "GET", path+"/versions/1", "").is(200); p.text("definition.nodes.0.id") != "keep" || p.text("asl.StartAt") != "keep" {
		t.Errorf("%s", p.body)
	}
	newer := w.call("editor", "PUT", path+"/draft", `{"definition":{"format":7,"trigger":{"type":"manual"},"nodes":[],"edges":[]}}`, "If-Match", "2").is(200)
	if newer.text("problems.0.rule") != "format" || newer.text("problems.0.path") != "/format" {
		t.Errorf("%s", newer.body)
	}
	w.call("editor", "POST", path+"/publish", `{}`, "If-Match", "3").is(422, "update Deskhand")
}
