package rest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
)

// reply is an answer as it goes out, and as an Idempotency-Key keeps it.
type reply struct {
	status int
	header map[string]string
	body   []byte
	effect bool // of an error: the request had its effect all the same
}

// render makes the reply of a handler's answer.
func render(a *answer) (reply, error) {
	out := reply{status: a.status, header: map[string]string{}}
	for k, v := range a.header {
		out.header[k] = v
	}
	if a.body == nil {
		return out, nil
	}
	body, err := marshal(a.body)
	if err != nil {
		return out, err
	}
	out.body = body
	if out.header["Content-Type"] == "" {
		out.header["Content-Type"] = "application/json"
	}
	return out, nil
}

func (p reply) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	for k, v := range p.header {
		h.Set(k, v)
	}
	w.WriteHeader(p.status)
	if len(p.body) == 0 {
		return
	}
	if _, err := w.Write(p.body); err != nil {
		slog.Error("write answer", "error", err)
	}
}

// marshal writes JSON without the escaping of HTML, which nobody needs here.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
