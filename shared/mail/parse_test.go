package mail_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/mail"
)

// mustParse reads a message from testdata.
func mustParse(tb testing.TB, name string) *mail.Message {
	tb.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return mustParseText(tb, string(raw), mail.Envelope{})
}

func mustParseText(tb testing.TB, raw string, env mail.Envelope) *mail.Message {
	tb.Helper()
	m, err := mail.Parse(strings.NewReader(raw), env)
	if err != nil {
		tb.Fatal(err)
	}
	sound(tb, tb.Name(), m)
	return m
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// file is what is compared of an attachment.
type file struct {
	Name, Type, ContentID string
	Inline                bool
	Content               string
}

func files(m *mail.Message) []file {
	var list []file
	for _, a := range m.Attachments {
		list = append(list, file{a.Name, a.Type, a.ContentID, a.Inline, string(a.Content)})
	}
	return list
}

func TestParseReply(t *testing.T) {
	m := mustParse(t, "reply_html_german.eml")
	equal(t, "from", mail.Address{Name: "Karin Vogel (Büro)", Email: "karin.vogel@kunde.test"}, m.From)
	equal(t, "to", []mail.Address{{Name: "Demo Support", Email: "support@demo.test"}}, m.To)
	equal(t, "cc", []mail.Address{{Name: "Lager, Versand", Email: "lager@kunde.test"}}, m.Cc)
	equal(t, "subject", "AW: Ihre Bestellung 123 – Rückfrage", m.Subject)
	equal(t, "message id", "20260303091500.4711@kunde.test", m.MessageID)
	equal(t, "in reply to", []string{"0100018f-1@eu-central-1.amazonses.com"}, m.InReplyTo)
	equal(t, "references", []string{"0100018f-0@eu-central-1.amazonses.com", "0100018f-1@eu-central-1.amazonses.com"}, m.References)
	equal(t, "date", time.Date(2026, 3, 3, 8, 15, 0, 0, time.UTC), m.Date.UTC())
	equal(t, "text", "Guten Tag,\n\nich möchte mein Geld zurück.\n\nViele Grüße\nKarin Vogel", m.Text)
	if !strings.Contains(m.FullText, "> Sie können die Ware umtauschen.") || !strings.Contains(m.FullText, "Musterstraße") {
		t.Errorf("full text lacks the history or the signature: %q", m.FullText)
	}
	if !strings.Contains(m.HTML, "ich möchte mein Geld zurück") {
		t.Errorf("html is not decoded: %q", m.HTML)
	}
	equal(t, "attachments", []file{
		{"logo.png", "image/png", "logo@kunde", true, "\x89PNG\r\n\x1a\n"},
		{"Rechnung März-2026.pdf", "application/pdf", "", false, "%PDF-1.4\n"},
	}, files(m))
	equal(t, "kind", mail.Human, m.Kind)
	equal(t, "automatic", false, m.IsAutomatic)
	equal(t, "header", "from mx.kunde.test (mx.kunde.test [192.0.2.10]) by inbound.demo.test; Tue, 3 Mar 2026 09:15:02 +0100", m.Header("received"))
	equal(t, "problems", []string(nil), m.Problems)
}

// TestParseEncodedIDs: Python's mail library writes ids longer than a line as encoded words.
func TestParseEncodedIDs(t *testing.T) {
	const long = "010001a203495641-452e7f9d-9e44-7932-88eb-fe71b5a85424-000000@email.amazonses.com"
	const words = "=?utf-8?q?=3C010001a203495641-452e7f9d-9e44-7932-88eb-fe7?=\r\n =?utf-8?q?1b5a85424-000000=40email=2Eamazonses=2Ecom=3E?=\r\n"
	m, err := mail.Parse(strings.NewReader("From: a@kunde.test\r\nIn-Reply-To: "+words+"References: <zz@q.test> "+words+"Message-ID: "+words+"\r\nx\r\n"), mail.Envelope{From: "a@kunde.test"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "message id", long, m.MessageID)
	equal(t, "in reply to", []string{long}, m.InReplyTo)
	equal(t, "references", []string{"zz@q.test", long}, m.References)
}

func TestParseCharsets(t *testing.T) {
	for name, want := range map[string]struct{ name, subject, text string }{
		"iso_2022_jp.eml":      {"山田太郎", "返金のお願い", "返金してください。"},
		"koi8_r.eml":           {"Иван Петров", "Возврат денег", "Верните деньги."},
		"windows_1252_raw.eml": {"François Lœuf", "Problème – «urgent»", "Je veux être remboursé – 50 €."},
	} {
		t.Run(name, func(t *testing.T) {
			m := mustParse(t, name)
			equal(t, "name", want.name, m.From.Name)
			equal(t, "subject", want.subject, m.Subject)
			equal(t, "text", want.text, m.Text)
		})
	}
	t.Run("file name", func(t *testing.T) {
		equal(t, "attachments", []file{{"領収書.txt", "text/plain", "", false, "x"}}, files(mustParse(t, "iso_2022_jp.eml")))
	})
	for charset, c := range map[string]struct{ body, want string }{
		"utf-8":        {"caf\xc3\xa9", "café"},
		"us-ascii":     {"caf\xc3\xa9", "café"},
		"iso-8859-1":   {"caf\xc3\xa9 mislabelled", "café mislabelled"},
		"iso-8859-15":  {"5 \xa4", "5 €"},
		"utf-7":        {"caf+AOk- +- +AGE-", "café + a"},
		"gb2312":       {"\xc4\xe3\xba\xc3", "你好"},
		"shift_jis":    {"\x82\xa0", "あ"},
		"euc-kr":       {"\xb3\xd7", "네"},
		"big5":         {"\xa7A\xa6n", "你好"},
		"windows-1251": {"\xc4\xe0", "Да"},
		"x-made-up":    {"caf\xe9", "café"},
		"cp-850":       {"caf\xe9 plain", "café plain"},
	} {
		t.Run(charset, func(t *testing.T) {
			m := mustParseText(t, "From: a@x.test\nContent-Type: text/plain; charset="+charset+"\n\n"+c.body, mail.Envelope{})
			equal(t, "text", c.want, m.Text)
		})
	}
}

func TestParseDefects(t *testing.T) {
	t.Run("no closing boundary", func(t *testing.T) {
		m := mustParse(t, "no_closing_boundary.eml")
		equal(t, "text", "The body is here.", m.Text)
		equal(t, "attachments", []file{{"data.bin", "application/octet-stream", "", false, "\x00\x01\x02\x03"}}, files(m))
		if len(m.Problems) == 0 {
			t.Error("the missing boundary is not told")
		}
	})
	t.Run("no boundary parameter", func(t *testing.T) {
		m := mustParse(t, "no_boundary_parameter.eml")
		equal(t, "text", "plain words", m.Text)
		equal(t, "html", "<p>plain words</p>", strings.TrimSpace(m.HTML))
	})
	t.Run("winmail", func(t *testing.T) {
		m := mustParse(t, "winmail.eml")
		equal(t, "text", "See the attachment.", m.Text)
		equal(t, "type", "application/ms-tnef", m.Attachments[0].Type)
	})
	t.Run("no header", func(t *testing.T) {
		m := mustParse(t, "no_header.eml")
		equal(t, "text", "Just some words without any header.", m.Text)
		equal(t, "problems", []string{"no header", "From: missing"}, m.Problems)
	})
	t.Run("hostile names", func(t *testing.T) {
		m := mustParse(t, "hostile_names.eml")
		equal(t, "from", "a@x.test", m.From.Email)
		equal(t, "to", 0, len(m.To))
		equal(t, "subject", "names with Bcc: victim@y.test", m.Subject)
		var names []string
		for _, a := range m.Attachments {
			names = append(names, a.Name)
		}
		equal(t, "names", []string{"passwd", "evil.exe", "a fdp.exe", "attachment.bin"}, names)
	})
	t.Run("answers between quoted lines", func(t *testing.T) {
		m := mustParse(t, "answers_in_quote.eml")
		equal(t, "text", "> Which size?\n\nLarge, please, and if you have none of those left then the medium one.\n\n> Which colour?\n\nBlue.", m.Text)
	})
	t.Run("only history", func(t *testing.T) {
		m := mustParseText(t, "From: a@x.test\n\n> nothing new\n> at all\n", mail.Envelope{})
		equal(t, "text", "> nothing new\n> at all", m.Text)
	})
	for name, raw := range map[string]string{"empty": "", "blank": " \r\n\r\n", "binary": "\x00\x01\x02\xff\xfe\x00garbage"} {
		t.Run(name, func(t *testing.T) {
			if m, err := mail.Parse(strings.NewReader(raw), mail.Envelope{}); err == nil {
				t.Errorf("no error, got %+v", m)
			}
		})
	}
}

func TestParseLimits(t *testing.T) {
	t.Run("addresses", func(t *testing.T) {
		m := mustParseText(t, "From: a@x.test\nTo: "+strings.Repeat("b@x.test, ", 500)+"c@x.test\n\nhi", mail.Envelope{})
		equal(t, "to", mail.MaxAddresses, len(m.To))
		equal(t, "problems", []string{"To: more than 50 addresses: the rest is ignored"}, m.Problems)
	})
	t.Run("text", func(t *testing.T) {
		m := mustParseText(t, "From: a@x.test\n\n"+strings.Repeat("é line of text\n", 400_000), mail.Envelope{})
		if len(m.FullText) < mail.MaxText-100 {
			t.Errorf("full text has %d bytes", len(m.FullText))
		}
		equal(t, "problems", []string{"body longer than 2 MiB: the rest is cut"}, m.Problems)
	})
	t.Run("nesting", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("From: a@x.test\nContent-Type: multipart/mixed; boundary=b0\n\n")
		for i := 0; i < 5000; i++ {
			fmt.Fprintf(&b, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i, i+1)
		}
		b.WriteString("--b5000\n\ndeep\n")
		mustParseText(t, b.String(), mail.Envelope{})
	})
	t.Run("parts", func(t *testing.T) {
		m := mustParseText(t, "From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat("--b\n\nx\n", 200_000), mail.Envelope{})
		equal(t, "attachments", 1, len(m.Attachments))
	})
	t.Run("header", func(t *testing.T) {
		m := mustParseText(t, "From: a@x.test\n"+strings.Repeat("X-A: "+strings.Repeat("y", 100)+"\n", 50_000)+"\nbody", mail.Envelope{})
		equal(t, "fields", mail.MaxFields, len(m.Headers))
		equal(t, "text", "body", m.Text)
	})
	t.Run("too large", func(t *testing.T) {
		if _, err := mail.Parse(bytes.NewReader(make([]byte, mail.MaxMessageSize+1)), mail.Envelope{}); err == nil {
			t.Error("no error")
		}
	})
}

// TestParseLarge parses what SES at most delivers under the memory of a small function.
func TestParseLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 40 MB")
	}
	var raw bytes.Buffer
	raw.WriteString("From: a@x.test\r\nSubject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 57)) + "\r\n"
	lines := 40_000_000 / len(line)
	raw.WriteString(strings.Repeat(line, lines))
	raw.WriteString("--b--\r\n")
	content := raw.Bytes()
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := mail.Parse(bytes.NewReader(content), mail.Envelope{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	equal(t, "text", "hello", m.Text)
	equal(t, "size", int64(lines*57), m.Attachments[0].Size)
	// Everything allocated, freed or not: an upper bound of what can have been held at once.
	if got := after.TotalAlloc - before.TotalAlloc; got > 480<<20 {
		t.Errorf("parsing %d bytes allocated %d MiB in all", len(content), got>>20)
	} else {
		t.Logf("parsing %d MB allocated %d MiB in all", len(content)/1_000_000, got>>20)
	}
}

func FuzzParse(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".eml") {
			raw, err := os.ReadFile("testdata/" + e.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := mail.Parse(bytes.NewReader(raw), mail.Envelope{From: "a@b.test", Recipients: []string{"c@d.test"}})
		if err != nil {
			return
		}
		sound(t, "fuzz", m)
		mail.TrimHTML(string(raw))
		mail.Sanitise(string(raw))
		mail.Render([]mail.Segment{{Text: m.Text, Value: m.Subject}})
		mail.ReplySubject(m.Subject)
	})
}
