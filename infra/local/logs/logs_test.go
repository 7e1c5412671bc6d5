package logs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/logs"
)

// ask calls the service on the wire and gives the messages, or the error's code.
func ask(t *testing.T, url, action, body string) (messages []string, next, failed string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "Logs_20140328."+action)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=someone/20260301/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct {
		Type      string `json:"__type"`
		NextToken string
		Events    []struct {
			Timestamp int64
			Message   string
		}
		LogGroups []struct{ LogGroupName string }
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	for _, e := range out.Events {
		messages = append(messages, e.Message)
	}
	for _, g := range out.LogGroups {
		messages = append(messages, g.LogGroupName)
	}
	return messages, out.NextToken, out.Type
}

func TestLogs(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Post.log.1": "2026-03-01T12:00:00.000Z the oldest line\n",
		"Post.log":   "2026-03-01T12:00:01.000Z parcel p7 weighed\ncut short\n2026-03-01T12:00:02.000Z parcel p8 weighed\n2026-03-01T12:00:03.000Z parcel p7 posted\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1"}
	e.Handle("logs", logs.New("123456789012", "us-east-1", map[string]string{"/aws/lambda/post": filepath.Join(dir, "Post.log"), "/aws/lambda/idle": filepath.Join(dir, "Idle.log")}))
	server := httptest.NewServer(e)
	defer server.Close()
	const second = "1772366402000" // 12:00:02
	for _, c := range []struct {
		name, action, body string
		want               []string
		next, failed       string
	}{
		{"groups", "DescribeLogGroups", `{"logGroupNamePrefix": "/aws/lambda/p"}`, []string{"/aws/lambda/post"}, "", ""},
		{"all lines, in order", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post"}`, []string{"the oldest line", "parcel p7 weighed", "parcel p8 weighed", "parcel p7 posted"}, "", ""},
		{"all words", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "filterPattern": "\"p7\" weighed"}`, []string{"parcel p7 weighed"}, "", ""},
		{"from a time", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "startTime": ` + second + `}`, []string{"parcel p8 weighed", "parcel p7 posted"}, "", ""},
		{"before a time", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "endTime": ` + second + `}`, []string{"the oldest line", "parcel p7 weighed"}, "", ""},
		{"a page", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "limit": 3}`, []string{"the oldest line", "parcel p7 weighed", "parcel p8 weighed"}, "3", ""},
		{"the next page", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "limit": 3, "nextToken": "3"}`, []string{"parcel p7 posted"}, "", ""},
		{"a group without lines", "FilterLogEvents", `{"logGroupName": "/aws/lambda/idle"}`, nil, "", ""},
		{"no such group", "FilterLogEvents", `{"logGroupName": "/aws/lambda/other"}`, nil, "", "ResourceNotFoundException"},
		{"a pattern that is not played", "FilterLogEvents", `{"logGroupName": "/aws/lambda/post", "filterPattern": "{ $.a = 1 }"}`, nil, "", "InvalidParameterException"},
		{"what is not played", "StartQuery", `{}`, nil, "", "UnknownOperationException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, next, failed := ask(t, server.URL, c.action, c.body)
			if d := cmp.Diff([]any{c.want, c.next, c.failed}, []any{got, next, failed}); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
