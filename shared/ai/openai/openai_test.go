package openai_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/ai/openai"
	"github.com/deskhand/deskhand/shared/fault"
)

// endpoint answers every request with a status and a body, and remembers the last one.
type endpoint struct {
	status int
	body   string
	path   string
	header http.Header
	asked  map[string]any
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.path, e.header, e.asked = r.URL.Path, r.Header, nil
	data, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(data, &e.asked)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Location", "http://127.0.0.1:1/")
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.body)
}

func start(t *testing.T, status int, body string) (*endpoint, openai.Model) {
	t.Helper()
	e := &endpoint{status: status, body: body}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return e, openai.Model{Endpoint: s.URL + "/v1/", ID: "small", Key: "k1"}
}

var form = ai.Form{Name: "label", Description: "d", Schema: map[string]any{"type": "object"}}

func TestText(t *testing.T) {
	e, m := start(t, 200, `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Dear Anna"},"finish_reason":"stop"}],"usage":{"total_tokens":9}}`)
	got, err := m.Text(t.Context(), ai.Prompt{System: "s", User: "u", MaxTokens: 7})
	if err != nil || got != "Dear Anna" {
		t.Fatalf("%q, %v", got, err)
	}
	want := map[string]any{"model": "small", "max_tokens": 7.0, "stream": false,
		"messages": []any{map[string]any{"role": "system", "content": "s"}, map[string]any{"role": "user", "content": "u"}}}
	if diff := cmp.Diff(want, e.asked); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if e.path != "/v1/chat/completions" || e.header.Get("Authorization") != "Bearer k1" || e.header.Get("Content-Type") != "application/json" {
		t.Errorf("path %s, header %v", e.path, e.header)
	}
	m.Key = ""
	if _, err := m.Text(t.Context(), ai.Prompt{}); err != nil || e.header.Get("Authorization") != "" {
		t.Errorf("without a key: %v, %v", e.header, err)
	}
}

func TestData(t *testing.T) {
	for name, c := range map[string]struct{ message, want string }{
		"a call":                  {`{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"label","arguments":"{\"label\":\"a\"}"}}]}`, `{"label":"a"}`},
		"arguments as an object":  {`{"role":"assistant","content":"","tool_calls":[{"function":{"name":"label","arguments":{"label":"a"}}}]}`, `{"label":"a"}`},
		"another function first":  {`{"role":"assistant","tool_calls":[{"function":{"name":"x","arguments":"{}"}},{"function":{"name":"label","arguments":"{\"n\":1}"}}]}`, `{"n":1}`},
		"JSON as text":            {`{"role":"assistant","content":" {\"label\":\"a\"} "}`, `{"label":"a"}`},
		"JSON in a fence":         {"{\"role\":\"assistant\",\"content\":\"```json\\n{\\\"label\\\":\\\"a\\\"}\\n```\"}", `{"label":"a"}`},
		"text":                    {`{"role":"assistant","content":"I think a"}`, ""},
		"arguments that are none": {`{"role":"assistant","tool_calls":[{"function":{"name":"label","arguments":"{\"label\":"}}]}`, ""},
		"nothing":                 {`{"role":"assistant"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, m := start(t, 200, `{"choices":[{"message":`+c.message+`,"finish_reason":"stop"}]}`)
			got, err := m.Data(t.Context(), ai.Prompt{}, form)
			if c.want == "" {
				if !errors.Is(err, ai.ErrNoForm) {
					t.Errorf("%s, %v; want no form", got, err)
				}
				return
			}
			if err != nil || string(got) != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
			choice := map[string]any{"type": "function", "function": map[string]any{"name": "label"}}
			tools := []any{map[string]any{"type": "function", "function": map[string]any{"name": "label", "description": "d", "parameters": map[string]any{"type": "object"}}}}
			if diff := cmp.Diff([]any{choice, tools}, []any{e.asked["tool_choice"], e.asked["tools"]}); diff != "" {
				t.Errorf("tools (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"rate":       {429, `{"error":{"message":"slow down","type":"rate_limit"}}`, "throttled"},
		"down":       {503, `<html>`, "unavailable"},
		"key":        {401, `{"error":{"message":"Incorrect API key"}}`, "model_failed"},
		"model":      {404, `{"error":"model not found"}`, "model_failed"},
		"redirect":   {302, ``, "model_failed"},
		"no JSON":    {200, `<html>`, "model_failed"},
		"no choices": {200, `{"choices":[]}`, "model_failed"},
		"refusal":    {200, `{"choices":[{"message":{"role":"assistant","content":null,"refusal":"I cannot"},"finish_reason":"stop"}]}`, "model_refused"},
		"filter":     {200, `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}`, "model_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, m := start(t, c.status, c.body)
			if _, err := m.Text(t.Context(), ai.Prompt{}); fault.Name(err) != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
	m := openai.Model{Endpoint: "http://127.0.0.1:1", ID: "x"}
	if _, err := m.Text(t.Context(), ai.Prompt{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}
