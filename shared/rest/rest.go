// Package rest is the HTTP interface under /v1 (contract.md, "REST"): routes, roles,
// reading requests, answering JSON and problem+json. What the requests do is in the
// packages that it calls; it knows net/http and no AWS.
package rest

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/launch"
	"github.com/deskhand/deskhand/shared/publish"
	"github.com/deskhand/deskhand/shared/record"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/store"
)

// Engine is what the handlers need of package engine beyond publishing and starting.
type Engine interface {
	WholeHistory(ctx context.Context, executionArn string, limit int) ([]run.HistoryEvent, error)
	History(ctx context.Context, executionArn, cursor string, limit int) ([]run.HistoryEvent, string, error)
	Stop(ctx context.Context, executionArn, code, cause string) error
	Redrive(ctx context.Context, executionArn, token string) error
}

// Links makes short-lived addresses of objects in the bucket.
type Links interface {
	Link(ctx context.Context, key, fileName string, life time.Duration) (string, error)
}

// Reprocessor gives a mail that failed to receive once more.
type Reprocessor interface {
	Reprocess(ctx context.Context, m desk.FailedMail) (inbound.Outcome, error)
}

// Config is what clients need to sign in.
type Config struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
}

// Server answers /v1.
type Server struct {
	Store     *store.Store
	Engine    Engine
	Publisher *publish.Publisher
	Launcher  *launch.Launcher
	Approvals *approval.Service
	Recorder  *record.Recorder
	Mailer    action.Mailer
	Links     Links
	Mail      Reprocessor
	NewID     func(prefix string) string
	Now       func() time.Time
	RoleClaim string
	Config    Config
}

// handler answers one route: a value for JSON, or an error for problem+json.
type handler func(r *http.Request) (*answer, error)

// answer is a successful one; a nil body is 204.
type answer struct {
	status int
	body   any
	header map[string]string
}

func ok(body any) (*answer, error) { return &answer{status: http.StatusOK, body: body}, nil }

func created(location string, body any) (*answer, error) {
	return &answer{status: http.StatusCreated, body: body, header: map[string]string{"Location": location}}, nil
}

func accepted(body any) (*answer, error) {
	return &answer{status: http.StatusAccepted, body: body}, nil
}

func done() (*answer, error) { return &answer{status: http.StatusNoContent}, nil }

// Handler serves every route of the table in routes.go.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.Handle(rt.method+" "+rt.path, s.serve(rt))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, s.unrouted(r))
	})
	return mux
}

// unrouted tells a wrong path from a wrong method.
func (s *Server) unrouted(r *http.Request) error {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := http.NewServeMux()
		for _, rt := range s.routes() {
			if rt.method == method {
				probe.Handle(rt.method+" "+rt.path, http.NotFoundHandler())
			}
		}
		try := r.Clone(r.Context())
		try.Method = method
		if _, pattern := probe.Handler(try); pattern != "" {
			return &httpError{status: http.StatusMethodNotAllowed, detail: r.Method + " is not possible here; " + method + " is"}
		}
	}
	return fault.New(fault.NotFound, "there is nothing at %s: see /v1/openapi.json and the README for what there is", r.URL.Path)
}

// serve checks the role, runs the handler and writes its answer.
func (s *Server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				slog.ErrorContext(r.Context(), "panic", "value", p, "stack", string(debug.Stack()))
				writeProblem(w, r, fault.New(fault.Internal, "panic"))
			}
		}()
		if rt.role != public {
			c := s.caller(r)
			if c.rank < rt.role {
				writeProblem(w, r, fault.New(fault.Forbidden, "%s %s takes the role %s; you have %s", rt.method, rt.path, roleNames[rt.role], c.roleName()))
				return
			}
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		a, err := rt.handle(r)
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		writeJSON(w, a.status, a.body)
	})
}
