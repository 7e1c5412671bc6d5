package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// document is the OpenAPI document, as a client reads it.
type document map[string]any

func readDocument(tb testing.TB, w *world) document {
	tb.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequest("GET", "/v1/openapi.json", nil))
	var d document
	if err := json.Unmarshal(rec.Body.Bytes(), &d); err != nil || rec.Code != 200 {
		tb.Fatalf("%d: %v: %.300s", rec.Code, err, rec.Body)
	}
	return d
}

func (d document) at(names ...string) any {
	var v any = map[string]any(d)
	for _, n := range names {
		m, _ := v.(map[string]any)
		v = m[n]
	}
	return v
}

// operation finds the one for a request; nil when the path or method is none.
func (d document) operation(method, path string) map[string]any {
	var found map[string]any
	best := -1
	paths, _ := d.at("paths").(map[string]any)
	for template, item := range paths {
		pattern := "^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`) + "$"
		if !regexp.MustCompile(pattern).MatchString(path) {
			continue
		}
		if literal := strings.Count(template, "/")*10 - strings.Count(template, "{"); literal > best {
			if op, ok := item.(map[string]any)[strings.ToLower(method)].(map[string]any); ok {
				found, best = op, literal
			}
		}
	}
	return found
}

// checkResponse holds an answer against the operation's responses.
func (d document) checkResponse(method, path string, p *response) error {
	if method == "HEAD" {
		method = "GET"
	}
	op := d.operation(method, path)
	if op == nil {
		if p.status != 404 && p.status != 405 {
			return fmt.Errorf("there is no such operation")
		}
		return d.check(map[string]any{"$ref": "#/components/schemas/Problem"}, p.body)
	}
	responses := op["responses"].(map[string]any)
	r, listed := responses[fmt.Sprint(p.status)].(map[string]any)
	if !listed {
		if p.status < 500 {
			return fmt.Errorf("the status is not listed")
		}
		r = responses["default"].(map[string]any)
	}
	if ref, ok := r["$ref"].(string); ok {
		r = d.ref(ref)
	}
	media, _ := r["content"].(map[string]any)
	if len(media) == 0 {
		if len(p.body) > 0 {
			return fmt.Errorf("there should be no body")
		}
		return nil
	}
	kind := p.header.Get("Content-Type")
	m, ok := media[kind].(map[string]any)
	if !ok {
		return fmt.Errorf("the content type is %q", kind)
	}
	return d.check(m["schema"].(map[string]any), p.body)
}

func (d document) ref(ref string) map[string]any {
	out, ok := d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	if !ok {
		panic("there is no " + ref)
	}
	return out
}

func (d document) check(schema map[string]any, body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return d.valid(schema, v, "")
}

// valid checks the part of JSON Schema that the document uses. An object with properties
// has no others: what is not documented is not answered.
func (d document) valid(schema map[string]any, v any, at string) error {
	if ref, ok := schema["$ref"].(string); ok {
		return d.valid(d.ref(ref), v, at)
	}
	if ways, ok := schema["anyOf"].([]any); ok {
		var last error
		for _, s := range ways {
			if last = d.valid(s.(map[string]any), v, at); last == nil {
				return nil
			}
		}
		return last
	}
	if typ, ok := schema["type"]; ok {
		types, list := typ.([]any)
		if !list {
			types = []any{typ}
		}
		if !slices.ContainsFunc(types, func(t any) bool { return isType(v, t.(string)) }) {
			return fmt.Errorf("%s is %T, want %v", at, v, typ)
		}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return fmt.Errorf("%s is %v, want one of %v", at, v, enum)
	}
	if s, ok := v.(string); ok && schema["format"] == "date-time" {
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return fmt.Errorf("%s: %v", at, err)
		}
	}
	switch v := v.(type) {
	case []any:
		items, ok := schema["items"].(map[string]any)
		for i, x := range v {
			if !ok {
				break
			}
			if err := d.valid(items, x, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		properties, closed := schema["properties"].(map[string]any)
		more, open := schema["additionalProperties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Errorf("%s has no %s", at, name)
			}
		}
		for name, x := range v {
			s, ok := properties[name].(map[string]any)
			if !ok && open {
				s, ok = more, true
			}
			if !ok {
				if closed && schema["additionalProperties"] != true {
					return fmt.Errorf("%s/%s is not documented", at, name)
				}
				continue
			}
			if err := d.valid(s, x, at+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func isType(v any, typ string) bool {
	switch v := v.(type) {
	case nil:
		return typ == "null"
	case string:
		return typ == "string"
	case bool:
		return typ == "boolean"
	case float64:
		return typ == "number" || typ == "integer" && v == float64(int64(v))
	case []any:
		return typ == "array"
	}
	return typ == "object"
}
