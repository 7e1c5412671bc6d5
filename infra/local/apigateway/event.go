package apigateway

import (
	"encoding/base64"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/deskhand/deskhand/infra/local/cfn"
)

// event is the request in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
//
// As measured on AWS, rawPath is decoded and ends at a decoded question mark.
func (a *API) event(r *http.Request, route *cfn.Route, st *stage, id string, vars, claims map[string]string, body []byte) events.APIGatewayV2HTTPRequest {
	at := now(a.cfg.Clock)
	path, _, _ := strings.Cut(r.URL.Path, "?")
	ip := sourceIP(r)
	host := r.Host
	if host == "" {
		host = a.cfg.API.ID + ".execute-api." + a.cfg.Region + ".amazonaws.com"
	}
	prefix, _, _ := strings.Cut(host, ".")
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: route.Key, RawPath: path, RawQueryString: r.URL.RawQuery,
		Cookies: cookies(r), Headers: headers(r, ip), QueryStringParameters: query(r.URL.RawQuery),
		PathParameters: vars, StageVariables: st.variables,
	}
	e.RequestContext = events.APIGatewayV2HTTPRequestContext{
		RouteKey: route.Key, AccountID: a.cfg.Account, Stage: st.name, RequestID: id, APIID: a.cfg.API.ID,
		DomainName: host, DomainPrefix: prefix, Time: at.Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: at.UnixMilli(),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: ip, UserAgent: r.UserAgent()},
	}
	if claims != nil {
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims, Scopes: route.Scopes}}
	}
	if len(body) > 0 {
		e.Body = string(body)
		if !isText(r.Header.Get("Content-Type")) || r.Header.Get("Content-Encoding") != "" || !utf8.Valid(body) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return e
}

// isText tells which bodies go as they are; forms do not, as on AWS.
func isText(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		return true
	}
	if err != nil {
		t, _, _ = strings.Cut(strings.ToLower(contentType), ";")
	}
	switch t = strings.TrimSpace(t); {
	case strings.HasPrefix(t, "text/"), strings.HasSuffix(t, "+json"), strings.HasSuffix(t, "+xml"):
		return true
	}
	return t == "application/json" || t == "application/xml" || t == "application/javascript"
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// headers are in small letters, several values joined by a comma; cookies are elsewhere.
func headers(r *http.Request, ip string) map[string]string {
	out := make(map[string]string, len(r.Header)+6)
	for k, v := range r.Header {
		if k = strings.ToLower(k); k != "cookie" {
			out[k] = strings.Join(v, ",")
		}
	}
	out["host"] = r.Host
	out["content-length"] = strconv.FormatInt(max(r.ContentLength, 0), 10)
	if before := out["x-forwarded-for"]; before != "" {
		ip = before + ", " + ip
	}
	out["x-forwarded-for"] = ip
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		out["x-forwarded-port"] = port
	} else {
		out["x-forwarded-port"] = "80"
	}
	out["x-forwarded-proto"] = "http"
	if r.TLS != nil {
		out["x-forwarded-proto"] = "https"
	}
	if out["x-amzn-trace-id"] == "" {
		out["x-amzn-trace-id"] = "Root=" + requestID()
	}
	return out
}

func cookies(r *http.Request) []string {
	var out []string
	for _, line := range r.Header["Cookie"] {
		for _, c := range strings.Split(line, ";") {
			if c = strings.TrimSpace(c); c != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// query decodes the parameters; those given twice are joined by a comma.
func query(raw string) map[string]string {
	var out map[string]string
	for _, pair := range strings.Split(raw, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		if x, err := url.QueryUnescape(k); err == nil {
			k = x
		}
		if x, err := url.QueryUnescape(v); err == nil {
			v = x
		}
		if out == nil {
			out = map[string]string{}
		}
		if before, ok := out[k]; ok {
			v = before + "," + v
		}
		out[k] = v
	}
	return out
}
