package action_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/ai"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/fetch"
)

// web answers every request the same, and remembers the last one.
type web struct {
	answer fetch.Answer
	err    error
	asked  fetch.Request
}

func (w *web) Do(_ context.Context, r fetch.Request) (*fetch.Answer, error) {
	w.asked = r
	a := w.answer
	return &a, w.err
}

func reach(tb testing.TB, d *action.Reach, r action.Request) (map[string]any, error) {
	tb.Helper()
	r.V, r.RunID, r.Node = 1, "run_1", "n1"
	resp, err := d.Actions().Do(tb.Context(), &r)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(resp.Result)
	if err != nil {
		tb.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		tb.Fatal(err)
	}
	return out, nil
}

func TestRequestIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		params string
		want   fetch.Request
	}{
		"JSON": {`{"method":"POST","url":"https://x.test","headers":{"X-Key":" k "},"body":{"a":[1,null]}}`,
			fetch.Request{Method: "POST", URL: "https://x.test", Body: []byte(`{"a":[1,null]}`), Header: map[string]string{"X-Key": "k", "Content-Type": "application/json", "Idempotency-Key": "run_1.n1"}}},
		"text":          {`{"method":"PUT","url":"u","body":"a\nb"}`, fetch.Request{Method: "PUT", URL: "u", Body: []byte("a\nb"), Header: map[string]string{"Content-Type": "text/plain; charset=utf-8", "Idempotency-Key": "run_1.n1"}}},
		"number":        {`{"method":"PATCH","url":"u","body":3.50}`, fetch.Request{Method: "PATCH", URL: "u", Body: []byte("3.50"), Header: map[string]string{"Content-Type": "application/json", "Idempotency-Key": "run_1.n1"}}},
		"its own words": {`{"method":"POST","url":"u","headers":{"content-type":"text/csv","idempotency-key":"x","n":3,"b":true,"none":null},"body":"a;b"}`, fetch.Request{Method: "POST", URL: "u", Body: []byte("a;b"), Header: map[string]string{"content-type": "text/csv", "idempotency-key": "x", "n": "3", "b": "true", "none": ""}}},
		"nothing":       {`{"method":"GET","url":"u","body":null}`, fetch.Request{Method: "GET", URL: "u", Header: map[string]string{}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &web{answer: fetch.Answer{Status: 204}}
			got, err := reach(t, &action.Reach{Fetcher: w}, action.Request{Type: "http.request", Params: json.RawMessage(c.params), Timeout: 7})
			if err != nil {
				t.Fatal(err)
			}
			c.want.Timeout = 7 * time.Second
			same(t, "request", c.want, w.asked)
			same(t, "result", map[string]any{"status": 204.0, "headers": map[string]any{}, "body": nil, "truncated": false}, got)
		})
	}
	for _, params := range []string{`{"method":"GET","url":"u","headers":{"a":["b"]}}`, `{"method":"GET","url":3}`, `{"method":"GET","url":"u","headers":"x"}`} {
		_, err := reach(t, &action.Reach{Fetcher: &web{}}, action.Request{Type: "http.request", Params: json.RawMessage(params)})
		wantName(t, err, "invalid")
	}
	_, err := reach(t, &action.Reach{Fetcher: &web{err: fault.Named(fault.Unprocessable, "http_timeout", "x")}}, action.Request{Type: "http.request", Params: json.RawMessage(`{"method":"GET","url":"u"}`)})
	wantName(t, err, "http_timeout")
}

func TestAnswerIsRead(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for name, c := range map[string]struct {
		kind      string
		body      string
		cut       bool
		want      any
		truncated bool
	}{
		"JSON":           {"application/json; charset=utf-8", `{"a":[1,{"b":null}]}`, false, map[string]any{"a": []any{1.0, map[string]any{"b": nil}}}, false},
		"problem JSON":   {"application/problem+json", `"x"`, false, "x", false},
		"text":           {"text/plain", `{"a":1}`, false, `{"a":1}`, false},
		"no type":        {"", `{"a":1}`, false, `{"a":1}`, false},
		"not JSON":       {"application/json", `{"a":`, false, `{"a":`, false},
		"two JSON":       {"application/json", `{} {}`, false, `{} {}`, false},
		"cut JSON":       {"application/json", `{"a":1}`, true, `{"a":1}`, true},
		"deep JSON":      {"application/json", deep, false, deep, false},
		"no characters":  {"application/octet-stream", "a\x00\xff\xfeb\x1bc\td", false, "a�bc\td", false},
		"nothing":        {"application/json", "", false, nil, false},
		"other statuses": {"text/html", "<h1>No</h1>", false, "<h1>No</h1>", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &web{answer: fetch.Answer{Status: 500, Header: http.Header{"Content-Type": {c.kind}, "X-A": {"1", "2"}, "Set-Cookie": {"secret"}}, Body: []byte(c.body), Truncated: c.cut}}
			got, err := reach(t, &action.Reach{Fetcher: w}, action.Request{Type: "http.request", Params: json.RawMessage(`{"method":"GET","url":"u"}`)})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "result", map[string]any{"status": 500.0, "headers": map[string]any{"content-type": c.kind, "x-a": "1, 2"}, "body": c.want, "truncated": c.truncated}, got)
		})
	}
	t.Run("what escapes to more than a state may hold", func(t *testing.T) {
		w := &web{answer: fetch.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`"` + strings.Repeat("<", fetch.MaxAnswer-2) + `"`)}}
		got, err := reach(t, &action.Reach{Fetcher: w}, action.Request{Type: "http.request", Params: json.RawMessage(`{"method":"GET","url":"u"}`)})
		if data, _ := json.Marshal(got); err != nil || len(data) > 128<<10 || got["truncated"] != true {
			t.Errorf("%d bytes, truncated %v, %v", len(data), got["truncated"], err)
		}
	})
}

func TestModelSteps(t *testing.T) {
	about := json.RawMessage(`{"message":{"subject":"Refund for order A-1","text":"I want a refund. Order: A-17","from":"anna@example.com","fromName":"Anna"}}`)
	d := &action.Reach{Model: ai.Standin{}}
	for typ, c := range map[string]struct {
		params string
		want   map[string]any
	}{
		"ai.classify": {`{"labels":["shipping","refund"]}`, map[string]any{"label": "refund", "confidence": 0.83, "model": "standin"}},
		"ai.extract":  {`{"fields":{"order":"string","due":"date"}}`, map[string]any{"order": "A-1"}},
	} {
		got, err := reach(t, d, action.Request{Type: typ, Params: json.RawMessage(c.params), Context: about})
		if err != nil {
			t.Fatal(err)
		}
		same(t, typ, c.want, got)
	}
	got, err := reach(t, d, action.Request{Type: "ai.summarise", Params: json.RawMessage(`{}`), Context: about})
	if text, _ := got["text"].(string); err != nil || !strings.HasPrefix(text, ai.StandinSummary) || !strings.Contains(text, "I want a refund") {
		t.Errorf("%v, %v", got, err)
	}
	for _, typ := range []string{"ai.reply", "ai.classify", "ai.extract", "ai.summarise"} {
		_, err := reach(t, &action.Reach{}, action.Request{Type: typ, Params: json.RawMessage(`{"labels":["a","b"],"fields":{"a":"string"}}`), Context: about})
		wantName(t, err, "ai_disabled")
	}
	_, err = reach(t, d, action.Request{Type: "ai.classify", Params: json.RawMessage(`{"labels":[]}`)})
	wantName(t, err, "invalid")
}
