package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// The calls to CloudFormation, CloudWatch Logs and SES's first API, of which this command
// needs eight in all, go out from here: signed by the SDK, without a client module each
// (infra/adr/0030-operating.md).

// service is one that is called so.
type service struct{ name, host, version string }

var (
	cloudFormation = service{"cloudformation", "cloudformation", "2010-05-15"}
	classicSES     = service{"ses", "email", "2010-12-01"}
	cloudWatchLogs = service{"logs", "logs", ""}
)

// tries are made of a call that is throttled or breaks off; the pause doubles.
const tries = 6

const firstPause = 300 * time.Millisecond

func (p *place) url(s service) string {
	if u := os.Getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(s.name)); u != "" {
		return strings.TrimSuffix(u, "/") + "/"
	}
	if p.endpoint != "" {
		return p.endpoint + "/"
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(p.aws.Region, "cn-") {
		suffix += ".cn"
	}
	return "https://" + s.host + "." + p.aws.Region + "." + suffix + "/"
}

// query calls a service of the Query protocol; out is filled from <ActionResult>.
func (p *place) query(ctx context.Context, s service, action string, params url.Values, out any) error {
	form := url.Values{"Action": {action}, "Version": {s.version}}
	for k, v := range params {
		form[k] = v
	}
	body, err := p.send(ctx, s, action, []byte(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, func(text []byte) (code, message string) {
		var e struct {
			Error struct{ Code, Message string }
		}
		_ = xml.Unmarshal(text, &e) // else the status has to do
		return e.Error.Code, e.Error.Message
	})
	if err != nil || out == nil {
		return err
	}
	dec := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := dec.Token()
		if err != nil {
			return fmt.Errorf("%s %s: the answer has no %sResult: %w", s.name, action, action, err)
		}
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == action+"Result" {
			return dec.DecodeElement(out, &e)
		}
	}
}

// json calls a service of the JSON protocol.
func (p *place) json(ctx context.Context, s service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	text, err := p.send(ctx, s, target, body, http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}, func(text []byte) (code, message string) {
		var e struct {
			Type    string `json:"__type"`
			Message string
		}
		_ = json.Unmarshal(text, &e)
		return e.Type[strings.LastIndex(e.Type, "#")+1:], e.Message
	})
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// send posts a signed call, again when it may help.
func (p *place) send(ctx context.Context, s service, action string, body []byte, header http.Header, failure func([]byte) (code, message string)) ([]byte, error) {
	pause := firstPause
	for try := 1; ; try++ {
		text, status, err := p.post(ctx, s, body, header)
		if err == nil && status < 300 {
			return text, nil
		}
		again := err != nil && ctx.Err() == nil && try > 1 || status >= 500 || status == http.StatusTooManyRequests
		if err == nil {
			code, message := failure(text)
			if code == "" {
				code, message = fmt.Sprintf("Status%d", status), strings.TrimSpace(string(text))
			}
			again = again || strings.Contains(code, "Throttling") || code == "RequestLimitExceeded" || code == "LimitExceededException"
			err = fmt.Errorf("%s %s: %w", s.name, action[strings.LastIndex(action, ".")+1:], &smithy.GenericAPIError{Code: code, Message: message})
		}
		if !again || try == tries {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (p *place) post(ctx context.Context, s service, body []byte, header http.Header) (text []byte, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url(s), bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	keys, err := p.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, 0, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), s.name, p.aws.Region, time.Now()); err != nil {
		return nil, 0, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(res.Body, 64<<20))
	return text, res.StatusCode, err
}
