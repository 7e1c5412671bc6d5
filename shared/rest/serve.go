package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/trail"
)

// maxPath bounds a path: its parts become keys, and ids are short.
const maxPath = 1000

// Handler serves every route of the table in routes.go.
func (s *Server) Handler() http.Handler {
	routes := s.routes()
	mux := http.NewServeMux()
	for _, rt := range routes {
		mux.Handle(rt.method+" "+rt.path, s.serve(rt))
	}
	lost := func(w http.ResponseWriter, r *http.Request) { problemOf(r, unrouted(routes, r)).write(w) }
	mux.HandleFunc("/", lost)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) > maxPath || path.Clean(r.URL.Path) != r.URL.Path {
			lost(w, r) // the mux would redirect to the clean path
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unrouted tells a wrong path from a wrong method, and which methods there are.
func unrouted(routes []route, r *http.Request) error {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := http.NewServeMux()
		for _, rt := range routes {
			if rt.method == method {
				probe.Handle(rt.method+" "+rt.path, http.NotFoundHandler())
			}
		}
		try := r.Clone(r.Context())
		try.Method = method
		if _, pattern := probe.Handler(try); pattern != "" && path.Clean(r.URL.Path) == r.URL.Path {
			methods = append(methods, method)
		}
	}
	if len(methods) == 0 || len(r.URL.Path) > maxPath {
		return fault.New(fault.NotFound, "there is nothing at %s: see /v1/openapi.json for what there is", cut(r.URL.Path, 200))
	}
	list := strings.Join(methods, ", ")
	return &httpError{status: http.StatusMethodNotAllowed, detail: r.Method + " is not possible here; there is " + list, header: map[string]string{"Allow": list}}
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

// serve checks the role, reads the body, and runs the handler: once, when the request
// has an Idempotency-Key.
func (s *Server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reply(rt, r).write(w)
	})
}

func (s *Server) reply(rt route, r *http.Request) reply {
	if rt.role != public {
		c := s.caller(r)
		if c.rank < rt.role {
			return problemOf(r, fault.New(fault.Forbidden, "%s %s takes the role %s; you have %s", rt.method, rt.path, roleNames[rt.role], c.roleName()))
		}
		r = r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
	}
	if rt.method == http.MethodGet {
		return s.handle(rt, r, nil)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return problemOf(r, fault.New(fault.Invalid, "the body cannot be read"))
	}
	if len(body) > maxBody {
		return problemOf(r, &httpError{status: http.StatusRequestEntityTooLarge, detail: "the body is larger than 1 MB"})
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if key, has := r.Header["Idempotency-Key"]; has && rt.method == http.MethodPost && rt.action != hookAction { // a secret is not kept
		return wrote(rt, r, s.once(rt, r, strings.Join(key, ", "), body))
	}
	return wrote(rt, r, s.handle(rt, r, body))
}

// wrote is the line of the log about a request that may have changed something: who asked
// is in the audit log.
func wrote(rt route, r *http.Request, out reply) reply {
	slog.InfoContext(r.Context(), "request", "route", rt.method+" "+rt.path, "status", out.status, "id", shownID(r))
	return out
}

// handle runs the handler and notes in the audit log what it changed.
func (s *Server) handle(rt route, r *http.Request, body []byte) (out reply) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(r.Context(), "panic", "error", fmt.Sprint(p), trail.Stack, string(debug.Stack()))
			out = problemOf(r, fault.New(fault.Internal, "panic"))
		}
	}()
	r = r.WithContext(context.WithValue(r.Context(), changeKey{}, &change{body: body}))
	a, err := rt.handle(r)
	if err != nil {
		return problemOf(r, err)
	}
	if out, err = render(a); err != nil {
		return problemOf(r, err)
	}
	if rt.action != "" {
		s.record(rt, r, out)
	}
	return out
}
