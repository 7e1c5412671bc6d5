package action

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/fetch"
)

// maxAnswer bounds what a step keeps of an answer, as JSON: Step Functions ends a run
// whose state hands on more than 256 KiB, and nothing can catch that.
const (
	maxAnswer        = 96 << 10
	maxAnswerHeaders = 50
)

// Fetcher makes HTTP requests (package fetch).
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Answer, error)
}

// httpResult is steps.<node>.* of an http.request.
type httpResult struct {
	Status    int               `json:"status"`
	Headers   map[string]string `json:"headers"`   // names in lower case
	Body      any               `json:"body"`      // parsed when the answer says it is JSON, else text; null when there is none
	Truncated bool              `json:"truncated"` // the body was longer than what is kept; it is text then
}

// request is http.request {method, url, headers?, body?} → status, headers, body,
// truncated. Every answer is a result, whatever its status: a branch on status decides
// what it means. Only no answer is an error.
func (d *Reach) request(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Method  string
		URL     string
		Headers map[string]any
		Body    json.RawMessage
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	req := fetch.Request{Method: p.Method, URL: p.URL, Header: map[string]string{}, Timeout: time.Duration(r.Timeout) * time.Second}
	has := map[string]bool{}
	for k, v := range p.Headers {
		s, err := headerText(v)
		if err != nil {
			return nil, fault.New(fault.Invalid, "the header %q is neither text, number nor true or false", k)
		}
		req.Header[k], has[strings.ToLower(k)] = s, true
	}
	body, kind, err := requestBody(p.Body)
	if err != nil {
		return nil, err
	}
	req.Body = body
	if kind != "" && !has["content-type"] {
		req.Header["Content-Type"] = kind
	}
	if p.Method != "GET" && p.Method != "HEAD" && !has["idempotency-key"] && len(req.Header) < fetch.MaxHeaders {
		req.Header["Idempotency-Key"] = r.RunID + "." + r.Node // the same when Step Functions tries the step again
	}
	answer, err := d.Fetcher.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return &Response{Result: httpAnswer(answer)}, nil
}

func headerText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return oneLine(v), nil // a line break would begin another header
	case bool:
		return fmt.Sprint(v), nil
	case float64:
		data, err := json.Marshal(v)
		return string(data), err
	}
	return "", fmt.Errorf("not a text")
}

// requestBody is what the param body stands for: a text is sent as it is, everything
// else as JSON, null not at all.
func requestBody(raw json.RawMessage) (body []byte, kind string, err error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, "", nil
	}
	if raw[0] != '"' {
		return raw, "application/json", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, "", err
	}
	return []byte(s), "text/plain; charset=utf-8", nil
}

func httpAnswer(a *fetch.Answer) httpResult {
	out := httpResult{Status: a.Status, Headers: map[string]string{}, Truncated: a.Truncated}
	for k, v := range a.Header {
		if k == "Set-Cookie" || len(out.Headers) == maxAnswerHeaders {
			continue
		}
		out.Headers[strings.ToLower(k)], _ = cutText(printable(strings.Join(v, ", ")), 1<<10)
	}
	if len(a.Body) == 0 {
		return out
	}
	if isJSON(a.Header.Get("Content-Type")) && !a.Truncated {
		if v, ok := readJSON(a.Body); ok && encodedSize(v) <= maxAnswer {
			out.Body = v
			return out
		}
	}
	text := printable(string(a.Body))
	for encodedSize(text) > maxAnswer {
		text, out.Truncated = strings.ToValidUTF8(text[:len(text)*3/4], ""), true
	}
	out.Body = text
	return out
}

func isJSON(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || t == "text/json" || strings.HasSuffix(t, "+json"))
}

// maxNesting keeps an answer from being deeper than what reads it later can follow.
const maxNesting = 64

func readJSON(data []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	depth, deepest := 0, 0
	for {
		t, err := dec.Token()
		if err != nil {
			break
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		deepest = max(deepest, depth)
	}
	var v any
	if deepest > maxNesting || json.Unmarshal(data, &v) != nil {
		return nil, false
	}
	return v, true
}

func encodedSize(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		return maxAnswer + 1
	}
	return len(data)
}

// printable makes any bytes a text without control characters, but for white space.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && r != '\r' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}
