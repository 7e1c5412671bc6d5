package stack

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"

	"github.com/deskhand/deskhand/infra/local/apigateway"
)

// handler is the front: the HTTP API of the template, and what exists only here.
func (s *Stack) handler() (http.Handler, error) {
	api := s.Template.HTTPAPI()
	if api == nil {
		return nil, fmt.Errorf("template: there is no AWS::ApiGatewayV2::Api")
	}
	gateway, err := apigateway.New(apigateway.Config{API: *api, Account: account, Region: region, Clock: s.Clock, Invoke: s.Lambda.Invoke,
		AuthRequired: s.config.AuthRequired, RoleClaim: roleClaim, Keys: ownKeys{s}})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	s.Issuer.Register(mux)
	mux.Handle("/local/", s.Mail.Handler())
	mux.Handle("/local/throttle", s.throttle())
	mux.HandleFunc("GET /v1/healthz", func(w http.ResponseWriter, r *http.Request) {
		if s.settling.Load() {
			http.Error(w, `{"message":"Service Unavailable"}`, http.StatusServiceUnavailable)
			return
		}
		gateway.ServeHTTP(w, r)
	})
	mux.Handle("/", gateway)
	return mux, nil
}

// ownKeys are the keys of the local issuer, without the way over HTTP.
type ownKeys struct{ s *Stack }

func (k ownKeys) Key(ctx context.Context, issuer, id string) (*rsa.PublicKey, error) {
	if issuer == k.s.Issuer.URL() {
		if key, own := k.s.Issuer.PublicKey(); own == id {
			return key, nil
		}
		return nil, fmt.Errorf("the local issuer has no key %q", id)
	}
	return apigateway.NewFetcher(nil).Key(ctx, issuer, id)
}
