package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// client calls the product over HTTP as one person.
type client struct {
	t      *testing.T
	url    string
	header map[string]string
}

// as is a client of somebody with a role.
func (d *desk) as(email, role string) client {
	d.t.Helper()
	token, err := d.token(email, role)
	if err != nil {
		d.t.Fatal(err)
	}
	c := client{t: d.t, url: d.url, header: map[string]string{}}
	if token != "" {
		c.header["Authorization"] = "Bearer " + token
	}
	return c
}

func (d *desk) admin() client {
	d.t.Helper()
	return d.as("admin@staff-"+d.name+".example", "admin")
}

// anybody sends no token and follows no redirect, as the browser behind a mail's link.
func (d *desk) anybody() client {
	return client{t: d.t, url: d.url, header: map[string]string{}}
}

func (c client) with(name, value string) client {
	c.header = maps.Clone(c.header)
	c.header[name] = value
	return c
}

// reply is an answer of the product.
type reply struct {
	what   string
	status int
	header http.Header
	body   []byte
}

var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (c client) send(method, path, contentType string, body io.Reader) reply {
	c.t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = c.url + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, target, body)
	if c.t.Context().Err() != nil { // in a cleanup
		r, err = http.NewRequest(method, target, body)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	resp, err := plain.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{what: method + " " + path, status: resp.StatusCode, header: resp.Header, body: data}
}

func (c client) call(method, path string, body any) reply {
	c.t.Helper()
	if body == nil {
		return c.send(method, path, "", nil)
	}
	data, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(method, path, "application/json", bytes.NewReader(data))
}

func (c client) get(path string) reply             { c.t.Helper(); return c.call("GET", path, nil) }
func (c client) post(path string, body any) reply  { c.t.Helper(); return c.call("POST", path, body) }
func (c client) put(path string, body any) reply   { c.t.Helper(); return c.call("PUT", path, body) }
func (c client) patch(path string, body any) reply { c.t.Helper(); return c.call("PATCH", path, body) }

// form posts what a browser's form does.
func (c client) form(path string, fields url.Values) reply {
	c.t.Helper()
	return c.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
}

// is demands a status.
func (r reply) is(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("%s: %d, want %d: %.2000s", r.what, r.status, status, r.body)
	}
	return r
}

func (r reply) ok(t *testing.T) reply {
	t.Helper()
	if r.status/100 != 2 {
		t.Fatalf("%s: %d: %.2000s", r.what, r.status, r.body)
	}
	return r
}

func (r reply) into(t *testing.T, v any) reply {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%s: %v: %.500s", r.what, err, r.body)
	}
	return r
}

// has demands parts of the body's text.
func (r reply) has(t *testing.T, parts ...string) reply {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(string(r.body), p) {
			t.Fatalf("%s: no %q in %.4000s", r.what, p, r.body)
		}
	}
	return r
}
