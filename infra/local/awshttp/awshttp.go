// Package awshttp is the front of the local AWS endpoint: one port that tells from
// a request's signature which service it is for and who asks, reads the body and
// hands it on. It does not verify signatures (the port is loopback); it does take
// the access key for the caller's name, so that IAM can be enforced per role.
package awshttp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// MaxBody bounds a request; the largest real one is a 40 MB message put into S3.
const MaxBody = 64 << 20

// Principal is who signed a call.
type Principal struct {
	ARN   string // arn:aws:iam::ACCOUNT:role/NAME, or a service as "states.amazonaws.com"
	Admin bool   // people at the keyboard (any key that no role has): everything is allowed
}

// Authorizer decides over one action on one resource; nil error allows.
type Authorizer interface {
	// Authorize returns nil or an error whose text is AWS's ("User: … is not authorized to perform: …").
	// context holds IAM condition keys, e.g. "dynamodb:LeadingKeys", "iam:PassedToService".
	Authorize(p Principal, action, resource string, context map[string]string) error
	// ByAccessKey finds the role that has the key; unknown keys are people.
	ByAccessKey(accessKey string) Principal
}

// Call is one request to one service.
type Call struct {
	Service string // signing name: dynamodb states events sqs s3 ses scheduler lambda bedrock
	Action  string // from X-Amz-Target for the JSON protocols, else ""
	Caller  Principal
	Region  string
	Account string
	Body    []byte
	HTTP    *http.Request // the body is already read
	auth    Authorizer
	asked   string  // the first action that Allow was asked for
	units   float64 // consumed so far
}

// Allow asks IAM; the *Error it returns has the code AccessDeniedException, status 400.
func (c *Call) Allow(action, resource string, context map[string]string) error {
	if c.asked == "" {
		_, c.asked, _ = strings.Cut(action, ":")
	}
	if c.Caller.Admin || c.auth == nil {
		return nil
	}
	if err := c.auth.Authorize(c.Caller, action, resource, context); err != nil {
		return &Error{Code: "AccessDeniedException", Message: err.Error(), Status: http.StatusBadRequest}
	}
	return nil
}

// Decode reads the JSON body into v; an unreadable body is a SerializationException.
func (c *Call) Decode(v any) error {
	if len(bytes.TrimSpace(c.Body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.Body, v); err != nil {
		return &Error{Code: "SerializationException", Message: err.Error(), Status: http.StatusBadRequest}
	}
	return nil
}

// Service answers the calls of one AWS service.
type Service interface {
	ServeAWS(w http.ResponseWriter, c *Call)
}

// Error is an answer that is not a success.
type Error struct {
	Code    string
	Message string
	Status  int            // 0 means 400
	Members map[string]any // further members of the JSON answer, e.g. CancellationReasons
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// AsError makes an *Error of any error: InternalFailure, logged, when it is none.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	slog.Error("local aws", "error", err.Error())
	return &Error{Code: "InternalFailure", Message: "internal error of the local stack: " + err.Error(), Status: http.StatusInternalServerError}
}

// WriteJSON answers v, or err in the form of the AWS JSON protocols.
// contentType is "application/x-amz-json-1.0", "…-1.1" or "application/json".
func WriteJSON(w http.ResponseWriter, contentType string, v any, err error) {
	w.Header().Set("Content-Type", contentType)
	if err != nil {
		e := AsError(err)
		body := map[string]any{"__type": e.Code, "message": e.Message}
		for k, m := range e.Members {
			body[k] = m
		}
		if e.Status == 0 {
			e.Status = http.StatusBadRequest
		}
		w.Header().Set("X-Amzn-ErrorType", e.Code)
		w.WriteHeader(e.Status)
		_ = encode(w, body)
		return
	}
	if v == nil {
		v = struct{}{}
	}
	_ = encode(w, v)
}

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// Endpoint is the port's handler.
type Endpoint struct {
	Account string
	Region  string
	Auth    Authorizer
	Quotas  *Throttle // nil keeps none

	mu       sync.RWMutex
	services map[string]Service
	observe  func(Observation)
}

// Handle registers the service of a signing name.
func (e *Endpoint) Handle(name string, s Service) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.services == nil {
		e.services = map[string]Service{}
	}
	e.services[name] = s
}

func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, region, service := credential(r)
	target := r.Header.Get("X-Amz-Target")
	if service == "" {
		service = guess(target)
	}
	e.mu.RLock()
	s, tell := e.services[service], e.observe
	e.mu.RUnlock()
	if s == nil {
		WriteJSON(w, "application/json", nil, &Error{Code: "UnknownServiceException", Status: http.StatusNotFound,
			Message: fmt.Sprintf("the local stack has no service %q; sign the request as the AWS SDKs and the AWS CLI do", service)})
		return
	}
	body, err := readBody(w, r, service != "s3") // there the encoding is the object's own
	if err != nil {
		WriteJSON(w, "application/json", nil, &Error{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge})
		return
	}
	if e.Quotas != nil {
		s = throttled{s, e.Quotas}
	}
	if region == "" {
		region = e.Region
	}
	caller := Principal{Admin: true, ARN: "arn:aws:iam::" + e.Account + ":root"}
	if e.Auth != nil && key != "" {
		caller = e.Auth.ByAccessKey(key)
	}
	_, action, _ := strings.Cut(target, ".")
	e.serve(s, w, &Call{Service: service, Action: action, Caller: caller, Region: region, Account: e.Account, Body: body, HTTP: r, auth: e.Auth}, tell)
}

func readBody(w http.ResponseWriter, r *http.Request, unzip bool) ([]byte, error) {
	var src io.Reader = http.MaxBytesReader(w, r.Body, MaxBody)
	if unzip && r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, err
		}
		src = io.LimitReader(z, MaxBody)
	}
	return io.ReadAll(src)
}

// credential reads the scope of a Signature Version 4 request: header or presigned query.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func credential(r *http.Request) (key, region, service string) {
	scope := r.URL.Query().Get("X-Amz-Credential")
	if h := r.Header.Get("Authorization"); h != "" {
		if _, rest, ok := strings.Cut(h, "Credential="); ok {
			scope, _, _ = strings.Cut(rest, ",")
		}
	}
	part := strings.Split(scope, "/")
	if len(part) < 5 {
		return "", "", ""
	}
	n := len(part)
	return strings.Join(part[:n-4], "/"), part[n-3], part[n-2]
}

// guess names the service of an unsigned JSON call.
func guess(target string) string {
	prefix, _, _ := strings.Cut(target, ".")
	switch prefix {
	case "DynamoDB_20120810", "DynamoDBStreams_20120810":
		return "dynamodb"
	case "AWSStepFunctions":
		return "states"
	case "AWSEvents":
		return "events"
	case "AmazonSQS":
		return "sqs"
	}
	return ""
}
