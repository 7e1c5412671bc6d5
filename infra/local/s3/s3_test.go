package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/s3"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func MustNew(tb testing.TB, db *disk.DB, dir string) *s3.Service {
	tb.Helper()
	s, err := s3.New(s3.Config{DB: db, Clock: clock.Manual(start), Account: "123456789012", Region: "us-east-1", Buckets: []string{"mail", "other"}, Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func MustClient(tb testing.TB, s *s3.Service, auth awshttp.Authorizer, path bool) (*client.Client, string) {
	tb.Helper()
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1", Auth: auth}
	e.Handle("s3", s)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	dial := srv.Client()
	base := srv.URL
	if !path { // every name is this server
		base = "http://s3.test"
		dial = &http.Client{Transport: redirect{srv.Listener.Addr().String()}}
	}
	return client.New(client.Options{Region: "us-east-1", BaseEndpoint: aws.String(base), RetryMaxAttempts: 1, UsePathStyle: path, HTTPClient: dial,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")}), srv.URL
}

// redirect sends every request to one address but keeps the Host it was made for.
type redirect struct{ addr string }

func (r redirect) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.Host = q.URL.Host
	q.URL.Host = r.addr
	return http.DefaultTransport.RoundTrip(q)
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func MustBody(tb testing.TB, r io.ReadCloser) string {
	tb.Helper()
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestObjects(t *testing.T) {
	for name, path := range map[string]bool{"path": true, "virtual host": false} {
		t.Run(name, func(t *testing.T) { objects(t, path) })
	}
}

func objects(t *testing.T, path bool) {
	ctx := context.Background()
	dir := t.TempDir()
	cl, _ := MustClient(t, MustNew(t, disk.OpenT(t), dir), nil, path)
	b := aws.String("mail")
	big := strings.Repeat("0123456789abcdef", 40<<20/16)
	for key, body := range map[string]string{"a b/ü+%?.txt": "hello", "empty": "", "in/big": big} {
		_, err := cl.PutObject(ctx, &client.PutObjectInput{Bucket: b, Key: aws.String(key), Body: strings.NewReader(body),
			ContentType: aws.String("text/plain"), Metadata: map[string]string{"Kind": "k"}})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		out, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: b, Key: aws.String(key), ChecksumMode: types.ChecksumModeEnabled})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if got := MustBody(t, out.Body); got != body {
			t.Errorf("%s: %d bytes, not %d", key, len(got), len(body))
		}
		if aws.ToString(out.ContentType) != "text/plain" || out.Metadata["kind"] != "k" || aws.ToString(out.ChecksumCRC32) == "" || !out.LastModified.Equal(start) {
			t.Errorf("%s: %v %v %v %v", key, out.ContentType, out.Metadata, out.ChecksumCRC32, out.LastModified)
		}
		head, err := cl.HeadObject(ctx, &client.HeadObjectInput{Bucket: b, Key: aws.String(key)})
		if err != nil || *head.ContentLength != int64(len(body)) || *head.ETag != *out.ETag {
			t.Errorf("%s: head %v %v", key, err, head)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "mail", "*")); len(files) != 1 {
		t.Errorf("files %v", files)
	}
	t.Run("stream of unknown seekability", func(t *testing.T) {
		_, err := cl.PutObject(ctx, &client.PutObjectInput{Bucket: b, Key: aws.String("sum"), Body: bytes.NewReader([]byte("x")), ChecksumAlgorithm: types.ChecksumAlgorithmSha256})
		if err != nil {
			t.Fatal(err)
		}
		_, err = cl.PutObject(ctx, &client.PutObjectInput{Bucket: b, Key: aws.String("sum"), Body: strings.NewReader("y"), ChecksumCRC32: aws.String("AAAAAA==")})
		if code(err) != "BadDigest" {
			t.Error(err)
		}
	})
	t.Run("range and conditions", func(t *testing.T) {
		for spec, want := range map[string]string{"bytes=1-3": "ell", "bytes=3-": "lo", "bytes=-2": "lo", "bytes=0-99": "hello"} {
			out, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: b, Key: aws.String("a b/ü+%?.txt"), Range: aws.String(spec)})
			if err != nil {
				t.Fatal(err)
			}
			if got := MustBody(t, out.Body); got != want || out.ContentRange == nil {
				t.Errorf("%s: %q %v", spec, got, out.ContentRange)
			}
		}
		_, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: b, Key: aws.String("a b/ü+%?.txt"), Range: aws.String("bytes=5-")})
		if code(err) != "InvalidRange" {
			t.Error(err)
		}
		head, err := cl.HeadObject(ctx, &client.HeadObjectInput{Bucket: b, Key: aws.String("empty")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = cl.GetObject(ctx, &client.GetObjectInput{Bucket: b, Key: aws.String("empty"), IfNoneMatch: head.ETag}); !strings.Contains(fmt.Sprint(err), "304") {
			t.Error(err)
		}
		if _, err = cl.PutObject(ctx, &client.PutObjectInput{Bucket: b, Key: aws.String("empty"), Body: strings.NewReader(""), IfNoneMatch: aws.String("*")}); code(err) != "PreconditionFailed" {
			t.Error(err)
		}
	})
	t.Run("copy", func(t *testing.T) {
		if _, err := cl.CopyObject(ctx, &client.CopyObjectInput{Bucket: aws.String("other"), Key: aws.String("c"), CopySource: aws.String("mail/a%20b/%C3%BC%2B%25%3F.txt")}); err != nil {
			t.Fatal(err)
		}
		out, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: aws.String("other"), Key: aws.String("c")})
		if err != nil || MustBody(t, out.Body) != "hello" || out.Metadata["kind"] != "k" {
			t.Error(err, out)
		}
	})
	t.Run("delete", func(t *testing.T) {
		if _, err := cl.DeleteObject(ctx, &client.DeleteObjectInput{Bucket: b, Key: aws.String("in/big")}); err != nil {
			t.Fatal(err)
		}
		out, err := cl.DeleteObjects(ctx, &client.DeleteObjectsInput{Bucket: b, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("empty")}, {Key: aws.String("never was")}}}})
		if err != nil || len(out.Deleted) != 2 {
			t.Fatal(err, out)
		}
		_, err = cl.GetObject(ctx, &client.GetObjectInput{Bucket: b, Key: aws.String("in/big")})
		var none *types.NoSuchKey
		if !errors.As(err, &none) {
			t.Error(err)
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "mail", "*")); len(files) != 0 {
			t.Errorf("files %v", files)
		}
		_, err = cl.GetObject(ctx, &client.GetObjectInput{Bucket: aws.String("nope"), Key: aws.String("x")})
		if path && code(err) != "NoSuchBucket" {
			t.Error(err)
		}
		_, err = cl.CreateMultipartUpload(ctx, &client.CreateMultipartUploadInput{Bucket: b, Key: aws.String("x")})
		if code(err) != "NotImplemented" {
			t.Error(err)
		}
	})
}

func TestList(t *testing.T) {
	ctx := context.Background()
	s := MustNew(t, disk.OpenT(t), t.TempDir())
	cl, _ := MustClient(t, s, nil, true)
	for _, k := range []string{"a", "in/1", "in/2", "in/sub/3", "in/sub/4", "out/ü", "z"} {
		if err := s.Put("mail", k, []byte(k)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name, prefix, delimiter string
		page                    int32
		want                    []string
	}{
		{"all", "", "", 1000, []string{"a", "in/1", "in/2", "in/sub/3", "in/sub/4", "out/ü", "z"}},
		{"all by two", "", "", 2, []string{"a", "in/1", "in/2", "in/sub/3", "in/sub/4", "out/ü", "z"}},
		{"prefix", "in/", "", 3, []string{"in/1", "in/2", "in/sub/3", "in/sub/4"}},
		{"delimiter", "", "/", 1000, []string{"a", "z", "[in/]", "[out/]"}},
		{"delimiter by one", "", "/", 1, []string{"a", "[in/]", "[out/]", "z"}},
		{"both", "in/", "/", 2, []string{"in/1", "in/2", "[in/sub/]"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			p := client.NewListObjectsV2Paginator(cl, &client.ListObjectsV2Input{Bucket: aws.String("mail"), Prefix: aws.String(tc.prefix), Delimiter: aws.String(tc.delimiter), MaxKeys: aws.Int32(tc.page)})
			for p.HasMorePages() {
				out, err := p.NextPage(ctx)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range out.Contents {
					got = append(got, *o.Key)
				}
				for _, c := range out.CommonPrefixes {
					got = append(got, "["+*c.Prefix+"]")
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPresigned(t *testing.T) {
	ctx := context.Background()
	s := MustNew(t, disk.OpenT(t), t.TempDir())
	cl, _ := MustClient(t, s, nil, true)
	sign := client.NewPresignClient(cl)
	do := func(r interface{ get() (string, string) }, body string) (*http.Response, string) {
		method, url := r.get()
		q, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		out, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		return out, MustBody(t, out.Body)
	}
	put, err := sign.PresignPutObject(ctx, &client.PutObjectInput{Bucket: aws.String("mail"), Key: aws.String("p q")})
	if err != nil {
		t.Fatal(err)
	}
	if out, body := do(link{put.Method, put.URL}, "signed"); out.StatusCode != 200 {
		t.Fatal(out.Status, body)
	}
	get, err := sign.PresignGetObject(ctx, &client.GetObjectInput{Bucket: aws.String("mail"), Key: aws.String("p q"),
		ResponseContentDisposition: aws.String(`attachment; filename="x.txt"`), ResponseContentType: aws.String("text/x")}, client.WithPresignExpires(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	out, body := do(link{get.Method, get.URL}, "")
	if body != "signed" || out.Header.Get("Content-Disposition") != `attachment; filename="x.txt"` || out.Header.Get("Content-Type") != "text/x" {
		t.Error(body, out.Header)
	}
	old := strings.Replace(get.URL, "X-Amz-Date=20", "X-Amz-Date=19", 1)
	if out, body := do(link{"GET", old}, ""); out.StatusCode != 403 || !strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Error(out.Status, body)
	}
}

// The SDK frames bodies so when the connection is TLS.
func TestChunkedBody(t *testing.T) {
	s := MustNew(t, disk.OpenT(t), t.TempDir())
	_, base := MustClient(t, s, nil, true)
	const good = "5\r\nhello\r\n6;chunk-signature=abc\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"good":         {good, 200},
		"bad checksum": {strings.Replace(good, "DUoR", "AUoR", 1), 400},
		"cut off":      {good[:12], 400},
		"long chunk":   {strings.Replace(good, "5\r", "fffffff\r", 1), 400},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := http.NewRequest("PUT", base+"/mail/"+name, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=k/20300102/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x")
			q.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
			q.Header.Set("X-Amz-Decoded-Content-Length", "11")
			q.Header.Set("Content-Encoding", "aws-chunked")
			out, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			if body := MustBody(t, out.Body); out.StatusCode != tc.status {
				t.Error(out.Status, body)
			}
			if b, err := s.Get("mail", name); (tc.status == 200) != (err == nil && string(b) == "hello world") {
				t.Errorf("%q %v", b, err)
			}
		})
	}
}

type link struct{ method, url string }

func (l link) get() (string, string) { return l.method, l.url }

type only string // action allowed

func (o only) Authorize(p awshttp.Principal, action, resource string, _ map[string]string) error {
	if action != string(o) || !strings.HasPrefix(resource, "arn:aws:s3:::mail/in/") {
		return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s", p.ARN, action, resource)
	}
	return nil
}
func (only) ByAccessKey(k string) awshttp.Principal { return awshttp.Principal{ARN: "role/" + k} }

func TestIAM(t *testing.T) {
	ctx := context.Background()
	s := MustNew(t, disk.OpenT(t), t.TempDir())
	cl, _ := MustClient(t, s, only("s3:GetObject"), true)
	if err := s.Put("mail", "in/x", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: aws.String("mail"), Key: aws.String("in/x")}); err != nil {
		t.Error(err)
	}
	if _, err := cl.GetObject(ctx, &client.GetObjectInput{Bucket: aws.String("mail"), Key: aws.String("in/missing")}); code(err) != "AccessDenied" {
		t.Error("missing without s3:ListBucket:", err)
	}
	if _, err := cl.HeadObject(ctx, &client.HeadObjectInput{Bucket: aws.String("mail"), Key: aws.String("in/missing")}); !strings.Contains(fmt.Sprint(err), "403") {
		t.Error(err)
	}
	if _, err := cl.PutObject(ctx, &client.PutObjectInput{Bucket: aws.String("mail"), Key: aws.String("in/x"), Body: strings.NewReader("y")}); code(err) != "AccessDenied" {
		t.Error(err)
	}
	if b, err := s.Get("mail", "in/x"); err != nil || string(b) != "x" {
		t.Error(string(b), err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db")
	db, err := disk.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s := MustNew(t, db, dir)
	big := bytes.Repeat([]byte("x"), 1<<20)
	for k, v := range map[string][]byte{"small": []byte("s"), "big": big} {
		if err := s.Put("mail", k, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, orphan := range []string{"unnamed", "half.part"} { // what a kill leaves
		if err := os.WriteFile(filepath.Join(dir, "mail", orphan), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = disk.Open(path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s = MustNew(t, db, dir)
	for k, v := range map[string][]byte{"small": []byte("s"), "big": big} {
		if got, err := s.Get("mail", k); err != nil || !bytes.Equal(got, v) {
			t.Errorf("%s: %d bytes, %v", k, len(got), err)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "mail", "*")); len(files) != 1 {
		t.Errorf("files %v", files)
	}
}
