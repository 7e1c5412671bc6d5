package apigateway_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/apigateway"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/iam"
	"github.com/deskhand/deskhand/infra/local/issuer"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

const roleClaim = "deskhand:role"

const template = `
Transform: AWS::Serverless-2016-10-31
Parameters: {Issuer: {Type: String}}
Resources:
  Web: {Type: AWS::Serverless::Function, Properties: {CodeUri: web, Runtime: provided.al2023, Timeout: 29}}
  Shut: {Type: AWS::Serverless::Function, Properties: {CodeUri: web, Runtime: provided.al2023}}
  Permission: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Web, Principal: apigateway.amazonaws.com, SourceArn: !Sub "arn:aws:execute-api:us-east-1:123456789012:${Api}/*"}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: t, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ["https://a.test"], AllowMethods: [GET], AllowHeaders: [x-a], MaxAge: 60}}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, DefaultRouteSettings: {ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000}, RouteSettings: {"GET /limited": {ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2}}}}
  Jwt: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: oidc, AuthorizerType: JWT, IdentitySource: [$request.header.Authorization], JwtConfiguration: {Issuer: !Ref Issuer, Audience: [desk]}}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Web.Arn, PayloadFormatVersion: "2.0"}}
  Brief: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Web.Arn, PayloadFormatVersion: "2.0", TimeoutInMillis: 1000}}
  J: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Shut.Arn}/invocations", PayloadFormatVersion: "2.0"}}
`

// routes are added to the template: key → integration and the rest of the properties.
var routes = []struct{ key, rest string }{
	{"ANY /v1/{proxy+}", "Target: !Sub 'integrations/${I}', AuthorizationType: JWT, AuthorizerId: !Ref Jwt"},
	{"GET /scoped", "Target: !Sub 'integrations/${I}', AuthorizationType: JWT, AuthorizerId: !Ref Jwt, AuthorizationScopes: [deskhand/admin, deskhand/editor]"},
	{"GET /v1/config", "Target: !Sub 'integrations/${I}'"},
	{"ANY /x/{id}", "Target: !Sub 'integrations/${I}'"},
	{"GET /x/{id}", "Target: !Sub 'integrations/${I}'"},
	{"GET /x/special", "Target: !Sub 'integrations/${I}'"},
	{"GET /x/{id}/y", "Target: !Sub 'integrations/${I}'"},
	{"GET /x/{rest+}", "Target: !Sub 'integrations/${I}'"},
	{"GET /limited", "Target: !Sub 'integrations/${I}'"},
	{"GET /brief", "Target: !Sub 'integrations/${Brief}'"},
	{"GET /shut", "Target: !Sub 'integrations/${J}'"},
	{"POST /only", "Target: !Sub 'integrations/${I}'"},
}

type gateway struct {
	url    string
	issuer *issuer.Issuer
	client *http.Client
}

func mustServe(tb testing.TB, authRequired, fallback bool) *gateway {
	tb.Helper()
	dir := tb.TempDir()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	tb.Cleanup(srv.Close)
	iss, err := issuer.New(issuer.Config{Dir: dir, URL: srv.URL, Audience: "desk", RoleClaim: roleClaim})
	if err != nil {
		tb.Fatal(err)
	}
	iss.Register(mux)
	body := template
	for i, r := range routes {
		body += "  R" + string(rune('a'+i)) + ": {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: \"" + r.key + "\", " + r.rest + "}}\n"
	}
	if fallback {
		body += "  Rdefault: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub 'integrations/${I}'}}\n"
	}
	st, err := cfn.Parse([]byte(body), "testdata", map[string]string{"Issuer": srv.URL}, cfn.Env{Stack: "t"})
	if err != nil {
		tb.Fatal(err)
	}
	auth, err := iam.New(st)
	if err != nil {
		tb.Fatal(err)
	}
	ck := clock.Manual(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	fns, err := lambda.New(lambda.Config{DB: disk.OpenT(tb), Clock: ck, Account: st.Account, Region: st.Region, Functions: st.Functions(), Root: "testdata", DataDir: dir, Auth: auth})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(fns.Close)
	if err := fns.Build(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	api, err := apigateway.New(apigateway.Config{API: *st.HTTPAPI(), Account: st.Account, Region: st.Region, Clock: ck, Invoke: fns.Invoke, AuthRequired: authRequired, RoleClaim: roleClaim})
	if err != nil {
		tb.Fatal(err)
	}
	mux.Handle("/", api)
	return &gateway{url: srv.URL, issuer: iss, client: &http.Client{}}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (g *gateway) do(tb testing.TB, method, path string, body []byte, header http.Header) reply {
	tb.Helper()
	req, err := http.NewRequest(method, g.url+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if body == nil {
		req.Body, req.ContentLength = nil, 0
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := g.client.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(b)}
}

// event is the event that the function got.
func (g *gateway) event(tb testing.TB, method, path string, body []byte, header http.Header) events.APIGatewayV2HTTPRequest {
	tb.Helper()
	r := g.do(tb, method, path, body, header)
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		tb.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return e
}

func TestGateway(t *testing.T) {
	g := mustServe(t, true, true)
	t.Run("routes", func(t *testing.T) {
		for _, c := range []struct {
			method, path, key string
			vars              map[string]string
		}{
			{"GET", "/x/special", "GET /x/special", nil},
			{"POST", "/x/special", "ANY /x/{id}", map[string]string{"id": "special"}},
			{"GET", "/x/5", "GET /x/{id}", map[string]string{"id": "5"}},
			{"DELETE", "/x/5", "ANY /x/{id}", map[string]string{"id": "5"}},
			{"GET", "/x/5/y", "GET /x/{id}/y", map[string]string{"id": "5"}},
			{"GET", "/x/5/z/q", "GET /x/{rest+}", map[string]string{"rest": "5/z/q"}},
			{"GET", "/v1/config", "GET /v1/config", nil},
			{"GET", "/", "$default", nil},
			{"GET", "/only", "$default", nil},
			{"POST", "/only", "POST /only", nil},
			{"GET", "/x/a%20b", "GET /x/{id}", map[string]string{"id": "a b"}},
		} {
			e := g.event(t, c.method, c.path, nil, nil)
			if d := cmp.Diff(c.vars, e.PathParameters); e.RouteKey != c.key || d != "" {
				t.Errorf("%s %s: route %q (-want +got):\n%s", c.method, c.path, e.RouteKey, d)
			}
		}
	})
	t.Run("event", func(t *testing.T) {
		e := g.event(t, "POST", "/x/a%2Bb?q=1&q=2&r=%26", []byte(`{"a":1}`), http.Header{"Content-Type": {"application/json"}, "X-Two": {"1", "2"}, "Cookie": {"a=1; b=2"}})
		if e.Version != "2.0" || e.RawPath != "/x/a+b" || e.RawQueryString != "q=1&q=2&r=%26" || e.Body != `{"a":1}` || e.IsBase64Encoded {
			t.Errorf("%+v", e)
		}
		if d := cmp.Diff(map[string]string{"q": "1,2", "r": "&"}, e.QueryStringParameters); d != "" {
			t.Errorf("query:\n%s", d)
		}
		if d := cmp.Diff([]string{"a=1", "b=2"}, e.Cookies); d != "" {
			t.Errorf("cookies:\n%s", d)
		}
		if e.Headers["x-two"] != "1,2" || e.Headers["cookie"] != "" || e.Headers["content-length"] != "7" || e.Headers["x-forwarded-proto"] != "http" {
			t.Errorf("headers %v", e.Headers)
		}
		rc := e.RequestContext
		if rc.Stage != "$default" || rc.AccountID != "123456789012" || rc.HTTP.Method != "POST" || rc.HTTP.SourceIP != "127.0.0.1" || rc.Time != "22/Nov/2026:09:00:00 +0000" || rc.Authorizer != nil {
			t.Errorf("context %+v", rc)
		}
	})
	t.Run("bodies that are not text", func(t *testing.T) {
		for _, kind := range []string{"application/octet-stream", "application/x-www-form-urlencoded", "application/json"} {
			body := []byte{0, 255}
			e := g.event(t, "POST", "/only", body, http.Header{"Content-Type": {kind}})
			if got, err := base64.StdEncoding.DecodeString(e.Body); !e.IsBase64Encoded || err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s: %v %q", kind, e.IsBase64Encoded, e.Body)
			}
		}
	})
	t.Run("answers", func(t *testing.T) {
		r := g.do(t, "GET", "/x/5?answer=full", nil, nil)
		if r.status != 201 || r.header.Get("X-One") != "1" || r.body != "<p>hi" || r.header.Get("Content-Type") != "text/html" || r.header.Get("Apigw-Requestid") == "" {
			t.Errorf("%+v", r)
		}
		if d := cmp.Diff([]string{"a=1; Path=/", "b=2"}, r.header.Values("Set-Cookie")); d != "" {
			t.Errorf("cookies:\n%s", d)
		}
		if r := g.do(t, "GET", "/x/5?answer=binary", nil, nil); r.body != "\x00\x01\xff" || r.header.Get("Content-Type") != "image/png" {
			t.Errorf("%+v", r)
		}
		if r := g.do(t, "GET", "/x/5?answer=plain", nil, nil); r.status != 200 || r.body != "text" || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%+v", r)
		}
		if r := g.do(t, "GET", "/x/5?answer=empty", nil, nil); r.status != 204 || r.body != "" {
			t.Errorf("%+v", r)
		}
		if r := g.do(t, "HEAD", "/x/5?answer=full", nil, nil); r.status != 201 || r.body != "" {
			t.Errorf("%+v", r)
		}
		for _, bad := range []string{"bad+status", "bad+base64", "fail"} {
			if r := g.do(t, "GET", "/x/5?answer="+bad, nil, nil); r.status != 500 || strings.TrimSpace(r.body) != `{"message":"Internal Server Error"}` {
				t.Errorf("%s: %+v", bad, r)
			}
		}
	})
	t.Run("limits", func(t *testing.T) {
		if r := g.do(t, "POST", "/only", make([]byte, apigateway.MaxBody+1), nil); r.status != 413 || strings.TrimSpace(r.body) != `{"message":"Request Entity Too Large"}` {
			t.Errorf("large: %+v", r)
		}
		if r := g.do(t, "GET", "/brief?answer=slow", nil, nil); r.status != 503 || strings.TrimSpace(r.body) != `{"message":"Service Unavailable"}` {
			t.Errorf("slow: %+v", r)
		}
		var got []int
		for range 4 {
			got = append(got, g.do(t, "GET", "/limited", nil, nil).status)
		}
		if d := cmp.Diff([]int{200, 200, 429, 429}, got); d != "" {
			t.Errorf("throttle:\n%s", d)
		}
		if r := g.do(t, "GET", "/shut", nil, nil); r.status != 500 {
			t.Errorf("without a permission: %+v", r)
		}
	})
	t.Run("cors", func(t *testing.T) {
		r := g.do(t, "OPTIONS", "/v1/x", nil, http.Header{"Origin": {"https://a.test"}, "Access-Control-Request-Method": {"GET"}})
		if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "https://a.test" || r.header.Get("Access-Control-Max-Age") != "60" {
			t.Errorf("%+v", r)
		}
		if r := g.do(t, "GET", "/x/1", nil, http.Header{"Origin": {"https://b.test"}}); r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%+v", r)
		}
	})
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestAuthorizer(t *testing.T) {
	g := mustServe(t, true, true)
	person, err := g.issuer.Token("eve@x.test", "editor")
	if err != nil {
		t.Fatal(err)
	}
	machine, err := g.issuer.MachineToken("editor")
	if err != nil {
		t.Fatal(err)
	}
	viewer, err := g.issuer.MachineToken("viewer")
	if err != nil {
		t.Fatal(err)
	}
	other, err := issuer.New(issuer.Config{Dir: t.TempDir(), URL: g.url, Audience: "desk", RoleClaim: roleClaim})
	if err != nil {
		t.Fatal(err)
	}
	forged, err := other.Token("eve@x.test", "admin")
	if err != nil {
		t.Fatal(err)
	}
	hs := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": g.url, "aud": "desk", "exp": time.Now().Add(time.Hour).Unix()})
	_, kid := g.issuer.PublicKey()
	hs.Header["kid"] = kid
	symmetric, err := hs.SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path   string
		header http.Header
		status int
		body   string
	}{
		"person":                {"/v1/me", bearer(person), 200, ""},
		"bare token":            {"/v1/me", http.Header{"Authorization": {person}}, 200, ""},
		"machine":               {"/scoped", bearer(machine), 200, ""},
		"none":                  {"/v1/me", nil, 401, `{"message":"Unauthorized"}`},
		"rubbish":               {"/v1/me", bearer("x.y.z"), 401, `{"message":"Unauthorized"}`},
		"forged":                {"/v1/me", bearer(forged), 401, `{"message":"Unauthorized"}`},
		"symmetric":             {"/v1/me", bearer(symmetric), 401, `{"message":"Unauthorized"}`},
		"scope missing":         {"/scoped", bearer(viewer), 403, `{"message":"Forbidden"}`},
		"person without scope":  {"/scoped", bearer(person), 403, `{"message":"Forbidden"}`},
		"open route":            {"/v1/config", nil, 200, ""},
		"open route, bad token": {"/v1/config", bearer("x"), 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.do(t, "GET", c.path, nil, c.header)
			if r.status != c.status || c.body != "" && strings.TrimSpace(r.body) != c.body {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	t.Run("claims", func(t *testing.T) {
		c := g.event(t, "GET", "/v1/me", nil, bearer(person)).RequestContext.Authorizer.JWT.Claims
		if c["email"] != "eve@x.test" || c[roleClaim] != "editor" || c["email_verified"] != "true" || len(c["exp"]) != 10 || c["iss"] != g.url {
			t.Errorf("claims %v", c)
		}
		j := g.event(t, "GET", "/scoped", nil, bearer(machine)).RequestContext.Authorizer.JWT
		if d := cmp.Diff([]string{"deskhand/admin", "deskhand/editor"}, j.Scopes); d != "" || j.Claims["scope"] != "deskhand/editor" {
			t.Errorf("%v\n%s", j.Claims, d)
		}
	})
}

func TestLocalAdmin(t *testing.T) {
	g := mustServe(t, false, false)
	c := g.event(t, "GET", "/v1/me", nil, nil).RequestContext.Authorizer.JWT.Claims
	if c["email"] != apigateway.AdminEmail || c[roleClaim] != "admin" {
		t.Errorf("claims %v", c)
	}
	if r := g.do(t, "GET", "/v1/me", nil, bearer("x.y.z")); r.status != 401 {
		t.Errorf("a bad token goes on as admin: %d", r.status)
	}
	if r := g.do(t, "GET", "/nowhere", nil, nil); r.status != 404 || strings.TrimSpace(r.body) != `{"message":"Not Found"}` {
		t.Errorf("%+v", r)
	}
}
