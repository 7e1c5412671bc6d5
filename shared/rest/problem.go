package rest

import (
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
	header map[string]string
}

func (e *httpError) Error() string { return e.detail }

// happened is an error after the request had its effect all the same: doing it again
// would have the effect twice.
type happened struct{ cause error }

func (e *happened) Error() string { return e.cause.Error() }
func (e *happened) Unwrap() error { return e.cause }

// problemOf is the answer that an error becomes. What is Internal is logged whole and
// shown as "internal error".
func problemOf(r *http.Request, err error) reply {
	code := fault.CodeOf(err)
	p := Problem{Type: "about:blank", Status: fault.Status(code), Detail: fault.Message(err)}
	header := map[string]string{}
	var own *httpError
	var rejected *publish.Rejected
	switch {
	case errors.As(err, &own):
		p.Status, p.Detail = own.status, own.detail
		for k, v := range own.header {
			header[k] = v
		}
	case errors.As(err, &rejected):
		p.Status, p.Detail, p.Problems = http.StatusUnprocessableEntity, rejected.Error(), rejected.Problems
	case code == fault.Internal:
		slog.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "id", shownID(r), "error", err)
	case code == fault.Unavailable:
		header["Retry-After"] = "1"
	}
	p.Title = http.StatusText(p.Status)
	body, merr := marshal(p)
	if merr != nil {
		slog.ErrorContext(r.Context(), "write problem", "error", merr)
	}
	header["Content-Type"] = "application/problem+json"
	var late *happened
	return reply{status: p.Status, header: header, body: body, effect: errors.As(err, &late)}
}
