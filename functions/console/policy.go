package main

import (
	"net/url"
	"strings"
)

// policy is the Content-Security-Policy of the pages: scripts and styles from files only,
// requests to the own origin and to where people sign in. Inline style attributes are
// set by scripts through the DOM, which the policy does not touch.
func policy(issuer string, signIn []string) string {
	connect := append([]string{"'self'"}, origins(issuer, signIn)...)
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src " + strings.Join(connect, " "),
		"frame-src 'self'", // the mail frame
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// framePolicy is that of web/public/mail-frame.html, which a customer's HTML is put into:
// no scripts, nothing from elsewhere; its own styles only.
const framePolicy = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'self'; frame-ancestors 'self'"

// origins are those of the issuer and of its token endpoint. Cognito has the latter at
// the user pool's domain; others that have it elsewhere are named by SIGN_IN_ORIGINS.
// https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
func origins(issuer string, more []string) []string {
	var out []string
	for _, text := range append([]string{issuer}, more...) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(u.Host, "*;, ") {
			continue
		}
		out = append(out, u.Scheme+"://"+u.Host)
		if region, ok := strings.CutPrefix(u.Host, "cognito-idp."); ok {
			region, _, _ = strings.Cut(region, ".")
			out = append(out, "https://*.auth."+region+".amazoncognito.com")
		}
	}
	return out
}
