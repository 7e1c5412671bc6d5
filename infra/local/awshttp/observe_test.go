package awshttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

type spender struct{}

func (spender) ServeAWS(w http.ResponseWriter, c *awshttp.Call) {
	if err := c.Allow("books:Lend", "arn:aws:books:::b", nil); err != nil {
		awshttp.WriteJSON(w, "application/json", nil, err)
		return
	}
	_ = c.Allow("books:Note", "arn:aws:books:::b", nil)
	c.Consume(1.5)
	c.Consume(2)
	awshttp.WriteJSON(w, "application/json", nil, &awshttp.Error{Code: "Busy", Status: http.StatusTooManyRequests})
}

func TestObserve(t *testing.T) {
	var seen []awshttp.Observation
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("books", spender{})
	call := func(target string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/books/aws4_request, SignedHeaders=host, Signature=0")
		r.Header.Set("X-Amz-Target", target)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != http.StatusTooManyRequests {
			t.Fatalf("answered %d: %s", w.Code, w.Body)
		}
	}
	e.Observe(func(o awshttp.Observation) { seen = append(seen, o) })
	call("Books_1.Borrow")
	call("")
	e.Observe(nil)
	call("Books_1.Unseen")
	root := awshttp.Principal{Admin: true, ARN: "arn:aws:iam::123456789012:root"}
	want := []awshttp.Observation{
		{Caller: root, Service: "books", Action: "Borrow", Units: 3.5, Status: 429},
		{Caller: root, Service: "books", Action: "Lend", Units: 3.5, Status: 429},
	}
	if diff := cmp.Diff(want, seen, cmpopts.IgnoreFields(awshttp.Observation{}, "Began", "Ended")); diff != "" {
		t.Error(diff)
	}
	for _, o := range seen {
		if o.Began.IsZero() || o.Ended.Before(o.Began) {
			t.Errorf("from %s to %s", o.Began, o.Ended)
		}
	}
}
