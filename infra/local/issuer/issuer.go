// Package issuer is a small OpenID Connect provider for the local stack: discovery,
// keys, tokens signed with RS256 for people and machines, and the authorization code
// flow with PKCE behind a sign-in page on which one chooses an e-mail address and a
// role. It checks no passwords and must only listen on loopback; in AWS a real
// provider takes its place. Times are wall time, never the stack's movable clock.
//
// Source: https://openid.net/specs/openid-connect-core-1_0.html, RFC 6749, RFC 7636, RFC 7519.
package issuer

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Roles are the roles a token can carry, the weakest first.
var Roles = []string{"viewer", "approver", "editor", "admin"}

const (
	keyBits   = 2048
	tokenLife = 12 * time.Hour
	codeLife  = 2 * time.Minute
	maxCodes  = 1000
)

// Config is what New needs.
type Config struct {
	Dir       string // DATA_DIR; the key is kept in it
	URL       string // issuer, e.g. http://127.0.0.1:8080; with or without a path
	Audience  string // client id
	RoleClaim string // claim of a person's role, e.g. deskhand:role
	Scope     string // prefix of machine scopes; default "deskhand/"
}

// Issuer signs tokens and answers the provider's pages.
type Issuer struct {
	cfg  Config
	base string // of the endpoints, without a slash at the end
	path string // of base
	key  *rsa.PrivateKey
	kid  string

	mu    sync.Mutex
	codes map[string]grant
}

// New reads the key in Dir, or makes one.
func New(cfg Config) (*Issuer, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("issuer URL %q: want http://host:port", cfg.URL)
	}
	if cfg.Audience == "" || cfg.RoleClaim == "" {
		return nil, errors.New("the issuer needs Audience and RoleClaim")
	}
	if cfg.Scope == "" {
		cfg.Scope = "deskhand/"
	}
	i := &Issuer{cfg: cfg, base: strings.TrimSuffix(cfg.URL, "/"), path: strings.TrimSuffix(u.Path, "/"), codes: map[string]grant{}}
	if i.key, err = loadKey(filepath.Join(cfg.Dir, "issuer.pem")); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(i.key.N.Bytes())
	i.kid = base64.RawURLEncoding.EncodeToString(sum[:12])
	return i, nil
}

// URL is the issuer as it stands in tokens.
func (i *Issuer) URL() string { return i.cfg.URL }

func loadKey(path string) (*rsa.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err == nil {
		block, _ := pem.Decode(data)
		if block == nil {
			return nil, fmt.Errorf("%s holds no PEM key; delete it to have a new one made", path)
		}
		k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, ok := k.(*rsa.PrivateKey)
		if err != nil || !ok {
			return nil, fmt.Errorf("%s holds no RSA key; delete it to have a new one made", path)
		}
		return key, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	return key, os.Rename(tmp, path)
}

// PublicKey is the key that tokens are checked with, and its id.
func (i *Issuer) PublicKey() (*rsa.PublicKey, string) { return &i.key.PublicKey, i.kid }

func (i *Issuer) sign(claims jwt.MapClaims) (string, error) {
	now := time.Now()
	claims["iss"], claims["iat"], claims["exp"] = i.cfg.URL, now.Unix(), now.Add(tokenLife).Unix()
	claims["jti"] = random()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	t.Header["kid"] = i.kid
	return t.SignedString(i.key)
}

func random() string {
	var b [24]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// subject is a stable id of a person.
func subject(email string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(email)))
	return fmt.Sprintf("%x", sum[:12])
}

func checkRole(role string) error {
	if !slices.Contains(Roles, role) {
		return fmt.Errorf("role %q is not one of %s", role, strings.Join(Roles, ", "))
	}
	return nil
}

func (i *Issuer) person(email, role string) (jwt.MapClaims, error) {
	if err := checkRole(role); err != nil {
		return nil, err
	}
	if email == "" {
		email = role + "@local.test"
	}
	if at := strings.LastIndex(email, "@"); at <= 0 || at == len(email)-1 || strings.ContainsAny(email, " \t\r\n<>,;\"") {
		return nil, fmt.Errorf("%q is not an e-mail address", email)
	}
	return jwt.MapClaims{"sub": subject(email), "aud": i.cfg.Audience, "email": email, "email_verified": true, i.cfg.RoleClaim: role}, nil
}

// Token signs a person's token; an empty address becomes ROLE@local.test.
func (i *Issuer) Token(email, role string) (string, error) {
	c, err := i.person(email, role)
	if err != nil {
		return "", err
	}
	return i.sign(c)
}

// MachineToken signs a token as the client credentials flow gives it: no e-mail, the
// scope deskhand/ROLE, client_id.
func (i *Issuer) MachineToken(role string) (string, error) {
	if err := checkRole(role); err != nil {
		return "", err
	}
	return i.sign(jwt.MapClaims{"sub": "local-machine", "client_id": i.cfg.Audience, "scope": i.cfg.Scope + role, "token_use": "access"})
}

// keys is the JSON Web Key Set (RFC 7517).
func (i *Issuer) keys() map[string]any {
	e := big.NewInt(int64(i.key.E)).Bytes()
	return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": i.kid,
		"n": base64.RawURLEncoding.EncodeToString(i.key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(e)}}}
}

func (i *Issuer) discovery() map[string]any {
	return map[string]any{
		"issuer": i.cfg.URL, "jwks_uri": i.base + "/.well-known/jwks.json",
		"authorization_endpoint": i.base + "/local/oauth/authorize", "token_endpoint": i.base + "/local/oauth/token",
		"userinfo_endpoint": i.base + "/local/oauth/userinfo", "end_session_endpoint": i.base + "/local/oauth/logout",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "client_credentials"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"none", "client_secret_post", "client_secret_basic"},
		"scopes_supported": []string{"openid", "email", "profile"}, "claims_supported": []string{"sub", "email", i.cfg.RoleClaim},
	}
}

// Register puts the provider's paths on mux, below the issuer URL's path:
//
//	GET       /.well-known/openid-configuration, /.well-known/jwks.json
//	GET       /local/token?role=editor[&email=][&kind=machine]
//	GET, POST /local/oauth/authorize
//	POST      /local/oauth/token
//	GET       /local/oauth/userinfo, /local/oauth/logout
func (i *Issuer) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+i.path+"/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { i.public(w, i.discovery()) })
	mux.HandleFunc("GET "+i.path+"/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) { i.public(w, i.keys()) })
	mux.HandleFunc("GET "+i.path+"/local/token", i.giveToken)
	mux.HandleFunc("GET "+i.path+"/local/oauth/authorize", i.signInPage)
	mux.HandleFunc("POST "+i.path+"/local/oauth/authorize", i.signIn)
	mux.HandleFunc("POST "+i.path+"/local/oauth/token", i.exchange)
	mux.HandleFunc("GET "+i.path+"/local/oauth/userinfo", i.userinfo)
	mux.HandleFunc("GET "+i.path+"/local/oauth/logout", i.logout)
}

// Handler is a mux with Register's paths only.
func (i *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	i.Register(mux)
	return mux
}
