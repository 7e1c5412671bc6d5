package inbound_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/infra/local/testdesk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/inbound"
)

// sesFields stand on top of every mail that SES keeps.
const sesFields = "Return-Path: <anna@example.com>\r\nReceived: from mx (mx [192.0.2.1])\r\n by inbound-smtp.us-east-1.amazonaws.com with SMTP id x\r\n for support@demo.test;\r\n Mon, 05 Jan 2026 09:00:00 +0000 (UTC)\r\nX-SES-Spam-Verdict: PASS\r\n"

type bucket map[string][]byte

func (b bucket) Get(_ context.Context, key string) ([]byte, error) {
	data, ok := b[key]
	if !ok {
		return nil, fault.New(fault.NotFound, "no object %s", key)
	}
	return data, nil
}

func (b bucket) Delete(_ context.Context, key string) error {
	delete(b, key)
	return nil
}

func (b bucket) Put(_ context.Context, key string, data []byte, _ string) error {
	b[key] = data
	return nil
}

func TestWhatIsNoMail(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"bytes", "\r\n\x00\x01\x02\xff\x00 and words", "failed"},
		{"nothing", "\r\n", "failed"},
		{"white space", "\r\n \r\n\t\r\n", "failed"},
		{"text without a header", "\r\nPlease call me back.\r\n", "accepted"},
		{"a subject alone", "Subject: Call me\r\n\r\n", "accepted"},
		{"a zero byte in the text of a mail", "From: anna@example.com\r\nSubject: Hi\r\n\r\nA\x00B\r\n", "accepted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := testdesk.Open(t)
			r := &inbound.Receiver{Store: d.Store, Blobs: bucket{"inbound/1": []byte(sesFields + c.raw)}, NewID: d.NewID, Now: d.Now}
			out, err := r.Receive(t.Context(), inbound.Delivery{ID: "1", Key: "inbound/1", From: "anna@example.com", Recipients: []string{"support@demo.test"}, At: time.Unix(0, 0)})
			if err != nil || out.Result != c.want {
				t.Fatalf("%+v, %v; want %s", out, err, c.want)
			}
			if c.want == "failed" && !strings.Contains(out.Reason, "cannot be parsed") {
				t.Errorf("reason %q", out.Reason)
			}
		})
	}
}
