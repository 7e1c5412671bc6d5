package mail_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/mail"
)

func outgoing() mail.Outgoing {
	return mail.Outgoing{
		From:       mail.Address{Name: "Demo Support", Email: "support@demo.test"},
		To:         []mail.Address{{Name: "Käthe, Müller", Email: "Kaethe@kunde.test"}},
		Cc:         []mail.Address{{Email: "lager@kunde.test"}},
		ReplyTo:    []mail.Address{{Email: "support+01hzx3c9v8k2m4n6p7q8r9stvw.abcdefghijklmnop@demo.test"}},
		Subject:    "Re: Größe \r\nBcc: x@y.test – fertig",
		Text:       "Hallo Käthe,\n\nalles gut.\n",
		HTML:       "<p>Hallo Käthe,</p>\n<p>alles gut.</p>",
		InReplyTo:  "<a@kunde.test>",
		References: []string{"root@kunde.test", "a@kunde.test"},
		Auto:       "auto-replied",
		Date:       time.Date(2026, 3, 3, 9, 15, 0, 0, time.UTC),
		MessageID:  "out-1@demo.test",
	}
}

func mustCompose(tb testing.TB, o mail.Outgoing) []byte {
	tb.Helper()
	raw, err := mail.Compose(o)
	if err != nil {
		tb.Fatal(err)
	}
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			tb.Errorf("line %d is too long or has a bare line end: %.80q", i, line)
		}
		for _, c := range line {
			if c >= 0x80 {
				tb.Fatalf("line %d is not ASCII: %q", i, line)
			}
		}
	}
	return raw
}

func TestComposeRoundTrip(t *testing.T) {
	raw := mustCompose(t, outgoing())
	m := mustParseText(t, string(raw), mail.Envelope{})
	equal(t, "from", mail.Address{Name: "Demo Support", Email: "support@demo.test"}, m.From)
	equal(t, "to", []mail.Address{{Name: "Käthe, Müller", Email: "kaethe@kunde.test"}}, m.To)
	equal(t, "cc", []mail.Address{{Email: "lager@kunde.test"}}, m.Cc)
	equal(t, "reply to", outgoing().ReplyTo, m.ReplyTo)
	equal(t, "subject", "Re: Größe Bcc: x@y.test – fertig", m.Subject)
	equal(t, "text", "Hallo Käthe,\n\nalles gut.", m.Text)
	if !strings.Contains(m.HTML, "<p>Hallo Käthe,</p>\n<p>alles gut.</p>") {
		t.Errorf("html: %q", m.HTML)
	}
	equal(t, "in reply to", []string{"a@kunde.test"}, m.InReplyTo)
	equal(t, "references", []string{"root@kunde.test", "a@kunde.test"}, m.References)
	equal(t, "message id", "out-1@demo.test", m.MessageID)
	equal(t, "date", outgoing().Date, m.Date.UTC())
	equal(t, "auto", "auto-replied", m.Header("Auto-Submitted"))
	equal(t, "loop", "1", m.Header(mail.LoopHeader))
	equal(t, "bcc", "", m.Header("Bcc"))
	equal(t, "own mail is automatic", true, m.IsAutomatic)
	equal(t, "problems", []string(nil), m.Problems)
	if again := mustCompose(t, outgoing()); !bytes.Equal(raw, again) {
		t.Error("the same mail has other bytes the second time")
	}
	if !bytes.Contains(raw, []byte("Content-Type: multipart/alternative;")) {
		t.Error("not multipart/alternative")
	}
}

func TestComposeAttachments(t *testing.T) {
	o := outgoing()
	o.Attachments = []mail.Attachment{
		{Name: "Rechnung März.pdf", Type: "application/pdf", Content: bytes.Repeat([]byte{1, 2, 3}, 1000)},
		{Name: "logo.png", Type: "image/png", ContentID: "logo@demo", Inline: true, Content: []byte("png")},
		{Name: "../x\r\nBcc: y", Type: "message/rfc822", Content: []byte("m")},
	}
	m := mustParseText(t, string(mustCompose(t, o)), mail.Envelope{})
	equal(t, "attachments", []file{
		{"logo.png", "image/png", "logo@demo", true, "png"},
		{"Rechnung März.pdf", "application/pdf", "", false, strings.Repeat("\x01\x02\x03", 1000)},
		{"x Bcc: y", "application/octet-stream", "", false, "m"},
	}, files(m))
	equal(t, "text", "Hallo Käthe,\n\nalles gut.", m.Text)
}

func TestComposeHeaders(t *testing.T) {
	t.Run("long references keep first and last", func(t *testing.T) {
		o := outgoing()
		o.References = nil
		for i := range 100 {
			o.References = append(o.References, fmt.Sprintf("id-%03d-%s@kunde.test", i, strings.Repeat("x", 40)))
		}
		m := mustParseText(t, string(mustCompose(t, o)), mail.Envelope{})
		n := len(m.References)
		if total := len("<" + strings.Join(m.References, "> <") + ">"); total > mail.MaxHeaderValue || n < 5 {
			t.Errorf("%d references of %d characters", n, total)
		}
		equal(t, "first", o.References[0], m.References[0])
		equal(t, "last", o.References[99], m.References[n-1])
	})
	t.Run("long subject without blanks", func(t *testing.T) {
		for _, s := range []string{strings.Repeat("x", 990), strings.Repeat("ü", 600), strings.Repeat("wort ", 150), "=?utf-8?q?not_a_word?="} {
			o := outgoing()
			o.Subject = s
			equal(t, "subject", strings.TrimSpace(s), mustParseText(t, string(mustCompose(t, o)), mail.Envelope{}).Subject)
		}
	})
	t.Run("own headers", func(t *testing.T) {
		o := outgoing()
		o.Headers = map[string]string{"X-Run": "run_1\r\nBcc: x@y.test", "List-Unsubscribe": "<https://x.test/u>", mail.LoopHeader: "stack-a"}
		m := mustParseText(t, string(mustCompose(t, o)), mail.Envelope{})
		equal(t, "x-run", "run_1 Bcc: x@y.test", m.Header("X-Run"))
		equal(t, "loop", "stack-a", m.Header(mail.LoopHeader))
		equal(t, "bcc", "", m.Header("Bcc"))
	})
	t.Run("hostile name", func(t *testing.T) {
		o := outgoing()
		o.To = []mail.Address{{Name: "x\" <evil@y.test>,\r\nBcc: z", Email: "a@x.test"}}
		m := mustParseText(t, string(mustCompose(t, o)), mail.Envelope{})
		equal(t, "to", []mail.Address{{Name: `x" <evil@y.test>, Bcc: z`, Email: "a@x.test"}}, m.To)
	})
	t.Run("no automatic mark on a person's mail", func(t *testing.T) {
		o := outgoing()
		o.Auto = ""
		m := mustParseText(t, string(mustCompose(t, o)), mail.Envelope{})
		equal(t, "auto", "", m.Header("Auto-Submitted"))
		equal(t, "suppress", "", m.Header("X-Auto-Response-Suppress"))
	})
}

func TestComposeRefuses(t *testing.T) {
	many := make([]mail.Address, 51)
	for i := range many {
		many[i] = mail.Address{Email: fmt.Sprintf("a%d@x.test", i)}
	}
	for name, c := range map[string]struct {
		change func(*mail.Outgoing)
		want   string
	}{
		"no recipient":    {func(o *mail.Outgoing) { o.To, o.Cc = nil, nil }, "no recipient"},
		"51 recipients":   {func(o *mail.Outgoing) { o.To, o.Cc = many, nil }, "51 recipients"},
		"bad from":        {func(o *mail.Outgoing) { o.From.Email = "nobody" }, "from:"},
		"bad to":          {func(o *mail.Outgoing) { o.To[0].Email = "a b@x.test" }, "to:"},
		"line in address": {func(o *mail.Outgoing) { o.To[0].Email = "a@x.test\r\nBcc: b@x.test" }, "to:"},
		"two addresses":   {func(o *mail.Outgoing) { o.To[0].Email = "a@x.test, b@x.test" }, "to:"},
		"bad reply to":    {func(o *mail.Outgoing) { o.ReplyTo[0].Email = "@x.test" }, "reply-to:"},
		"no body":         {func(o *mail.Outgoing) { o.Text, o.HTML = " \n", "" }, "no body"},
		"bad auto":        {func(o *mail.Outgoing) { o.Auto = "yes" }, "auto"},
		"own field":       {func(o *mail.Outgoing) { o.Headers = map[string]string{"Bcc": "b@x.test"} }, "Bcc"},
		"content field":   {func(o *mail.Outgoing) { o.Headers = map[string]string{"Content-Type": "x"} }, "Content-Type"},
		"bad field":       {func(o *mail.Outgoing) { o.Headers = map[string]string{"X A": "x"} }, "X A"},
		"long field":      {func(o *mail.Outgoing) { o.Headers = map[string]string{"X-A": strings.Repeat("x", 1000)} }, "longer"},
	} {
		t.Run(name, func(t *testing.T) {
			o := outgoing()
			c.change(&o)
			if _, err := mail.Compose(o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestReplySubject(t *testing.T) {
	for in, want := range map[string]string{
		"Order":                 "Re: Order",
		"Re: Order":             "Re: Order",
		"RE: re: AW: SV: Order": "Re: Order",
		"Re[2]: Order":          "Re: Order",
		"回复：订单":                 "Re: 订单",
		"Odp: Zamówienie":       "Re: Zamówienie",
		"Fwd: Order":            "Re: Fwd: Order",
		"Reply: Order":          "Re: Reply: Order",
		"Resume: my cv":         "Re: Resume: my cv",
		"a\r\nBcc: x":           "Re: a Bcc: x",
		"":                      "Re:",
	} {
		t.Run(in, func(t *testing.T) { equal(t, "subject", want, mail.ReplySubject(in)) })
	}
}
