package main

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const script = "console.log('hello')"

// built is a site as the build leaves it; the br bodies are stand-ins, which the site
// hands out as they are.
func built(t *testing.T) *site {
	t.Helper()
	web := fstest.MapFS{
		"index-plain.html":           {Data: []byte("plain")},
		"dist/.gitkeep":              {},
		"dist/manifest.json":         {Data: []byte("{}")},
		"dist/index.html.br":         {Data: []byte("index in brotli")},
		"dist/index.html.gz":         {Data: gzipped(t, "<!doctype html>index")},
		"dist/mail-frame.html.br":    {Data: []byte("frame in brotli")},
		"dist/mail-frame.html.gz":    {Data: gzipped(t, "frame")},
		"dist/assets/main-abc.js.br": {Data: []byte("script in brotli")},
		"dist/assets/main-abc.js.gz": {Data: gzipped(t, script)},
		"dist/assets/sans.woff2":     {Data: []byte("font")},
	}
	s, err := newSite(web, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", []string{"https://login.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(h http.Handler, method, target string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPaths(t *testing.T) {
	s := built(t)
	type answer struct {
		Status int
		Body   string
		Cache  string
	}
	index := answer{200, "index in brotli", "no-cache"}
	missing := answer{404, "There is nothing at this address. Start at /.\n", "no-store"}
	for target, want := range map[string]answer{
		"/":                            index,
		"/index.html":                  index,
		"/workflows":                   index,
		"/workflows/wf_1/versions/2":   index,
		"/workflows/wf_1/edit?x=a.b":   index,
		"/assets/main-abc.js":          {200, "script in brotli", "public, max-age=31536000, immutable"},
		"/assets/sans.woff2":           {200, "font", "public, max-age=31536000, immutable"},
		"/assets/main-old.js":          missing,
		"/assets/nothing":              missing,
		"/favicon.ico":                 missing,
		"/manifest.json":               missing,
		"/.gitkeep":                    missing,
		"/index-plain.html":            missing,
		"/assets/main-abc.js.br":       missing,
		"/v1":                          missing,
		"/v1/nothing":                  missing,
		"/hooks/wf_1/secret":           missing,
		"/workflows/../../etc/passwd":  missing,
		"/workflows/%2e%2e/etc/passwd": missing,
	} {
		t.Run(target, func(t *testing.T) {
			r := ask(s, http.MethodGet, target, "Accept-Encoding", "gzip, deflate, br")
			got := answer{r.StatusCode, text(t, r), r.Header.Get("Cache-Control")}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCodings(t *testing.T) {
	s := built(t)
	for _, c := range []struct{ accept, coding, body string }{
		{"br", "br", "script in brotli"},
		{"gzip, br;q=0.1", "br", "script in brotli"},
		{"*", "br", "script in brotli"},
		{"br;q=0, gzip", "gzip", string(gzipped(t, script))},
		{"gzip;q=0.5", "gzip", string(gzipped(t, script))},
		{"br; q=0, *;q=1", "gzip", string(gzipped(t, script))},
		{"", "", script},
		{"identity", "", script},
		{"*;q=0", "", script},
	} {
		t.Run(c.accept, func(t *testing.T) {
			r := ask(s, http.MethodGet, "/assets/main-abc.js", "Accept-Encoding", c.accept)
			if d := cmp.Diff([]string{c.coding, c.body, "text/javascript; charset=utf-8", "Accept-Encoding"},
				[]string{r.Header.Get("Content-Encoding"), text(t, r), r.Header.Get("Content-Type"), r.Header.Get("Vary")}); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestConditional(t *testing.T) {
	s := built(t)
	first := ask(s, http.MethodGet, "/", "Accept-Encoding", "br")
	etag := first.Header.Get("ETag")
	if other := ask(s, http.MethodGet, "/", "Accept-Encoding", "gzip").Header.Get("ETag"); etag == "" || etag == other {
		t.Fatalf("tags of two codings are %s and %s", etag, other)
	}
	for _, header := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
		r := ask(s, http.MethodGet, "/workflows", "Accept-Encoding", "br", "If-None-Match", header)
		if body := text(t, r); r.StatusCode != http.StatusNotModified || body != "" || r.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match %s: %d %q", header, r.StatusCode, body)
		}
	}
	if r := ask(s, http.MethodGet, "/", "Accept-Encoding", "gzip", "If-None-Match", etag); r.StatusCode != http.StatusOK {
		t.Errorf("the tag of another coding: %d", r.StatusCode)
	}
}

func TestPolicies(t *testing.T) {
	s := built(t)
	page := ask(s, http.MethodGet, "/runs").Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'",
		"connect-src 'self' https://cognito-idp.eu-west-1.amazonaws.com https://*.auth.eu-west-1.amazoncognito.com https://login.example.com;"} {
		if !strings.Contains(page, part) {
			t.Errorf("the pages' policy lacks %q: %s", part, page)
		}
	}
	frame := ask(s, http.MethodGet, "/mail-frame.html").Header.Get("Content-Security-Policy")
	if strings.Contains(frame, "script-src") || !strings.Contains(frame, "default-src 'none'") || !strings.Contains(frame, "frame-ancestors 'self'") {
		t.Errorf("the mail frame's policy is %s", frame)
	}
	t.Run("an issuer cannot add to the policy", func(t *testing.T) {
		for _, issuer := range []string{"https://a.example;script-src *", "https://*", "javascript:alert(1)", "", "::"} {
			if d := cmp.Diff([]string(nil), origins(issuer, nil)); d != "" {
				t.Errorf("%s: %s", issuer, d)
			}
		}
	})
}

func TestMethods(t *testing.T) {
	r := ask(built(t), http.MethodPost, "/workflows")
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
	if r := ask(built(t), http.MethodHead, "/"); r.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

func TestWithoutABuild(t *testing.T) {
	s, err := newSite(fstest.MapFS{"index-plain.html": {Data: []byte("plain")}, "dist/.gitkeep": {}}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{"/": 200, "/index.html": 200, "/workflows": 404, "/assets/x.js": 404} {
		if r := ask(s, http.MethodGet, target); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", target, r.StatusCode, want)
		}
	}
}

// TestAnswersFit looks at the files that are really in the binary.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func TestAnswersFit(t *testing.T) {
	const most = 6 << 20 // bytes of an answer, in which a compressed body is base64
	s, err := newSite(mustSub(t), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range s.files {
		coding, body, err := f.body("")
		if err != nil || coding != "" || len(body)*4/3 > most {
			t.Errorf("%s: %d bytes unpacked, %v", name, len(body), err)
		}
	}
}

func mustSub(t *testing.T) fs.FS {
	t.Helper()
	web, err := fs.Sub(files, "web")
	if err != nil {
		t.Fatal(err)
	}
	return web
}
