package rest_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/lambdahttp"
)

func TestWrongPathsAndMethods(t *testing.T) {
	w := open(t)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/v1/nothing", 404, ""}, {"GET", "/v1/", 404, ""}, {"GET", "/v1", 404, ""}, {"GET", "/v1/workflows/", 404, ""}, {"GET", "/v1//workflows", 404, ""},
		{"GET", "/v1/workflows/../runs", 404, ""}, {"GET", "/v1/workflows/x/nothing", 404, ""}, {"GET", "/v1/runs/" + strings.Repeat("x", 2000), 404, ""},
		{"DELETE", "/v1/workflows", 405, "GET, POST"}, {"PUT", "/v1/runs", 405, "GET"}, {"PATCH", "/v1/settings", 405, "GET, PUT"}, {"GET", "/v1/runs/x/stop", 405, "POST"}, {"OPTIONS", "/v1/contacts", 405, "GET, POST"},
	} {
		t.Run(c.method+" "+c.path[:min(len(c.path), 40)], func(t *testing.T) {
			w.in(t)
			p := w.call("admin", c.method, c.path, "").is(c.status)
			if p.header.Get("Allow") != c.allow || p.header.Get("Content-Type") != "application/problem+json" || p.at("status") != float64(c.status) || p.text("detail") == "" {
				t.Errorf("%v %s", p.header, p.body)
			}
		})
	}
	p := w.call("admin", "HEAD", "/v1/workflows", "").is(200)
	if len(p.header) == 0 {
		t.Error("HEAD is no GET")
	}
}

func TestBodies(t *testing.T) {
	w := open(t)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		words                    string
	}{
		{"no JSON", "POST", "/v1/contacts", `{"email":`, 400, "not JSON"},
		{"two values", "POST", "/v1/contacts", `{"email":"a@b.example"} {}`, 400, "not JSON"},
		{"rest", "POST", "/v1/contacts", `{"email":"a@b.example"}}`, 400, "not JSON"},
		{"a list", "POST", "/v1/contacts", `[]`, 400, "a JSON list"},
		{"null", "POST", "/v1/contacts", `null`, 400, "a JSON null"},
		{"a text", "POST", "/v1/contacts", `"x"`, 400, "a JSON string"},
		{"no UTF-8", "POST", "/v1/contacts", "{\"email\":\"\xff\"}", 400, "not UTF-8"},
		{"unknown member", "POST", "/v1/contacts", `{"email":"a@b.example","mail":"x"}`, 400, `field \"mail\" is not known`},
		{"wrong type", "POST", "/v1/contacts", `{"email":5}`, 400, `field \"email\" is a number; it should be a string`},
		{"wrong type of a list", "POST", "/v1/contacts", `{"email":"a@b.example","tags":"vip"}`, 400, `field \"tags\" is a string; it should be a list`},
		{"wrong type in a list", "POST", "/v1/contacts", `{"email":"a@b.example","tags":[1]}`, 400, `\"tags`},
		{"wrong type of an object", "POST", "/v1/events", `{"type":"a.b","subject":"x"}`, 400, `field \"subject\" is a string; it should be an object`},
		{"wrong type inside", "POST", "/v1/events", `{"type":"a.b","subject":{"ticketId":4}}`, 400, `field \"subject.ticketId\"`},
		{"detail is no object", "POST", "/v1/events", `{"type":"a.b","detail":[1]}`, 400, `field \"detail\" is a list; it should be an object`},
		{"missing member", "POST", "/v1/contacts", ``, 400, "email is missing"},
		{"definition is no object", "POST", "/v1/workflows", `{"name":"x","definition":"y"}`, 400, "definition"},
		{"too large", "POST", "/v1/contacts", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "larger than 1 MB"},
		{"a bool", "POST", "/v1/workflows", `{"name":true}`, 400, `field \"name\" is a bool`},
		{"embedded", "PATCH", "/v1/tickets/x", `{"status":1}`, 400, `field \"status\" is a number`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.in(t)
			p := w.call("admin", c.method, c.path, c.body).is(c.status, c.words)
			if p.header.Get("Content-Type") != "application/problem+json" || p.text("title") == "" || p.text("type") != "about:blank" {
				t.Errorf("%s", p.body)
			}
		})
	}
}

// TestLists asks every list of the document for what no list may take.
func TestLists(t *testing.T) {
	w := open(t)
	wf := w.published(manual)
	run := w.call("editor", "POST", "/v1/workflows/"+wf+"/runs", "{}").is(202).text("id")
	lists := 0
	paths := w.doc.at("paths").(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		op, _ := paths[path].(map[string]any)["get"].(map[string]any)
		params, _ := op["parameters"].([]any)
		var names []string
		for _, p := range params {
			names = append(names, p.(map[string]any)["name"].(string))
		}
		if !slices.Contains(names, "cursor") {
			continue
		}
		lists++
		id := wf
		if strings.HasPrefix(path, "/v1/runs/") {
			id = run
		}
		target := strings.Replace(path, "{id}", id, 1)
		t.Run(path, func(t *testing.T) {
			w.in(t)
			p := w.call("viewer", "GET", target, "").is(200, `"items":[`, `"nextCursor":`)
			if p.header.Get("Cache-Control") != "no-store" {
				t.Error(p.header)
			}
			for _, q := range []string{"limit=0", "limit=101", "limit=x", "limit=-1", "limit=1.5", "cursor=bad", "cursor=%20x", "cursor=Zm9vYmFyYmF6cXV4", "nothing=1"} {
				w.call("viewer", "GET", target+"?"+q, "").is(400)
			}
			w.call("viewer", "GET", target+"?limit=100", "").is(200)
			if slices.Contains(names, "from") {
				w.call("viewer", "GET", target+"?from=yesterday", "").is(400, "from")
				w.call("viewer", "GET", target+"?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "").is(400, "from is after to")
				w.call("viewer", "GET", target+"?from=2026-01-01&to=2026-01-01", "").is(200, `"items":[]`)
				w.call("viewer", "GET", target+"?from=2026-01-01T00:00:00%2B02:00&to=9999-12-31", "").is(200)
				w.call("viewer", "GET", target+"?from=0001-01-01&to=1800-01-01", "").is(200, `"items":[]`)
			}
			for _, n := range names {
				if slices.Contains([]string{"status", "enabled", "matched", "version"}, n) {
					w.call("viewer", "GET", target+"?"+n+"=maybe", "").is(400, n)
				}
				if n != "limit" && n != "cursor" && n != "id" && n != "kind" {
					w.call("viewer", "GET", target+"?"+n+"="+strings.Repeat("x", 3000), "").is(400, n)
				}
			}
		})
	}
	if lists < 12 {
		t.Errorf("only %d lists", lists)
	}
}

func TestCallers(t *testing.T) {
	w := open(t)
	for _, c := range []struct {
		name   string
		claims map[string]string
		who    string
		role   string
		status int
	}{
		{"a person", map[string]string{"email": "Anna@Demo.test", "deskhand:role": "editor"}, "anna@demo.test", "editor", 200},
		{"a person with several roles", map[string]string{"email": "a@demo.test", "deskhand:role": "[viewer approver]"}, "a@demo.test", "approver", 200},
		{"a machine", map[string]string{"client_id": "ci", "scope": "openid deskhand/viewer deskhand/editor"}, "machine:ci", "editor", 200},
		{"a person's scope is no role", map[string]string{"email": "a@demo.test", "scope": "deskhand/admin"}, "", "", 403},
		{"an unknown role", map[string]string{"email": "a@demo.test", "deskhand:role": "owner"}, "", "", 403},
		{"none is no role", map[string]string{"email": "a@demo.test", "deskhand:role": "none"}, "", "", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.in(t)
			r := httptest.NewRequest("GET", "/v1/me", nil)
			p := w.serve(r.WithContext(lambdahttp.WithClaims(r.Context(), c.claims))).is(c.status)
			if c.status == 200 && (p.text("email") != c.who || p.text("role") != c.role) {
				t.Errorf("%s", p.body)
			}
		})
	}
	if p := w.call("", "GET", "/v1/config", "").is(200); p.text("issuer") != "https://issuer.test" || p.text("clientId") != "deskhand" {
		t.Errorf("%s", p.body)
	}
	w.call("", "GET", "/v1/healthz", "").is(200, "ok")
}
