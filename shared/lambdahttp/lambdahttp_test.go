package lambdahttp_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/lambdahttp"
)

func TestRequest(t *testing.T) {
	for _, c := range []struct {
		name  string
		event string
		want  string // method, path, escaped path, query, host, body
		check func(t *testing.T, r *http.Request)
	}{
		{"plain", `{"rawPath":"/v1/workflows","rawQueryString":"q=a%20b&q=c","headers":{"host":"desk.test","content-type":"application/json"},"requestContext":{"http":{"method":"GET","sourceIp":"1.2.3.4"}}}`,
			"GET /v1/workflows /v1/workflows q=a%20b&q=c desk.test ", func(t *testing.T, r *http.Request) {
				if r.URL.Query()["q"][1] != "c" || r.Header.Get("Content-Type") != "application/json" || r.RemoteAddr != "1.2.3.4" || r.Header.Get("Host") != "" {
					t.Errorf("%+v", r)
				}
			}},
		{"no path", `{"requestContext":{"http":{"method":"GET"}}}`, "GET / /   ", nil},
		{"escaped", `{"rawPath":"/v1/inboxes/a%2Fb%20c","requestContext":{"http":{"method":"PUT"}},"body":"{}"}`, "PUT /v1/inboxes/a/b c /v1/inboxes/a%2Fb%20c   {}", nil},
		{"badly escaped", `{"rawPath":"/a/%zz","requestContext":{"http":{"method":"GET"}}}`, "GET /a/%zz /a/%25zz   ", nil},
		{"two slashes are no host", `{"rawPath":"//evil.test/v1","headers":{"host":"desk.test"},"requestContext":{"http":{"method":"GET"}}}`, "GET //evil.test/v1 //evil.test/v1  desk.test ", nil},
		{"UTF-8", `{"rawPath":"/a/Grüße","requestContext":{"http":{"method":"GET"}}}`, "GET /a/Grüße /a/Gr%C3%BC%C3%9Fe   ", nil},
		{"binary body", `{"rawPath":"/x","isBase64Encoded":true,"body":"AP8Q","requestContext":{"http":{"method":"POST"}}}`, "POST /x /x   \x00\xff\x10", func(t *testing.T, r *http.Request) {
			if r.ContentLength != 3 {
				t.Errorf("length %d", r.ContentLength)
			}
		}},
		{"cookies", `{"rawPath":"/","cookies":["a=1","b=2; c=3"],"requestContext":{"http":{"method":"GET"}}}`, "GET / /   ", func(t *testing.T, r *http.Request) {
			var got []string
			for _, c := range r.Cookies() {
				got = append(got, c.Name+c.Value)
			}
			if d := cmp.Diff([]string{"a1", "b2", "c3"}, got); d != "" {
				t.Error(d)
			}
		}},
		{"claims", `{"rawPath":"/","requestContext":{"http":{"method":"GET"},"authorizer":{"jwt":{"claims":{"email":"a@x.test","deskhand:role":"editor"},"scopes":["deskhand/viewer","x"]}}}}`, "GET / /   ", func(t *testing.T, r *http.Request) {
			want := map[string]string{"email": "a@x.test", "deskhand:role": "editor", "scope": "deskhand/viewer x"}
			if d := cmp.Diff(want, lambdahttp.Claims(r.Context())); d != "" {
				t.Error(d)
			}
		}},
		{"no claims", `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, "GET / /   ", func(t *testing.T, r *http.Request) {
			if lambdahttp.Claims(r.Context()) != nil {
				t.Error("claims out of nothing")
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e events.APIGatewayV2HTTPRequest
			if err := json.Unmarshal([]byte(c.event), &e); err != nil {
				t.Fatal(err)
			}
			r, err := lambdahttp.Request(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			got := strings.Join([]string{r.Method, r.URL.Path, r.URL.EscapedPath(), r.URL.RawQuery, r.Host, string(body)}, " ")
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

func serve(tb testing.TB, method string, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	tb.Helper()
	e := events.APIGatewayV2HTTPRequest{RawPath: "/x"}
	e.RequestContext.HTTP.Method = method
	resp, err := lambdahttp.Serve(h)(tb.Context(), e)
	if err != nil {
		tb.Fatal(err)
	}
	return resp
}

func TestResponse(t *testing.T) {
	resp := serve(t, "GET", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "{\"ü\":1}")
	})
	if resp.StatusCode != 201 || resp.Body != `{"ü":1}` || resp.IsBase64Encoded || resp.Headers["Vary"] != "Origin, Accept" || resp.Headers["Date"] == "" || !strings.HasPrefix(resp.Headers["Content-Type"], "text/plain") {
		t.Errorf("%+v", resp)
	}
	if d := cmp.Diff([]string{"a=1", "b=2"}, resp.Cookies); d != "" {
		t.Error(d)
	}
	if _, ok := resp.Headers["Set-Cookie"]; ok {
		t.Error("cookies are among the headers, too")
	}
	for _, c := range []struct {
		name, encoding, body string
		base64               bool
	}{{"text", "", "plain", false}, {"binary", "", "\xff\x00", true}, {"compressed", "gzip", "looks like text", true}, {"nothing", "", "", false}} {
		resp := serve(t, "GET", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", c.encoding)
			_, _ = io.WriteString(w, c.body)
		})
		body := resp.Body
		if resp.IsBase64Encoded {
			data, err := base64.StdEncoding.DecodeString(body)
			if err != nil {
				t.Fatal(err)
			}
			body = string(data)
		}
		if body != c.body || resp.IsBase64Encoded != c.base64 || resp.StatusCode != 200 {
			t.Errorf("%s: %+v", c.name, resp)
		}
	}
	head := serve(t, "HEAD", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "page")
	})
	if head.Body != "" || head.Headers["Content-Type"] != "text/html" {
		t.Errorf("HEAD: %+v", head)
	}
}

func TestNoRequest(t *testing.T) {
	e := events.APIGatewayV2HTTPRequest{Body: "!", IsBase64Encoded: true}
	e.RequestContext.HTTP.Method = "POST"
	resp, err := lambdahttp.Serve(http.NotFoundHandler())(t.Context(), e)
	if err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%+v, %v", resp, err)
	}
}
