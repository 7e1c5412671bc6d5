package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
	"github.com/deskhand/deskhand/infra/local/ses"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func MustNew(tb testing.TB, cfg ses.Config) *ses.Service {
	tb.Helper()
	if cfg.DB == nil {
		cfg.DB = disk.OpenT(tb)
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.Manual(start)
	}
	cfg.Account, cfg.Region = "123456789012", "us-east-1"
	s, err := ses.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func MustClient(tb testing.TB, s *ses.Service, auth awshttp.Authorizer) *client.Client {
	tb.Helper()
	e := &awshttp.Endpoint{Account: "123456789012", Region: "us-east-1", Auth: auth}
	e.Handle("ses", s)
	srv := httptest.NewServer(e)
	tb.Cleanup(srv.Close)
	return client.New(client.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("fn", "x", "")})
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func text(s string) *types.Content { return &types.Content{Data: aws.String(s)} }

func simple() *client.SendEmailInput {
	return &client.SendEmailInput{FromEmailAddress: aws.String("Desk Ü <Support@demo.test>"), ReplyToAddresses: []string{"reply@demo.test"},
		Destination: &types.Destination{ToAddresses: []string{"Ann <ann@example.com>"}, BccAddresses: []string{"boss@example.com"}},
		Content: &types.EmailContent{Simple: &types.Message{Subject: text("Grüße"),
			Body:        &types.Body{Text: text("Hallo\nWelt ü"), Html: text("<p>Hallo <a href=\"https://x.test/a\">hier</a></p>")},
			Headers:     []types.MessageHeader{{Name: aws.String("In-Reply-To"), Value: aws.String("<1@example.com>")}},
			Attachments: []types.Attachment{{FileName: aws.String("ä.txt"), RawContent: []byte("attached"), ContentType: aws.String("text/plain")}}}}}
}

func TestSendSimple(t *testing.T) {
	s := MustNew(t, ses.Config{})
	out, err := MustClient(t, s, nil).SendEmail(context.Background(), simple())
	if err != nil {
		t.Fatal(err)
	}
	m, raw, err := s.Mail(*out.MessageId)
	if err != nil || m == nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("Hallo\nWelt ü", strings.TrimSpace(m.Text)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(m.HTML, "https://x.test/a") || m.Subject != "Grüße" || m.From != "support@demo.test" || !m.At.Equal(start) {
		t.Errorf("%+v", m)
	}
	if diff := cmp.Diff([]string{"ann@example.com", "boss@example.com"}, m.To); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"Message-ID": "<" + *out.MessageId + "@email.amazonses.com>", "In-Reply-To": "<1@example.com>",
		"Reply-To": "<reply@demo.test>", "Date": "Wed, 2 Jan 2030 03:04:05 +0000", "From": `Desk Ü <Support@demo.test>`} {
		if m.Headers[name] != want {
			t.Errorf("%s: %q, not %q", name, m.Headers[name], want)
		}
	}
	if strings.Contains(string(raw), "boss@") || !strings.Contains(string(raw), "YXR0YWNoZWQ=") {
		t.Errorf("raw:\n%s", raw)
	}
	if !regexp.MustCompile(`^01[0-9a-f]{14}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000$`).MatchString(*out.MessageId) {
		t.Error("id", *out.MessageId)
	}
}

func TestSendRaw(t *testing.T) {
	s := MustNew(t, ses.Config{})
	raw := "From: support@demo.test\r\nTo: Ann <ann@example.com>,\r\n ben@example.com\r\nBcc: boss@example.com\r\nMessage-Id: <mine@x>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000\r\n" +
		"References: <1@example.com>\r\n <2@example.com>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
	out, err := MustClient(t, s, nil).SendEmail(context.Background(), &client.SendEmailInput{Content: &types.EmailContent{Raw: &types.RawMessage{Data: []byte(raw)}}})
	if err != nil {
		t.Fatal(err)
	}
	m, kept, _ := s.Mail(*out.MessageId)
	if diff := cmp.Diff([]string{"ann@example.com", "ben@example.com", "boss@example.com"}, m.To); diff != "" {
		t.Error(diff)
	}
	if strings.TrimSpace(m.Text) != "Grüße" || m.Subject != "Grüße" || m.Headers["References"] != "<1@example.com> <2@example.com>" {
		t.Errorf("%+v", m)
	}
	for _, gone := range []string{"mine@x", "2001", "boss@"} {
		if strings.Contains(string(kept), gone) {
			t.Errorf("%s is still there:\n%s", gone, kept)
		}
	}
}

func TestSendRefuses(t *testing.T) {
	ctx := context.Background()
	s := MustNew(t, ses.Config{Identities: []string{"demo.test", "one@example.org"}})
	cl := MustClient(t, s, nil)
	for name, tc := range map[string]struct {
		change func(*client.SendEmailInput)
		code   string
	}{
		"51 recipients": {func(in *client.SendEmailInput) {
			in.Destination.ToAddresses = strings.Split(strings.Repeat("a@b.c,", 50)+"d@e.f", ",")
		}, "BadRequestException"},
		"no recipient": {func(in *client.SendEmailInput) { in.Destination = nil }, "BadRequestException"},
		"bad address":  {func(in *client.SendEmailInput) { in.Destination.ToAddresses = []string{"nobody"} }, "BadRequestException"},
		"own header":   {func(in *client.SendEmailInput) { in.Content.Simple.Headers[0].Name = aws.String("Message-ID") }, "BadRequestException"},
		"long header": {func(in *client.SendEmailInput) {
			in.Content.Simple.Headers[0].Value = aws.String(strings.Repeat("x", 996))
		}, "BadRequestException"},
		"header injection":  {func(in *client.SendEmailInput) { in.Content.Simple.Headers[0].Value = aws.String("x\r\nBcc: y@z.q") }, "BadRequestException"},
		"subject injection": {func(in *client.SendEmailInput) { in.Content.Simple.Subject = text("x\r\nBcc: y@z.q") }, "BadRequestException"},
		"unverified":        {func(in *client.SendEmailInput) { in.FromEmailAddress = aws.String("x@elsewhere.test") }, "MessageRejected"},
		"template": {func(in *client.SendEmailInput) {
			in.Content = &types.EmailContent{Template: &types.Template{TemplateName: aws.String("t")}}
		}, "BadRequestException"},
		"lists": {func(in *client.SendEmailInput) {
			in.ListManagementOptions = &types.ListManagementOptions{ContactListName: aws.String("l")}
		}, "BadRequestException"},
		"41 MB": {func(in *client.SendEmailInput) {
			in.Content = &types.EmailContent{Raw: &types.RawMessage{Data: append([]byte("From: a@demo.test\r\n\r\n"), make([]byte, ses.MaxSent)...)}}
		}, "MessageRejected"},
	} {
		t.Run(name, func(t *testing.T) {
			in := simple()
			tc.change(in)
			if _, err := cl.SendEmail(ctx, in); code(err) != tc.code {
				t.Error(err)
			}
		})
	}
	if sent, _ := s.Sent("", 10); len(sent) != 0 {
		t.Errorf("%d were kept", len(sent))
	}
	t.Run("an identity made on the wire counts", func(t *testing.T) {
		if _, err := cl.CreateEmailIdentity(ctx, &client.CreateEmailIdentityInput{EmailIdentity: aws.String("elsewhere.test")}); err != nil {
			t.Fatal(err)
		}
		in := simple()
		in.FromEmailAddress = aws.String("x@elsewhere.test")
		if _, err := cl.SendEmail(ctx, in); err != nil {
			t.Error(err)
		}
		got, err := cl.GetEmailIdentity(ctx, &client.GetEmailIdentityInput{EmailIdentity: aws.String("one@example.org")})
		if err != nil || got.IdentityType != types.IdentityTypeEmailAddress || !got.VerifiedForSendingStatus {
			t.Error(err, got)
		}
		if _, err := cl.GetEmailIdentity(ctx, &client.GetEmailIdentityInput{EmailIdentity: aws.String("no.test")}); code(err) != "NotFoundException" {
			t.Error(err)
		}
		acc, err := cl.GetAccount(ctx, &client.GetAccountInput{})
		if err != nil || !acc.SendingEnabled || acc.SendQuota.SentLast24Hours != 1 {
			t.Error(err, acc)
		}
	})
}

// A domain that is named as unverified is unknown until it is made an identity, and
// pending from then on.
func TestUnverified(t *testing.T) {
	s := MustNew(t, ses.Config{Unverified: []string{"waiting.test"}, Sandbox: true})
	cl, ctx := MustClient(t, s, nil), t.Context()
	look := func(name string) (*client.GetEmailIdentityOutput, error) {
		return cl.GetEmailIdentity(ctx, &client.GetEmailIdentityInput{EmailIdentity: aws.String(name)})
	}
	if got, err := look("fine.test"); err != nil || !got.VerifiedForSendingStatus {
		t.Error(err, got)
	}
	if _, err := look("care@sub.waiting.test"); code(err) != "NotFoundException" {
		t.Error(err)
	}
	if _, err := cl.CreateEmailIdentity(ctx, &client.CreateEmailIdentityInput{EmailIdentity: aws.String("waiting.test")}); err != nil {
		t.Fatal(err)
	}
	if got, err := look("waiting.test"); err != nil || got.VerifiedForSendingStatus || got.VerificationStatus != types.VerificationStatusPending {
		t.Error(err, got)
	}
	in := simple()
	in.FromEmailAddress = aws.String("care@waiting.test")
	if _, err := cl.SendEmail(ctx, in); code(err) != "MessageRejected" {
		t.Error(err)
	}
	if sent, _ := s.Sent("", 10); len(sent) != 0 {
		t.Errorf("%d were kept", len(sent))
	}
	if acc, err := cl.GetAccount(ctx, &client.GetAccountInput{}); err != nil || acc.ProductionAccessEnabled {
		t.Error(err, acc)
	}
}

type allow []string // "action resource"

func (a allow) Authorize(p awshttp.Principal, action, resource string, _ map[string]string) error {
	for _, x := range a {
		if x == action+" "+resource {
			return nil
		}
	}
	return fmt.Errorf("User: %s is not authorized to perform: %s on resource: %s", p.ARN, action, resource)
}
func (allow) ByAccessKey(k string) awshttp.Principal { return awshttp.Principal{ARN: "role/" + k} }

func TestSendIAM(t *testing.T) {
	const identity = "arn:aws:ses:us-east-1:123456789012:identity/"
	set := simple()
	set.ConfigurationSetName = aws.String("cs")
	raw := &client.SendEmailInput{FromEmailAddress: aws.String("support@demo.test"), Destination: simple().Destination, Content: &types.EmailContent{Raw: &types.RawMessage{Data: []byte("Subject: x\r\n\r\nx")}}}
	for name, tc := range map[string]struct {
		in    *client.SendEmailInput
		allow allow
		ok    bool
	}{
		"domain":                {simple(), allow{"ses:SendEmail " + identity + "demo.test"}, true},
		"address":               {simple(), allow{"ses:SendEmail " + identity + "support@demo.test"}, true},
		"other":                 {simple(), allow{"ses:SendEmail " + identity + "other.test"}, false},
		"raw needs its own":     {raw, allow{"ses:SendEmail " + identity + "demo.test"}, false},
		"raw":                   {raw, allow{"ses:SendRawEmail " + identity + "demo.test"}, true},
		"configuration set, no": {set, allow{"ses:SendEmail " + identity + "demo.test"}, false},
		"configuration set":     {set, allow{"ses:SendEmail " + identity + "demo.test", "ses:SendEmail arn:aws:ses:us-east-1:123456789012:configuration-set/cs"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := MustClient(t, MustNew(t, ses.Config{}), tc.allow).SendEmail(context.Background(), tc.in)
			if tc.ok && err != nil || !tc.ok && code(err) != "AccessDeniedException" {
				t.Error(err)
			}
		})
	}
}

func fetch(tb testing.TB, h http.Handler, method, path, accept, body string) (*http.Response, string) {
	tb.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", accept)
	if method == "POST" && strings.Contains(body, "=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		tb.Fatal(err)
	}
	return w.Result(), string(b)
}

func TestMailbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	db, err := disk.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	cl := MustClient(t, MustNew(t, ses.Config{DB: db}), nil)
	first := simple()
	second := simple()
	second.Destination = &types.Destination{ToAddresses: []string{"Manager@demo.test"}}
	second.Content.Simple.Subject = text("<b>please</b> approve")
	second.Content.Simple.Body = &types.Body{Text: text("see http://127.0.0.1:8080/a/abc?x=1&y=2.")}
	var ids []string
	for _, in := range []*client.SendEmailInput{first, second} {
		out, err := cl.SendEmail(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, *out.MessageId)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = disk.Open(path); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := MustNew(t, ses.Config{DB: db}).Handler()

	t.Run("json, newest first", func(t *testing.T) {
		r, body := fetch(t, h, "GET", "/local/mail", "*/*", "")
		var got []map[string]any
		if err := json.Unmarshal([]byte(body), &got); err != nil || r.StatusCode != 200 || len(got) != 2 || got[0]["id"] != ids[1] || got[1]["id"] != ids[0] {
			t.Fatal(err, body)
		}
		for _, k := range []string{"id", "at", "from", "to", "subject", "text", "html", "headers"} {
			if _, ok := got[0][k]; !ok {
				t.Errorf("%s is missing", k)
			}
		}
	})
	t.Run("by recipient", func(t *testing.T) {
		_, body := fetch(t, h, "GET", "/local/mail?to=manager@demo.test", "application/json", "")
		var got []ses.Mail
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 1 || got[0].ID != ids[1] {
			t.Error(err, body)
		}
		if _, body = fetch(t, h, "GET", "/local/mail?to=nobody@demo.test", "", ""); strings.TrimSpace(body) != "[]" {
			t.Error(body)
		}
	})
	t.Run("one", func(t *testing.T) {
		if r, body := fetch(t, h, "GET", "/local/mail/"+ids[0], "", ""); r.StatusCode != 200 || !strings.Contains(body, `"subject":"Grüße"`) {
			t.Error(r.Status, body)
		}
		if r, body := fetch(t, h, "GET", "/local/mail/"+ids[0]+"/raw", "", ""); !strings.HasPrefix(body, "Message-ID: <"+ids[0]) {
			t.Error(r.Status, body)
		}
		if r, _ := fetch(t, h, "GET", "/local/mail/nope", "", ""); r.StatusCode != 404 {
			t.Error(r.Status)
		}
	})
	t.Run("pages", func(t *testing.T) {
		r, body := fetch(t, h, "GET", "/local/", "text/html", "")
		if !strings.Contains(body, "&lt;b&gt;please&lt;/b&gt; approve") || strings.Contains(body, "<b>please") {
			t.Error(body)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Error(csp)
		}
		_, body = fetch(t, h, "GET", "/local/mail/"+ids[1], "text/html", "")
		if !strings.Contains(body, `<a href="http://127.0.0.1:8080/a/abc?x=1&amp;y=2" target="_blank"`) {
			t.Error(body)
		}
		_, body = fetch(t, h, "GET", "/local/mail/"+ids[0], "text/html", "")
		if !strings.Contains(body, `<iframe title="Message" sandbox=`) {
			t.Error(body)
		}
		r, body = fetch(t, h, "GET", "/local/mail/"+ids[0]+"/html", "text/html", "")
		if !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "sandbox ") || !strings.Contains(body, `target="_blank"`) {
			t.Error(r.Header, body)
		}
		_, body = fetch(t, h, "GET", "/local/?reply="+ids[1], "text/html", "")
		if !strings.Contains(body, `value="manager@demo.test"`) || !strings.Contains(body, `value="&lt;`+ids[1]+`@email.amazonses.com&gt;"`) || !strings.Contains(body, `value="reply@demo.test"`) {
			t.Error(body)
		}
	})
	t.Run("emptied", func(t *testing.T) {
		if r, _ := fetch(t, h, "DELETE", "/local/mail", "", ""); r.StatusCode != 204 {
			t.Error(r.Status)
		}
		if _, body := fetch(t, h, "GET", "/local/mail", "", ""); strings.TrimSpace(body) != "[]" {
			t.Error(body)
		}
	})
}

func TestTime(t *testing.T) {
	c := clock.Manual(start)
	h := MustNew(t, ses.Config{Clock: c}).Handler()
	if r, body := fetch(t, h, "POST", "/local/time", "", `{"advance":"24h"}`); r.StatusCode != 200 || !strings.Contains(body, "2030-01-03T03:04:05Z") {
		t.Error(r.Status, body)
	}
	if r, body := fetch(t, h, "GET", "/local/time", "", ""); !strings.Contains(body, `"offset":"24h0m0s"`) {
		t.Error(r.Status, body)
	}
	form := url.Values{"advance": {"1h"}, "next": {"/local/mail/x?y=1"}}.Encode()
	if r, _ := fetch(t, h, "POST", "/local/time", "text/html", form); r.StatusCode != 303 || r.Header.Get("Location") != "/local/mail/x?y=1" {
		t.Error(r.Status, r.Header)
	}
	form = url.Values{"advance": {"1h"}, "next": {"//evil.test/local/"}}.Encode()
	if r, _ := fetch(t, h, "POST", "/local/time", "text/html", form); r.Header.Get("Location") != "/local/" {
		t.Error(r.Header)
	}
	if got := c.Offset(); got != 26*time.Hour {
		t.Error(got)
	}
	for _, bad := range []string{`{}`, `{"advance":"soon"}`, `{"advance":"-1h"}`, `x`} {
		if r, _ := fetch(t, h, "POST", "/local/time", "", bad); r.StatusCode != 400 {
			t.Error(bad, r.Status)
		}
	}
	q := httptest.NewRequest("POST", "/local/time", strings.NewReader(form))
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, q); w.Code != 403 {
		t.Error("another site moved the clock", w.Code)
	}
}

func newWith(tb testing.TB, cfg ses.Config) (*ses.Service, error) {
	tb.Helper()
	cfg.DB, cfg.Clock, cfg.Account, cfg.Region = disk.OpenT(tb), clock.Manual(start), "123456789012", "us-east-1"
	return ses.New(cfg)
}
