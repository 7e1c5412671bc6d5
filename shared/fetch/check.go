package fetch

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/deskhand/deskhand/shared/fault"
)

// refused are headers that belong to the connection or that this package sets itself
// (RFC 9110, 7.6.1).
var refused = []string{"Accept-Encoding", "Connection", "Content-Length", "Expect", "Forwarded", "Host", "Http2-Settings", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via"}

// CheckHeader says what is wrong with a header's name; "" when nothing is.
func CheckHeader(name string) string {
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return "is not a header's name: letters, digits and hyphens"
	case slices.Contains(refused, http.CanonicalHeaderKey(name)):
		return "is set by the connection itself"
	}
	return ""
}

func check(r Request) (*url.URL, error) {
	if !slices.Contains(Methods, r.Method) {
		return nil, fault.New(fault.Invalid, "method is %q: it is one of %s", r.Method, strings.Join(Methods, ", "))
	}
	if len(r.URL) > MaxURL {
		return nil, fault.New(fault.Invalid, "the URL has %d bytes; at most %d are used", len(r.URL), MaxURL)
	}
	u, err := checkURL(r.URL)
	if err != nil {
		return nil, err
	}
	if len(r.Header) > MaxHeaders {
		return nil, fault.New(fault.Invalid, "there are %d headers; at most %d are sent", len(r.Header), MaxHeaders)
	}
	for k, v := range r.Header {
		if why := CheckHeader(k); why != "" {
			return nil, fault.New(fault.Invalid, "the header %q %s: take it out", k, why)
		}
		if !httpguts.ValidHeaderFieldValue(v) || len(v) > MaxHeader {
			return nil, fault.New(fault.Invalid, "the value of the header %s cannot be sent: it has a line break or another control character, or more than %d bytes", k, MaxHeader)
		}
	}
	if len(r.Body) > MaxBody {
		return nil, fault.New(fault.Invalid, "the body has %d bytes; at most %d are sent", len(r.Body), MaxBody)
	}
	return u, nil
}

func checkURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, fault.New(fault.Invalid, "the URL is not one: write it with http:// or https:// and a host")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fault.New(fault.Invalid, "the URL begins with %q: only http and https can be called", u.Scheme+":")
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "the URL has a user name or password in it: send an Authorization header instead")
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = encoded(u.RawQuery)
	return u, nil
}

// encoded is a query in which no character stands that a request line cannot hold.
func encoded(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// plain are headers of the author's that another origin may see.
var plain = []string{"Accept", "Accept-Language", "Content-Type", "User-Agent"}

// own lists the headers that only the origin they were written for may see.
func own(header map[string]string) (out []string) {
	for k := range header {
		if k = http.CanonicalHeaderKey(k); !slices.Contains(plain, k) {
			out = append(out, k)
		}
	}
	return out
}

// redirect follows at most MaxRedirects. Another origin gets no header that may be a
// secret, and no body: then the redirect itself is the answer.
func redirect(secret []string) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(via) > MaxRedirects {
			return fault.Named(fault.Unprocessable, "too_many_redirects", "%q redirects more than %d times", via[0].URL.Hostname(), MaxRedirects)
		}
		if _, err := checkURL(req.URL.String()); err != nil {
			return fault.Named(fault.Unprocessable, "http_failed", "%q redirects to where it cannot be followed: %s", via[0].URL.Hostname(), fault.Message(err))
		}
		req.Header.Del("Referer") // it would tell the whole URL
		strayed := slices.ContainsFunc(slices.Concat(via[1:], []*http.Request{req}), func(r *http.Request) bool { return origin(r.URL) != origin(via[0].URL) })
		if !strayed {
			return nil
		}
		if req.GetBody != nil || req.ContentLength > 0 || req.Body != nil && req.Body != http.NoBody {
			return http.ErrUseLastResponse
		}
		for _, k := range secret {
			req.Header.Del(k)
		}
		return nil
	}
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
