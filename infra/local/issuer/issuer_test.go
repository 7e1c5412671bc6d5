package issuer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/deskhand/deskhand/infra/local/issuer"
)

const roleClaim = "deskhand:role"

// mustServe is an issuer on a port of its own.
func mustServe(tb testing.TB, dir string) (*issuer.Issuer, *httptest.Server) {
	tb.Helper()
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	tb.Cleanup(srv.Close)
	i, err := issuer.New(issuer.Config{Dir: dir, URL: srv.URL, Audience: "desk", RoleClaim: roleClaim})
	if err != nil {
		tb.Fatal(err)
	}
	i.Register(mux)
	return i, srv
}

func mustGet(tb testing.TB, target, accept string) (int, []byte) {
	tb.Helper()
	req, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return res.StatusCode, b
}

func mustClaims(tb testing.TB, i *issuer.Issuer, token string) jwt.MapClaims {
	tb.Helper()
	c := jwt.MapClaims{}
	key, kid := i.PublicKey()
	tok, err := jwt.ParseWithClaims(token, c, func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(i.URL()), jwt.WithExpirationRequired())
	if err != nil {
		tb.Fatal(err)
	}
	if tok.Header["kid"] != kid {
		tb.Errorf("kid %v, want %s", tok.Header["kid"], kid)
	}
	return c
}

func TestToken(t *testing.T) {
	i, srv := mustServe(t, t.TempDir())
	t.Run("json", func(t *testing.T) {
		status, body := mustGet(t, srv.URL+"/local/token?role=editor&email=eve@x.test", "*/*")
		var a struct{ Token string }
		if err := json.Unmarshal(body, &a); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		c := mustClaims(t, i, a.Token)
		if c["email"] != "eve@x.test" || c[roleClaim] != "editor" || c["aud"] != "desk" {
			t.Errorf("claims %v", c)
		}
	})
	t.Run("text", func(t *testing.T) {
		_, body := mustGet(t, srv.URL+"/local/token?role=viewer", "text/plain")
		if c := mustClaims(t, i, string(body)); c["email"] != "viewer@local.test" {
			t.Errorf("claims %v", c)
		}
	})
	t.Run("machine", func(t *testing.T) {
		_, body := mustGet(t, srv.URL+"/local/token?role=editor&kind=machine", "text/plain")
		c := mustClaims(t, i, string(body))
		if c["scope"] != "deskhand/editor" || c["client_id"] != "desk" || c["email"] != nil || c[roleClaim] != nil {
			t.Errorf("claims %v", c)
		}
	})
	for _, q := range []string{"role=root", "role=editor&email=no", "role=editor&kind=cat"} {
		t.Run("refused "+q, func(t *testing.T) {
			if status, body := mustGet(t, srv.URL+"/local/token?"+q, ""); status != 400 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	a, _ := mustServe(t, dir)
	token, err := a.Token("", "admin")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := mustServe(t, dir)
	ka, ida := a.PublicKey()
	kb, idb := b.PublicKey()
	if !ka.Equal(kb) || ida != idb || token == "" {
		t.Error("a restart made another key")
	}
}

func TestCodeFlow(t *testing.T) {
	i, srv := mustServe(t, t.TempDir())
	var discovery struct {
		Issuer, Authorization_endpoint, Token_endpoint, Userinfo_endpoint, Jwks_uri string
	}
	_, body := mustGet(t, srv.URL+"/.well-known/openid-configuration", "")
	if err := json.Unmarshal(body, &discovery); err != nil || discovery.Issuer != srv.URL {
		t.Fatalf("discovery %s", body)
	}
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	request := url.Values{"client_id": {"desk"}, "redirect_uri": {"http://127.0.0.1:9/back"}, "response_type": {"code"}, "scope": {"openid email"},
		"state": {"s<&>"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	signIn := func(t *testing.T) string {
		t.Helper()
		status, page := mustGet(t, discovery.Authorization_endpoint+"?"+request.Encode(), "")
		if status != 200 || !strings.Contains(string(page), `name="state" value="s&lt;&amp;&gt;"`) {
			t.Fatalf("%d %s", status, page)
		}
		form := url.Values{"email": {"eve@x.test"}, "role": {"approver"}}
		for k, v := range request {
			form[k] = v
		}
		res, err := client.PostForm(discovery.Authorization_endpoint, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		to, err := res.Location()
		if err != nil || to.Host != "127.0.0.1:9" || to.Query().Get("state") != "s<&>" {
			t.Fatalf("%v %v", to, err)
		}
		return to.Query().Get("code")
	}
	exchange := func(t *testing.T, change func(url.Values), code string) (int, map[string]any) {
		t.Helper()
		f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_id": {"desk"}, "redirect_uri": {"http://127.0.0.1:9/back"}, "code_verifier": {verifier}}
		if change != nil {
			change(f)
		}
		res, err := client.PostForm(discovery.Token_endpoint, f)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var out map[string]any
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, out
	}
	t.Run("works once", func(t *testing.T) {
		code := signIn(t)
		status, out := exchange(t, nil, code)
		if status != 200 {
			t.Fatalf("%d %v", status, out)
		}
		c := mustClaims(t, i, out["id_token"].(string))
		if c["nonce"] != "n" || c["email"] != "eve@x.test" || c[roleClaim] != "approver" {
			t.Errorf("id token %v", c)
		}
		if c := mustClaims(t, i, out["access_token"].(string)); c["email"] != "eve@x.test" || c["nonce"] != nil {
			t.Errorf("access token %v", c)
		}
		req, _ := http.NewRequest(http.MethodGet, discovery.Userinfo_endpoint, nil)
		req.Header.Set("Authorization", "Bearer "+out["access_token"].(string))
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if b, _ := io.ReadAll(res.Body); res.StatusCode != 200 || !strings.Contains(string(b), "eve@x.test") {
			t.Errorf("userinfo %s", b)
		}
		if status, out := exchange(t, nil, code); status != 400 || out["error"] != "invalid_grant" {
			t.Errorf("a used code: %d %v", status, out)
		}
	})
	for name, change := range map[string]func(url.Values){
		"wrong verifier": func(f url.Values) { f.Set("code_verifier", "other") },
		"wrong redirect": func(f url.Values) { f.Set("redirect_uri", "http://127.0.0.1:9/else") },
		"wrong client":   func(f url.Values) { f.Set("client_id", "x") },
		"wrong grant":    func(f url.Values) { f.Set("grant_type", "password") },
	} {
		t.Run(name, func(t *testing.T) {
			if status, out := exchange(t, change, signIn(t)); status != 400 {
				t.Errorf("%d %v", status, out)
			}
		})
	}
	for name, change := range map[string]func(url.Values){
		"foreign redirect": func(f url.Values) { f.Set("redirect_uri", "https://evil.test/") },
		"no challenge":     func(f url.Values) { f.Del("code_challenge") },
		"other client":     func(f url.Values) { f.Set("client_id", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			q := url.Values{}
			for k, v := range request {
				q[k] = v
			}
			change(q)
			if status, _ := mustGet(t, discovery.Authorization_endpoint+"?"+q.Encode(), ""); status != 400 {
				t.Errorf("status %d", status)
			}
		})
	}
	t.Run("client credentials", func(t *testing.T) {
		res, err := client.PostForm(discovery.Token_endpoint, url.Values{"grant_type": {"client_credentials"}, "scope": {"deskhand/viewer"}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var out struct{ Access_token string }
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		if c := mustClaims(t, i, out.Access_token); c["scope"] != "deskhand/viewer" {
			t.Errorf("claims %v", c)
		}
	})
}
