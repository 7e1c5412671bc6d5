package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// public answers what any page may read.
func (i *Issuer) public(w http.ResponseWriter, v any) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeJSON(w, http.StatusOK, v)
}

// giveToken is GET /local/token: JSON, or the bare token when Accept asks for text.
func (i *Issuer) giveToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	role, email := q.Get("role"), q.Get("email")
	if role == "" {
		role = "admin"
	}
	var token string
	var err error
	switch kind := q.Get("kind"); kind {
	case "", "person":
		token, err = i.Token(email, role)
	case "machine":
		token, err = i.MachineToken(role)
	default:
		err = fmt.Errorf("kind %q is neither person nor machine", kind)
	}
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"message": err.Error()})
		return
	}
	if accept := r.Header.Get("Accept"); strings.HasPrefix(accept, "text/plain") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(token))
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"token": token, "type": "Bearer", "role": role,
		"expiresAt": time.Now().Add(tokenLife).UTC().Format(time.RFC3339)})
}

// refuse is an OAuth error, RFC 6749 section 5.2.
func refuse(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

// grant is what a code stands for.
type grant struct {
	email, role, nonce, redirect, challenge, scope string
	until                                          time.Time
}

// issue keeps a grant and gives its code.
func (i *Issuer) issue(g grant) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now()
	for c, old := range i.codes {
		if now.After(old.until) {
			delete(i.codes, c)
		}
	}
	if len(i.codes) >= maxCodes {
		return "", fmt.Errorf("too many sign-ins at once")
	}
	code := random()
	g.until = now.Add(codeLife)
	i.codes[code] = g
	return code, nil
}

// redeem takes a grant; a code works once.
func (i *Issuer) redeem(code string) (grant, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, ok := i.codes[code]
	delete(i.codes, code)
	return g, ok && time.Now().Before(g.until)
}

// exchange is the token endpoint.
func (i *Issuer) exchange(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	f := r.PostForm
	switch f.Get("grant_type") {
	case "authorization_code":
		i.exchangeCode(w, r)
	case "client_credentials":
		role, ok := strings.CutPrefix(f.Get("scope"), i.cfg.Scope)
		token, err := i.MachineToken(role)
		if !ok || err != nil {
			refuse(w, http.StatusBadRequest, "invalid_scope", "scope must be "+i.cfg.Scope+" and one of "+strings.Join(Roles, ", "))
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "scope": f.Get("scope")})
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be authorization_code or client_credentials")
	}
}

func (i *Issuer) exchangeCode(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	g, ok := i.redeem(f.Get("code"))
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code is unknown, used or too old")
		return
	}
	client := f.Get("client_id")
	if user, _, ok := r.BasicAuth(); ok && client == "" {
		client = user
	}
	if client != i.cfg.Audience {
		refuse(w, http.StatusBadRequest, "invalid_client", "client_id must be "+i.cfg.Audience)
		return
	}
	if f.Get("redirect_uri") != g.redirect {
		refuse(w, http.StatusBadRequest, "invalid_grant", "redirect_uri is not that of the request")
		return
	}
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(g.challenge)) != 1 {
		refuse(w, http.StatusBadRequest, "invalid_grant", "code_verifier does not fit code_challenge")
		return
	}
	claims, err := i.person(g.email, g.role)
	if err != nil {
		refuse(w, http.StatusBadRequest, "invalid_grant", err.Error())
		return
	}
	access, err := i.sign(with(claims, "token_use", "access", "client_id", i.cfg.Audience, "scope", g.scope))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	id, err := i.sign(with(claims, "token_use", "id", "nonce", g.nonce))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"access_token": access, "id_token": id, "token_type": "Bearer",
		"expires_in": int(tokenLife.Seconds()), "scope": g.scope})
}

// with copies claims and adds those that are not empty.
func with(c jwt.MapClaims, pairs ...string) jwt.MapClaims {
	out := jwt.MapClaims{}
	for k, v := range c {
		out[k] = v
	}
	for n := 0; n+1 < len(pairs); n += 2 {
		if pairs[n+1] != "" {
			out[pairs[n]] = pairs[n+1]
		}
	}
	return out
}

func (i *Issuer) userinfo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(i.cfg.URL), jwt.WithExpirationRequired()).ParseWithClaims(
		strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), claims, func(*jwt.Token) (any, error) { return &i.key.PublicKey, nil })
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, "invalid_token", "the token is not valid")
		return
	}
	out := map[string]any{}
	for _, k := range []string{"sub", "email", "email_verified", i.cfg.RoleClaim} {
		if v, ok := claims[k]; ok {
			out[k] = v
		}
	}
	writeJSON(w, http.StatusOK, out)
}
