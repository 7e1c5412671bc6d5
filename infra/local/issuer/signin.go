package issuer

import (
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
)

var page = template.Must(template.New("sign in").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in (local)</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem; color: #1c2733; background: #f6f8fa }
form { background: #fff; border: 1px solid #d5dde5; border-radius: 8px; padding: 1.5rem }
label { display: block; margin-bottom: 1rem }
input, select { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem .5rem; margin-top: .2rem }
button { font: inherit; padding: .5rem 1.2rem }
</style>
</head>
<body>
<h1>Sign in</h1>
<p>This is the local stack: no password, be whom you like.</p>
<form method="post">
<label>E-mail <input type="email" name="email" value="admin@local.test" required autofocus></label>
<label>Role <select name="role">{{range .Roles}}<option{{if eq . "admin"}} selected{{end}}>{{.}}</option>{{end}}</select></label>
{{range $k, $v := .Fields}}<input type="hidden" name="{{$k}}" value="{{$v}}">
{{end}}<button>Sign in</button>
</form>
</body>
</html>
`))

// carried are the parameters of the authorization request that the page carries on.
var carried = []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}

// check refuses an authorization request that must not be answered by a redirect
// (status 400) or has a fault that the client is told of.
func (i *Issuer) check(q url.Values) error {
	if q.Get("client_id") != i.cfg.Audience {
		return fmt.Errorf("client_id must be %s", i.cfg.Audience)
	}
	u, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !loopback(u.Hostname()) || u.Fragment != "" {
		return fmt.Errorf("redirect_uri must be on this machine (127.0.0.1 or localhost)")
	}
	if q.Get("response_type") != "code" {
		return fmt.Errorf("response_type must be code")
	}
	if q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256" {
		return fmt.Errorf("code_challenge with code_challenge_method S256 is needed (PKCE)")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (i *Issuer) signInPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if err := i.check(q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fields := map[string]string{}
	for _, k := range carried {
		fields[k] = q.Get(k)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_ = page.Execute(w, map[string]any{"Roles": Roles, "Fields": fields})
}

// signIn answers the page's form with a code.
func (i *Issuer) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f := r.Form
	if err := i.check(f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	email, role := strings.TrimSpace(f.Get("email")), f.Get("role")
	if _, err := i.person(email, role); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	code, err := i.issue(grant{email: email, role: role, nonce: f.Get("nonce"), redirect: f.Get("redirect_uri"), challenge: f.Get("code_challenge"), scope: f.Get("scope")})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	to, err := url.Parse(f.Get("redirect_uri"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := to.Query()
	q.Set("code", code)
	if s := f.Get("state"); s != "" {
		q.Set("state", s)
	}
	to.RawQuery = q.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// logout has no session to end; it goes where the client asks, on this machine only.
func (i *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to := q.Get("post_logout_redirect_uri")
	if to == "" {
		to = q.Get("logout_uri")
	}
	u, err := url.Parse(to)
	if to == "" || err != nil || !loopback(u.Hostname()) || u.Scheme != "http" && u.Scheme != "https" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("Signed out.\n"))
		return
	}
	if s := q.Get("state"); s != "" {
		v := u.Query()
		v.Set("state", s)
		u.RawQuery = v.Encode()
	}
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}
