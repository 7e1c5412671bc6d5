package fetch_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/fetch"
)

// seen is what a server was asked.
type seen struct {
	Method, Path, Body string
	Header             http.Header
}

// requests are what a server was asked so far.
type requests struct {
	mu   sync.Mutex
	list []seen
}

func (r *requests) add(s seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, s)
}

func (r *requests) all() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

func (r *requests) last() seen { l := r.all(); return l[len(l)-1] }

// serve answers with h and remembers what was asked.
func serve(t *testing.T, address string, h http.HandlerFunc) (base string, asked *requests) {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Skipf("no listener on %s: %v", address, err)
	}
	asked = &requests{}
	s := &httptest.Server{Listener: l, Config: &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked.add(seen{r.Method, r.URL.RequestURI(), string(body), r.Header.Clone()})
		h(w, r)
	})}}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, asked
}

// home reaches 127.0.0.1 and nothing else.
var home = &fetch.Client{Agent: "tests", Allow: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }}

func TestDo(t *testing.T) {
	base, asked := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	a, err := home.Do(t.Context(), fetch.Request{Method: "PUT", URL: base + "/x?y=1#z", Header: map[string]string{"X-Key": "secret"}, Body: []byte("hello")})
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != 418 || string(a.Body) != `{"ok":true}` || a.Truncated || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answer %+v", a)
	}
	got := asked.all()[0]
	want := seen{"PUT", "/x?y=1", "hello", http.Header{"X-Key": {"secret"}, "User-Agent": {"tests"}, "Content-Length": {"5"}, "Accept-Encoding": {"gzip"}, "Connection": {"close"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if _, err := home.Do(t.Context(), fetch.Request{Method: "GET", URL: " " + base + "/a b/ü?q=a b&r=ü%20<x>#f "}); err != nil {
		t.Fatal(err)
	}
	if got, want := asked.last().Path, "/a%20b/%C3%BC?q=a%20b&r=%C3%BC%20%3Cx%3E"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

func TestRefusedRequests(t *testing.T) {
	many := map[string]string{}
	for i := range fetch.MaxHeaders + 1 {
		many[fmt.Sprintf("X-%d", i)] = "v"
	}
	for name, r := range map[string]fetch.Request{
		"method":             {Method: "TRACE", URL: "https://x.test"},
		"no method":          {URL: "https://x.test"},
		"scheme":             {Method: "GET", URL: "ftp://x.test"},
		"file":               {Method: "GET", URL: "file:///etc/passwd"},
		"no host":            {Method: "GET", URL: "https:///x"},
		"no scheme":          {Method: "GET", URL: "x.test/y"},
		"opaque":             {Method: "GET", URL: "http:x.test"},
		"password":           {Method: "GET", URL: "https://u:p@x.test"},
		"user":               {Method: "GET", URL: "https://u@x.test"},
		"line break":         {Method: "GET", URL: "https://x.test/\r\nHost: y"},
		"long URL":           {Method: "GET", URL: "https://x.test/" + strings.Repeat("a", fetch.MaxURL)},
		"host header":        {Method: "GET", URL: "https://x.test", Header: map[string]string{"host": "y.test"}},
		"hop by hop":         {Method: "GET", URL: "https://x.test", Header: map[string]string{"Transfer-Encoding": "chunked"}},
		"header name":        {Method: "GET", URL: "https://x.test", Header: map[string]string{"a b": "c"}},
		"header value":       {Method: "GET", URL: "https://x.test", Header: map[string]string{"X-A": "b\r\nX-C: d"}},
		"long header":        {Method: "GET", URL: "https://x.test", Header: map[string]string{"X-A": strings.Repeat("b", fetch.MaxHeader+1)}},
		"too many headers":   {Method: "GET", URL: "https://x.test", Header: many},
		"too large a body":   {Method: "POST", URL: "https://x.test", Body: make([]byte, fetch.MaxBody+1)},
		"percent in the URL": {Method: "GET", URL: "https://x.test/%zz"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := home.Do(t.Context(), r); !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v, want invalid", err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for address, public := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.255.255": true, "100.128.0.1": true, "169.253.1.1": true, "2606:4700::1": true, "2a00:1450::5": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.0.1": false, "192.0.0.1": false, "198.18.0.1": false, "224.0.0.1": false, "239.1.1.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false,
		"ff02::1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false,
	} {
		if got := fetch.Public(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s: public %v, want %v", address, got, public)
		}
	}
	if fetch.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// TestGuard: the default client refuses this machine under every name that it has.
func TestGuard(t *testing.T) {
	base, asked := serve(t, "127.0.0.1", func(http.ResponseWriter, *http.Request) {})
	port := base[strings.LastIndexByte(base, ':')+1:]
	t.Setenv("HTTP_PROXY", base)
	t.Setenv("HTTPS_PROXY", base)
	c := &fetch.Client{}
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "169.254.169.254", "127.1", "2130706433", "0x7f000001", "017700000001"} {
		_, err := c.Do(t.Context(), fetch.Request{Method: "GET", URL: "http://" + host + ":" + port + "/", Timeout: 5 * time.Second})
		if err == nil {
			t.Errorf("%s was reached", host)
		} else if _, notation := netip.ParseAddr(strings.Trim(host, "[]")); notation == nil && fault.Name(err) != "address_refused" {
			t.Errorf("%s: %v", host, err) // the odd notations may also be no host at all
		}
	}
	if len(asked.all()) != 0 {
		t.Errorf("%d requests arrived", len(asked.all()))
	}
}

func TestRedirects(t *testing.T) {
	other, otherAsked := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "other") })
	hidden, hiddenAsked := serve(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hidden") })
	base, asked := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path == "/times":
			n := 0
			_, _ = fmt.Sscan(q.Get("n"), &n)
			if n > 0 {
				http.Redirect(w, r, fmt.Sprintf("/times?n=%d", n-1), http.StatusFound)
			}
		case q.Has("to"):
			code := http.StatusFound
			if q.Has("keep") {
				code = http.StatusTemporaryRedirect
			}
			http.Redirect(w, r, q.Get("to"), code)
		}
	})
	secret := map[string]string{"X-Key": "secret", "Authorization": "Bearer secret", "Accept": "text/plain", "Cookie": "a=b"}
	do := func(method, target, body string) (*fetch.Answer, error) {
		return home.Do(t.Context(), fetch.Request{Method: method, URL: base + target, Header: secret, Body: []byte(body)})
	}
	t.Run("three are followed", func(t *testing.T) {
		if a, err := do("GET", "/times?n=3", ""); err != nil || a.Status != 200 {
			t.Errorf("%+v, %v", a, err)
		}
		last := asked.last()
		if last.Header.Get("X-Key") != "secret" || last.Header.Get("Referer") != "" {
			t.Errorf("headers on the same origin: %v", last.Header)
		}
	})
	t.Run("four are not", func(t *testing.T) {
		if _, err := do("GET", "/times?n=4", ""); fault.Name(err) != "too_many_redirects" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a private address is not reached", func(t *testing.T) {
		if _, err := do("GET", "/?to="+hidden, ""); fault.Name(err) != "address_refused" {
			t.Errorf("error %v", err)
		}
		if len(hiddenAsked.all()) != 0 {
			t.Error("it was reached")
		}
	})
	t.Run("another origin gets no secrets", func(t *testing.T) {
		a, err := do("GET", "/?to="+other, "")
		if err != nil || string(a.Body) != "other" {
			t.Fatalf("%+v, %v", a, err)
		}
		h := otherAsked.last().Header
		if h.Get("X-Key") != "" || h.Get("Authorization") != "" || h.Get("Cookie") != "" || h.Get("Accept") != "text/plain" {
			t.Errorf("headers %v", h)
		}
	})
	t.Run("another origin gets no body", func(t *testing.T) {
		before := len(otherAsked.all())
		a, err := do("POST", "/?keep=1&to="+other, "secret")
		if err != nil || a.Status != http.StatusTemporaryRedirect || len(otherAsked.all()) != before {
			t.Errorf("%+v, %v; %d requests", a, err, len(otherAsked.all())-before)
		}
	})
	t.Run("another scheme is not followed", func(t *testing.T) {
		for _, to := range []string{"ftp://x.test/", "file:///etc/passwd", "http://u:p@127.0.0.1/"} {
			if _, err := do("GET", "/?to="+url.QueryEscape(to), ""); err == nil || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%s: error %v", to, err)
			}
		}
	})
}

func TestBounds(t *testing.T) {
	release := make(chan struct{})
	base, asked := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(make([]byte, fetch.MaxAnswer+1))
		case "/full":
			_, _ = w.Write(make([]byte, fetch.MaxAnswer))
		case "/slow", "/slowbody":
			if r.URL.Path == "/slowbody" {
				w.WriteHeader(200)
				w.(http.Flusher).Flush()
			}
			select {
			case <-release:
			case <-r.Context().Done():
			}
		case "/broken":
			c, _, _ := w.(http.Hijacker).Hijack()
			c.Close()
		}
	})
	t.Cleanup(func() { close(release) })
	get := func(method, path string) (*fetch.Answer, error) {
		return home.Do(t.Context(), fetch.Request{Method: method, URL: base + path + "?key=topsecret", Timeout: 150 * time.Millisecond})
	}
	if a, err := get("GET", "/large"); err != nil || !a.Truncated || len(a.Body) != fetch.MaxAnswer {
		t.Errorf("large: %v", err)
	}
	if a, err := get("GET", "/full"); err != nil || a.Truncated || len(a.Body) != fetch.MaxAnswer {
		t.Errorf("full: %v", err)
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/slow", "http_timeout"}, {"GET", "/slowbody", "http_timeout"}, {"GET", "/broken", "unavailable"}, {"POST", "/broken", "http_failed"}, {"PATCH", "/broken", "http_failed"}, {"PUT", "/broken", "unavailable"},
	} {
		before := len(asked.all())
		_, err := get(c.method, c.path)
		if fault.Name(err) != c.want || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s %s: %v (%s), want %s and no secret", c.method, c.path, err, fault.Name(err), c.want)
		}
		if n := len(asked.all()) - before; n != 1 {
			t.Errorf("%s %s: asked %d times", c.method, c.path, n)
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	if _, err := home.Do(t.Context(), fetch.Request{Method: "POST", URL: "http://" + address, Body: []byte("x")}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody listens: %v, want unavailable, as nothing was sent", err)
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(secure.Close)
	_, err = home.Do(t.Context(), fetch.Request{Method: "GET", URL: secure.URL})
	var unknown *tls.CertificateVerificationError
	if fault.Name(err) != "http_failed" || errors.As(err, &unknown) {
		t.Errorf("an unknown certificate: %v", err)
	}
}
