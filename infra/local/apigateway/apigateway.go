// Package apigateway plays one API Gateway HTTP API of the template: routes, stage,
// throttling, CORS, the JWT authorizer and Lambda proxy integrations with payload
// format 2.0. It invokes functions as apigateway.amazonaws.com, so that a missing
// AWS::Lambda::Permission fails here too.
//
// Supported: exact, {name} and {name+} routes, ANY, $default; AWS's own 401, 403, 404,
// 413, 429, 500 and 503 answers; base64 for bodies that are not text; cookies.
// Partly: throttling counts per stage and route in this process; a stage other than
// $default is the first segment of the path. Not: HTTP, private and service
// integrations, payload format 1.0, Lambda and IAM authorizers, mutual TLS, custom
// domains, access logs.
//
// Tokens and time-outs follow wall time; throttling and the request's time in the event are the stack's.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
package apigateway

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

// MaxBody is the largest request, https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const MaxBody = 10 << 20

// Config is what New needs.
type Config struct {
	API     cfn.HTTPAPI
	Account string
	Region  string
	Clock   *clock.Clock
	Invoke  func(context.Context, lambda.Call) (lambda.Result, error)
	// AuthRequired is as in AWS when true. When false, a request without a token to a
	// route with an authorizer goes on as the local admin; a token is verified all the same.
	AuthRequired bool
	// RoleClaim is the claim that holds the local admin's role.
	RoleClaim string
	// Keys finds an issuer's keys; nil asks the issuer over HTTP, as AWS does.
	Keys Keys
}

// API is the handler.
type API struct {
	cfg      Config
	stages   map[string]*stage
	routes   *table
	verifier map[string]*verifier // by authorizer id
}

// New makes the handler; an error names what the API lacks.
func New(cfg Config) (*API, error) {
	if cfg.Keys == nil {
		cfg.Keys = NewFetcher(nil)
	}
	a := &API{cfg: cfg, stages: map[string]*stage{}, verifier: map[string]*verifier{}}
	if len(cfg.API.Stages) == 0 {
		return nil, fmt.Errorf("API %s has no stage", cfg.API.LogicalID)
	}
	for _, s := range cfg.API.Stages {
		a.stages[s.Name] = newStage(s, func() time.Time { return now(cfg.Clock) })
	}
	var err error
	if a.routes, err = newTable(cfg.API.Routes); err != nil {
		return nil, fmt.Errorf("API %s: %w", cfg.API.LogicalID, err)
	}
	for _, r := range cfg.API.Routes {
		if r.Authorizer == nil || a.verifier[r.Authorizer.ID] != nil {
			continue
		}
		v, err := newVerifier(*r.Authorizer, cfg.Keys)
		if err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", r.Authorizer.LogicalID, err)
		}
		a.verifier[r.Authorizer.ID] = v
	}
	return a, nil
}

// refuse answers as the gateway itself does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID()
	w.Header().Set("Apigw-Requestid", id)
	st, path := a.stage(r.URL.Path)
	if st == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if a.cors(w, r) {
		return
	}
	route, vars := a.routes.match(r.Method, path)
	if route == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if !st.admit(route.Key) {
		refuse(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	}
	var claims map[string]string
	if route.Authorizer != nil {
		var ok bool
		if claims, ok = a.authorize(w, r, route); !ok {
			return
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
			return
		}
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	event, err := json.Marshal(a.event(r, route, st, id, vars, claims, body))
	if err != nil {
		slog.Error("api gateway event", "route", route.Key, "error", err.Error())
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), route.Timeout)
	defer cancel()
	res, err := a.cfg.Invoke(ctx, lambda.Call{Function: route.FunctionARN, Payload: event,
		Caller: awshttp.Principal{ARN: "apigateway.amazonaws.com"}, SourceARN: a.sourceARN(st, route), Trace: r.Header.Get("X-Amzn-Trace-Id")})
	if err != nil {
		a.refuseInvoke(w, r, route, err)
		return
	}
	if res.FunctionError != "" {
		slog.Error("api gateway: the function failed", "route", route.Key, "request", res.RequestID)
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	if err := respond(w, r, res.Payload); err != nil {
		slog.Error("api gateway: the function's answer is malformed", "route", route.Key, "request", res.RequestID, "error", err.Error())
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	}
}

func (a *API) refuseInvoke(w http.ResponseWriter, r *http.Request, route *cfn.Route, err error) {
	var e *awshttp.Error
	switch {
	case r.Context().Err() != nil: // the client has gone
	case errors.Is(err, context.DeadlineExceeded), lambda.IsStopping(err), errors.As(err, &e) && e.Code == "TooManyRequestsException":
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case errors.As(err, &e) && e.Code == "RequestTooLargeException":
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	default: // a missing permission too: the gateway does not tell callers why
		slog.Error("api gateway cannot invoke", "route", route.Key, "function", route.FunctionARN, "error", err.Error())
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	}
}

// sourceARN is what a permission's SourceArn is compared with.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
func (a *API) sourceARN(st *stage, route *cfn.Route) string {
	tail := "$default"
	if method, path, ok := strings.Cut(route.Key, " "); ok {
		if method == "ANY" {
			method = "*"
		}
		tail = method + path
	}
	return "arn:aws:execute-api:" + a.cfg.Region + ":" + a.cfg.Account + ":" + a.cfg.API.ID + "/" + st.name + "/" + tail
}

// stage finds the stage of a path and what is left of the path.
func (a *API) stage(path string) (*stage, string) {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if s := a.stages[first]; s != nil && first != "$default" {
		return s, "/" + rest
	}
	return a.stages["$default"], path
}

func requestID() string {
	var b [11]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]) + "="
}

func now(c *clock.Clock) time.Time {
	if c == nil {
		return time.Now().UTC()
	}
	return c.Now()
}
