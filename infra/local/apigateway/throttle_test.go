package apigateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/apigateway"
	"github.com/deskhand/deskhand/infra/local/cfn"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/lambda"
)

// What anybody may call has a limit of its own in template.yaml: a flood of one leaves the
// other, the API and the console alone, and what is beyond it never reaches a function.
func TestFloodOfPublicRoutes(t *testing.T) {
	st, err := cfn.Load("../../../template.yaml", nil, cfn.Env{})
	if err != nil {
		t.Fatal(err)
	}
	ck := clock.Manual(time.Date(2027, 3, 4, 9, 0, 0, 0, time.UTC))
	calls := 0
	api, err := apigateway.New(apigateway.Config{API: *st.HTTPAPI(), Account: st.Account, Region: st.Region, Clock: ck,
		Invoke: func(context.Context, lambda.Call) (lambda.Result, error) {
			calls++
			return lambda.Result{Payload: []byte(`{"statusCode":202,"body":"{}"}`)}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("{}")))
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	flood := func(t *testing.T, method, path string) (passed int) {
		t.Helper()
		for i := 0; ; i++ {
			code, body := call(method, path)
			if code == http.StatusTooManyRequests {
				if body != `{"message":"Too Many Requests"}` {
					t.Errorf("refused with %s", body)
				}
				return i
			}
			if code != http.StatusAccepted || i > 10000 {
				t.Fatalf("request %d: %d %s", i, code, body)
			}
		}
	}
	settings := st.HTTPAPI().Stages[0].Routes
	for _, c := range []struct{ route, method, path, other string }{
		{"POST /hooks/{workflow}/{secret}", "POST", "/hooks/wf_1/s", "/hooks/wf_2/another"},
		{"ANY /a/{link}", "GET", "/a/first", "/a/second"},
	} {
		t.Run(c.route, func(t *testing.T) {
			limit := settings[c.route]
			if limit.Burst == 0 || limit.Rate == 0 {
				t.Fatalf("the template gives it no limit: %+v", settings)
			}
			before := calls
			if n := flood(t, c.method, c.path); n != limit.Burst {
				t.Errorf("%d passed at once, want %d", n, limit.Burst)
			}
			if calls-before != limit.Burst {
				t.Errorf("the function was called %d times", calls-before)
			}
			if code, _ := call(c.method, c.other); code != http.StatusTooManyRequests {
				t.Errorf("another address of the same route: %d", code)
			}
			for _, path := range []string{"/v1/healthz", "/", "/v1/config"} {
				if code, body := call("GET", path); code != http.StatusAccepted {
					t.Errorf("%s during the flood: %d %s", path, code, body)
				}
			}
			if err := ck.Advance(t.Context(), 2*time.Second); err != nil {
				t.Fatal(err)
			}
			if n := flood(t, c.method, c.path); n != int(2*limit.Rate) {
				t.Errorf("%d passed after two seconds, want %v", n, 2*limit.Rate)
			}
		})
	}
}
