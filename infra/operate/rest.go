package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/workflow"
)

// desk is the product's REST interface.
type desk struct {
	url   string // without /v1
	token string // "" where none is needed
}

// refusal is an answer that is not a success (RFC 9457, or the API's own message).
type refusal struct {
	Status   int
	Title    string
	Detail   string
	Message  string
	Problems []workflow.Problem
	method   string
	path     string
}

func (e *refusal) Error() string {
	text := e.Detail
	for _, s := range []string{e.Message, e.Title} {
		if text == "" {
			text = s
		}
	}
	for _, p := range e.Problems {
		text += "\n    " + problem(p)
	}
	return fmt.Sprintf("%s %s: %d %s", e.method, e.path, e.Status, text)
}

func isStatus(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.Status == status
}

// desk opens the stack's REST interface with a token: TOKEN, or one for the machine that
// CLIENT_ID and CLIENT_SECRET name at TOKEN_URL; on this machine the local issuer's.
func (p *place) desk(ctx context.Context) (*desk, error) {
	at, err := p.output(ctx, "Url")
	if err != nil {
		return nil, err
	}
	d := &desk{url: strings.TrimSuffix(at, "/"), token: strings.TrimPrefix(os.Getenv("TOKEN"), "Bearer ")}
	switch {
	case d.token != "":
	case os.Getenv("CLIENT_ID") != "":
		if d.token, err = p.machineToken(ctx); err != nil {
			return nil, err
		}
	case p.local:
		var out struct{ Token string }
		if err := d.call(ctx, http.MethodGet, "/local/token?role=admin", nil, &out); err != nil {
			return nil, err
		}
		d.token = out.Token
	default:
		return nil, misuse{fmt.Sprintf("%s talks to %s/v1 and needs a token. Set TOKEN (the role admin does everything), "+
			"or CLIENT_ID, CLIENT_SECRET and TOKEN_URL of a machine with the scope deskhand/admin; see infra/operate/deploy.md", p.verb, d.url)}
	}
	var me struct{ Role string }
	if err := d.call(ctx, http.MethodGet, "/v1/me", nil, &me); err != nil {
		if isStatus(err, http.StatusUnauthorized) {
			return nil, fmt.Errorf("%s does not take the token: is it of the issuer and audience that the stack was deployed with (OidcIssuer, OidcAudience), and not expired? %w", d.url, err)
		}
		return nil, err
	}
	return d, nil
}

// machineToken asks for a token by client credentials (RFC 6749, section 4.4).
func (p *place) machineToken(ctx context.Context) (string, error) {
	at := os.Getenv("TOKEN_URL")
	if info, err := p.describe(ctx); at == "" && err == nil && info.output("SignInUrl") != "" {
		at = info.output("SignInUrl") + "/oauth2/token" // of the user pool that the stack made
	}
	if at == "" {
		return "", misuse{"CLIENT_ID is set and TOKEN_URL is not: it is the issuer's token endpoint, e.g. https://<domain>.auth.<region>.amazoncognito.com/oauth2/token"}
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {setting("SCOPE", "deskhand/admin")}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(os.Getenv("CLIENT_ID")), url.QueryEscape(os.Getenv("CLIENT_SECRET")))
	var out struct {
		Token string `json:"access_token"`
	}
	if err := answer(r, &out); err != nil {
		return "", fmt.Errorf("token for CLIENT_ID %s: %w", os.Getenv("CLIENT_ID"), err)
	}
	return out.Token, nil
}

// call makes one request; in and out are JSON, either may be nil. header has names and
// values in turn.
func (d *desk) call(ctx context.Context, method, path string, in, out any, header ...string) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.url+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return answer(r, out)
}

var client = &http.Client{Timeout: 40 * time.Second} // API Gateway gives up after 30

func answer(r *http.Request, out any) error {
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		e := &refusal{}
		if json.Unmarshal(text, e) != nil || e.Detail == "" && e.Message == "" {
			e.Detail = strings.TrimSpace(string(text[:min(len(text), 300)]))
		}
		e.Status, e.method, e.path = res.StatusCode, r.Method, r.URL.Path
		return e
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not JSON (%w): is PublicUrl the address of this stack?", r.Method, r.URL, err)
	}
	return nil
}

// each calls f for every item of a list, page by page.
func each[T any](ctx context.Context, d *desk, path string, f func(T) error) error {
	glue := "?"
	if strings.Contains(path, "?") {
		glue = "&"
	}
	for cursor := ""; ; {
		var page struct {
			Items      []T
			NextCursor *string
		}
		at := path + glue + "limit=100"
		if cursor != "" {
			at += "&cursor=" + url.QueryEscape(cursor)
		}
		if err := d.call(ctx, http.MethodGet, at, nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := f(item); err != nil {
				return err
			}
		}
		if page.NextCursor == nil || *page.NextCursor == "" {
			return nil
		}
		cursor = *page.NextCursor
	}
}
