// Package lambdahttp turns an API Gateway HTTP API event (payload format 2.0) into a
// request for an http.Handler, and its answer back.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

type claimsKey struct{}

// Claims are the verified claims of the caller's token, as API Gateway passes them (all
// texts); nil on a route without an authorizer.
func Claims(ctx context.Context) map[string]string {
	c, _ := ctx.Value(claimsKey{}).(map[string]string)
	return c
}

// WithClaims is for tests of handlers.
func WithClaims(ctx context.Context, claims map[string]string) context.Context {
	return context.WithValue(ctx, claimsKey{}, claims)
}

// Serve makes a Lambda handler of h.
func Serve(h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := Request(ctx, e)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusBadRequest, Body: err.Error()}, nil
		}
		w := &recorder{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(w, r)
		if r.Method == http.MethodHead {
			w.body.Reset()
		}
		return w.response(), nil
	}
}

// Request is the http.Request that the event stands for.
func Request(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("body is not base64: %w", err)
		}
	}
	target := e.RawPath
	if target == "" {
		target = "/"
	}
	u := url.URL{Path: target, RawQuery: e.RawQueryString}
	if p, err := url.PathUnescape(target); err == nil && p != target {
		u.Path, u.RawPath = p, target
	}
	if e.RequestContext.Authorizer != nil && e.RequestContext.Authorizer.JWT != nil {
		claims := map[string]string{}
		for k, v := range e.RequestContext.Authorizer.JWT.Claims {
			claims[k] = v
		}
		if s := e.RequestContext.Authorizer.JWT.Scopes; len(s) > 0 {
			claims["scope"] = strings.Join(s, " ")
		}
		ctx = WithClaims(ctx, claims)
	}
	r, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL = &u // never parsed as a whole: a path may begin with //
	for k, v := range e.Headers {
		r.Header.Set(k, v) // values of a repeated header come joined by commas
	}
	for _, c := range e.Cookies {
		r.Header.Add("Cookie", c)
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host") // as net/http has it
	r.RemoteAddr = e.RequestContext.HTTP.SourceIP
	r.RequestURI = u.RequestURI()
	return r, nil
}

type recorder struct {
	header http.Header
	body   bytes.Buffer
	status int
	wrote  bool
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *recorder) response() events.APIGatewayV2HTTPResponse {
	out := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}}
	if w.header.Get("Content-Type") == "" && w.body.Len() > 0 {
		w.header.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	if w.header.Get("Date") == "" {
		w.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	for k, v := range w.header {
		if k == "Set-Cookie" {
			out.Cookies = v
			continue
		}
		out.Headers[k] = strings.Join(v, ", ")
	}
	if utf8.Valid(w.body.Bytes()) && w.header.Get("Content-Encoding") == "" {
		out.Body = w.body.String()
	} else {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return out
}
