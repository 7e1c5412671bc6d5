package ses_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/infra/local/ses"
)

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:receive"

// world is the services behind the receipt rules.
type world struct {
	mu      sync.Mutex
	objects map[string]string
	events  []events.SimpleEmailEvent
	order   []string
	answer  string
	fail    error
	deny    string
}

func (w *world) config(rules ...ses.ReceiptRule) ses.Config {
	w.objects = map[string]string{}
	invoke := func(arn string, payload []byte) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		var e events.SimpleEmailEvent
		if err := json.Unmarshal(payload, &e); err != nil {
			return err
		}
		w.events = append(w.events, e)
		w.order = append(w.order, "invoke")
		return w.fail
	}
	return ses.Config{Rules: rules, Inboxes: []string{"support@demo.test"},
		PutObject: func(bucket, key string, body []byte) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.objects[bucket+"/"+key] = string(body)
			w.order = append(w.order, "put")
			return nil
		},
		InvokeAsync: invoke,
		Invoke:      func(arn string, payload []byte) ([]byte, error) { return []byte(w.answer), invoke(arn, payload) },
		AllowService: func(service, action, resource, source string) error {
			if service != "ses.amazonaws.com" || !strings.HasPrefix(source, "arn:aws:ses:us-east-1:123456789012:receipt-rule-set/") {
				return fmt.Errorf("odd question %s %s", service, source)
			}
			if action == w.deny {
				return errors.New("the policy does not allow " + action + " on " + resource)
			}
			return nil
		}}
}

// desk is the template's rule, as its properties.
func desk(tb testing.TB, more string) ses.ReceiptRule {
	tb.Helper()
	var r ses.ReceiptRule
	src := `{"Name":"desk","Enabled":true,"ScanEnabled":true,"TlsPolicy":"Optional","Recipients":["demo.test",".sub.test","one@only.test"],
		"Actions":[{"S3Action":{"BucketName":"mail","ObjectKeyPrefix":"inbound/"}},{"LambdaAction":{"FunctionArn":"` + functionARN + `","InvocationType":"Event"}}` + more + `]}`
	if err := json.Unmarshal([]byte(src), &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

func MustDial(tb testing.TB, s *ses.Service) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.ServeSMTP(l) }()
	tb.Cleanup(func() {
		_ = s.Close()
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func send(tb testing.TB, addr, from string, rcpt []string, body string) error {
	tb.Helper()
	return smtp.SendMail(addr, nil, from, rcpt, []byte(strings.ReplaceAll(body, "\n", "\r\n")))
}

const message = `From: =?utf-8?q?J=C3=B6rg?= <Joerg@example.com>
To: support@demo.test, Other <other@example.com>
Cc: third@example.com
Subject: =?utf-8?q?R=C3=BCckgabe?=
Message-ID: <42@example.com>
Date: Wed, 2 Jan 2030 03:04:00 +0000
X-Local-Verdicts: spam=FAIL; dmarc=fail; dkim=GRAY

Hello
.dot
`

func status(err error) int {
	var p *textproto.Error
	if errors.As(err, &p) {
		return p.Code
	}
	return 0
}

func TestReceive(t *testing.T) {
	w := &world{}
	addr := MustDial(t, MustNew(t, w.config(desk(t, ""))))
	if err := send(t, addr, "bounce@example.com", []string{"support@demo.test", "x@a.sub.test"}, message); err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff([]string{"put", "invoke"}, w.order); diff != "" {
		t.Fatal(diff)
	}
	e := w.events[0].Records[0]
	body, ok := w.objects["mail/inbound/"+e.SES.Mail.MessageID]
	if !ok || len(e.SES.Mail.MessageID) != 40 {
		t.Fatalf("objects %v, id %s", w.objects, e.SES.Mail.MessageID)
	}
	for _, want := range []string{"Return-Path: <bounce@example.com>\r\n", "Received: from ", "X-SES-Spam-Verdict: FAIL\r\n", "X-SES-Virus-Verdict: PASS\r\n",
		"Authentication-Results: amazonses.com;", "dkim=none", "dmarc=fail header.from=example.com", "Message-ID: <42@example.com>\r\n", "\r\n\r\nHello\r\n.dot\r\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("the copy lacks %q:\n%s", want, body)
		}
	}
	if strings.Contains(body, "X-Local-Verdicts") {
		t.Error("the test header is in the copy")
	}
	if !strings.HasPrefix(body, "Return-Path:") {
		t.Errorf("the copy begins %.40q", body)
	}
	r := e.SES.Receipt
	got := []string{e.EventSource, e.EventVersion, e.SES.Mail.Source, e.SES.Mail.CommonHeaders.Subject, e.SES.Mail.CommonHeaders.MessageID, e.SES.Mail.CommonHeaders.ReturnPath,
		e.SES.Mail.CommonHeaders.From[0], strings.Join(e.SES.Mail.Destination, " "), strings.Join(r.Recipients, " "), r.SpamVerdict.Status, r.VirusVerdict.Status, r.SPFVerdict.Status,
		r.DKIMVerdict.Status, r.DMARCVerdict.Status, r.DMARCPolicy, r.Action.Type, r.Action.FunctionARN, r.Action.InvocationType, e.SES.Mail.Timestamp.String()}
	want := []string{"aws:ses", "1.0", "bounce@example.com", "Rückgabe", "<42@example.com>", "bounce@example.com", "Jörg <Joerg@example.com>",
		"support@demo.test other@example.com third@example.com", "support@demo.test x@a.sub.test", "FAIL", "PASS", "PASS", "GRAY", "FAIL", "none", "Lambda", functionARN, "Event", start.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if h := e.SES.Mail.Headers; len(h) < 10 || h[0].Name != "Return-Path" || e.SES.Mail.HeadersTruncated {
		t.Errorf("%+v", h)
	}
}

func TestRecipients(t *testing.T) {
	w := &world{}
	off := desk(t, "")
	off.Enabled, off.Recipients = false, nil
	addr := MustDial(t, MustNew(t, w.config(desk(t, ""), off)))
	for to, want := range map[string]int{"a@demo.test": 0, "A@DEMO.test": 0, "a@x.demo.test": 550, "a@sub.test": 550, "a@x.y.sub.test": 0, "one@only.test": 0, "One+label@only.test": 0, "two@only.test": 550, "a@else.test": 550} {
		t.Run(to, func(t *testing.T) {
			if got := status(send(t, addr, "x@example.com", []string{to}, "Subject: x\n\nx\n")); got != want {
				t.Errorf("%d, not %d", got, want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, action := range []string{"s3:PutObject", "lambda:InvokeFunction"} {
		t.Run(action, func(t *testing.T) {
			w := &world{deny: action}
			addr := MustDial(t, MustNew(t, w.config(desk(t, ""))))
			err := send(t, addr, "x@example.com", []string{"a@demo.test"}, message)
			if status(err) != 451 || !strings.Contains(err.Error(), action) || len(w.order) != 0 {
				t.Error(err, w.order)
			}
		})
	}
	t.Run("a service that fails", func(t *testing.T) {
		w := &world{fail: errors.New("down\nand out")}
		addr := MustDial(t, MustNew(t, w.config(desk(t, ""))))
		if err := send(t, addr, "x@example.com", []string{"a@demo.test"}, message); status(err) != 451 {
			t.Error(err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		w := &world{}
		s := MustNew(t, w.config(desk(t, "")))
		addr := MustDial(t, s)
		line := strings.Repeat("x", 998) + "\n"
		if err := send(t, addr, "x@example.com", []string{"a@demo.test"}, "Subject: x\n\n"+strings.Repeat(line, ses.MaxReceived/1000+1)); status(err) != 552 {
			t.Error(status(err))
		}
		if err := send(t, addr, "x@example.com", []string{"a@demo.test"}, "Subject: x\n\n"+strings.Repeat(line, ses.MaxReceived/1000-1)); err != nil {
			t.Error(err)
		}
		if len(w.objects) != 1 {
			t.Errorf("%d objects", len(w.objects))
		}
	})
	t.Run("bad rules", func(t *testing.T) {
		for name, more := range map[string]string{"sns": `,{"SNSAction":{"TopicArn":"x"}}`, "two in one": `,{"S3Action":{"BucketName":"b"},"StopAction":{}}`, "kms": `,{"S3Action":{"BucketName":"b","KmsKeyArn":"k"}}`} {
			cfg := (&world{}).config(desk(t, more))
			if _, err := newWith(t, cfg); err == nil {
				t.Error(name)
			}
		}
	})
}

func TestRuleSet(t *testing.T) {
	first := func(tb testing.TB, kind string) ses.ReceiptRule {
		r := desk(tb, "")
		r.Name = "first"
		r.ScanEnabled = false
		r.Actions[1].LambdaAction.InvocationType = kind
		return r
	}
	for name, tc := range map[string]struct {
		rules  []ses.ReceiptRule
		answer string
		want   string
	}{
		"both":          {[]ses.ReceiptRule{first(t, "RequestResponse"), desk(t, "")}, "null", "put invoke put invoke"},
		"stop rule":     {[]ses.ReceiptRule{first(t, "RequestResponse"), desk(t, "")}, `{"disposition":"STOP_RULE"}`, "put invoke put invoke"},
		"stop rule set": {[]ses.ReceiptRule{first(t, "RequestResponse"), desk(t, "")}, `{"disposition":"STOP_RULE_SET"}`, "put invoke"},
		"stop action":   {[]ses.ReceiptRule{desk(t, `,{"StopAction":{"Scope":"RuleSet"}}`), desk(t, "")}, "", "put invoke"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{answer: tc.answer}
			s := MustNew(t, w.config(tc.rules...))
			if err := s.Receive("x@example.com", []string{"a@demo.test"}, []byte("Subject: x\r\n\r\nx")); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.order, " "); got != tc.want {
				t.Error(got)
			}
			if v := w.events[0].Records[0].SES.Receipt.SpamVerdict.Status; !tc.rules[0].ScanEnabled && v != "DISABLED" {
				t.Error(v)
			}
		})
	}
	t.Run("unknown recipient", func(t *testing.T) {
		w := &world{}
		if err := MustNew(t, w.config(desk(t, ""))).Receive("x@example.com", []string{"a@else.test"}, nil); !errors.Is(err, ses.ErrUnknownRecipient) {
			t.Error(err)
		}
	})
	t.Run("headers are cut at 10 KB in the event only", func(t *testing.T) {
		w := &world{}
		raw := "X-Long: " + strings.Repeat("x", 11<<10) + "\r\nSubject: after\r\n\r\nx"
		if err := MustNew(t, w.config(desk(t, ""))).Receive("x@example.com", []string{"a@demo.test"}, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		if m := w.events[0].Records[0].SES.Mail; !m.HeadersTruncated || m.CommonHeaders.Subject != "after" {
			t.Errorf("%+v", m)
		}
	})
}

func TestCompose(t *testing.T) {
	w := &world{}
	h := MustNew(t, w.config(desk(t, ""))).Handler()
	form := url.Values{"from": {"Jörg <j@example.com>"}, "to": {"support@demo.test"}, "subject": {"Über"}, "text": {"Grüße\nan alle"}, "inReplyTo": {"<1@x>"}, "references": {"<0@x> <1@x>"}}
	if r, body := fetch(t, h, "POST", "/local/compose", "text/html", form.Encode()); r.StatusCode != 303 {
		t.Fatal(r.Status, body)
	}
	c := w.events[0].Records[0].SES.Mail.CommonHeaders
	if c.Subject != "Über" || c.From[0] != "Jörg <j@example.com>" || c.MessageID == "" {
		t.Errorf("%+v", c)
	}
	for _, o := range w.objects {
		if !strings.Contains(o, "In-Reply-To: <1@x>\r\n") || !strings.Contains(o, "Gr=C3=BC=C3=9Fe\r\nan alle") {
			t.Error(o)
		}
	}
	form.Set("to", "nobody@else.test")
	if r, body := fetch(t, h, "POST", "/local/compose", "text/html", form.Encode()); r.StatusCode != 422 || !strings.Contains(body, "nobody@else.test: no enabled receipt rule") || !strings.Contains(body, "an alle") {
		t.Error(r.Status, body)
	}
	form.Set("subject", "x\r\nBcc: y@z.q")
	if r, _ := fetch(t, h, "POST", "/local/compose", "", form.Encode()); r.StatusCode != 422 {
		t.Error(r.Status)
	}
}
