// Package fetch makes one HTTP request for somebody who is not trusted to choose where
// it goes: an author of a workflow, with values out of customers' mail. It reaches public
// addresses only, by what the name resolves to at the moment of connecting, on every
// redirect; it goes through no proxy, keeps no connection and no cookie, reads a bounded
// answer within a bounded time, and puts nothing of the request into its errors but the
// host. It tries nothing twice.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/fault"
)

// Limits of a request.
const (
	MaxURL       = 2000
	MaxHeaders   = 30
	MaxHeader    = 4 << 10 // bytes of one value
	MaxBody      = 64 << 10
	MaxAnswer    = 64 << 10
	MaxRedirects = 3
	MaxTime      = 30 * time.Second
	DefaultTime  = 10 * time.Second
)

// Methods that may be used.
var Methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// Request is what to ask.
type Request struct {
	Method  string
	URL     string
	Header  map[string]string
	Body    []byte
	Timeout time.Duration // all redirects and the answer's body together; 0 is DefaultTime
}

// Answer is what came back. Any status is an answer.
type Answer struct {
	Status    int
	Header    http.Header
	Body      []byte // at most MaxAnswer bytes
	Truncated bool   // there was more
}

// Client makes requests.
type Client struct {
	// Allow says which addresses may be reached; nil is Public, and everything else is
	// for the local stack and for tests.
	Allow func(netip.Addr) bool
	Agent string // of the User-Agent header
}

// Do makes the request. Its faults: Invalid for a request that breaks a limit;
// `address_refused` for a host that is not public; `too_many_redirects`; `http_timeout`;
// `http_failed` when the connection broke after a request that must not be repeated was
// sent; Unavailable when nothing was sent, or the method may be repeated.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	u, err := check(r)
	if err != nil {
		return nil, err
	}
	if r.Timeout <= 0 {
		r.Timeout = DefaultTime
	}
	ctx, cancel := context.WithTimeout(ctx, min(r.Timeout, MaxTime))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the request cannot be made: method or URL is not well formed")
	}
	if len(r.Body) == 0 {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	for k, v := range r.Header {
		req.Header.Set(k, v)
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", c.Agent)
	}
	transport := c.transport()
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport, CheckRedirect: redirect(own(r.Header))}
	resp, err := client.Do(req)
	if err != nil {
		return nil, explain(err, r.Method, u.Hostname())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, explain(err, r.Method, u.Hostname())
	}
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if len(body) > MaxAnswer {
		a.Body, a.Truncated = body[:MaxAnswer], true
	}
	return a, nil
}

func (c *Client) transport() *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second, ControlContext: c.control}
	return &http.Transport{
		Proxy:                  nil, // a proxy would resolve names by itself
		DialContext:            d.DialContext,
		DisableKeepAlives:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// explain says what went wrong without the URL, which may hold secrets.
func explain(err error, method, host string) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	var dial *net.OpError
	var dns *net.DNSError
	unsent := errors.As(err, &dns) || errors.As(err, &dial) && dial.Op == "dial"
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.Named(fault.Unprocessable, "http_timeout", "%q did not answer in time", host)
	}
	if errors.As(err, &dns) && dns.IsNotFound {
		return fault.Named(fault.Unprocessable, "http_failed", "there is no host %q", host)
	}
	if isTLS(err) {
		return fault.Named(fault.Unprocessable, "http_failed", "no secure connection to %q: %s", host, inner(err))
	}
	if !unsent && (method == http.MethodPost || method == http.MethodPatch) {
		return fault.Named(fault.Unprocessable, "http_failed", "the connection to %q broke; whether the request arrived is not known: %s", host, inner(err))
	}
	return fault.New(fault.Unavailable, "%q cannot be reached: %s", host, inner(err))
}

func isTLS(err error) bool {
	s := err.Error()
	return strings.Contains(s, "tls:") || strings.Contains(s, "x509:")
}

// inner is the error below net/http's, whose text begins with the whole URL.
func inner(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) { // the host is named before
		return "its name cannot be looked up: " + dns.Err
	}
	return err.Error()
}
