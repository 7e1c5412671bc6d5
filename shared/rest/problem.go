package rest

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/workflow"
)

// Problem is an error answer (RFC 9457).
type Problem struct {
	Type     string             `json:"type"`
	Title    string             `json:"title"`
	Status   int                `json:"status"`
	Detail   string             `json:"detail"`
	Problems []workflow.Problem `json:"problems,omitempty"`
}

// httpError is an error that has a status of its own.
type httpError struct {
	status int
	detail string
}

func (e *httpError) Error() string { return e.detail }

func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	code := fault.CodeOf(err)
	p := Problem{Type: "about:blank", Status: fault.Status(code), Detail: fault.Message(err)}
	var own *httpError
	var rejected *publish.Rejected
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		p.Status, p.Detail = own.status, own.detail
	case errors.As(err, &rejected):
		p.Status, p.Detail, p.Problems = http.StatusUnprocessableEntity, rejected.Error(), rejected.Problems
	case errors.As(err, &tooLarge):
		p.Status, p.Detail = http.StatusRequestEntityTooLarge, "the body is larger than 1 MB"
	case code == fault.Internal:
		slog.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
	}
	p.Title = http.StatusText(p.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	encode(w, p)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-store")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encode(w, body)
}

func encode(w http.ResponseWriter, v any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		slog.Error("write answer", "error", err.Error())
	}
}
