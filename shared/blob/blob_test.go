package blob_test

import (
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/deskhand/deskhand/shared/blob"
	"github.com/deskhand/deskhand/shared/fault"
)

func open(tb testing.TB) blob.Bucket {
	objects := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := objects[r.URL.Path]
		switch {
		case r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body)
			objects[r.URL.Path] = string(body)
		case r.URL.Path == "/desk/huge":
			w.Header().Set("Content-Length", "60000000")
		case ok:
			_, _ = io.WriteString(w, data)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code><Message>x</Message></Error>`)
		}
	}))
	tb.Cleanup(server.Close)
	return blob.Bucket{Name: "desk", Client: s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{},
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired})}
}

func TestBucket(t *testing.T) {
	b := open(t)
	if err := b.Put(t.Context(), "message/m1/a1", []byte("\x00PDF"), "application/pdf"); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get(t.Context(), "message/m1/a1"); err != nil || string(got) != "\x00PDF" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := b.Get(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if _, err := b.Get(t.Context(), "huge"); !fault.Is(err, fault.Unprocessable) {
		t.Errorf("%v", err)
	}
}

func TestLink(t *testing.T) {
	b := open(t)
	for _, name := range []string{"a.pdf", `x"; filename="evil.exe`, "Größe übersicht.pdf", "line\r\nbreak", "日本.txt"} {
		link, err := b.Link(t.Context(), "message/m1/a1", name, 5*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(link)
		if err != nil || u.Path != "/desk/message/m1/a1" || u.Query().Get("X-Amz-Expires") != "300" || u.Query().Get("X-Amz-Signature") == "" {
			t.Errorf("%s, %v", link, err)
		}
		disposition := u.Query().Get("response-content-disposition")
		kind, params, err := mime.ParseMediaType(disposition)
		if err != nil || kind != "attachment" || params["filename"] != name || len(params) != 1 {
			t.Errorf("%q: %q, %v, %v", name, disposition, params, err)
		}
		for _, c := range disposition {
			if c < 0x20 || c > 0x7e {
				t.Errorf("%q is not a header", disposition)
			}
		}
	}
}
