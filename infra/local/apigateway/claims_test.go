package apigateway_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/golang-jwt/jwt/v5"

	"github.com/deskhand/deskhand/infra/local/apigateway"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

// oneKey is an issuer with one key.
type oneKey struct{ key *rsa.PublicKey }

func (k oneKey) Key(context.Context, string, string) (*rsa.PublicKey, error) { return k.key, nil }

// TestClaims has tokens that the local issuer never gives.
func TestClaims(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var got events.APIGatewayV2HTTPRequest
	api, err := apigateway.New(apigateway.Config{AuthRequired: true, Keys: oneKey{&key.PublicKey},
		API: cfn.HTTPAPI{ID: "a", Stages: []cfn.Stage{{Name: "$default"}}, Routes: []cfn.Route{{Key: "$default", Timeout: time.Second,
			Authorizer: &cfn.Authorizer{ID: "j", Issuer: "https://i.test", Audience: []string{"one", "two"}, Sources: []string{"$request.header.Authorization"}}}}},
		Invoke: func(_ context.Context, c lambda.Call) (lambda.Result, error) {
			got = events.APIGatewayV2HTTPRequest{}
			return lambda.Result{Payload: []byte(`{"statusCode":200}`)}, json.Unmarshal(c.Payload, &got)
		}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		claims jwt.MapClaims
		status int
	}{
		"audience list":        {jwt.MapClaims{"aud": []string{"x", "two"}}, 200},
		"client id":            {jwt.MapClaims{"client_id": "one"}, 200},
		"client id, wrong":     {jwt.MapClaims{"client_id": "three"}, 401},
		"aud before client":    {jwt.MapClaims{"aud": "three", "client_id": "one"}, 401},
		"no audience":          {jwt.MapClaims{}, 401},
		"expired":              {jwt.MapClaims{"aud": "one", "exp": now - 10}, 401},
		"no expiry":            {jwt.MapClaims{"aud": "one", "exp": nil}, 401},
		"not yet":              {jwt.MapClaims{"aud": "one", "nbf": now + 100}, 401},
		"issued in the future": {jwt.MapClaims{"aud": "one", "iat": now + 100}, 401},
		"other issuer":         {jwt.MapClaims{"aud": "one", "iss": "https://j.test"}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			claims := jwt.MapClaims{"iss": "https://i.test", "exp": now + 100, "groups": []string{"a", "b"}, "n": 12345678901, "yes": true}
			for k, v := range c.claims {
				claims[k] = v
				if v == nil {
					delete(claims, k)
				}
			}
			tok := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
			tok.Header["kid"] = "k"
			text, err := tok.SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.Header.Set("Authorization", "Bearer "+text)
			rec := httptest.NewRecorder()
			api.ServeHTTP(rec, req)
			if rec.Code != c.status {
				t.Fatalf("status %d %s, want %d", rec.Code, rec.Body, c.status)
			}
			if c.status != http.StatusOK {
				return
			}
			have := got.RequestContext.Authorizer.JWT.Claims
			if have["groups"] != "[a b]" || have["n"] != "12345678901" || have["yes"] != "true" {
				t.Errorf("claims %v", have)
			}
		})
	}
}
