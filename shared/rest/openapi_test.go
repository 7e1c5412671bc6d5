package rest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDocument holds the OpenAPI document together in itself; that it tells the truth is
// checked by every call that the tests of this package make.
func TestDocument(t *testing.T) {
	w := open(t)
	if w.doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", w.doc["openapi"])
	}
	ids := map[string]bool{}
	operations := 0
	for path, item := range w.doc.at("paths").(map[string]any) {
		for method, v := range item.(map[string]any) {
			operations++
			op := v.(map[string]any)
			name := strings.ToUpper(method) + " " + path
			if id := op["operationId"].(string); ids[id] {
				t.Errorf("%s: operationId %s is there twice", name, id)
			} else {
				ids[id] = true
			}
			if summary := op["summary"].(string); summary == "" || strings.HasPrefix(summary, strings.ToUpper(method)) {
				t.Errorf("%s is not described in operations.go", name)
			}
			params, _ := op["parameters"].([]any)
			for _, p := range params {
				if m := p.(map[string]any); m["schema"] == nil {
					t.Errorf("%s: the parameter %v has no schema", name, m["name"])
				}
			}
			body, _ := op["requestBody"].(map[string]any)
			if body == nil {
				continue
			}
			media := body["content"].(map[string]any)["application/json"].(map[string]any)
			example, err := json.Marshal(media["example"])
			if err != nil || media["example"] == nil {
				t.Errorf("%s has no example", name)
				continue
			}
			if err := w.doc.check(media["schema"].(map[string]any), example); err != nil {
				t.Errorf("%s: the example is not valid: %v", name, err)
			}
		}
	}
	if operations < 60 {
		t.Errorf("only %d operations", operations)
	}
	t.Logf("%d operations, %d schemas", operations, len(w.doc.at("components", "schemas").(map[string]any)))
	var refs func(v any)
	refs = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				w.doc.ref(ref) // panics
			}
			for _, x := range v {
				refs(x)
			}
		case []any:
			for _, x := range v {
				refs(x)
			}
		}
	}
	refs(map[string]any(w.doc))
}

// contract lists the routes that clients may rely on.
const contract = `GET /v1/workflows, POST /v1/workflows, GET /v1/workflows/{id}, PATCH /v1/workflows/{id}, DELETE /v1/workflows/{id}, PUT /v1/workflows/{id}/draft,
POST /v1/workflows/{id}/validate, POST /v1/workflows/{id}/test, POST /v1/workflows/{id}/enable, POST /v1/workflows/{id}/disable, POST /v1/workflows/{id}/publish,
GET /v1/workflows/{id}/versions, GET /v1/workflows/{id}/versions/{n}, POST /v1/workflows/{id}/versions/{n}/activate, GET /v1/workflows/{id}/versions/{n}/diff,
POST /v1/workflows/{id}/runs, GET /v1/runs, GET /v1/workflows/{id}/runs, GET /v1/runs/{id}, GET /v1/runs/{id}/history, POST /v1/runs/{id}/stop, POST /v1/runs/{id}/retry,
GET /v1/events, GET /v1/events/{id}, POST /v1/events, GET /v1/approvals, GET /v1/approvals/{id}, POST /v1/approvals/{id}/decision,
GET /v1/conversations, GET /v1/conversations/{id}, PATCH /v1/conversations/{id}, POST /v1/conversations/{id}/messages, GET /v1/messages/{id}/raw, GET /v1/messages/{id}/attachments/{a},
GET /v1/inbound/failed, POST /v1/inbound/failed/{id}/reprocess, GET /v1/tickets, POST /v1/tickets, GET /v1/tickets/{id}, PATCH /v1/tickets/{id},
GET /v1/contacts, POST /v1/contacts, GET /v1/contacts/{id}, PATCH /v1/contacts/{id}, DELETE /v1/contacts/{id},
GET /v1/inboxes, GET /v1/groups, GET /v1/inboxes/{slug}, PUT /v1/inboxes/{slug}, DELETE /v1/inboxes/{slug}, GET /v1/groups/{slug}, PUT /v1/groups/{slug}, DELETE /v1/groups/{slug},
GET /v1/settings, PUT /v1/settings, GET /v1/templates, GET /v1/catalog, GET /v1/me, GET /v1/config, GET /v1/openapi.json, GET /v1/healthz, POST /v1/workflows/{id}/hook, POST /hooks/{id}/{secret}`

func TestContract(t *testing.T) {
	w := open(t)
	for _, name := range strings.Split(strings.ReplaceAll(contract, "\n", " "), ",") {
		method, path, _ := strings.Cut(strings.TrimSpace(name), " ")
		if w.doc.at("paths", path, strings.ToLower(method)) == nil {
			t.Errorf("%s %s is not there", method, path)
		}
	}
}

// TestRoles asks every operation as nobody, with the role below its own, and with its own.
func TestRoles(t *testing.T) {
	w := open(t)
	roles := []string{"", "viewer", "approver", "editor", "admin"}
	paths := w.doc.at("paths").(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for method, v := range paths[path].(map[string]any) {
			role := v.(map[string]any)["x-role"].(string)
			method := strings.ToUpper(method)
			target := strings.NewReplacer("{id}", "x", "{n}", "1", "{a}", "1", "{slug}", "x", "{secret}", "s").Replace(path)
			if role == "none" {
				if got := w.call("", method, target, "").status; got == 403 {
					t.Errorf("%s %s: is public and answers %d", method, path, got)
				}
				continue
			}
			rank := slices.Index(roles, role)
			for i, r := range roles {
				got := w.call(r, method, target, "").status
				if (got == 403) != (i < rank) {
					t.Errorf("%s %s takes %s and answers %q with %d", method, path, role, r, got)
				}
			}
		}
	}
	for path, want := range map[string]string{"PUT /v1/settings": "admin", "PUT /v1/inboxes/{slug}": "admin", "DELETE /v1/groups/{slug}": "admin", "DELETE /v1/contacts/{id}": "admin",
		"POST /v1/approvals/{id}/decision": "approver", "POST /v1/workflows": "editor", "PATCH /v1/conversations/{id}": "editor", "GET /v1/runs": "viewer"} {
		method, p, _ := strings.Cut(path, " ")
		if got := w.doc.at("paths", p, strings.ToLower(method), "x-role"); got != want {
			t.Errorf("%s takes %v, want %s", path, got, want)
		}
	}
}
