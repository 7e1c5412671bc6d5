package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// AdminEmail is who calls without a token when none is required.
const AdminEmail = "admin@local.test"

// verifier is a JWT authorizer.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
type verifier struct {
	spec   cfn.Authorizer
	keys   Keys
	parser *jwt.Parser
	header string // or
	query  string
}

func newVerifier(spec cfn.Authorizer, keys Keys) (*verifier, error) {
	v := &verifier{spec: spec, keys: keys}
	if len(spec.Sources) != 1 {
		return nil, fmt.Errorf("a JWT authorizer has one identity source, not %d", len(spec.Sources))
	}
	if h, ok := strings.CutPrefix(spec.Sources[0], "$request.header."); ok {
		v.header = h
	} else if q, ok := strings.CutPrefix(spec.Sources[0], "$request.querystring."); ok {
		v.query = q
	} else {
		return nil, fmt.Errorf("identity source %q: want $request.header.NAME or $request.querystring.NAME", spec.Sources[0])
	}
	v.parser = jwt.NewParser(jwt.WithValidMethods([]string{"RS256", "RS384", "RS512"}), jwt.WithIssuer(spec.Issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithJSONNumber())
	return v, nil
}

func (v *verifier) token(r *http.Request) string {
	if v.query != "" {
		return r.URL.Query().Get(v.query)
	}
	t := strings.TrimSpace(r.Header.Get(v.header))
	if len(t) > 7 && strings.EqualFold(t[:7], "bearer ") {
		t = strings.TrimSpace(t[7:])
	}
	return t
}

// verify checks signature, issuer, audience (or client_id) and times.
func (v *verifier) verify(r *http.Request, token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if kid == "" {
			return nil, errors.New("the token names no key (kid)")
		}
		return v.keys.Key(r.Context(), v.spec.Issuer, kid)
	})
	if err != nil {
		return nil, err
	}
	audience, err := claims.GetAudience()
	if err != nil {
		return nil, err
	}
	if _, ok := claims["aud"]; !ok {
		id, _ := claims["client_id"].(string)
		audience = jwt.ClaimStrings{id}
	}
	for _, a := range audience {
		if slices.Contains(v.spec.Audience, a) {
			return claims, nil
		}
	}
	return nil, errors.New("the token is for another audience")
}

// authorize gives the claims of a request, or answers 401 or 403.
func (a *API) authorize(w http.ResponseWriter, r *http.Request, route *cfn.Route) (map[string]string, bool) {
	v := a.verifier[route.Authorizer.ID]
	token := v.token(r)
	if token == "" {
		if !a.cfg.AuthRequired {
			return a.localAdmin(v, route), true
		}
		w.Header().Set("Www-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, "Unauthorized")
		return nil, false
	}
	claims, err := v.verify(r, token)
	if err != nil {
		w.Header().Set("Www-Authenticate", `Bearer scope="" error="invalid_token" error_description="`+describe(err)+`"`)
		refuse(w, http.StatusUnauthorized, "Unauthorized")
		return nil, false
	}
	if len(route.Scopes) > 0 && !hasScope(claims, route.Scopes) {
		w.Header().Set("Www-Authenticate", `Bearer scope="`+strings.Join(route.Scopes, " ")+`" error="insufficient_scope" error_description="the token does not have a required scope"`)
		refuse(w, http.StatusForbidden, "Forbidden")
		return nil, false
	}
	return stringClaims(claims), true
}

// describe says what is wrong with a token in words that fit a header.
func describe(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "the token has expired"
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return "the token has another issuer"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return "the token's signature is invalid"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "the token is malformed"
	}
	return "the token is invalid"
}

// localAdmin are the claims of the person at the keyboard.
func (a *API) localAdmin(v *verifier, route *cfn.Route) map[string]string {
	now := time.Now().Unix()
	c := map[string]string{"iss": v.spec.Issuer, "sub": "local-admin", "aud": v.spec.Audience[0], "email": AdminEmail,
		"iat": fmt.Sprint(now), "exp": fmt.Sprint(now + 3600)}
	if a.cfg.RoleClaim != "" {
		c[a.cfg.RoleClaim] = "admin"
	}
	if len(route.Scopes) > 0 {
		c["scope"] = strings.Join(route.Scopes, " ")
	}
	return c
}

// hasScope wants one of the route's scopes, in scope or scp.
func hasScope(claims jwt.MapClaims, want []string) bool {
	for _, key := range []string{"scope", "scp"} {
		var have []string
		switch s := claims[key].(type) {
		case string:
			have = strings.Fields(s)
		case []any:
			for _, x := range s {
				have = append(have, fmt.Sprint(x))
			}
		}
		for _, h := range have {
			if slices.Contains(want, h) {
				return true
			}
		}
	}
	return false
}

// stringClaims are the claims as the event has them: strings, a list as "[a b]".
func stringClaims(claims jwt.MapClaims) map[string]string {
	out := make(map[string]string, len(claims))
	for k, v := range claims {
		switch v := v.(type) {
		case string:
			out[k] = v
		case json.Number:
			out[k] = v.String()
		default:
			out[k] = fmt.Sprint(v)
		}
	}
	return out
}
