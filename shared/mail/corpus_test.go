package mail_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/deskhand/deskhand/shared/mail"
)

const corpusDir = "../../../shared/corpora/mail"

// mailbox, statedAttachment, statedBounce and stated are what the corpus says of a message; a missing field is not
// stated.
type mailbox struct {
	Name    *string `json:"name"`
	Address string  `json:"address"`
}

type statedAttachment struct {
	Filename    *string `json:"filename"`
	ContentType string  `json:"content_type"`
	Size        *int64  `json:"size"`
	SHA256      string  `json:"sha256"`
}

type statedBounce struct {
	Recipients      []string `json:"recipients"`
	Status          string   `json:"status"`
	Action          string   `json:"action"`
	Diagnostic      string   `json:"diagnostic"`
	Permanent       *bool    `json:"permanent"`
	OriginalSubject string   `json:"original_subject"`
	OriginalFrom    string   `json:"original_from"`
	ReportCount     int      `json:"report_count"`
	Reports         []struct {
		Status       *string `json:"status"`
		FeedbackType *string `json:"feedback_type"`
	} `json:"reports"`
}

type stated struct {
	ID, File, Source, Kind string
	Expectation            string
	Subject                *string
	From                   *mailbox
	To                     []mailbox
	Cc                     []mailbox
	ReplyTo                []mailbox `json:"reply_to"`
	Date                   string
	Text                   *string
	HTML                   *string
	TextContains           []string           `json:"text_contains"`
	HTMLContains           []string           `json:"html_contains"`
	Attachments            []statedAttachment `json:"attachments"`
	AttachmentCount        *int               `json:"attachment_count"`
	TrimmedReply           *string            `json:"trimmed_reply"`
	MessageID              string             `json:"message_id"`
	InReplyTo              []string           `json:"in_reply_to"`
	References             []string           `json:"references"`
	Bounce                 *statedBounce
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func lines(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	out := strings.Split(s, "\n")
	for i := range out {
		out[i] = strings.TrimRight(out[i], " \t")
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

func differ(what string, got, want any) string {
	g, w := fmt.Sprintf("%v", got), fmt.Sprintf("%v", want)
	if g == w {
		return ""
	}
	return fmt.Sprintf("%s: got %.300q, want %.300q", what, g, w)
}

// checks compares one message with what is stated. It gives, per expectation, "" or the difference.
func (s *stated) checks(m *mail.Message) map[string]string {
	out := map[string]string{}
	out["kind"] = differ("kind", m.Kind, s.Kind)
	if s.Subject != nil {
		out["subject"] = differ("subject", squeeze(m.Subject), squeeze(*s.Subject))
	}
	if s.From != nil {
		out["from"] = sameMailboxes([]mail.Address{m.From}, []mailbox{*s.From})
	}
	if s.To != nil {
		out["to"] = sameMailboxes(m.To, s.To)
	}
	if s.Cc != nil {
		out["cc"] = sameMailboxes(m.Cc, s.Cc)
	}
	if s.ReplyTo != nil {
		out["reply_to"] = sameMailboxes(m.ReplyTo, s.ReplyTo)
	}
	if s.Date != "" {
		want, err := time.Parse(time.RFC3339, s.Date)
		if err == nil {
			out["date"] = differ("date", m.Date.UTC(), want.UTC())
		}
	}
	if s.Text != nil {
		out["text"] = differ("text", lines(m.FullText), lines(*s.Text))
	}
	if s.HTML != nil {
		out["html"] = differ("html", lines(m.HTML), lines(*s.HTML))
	}
	for _, want := range s.TextContains {
		if !strings.Contains(squeeze(m.FullText), squeeze(want)) {
			out["text_contains"] = fmt.Sprintf("text %.300q lacks %q", m.FullText, want)
			break
		}
		out["text_contains"] = ""
	}
	for _, want := range s.HTMLContains {
		if !strings.Contains(squeeze(m.HTML), squeeze(want)) {
			out["html_contains"] = fmt.Sprintf("html %.300q lacks %q", m.HTML, want)
			break
		}
		out["html_contains"] = ""
	}
	if s.AttachmentCount != nil {
		out["attachment_count"] = differ("attachment count", len(m.Attachments), *s.AttachmentCount)
	}
	if s.Attachments != nil {
		out["attachments"] = s.sameAttachments(m)
	}
	if s.TrimmedReply != nil {
		out["trimmed_reply"] = differ("trimmed reply", lines(m.Text), lines(*s.TrimmedReply))
	}
	if s.MessageID != "" {
		out["message_id"] = differ("message id", m.MessageID, strings.Trim(s.MessageID, "<>"))
	}
	if s.InReplyTo != nil {
		out["in_reply_to"] = differ("in reply to", m.InReplyTo, s.InReplyTo)
	}
	if s.References != nil {
		out["references"] = differ("references", m.References, s.References)
	}
	if s.Bounce != nil && s.Kind == "bounce" {
		s.Bounce.checks(m, out)
	}
	return out
}

func sameMailboxes(got []mail.Address, want []mailbox) string {
	var g, w []string
	for i, a := range want {
		entry := strings.ToLower(a.Address)
		have := ""
		if i < len(got) {
			have = got[i].Email
			if a.Name != nil {
				entry += "|" + squeeze(*a.Name)
				have += "|" + squeeze(got[i].Name)
			}
		}
		g, w = append(g, have), append(w, entry)
	}
	for _, a := range got[min(len(want), len(got)):] {
		g = append(g, a.String())
	}
	return differ("addresses", g, w)
}

func (s *stated) sameAttachments(m *mail.Message) string {
	used := map[int]bool{}
	for _, want := range s.Attachments {
		found := false
		var why []string
		for i, a := range m.Attachments {
			if used[i] {
				continue
			}
			diff := ""
			if want.Filename != nil {
				diff += differ("name", a.Name, squeeze(*want.Filename))
			}
			if want.ContentType != "" {
				diff += differ("type", a.Type, strings.ToLower(want.ContentType))
			}
			if want.Size != nil {
				diff += differ("size", a.Size, *want.Size)
			}
			if want.SHA256 != "" {
				sum := sha256.Sum256(a.Content)
				diff += differ("sha256", hex.EncodeToString(sum[:]), want.SHA256)
			}
			if diff == "" {
				found, used[i] = true, true
				break
			}
			why = append(why, diff)
		}
		if !found {
			return fmt.Sprintf("no attachment as stated: %.700q", why)
		}
	}
	return ""
}

func (b *statedBounce) checks(m *mail.Message, out map[string]string) {
	got := m.Bounce
	if got == nil {
		got = &mail.Bounce{}
	}
	if b.Recipients != nil {
		var have []string
		for _, r := range got.Recipients {
			have = append(have, r.Email)
		}
		want := slices.Clone(b.Recipients)
		for i := range want {
			want[i] = strings.ToLower(want[i])
		}
		out["bounce.recipients"] = differ("recipients", have, want)
	}
	if b.Status != "" {
		out["bounce.status"] = differ("status", got.Status, strings.Fields(b.Status)[0])
	}
	if b.Action != "" {
		out["bounce.action"] = differ("action", got.Action, b.Action)
	}
	if b.Diagnostic != "" {
		out["bounce.diagnostic"] = differ("diagnostic", squeeze(got.Diagnostic), squeeze(b.Diagnostic))
	}
	if b.Permanent != nil {
		out["bounce.permanent"] = differ("permanent", got.Permanent(), *b.Permanent)
	}
	if b.OriginalSubject != "" {
		out["bounce.original_subject"] = differ("subject", got.Subject, b.OriginalSubject)
	}
	if b.OriginalFrom != "" {
		out["bounce.original_from"] = differ("from", got.From, must(mail.NormaliseAddress(b.OriginalFrom)))
	}
	if b.ReportCount == 0 || len(b.Reports) == 0 {
		return
	}
	first := b.Reports[0]
	if first.FeedbackType != nil {
		out["bounce.feedback_type"] = differ("feedback type", got.FeedbackType, *first.FeedbackType)
		return
	}
	out["bounce.recipients_found"] = differ("recipients found", len(got.Recipients), b.ReportCount)
	if first.Status != nil && len(*first.Status) > 0 {
		want := *first.Status
		if parts := strings.Split(want, "."); len(parts) == 3 && len(parts[2]) == 3 && parts[2][0] == '9' {
			// 5.0.9xx is made up by sisimai for a reason without a code: the class is what is stated.
			out["bounce.status_class"] = differ("status class", got.Status[:min(1, len(got.Status))], want[:1])
		} else {
			out["bounce.status"] = differ("status", got.Status, want)
		}
	}
}

// exceptions are the stated expectations that are not met, each with the reason: "id expectation: reason" per line.
func exceptions(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/corpus_exceptions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list := map[string]string{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" || len(strings.Fields(key)) != 2 {
			t.Fatalf("testdata/corpus_exceptions.txt: %q is not \"id expectation: reason\"", line)
		}
		list[key] = reason
	}
	return list
}

// corpus gives the paths of all messages; the test is skipped, in CI failed, where the corpus is missing.
func corpus(tb testing.TB) []string {
	tb.Helper()
	paths, err := filepath.Glob(corpusDir + "/*/*.eml")
	if err != nil || len(paths) == 0 {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no messages in %s", corpusDir)
		}
		tb.Skipf("SKIPPED: the mail corpus is missing: no messages in %s", corpusDir)
	}
	return paths
}

func TestCorpus(t *testing.T) {
	paths := corpus(t)
	known := exceptions(t)
	type score struct{ passed, failed int }
	table := map[string]map[string]*score{}
	var names []string
	met := map[string]bool{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := os.ReadFile(strings.TrimSuffix(path, ".eml") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var s stated
		if err := json.Unmarshal(sheet, &s); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			if _, err := mail.Parse(bytes.NewReader(raw), mail.Envelope{}); err == nil {
				t.Errorf("%s: an empty message is not refused", s.ID)
			}
			continue
		}
		m, err := mail.Parse(bytes.NewReader(raw), mail.Envelope{})
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		sound(t, s.ID, m)
		for what, diff := range s.checks(m) {
			key := s.ID + " " + what
			reason, excepted := known[key]
			met[key] = true
			if table[s.Source] == nil {
				table[s.Source] = map[string]*score{}
			}
			if table[s.Source][what] == nil {
				table[s.Source][what] = &score{}
			}
			switch {
			case diff == "" && excepted:
				t.Errorf("%s: passes now, take it out of testdata/corpus_exceptions.txt (%s)", key, reason)
			case diff != "" && !excepted:
				t.Errorf("%s: %s", key, diff)
			}
			if diff == "" {
				table[s.Source][what].passed++
			} else {
				table[s.Source][what].failed++
			}
			if !slices.Contains(names, what) {
				names = append(names, what)
			}
		}
	}
	for key := range known {
		if !met[key] {
			t.Errorf("testdata/corpus_exceptions.txt: %s is nothing the corpus states", key)
		}
	}
	sort.Strings(names)
	var sources []string
	for source := range table {
		sources = append(sources, source)
	}
	sort.Strings(sources)
	var report strings.Builder
	fmt.Fprintf(&report, "%d messages\n%-22s", len(paths), "")
	for _, what := range names {
		total := score{}
		for _, source := range sources {
			if sc := table[source][what]; sc != nil {
				total.passed += sc.passed
				total.failed += sc.failed
			}
		}
		fmt.Fprintf(&report, "\n%-26s %4d of %4d", what, total.passed, total.passed+total.failed)
		for _, source := range sources {
			if sc := table[source][what]; sc != nil {
				fmt.Fprintf(&report, "  %s %d/%d", source, sc.passed, sc.passed+sc.failed)
			}
		}
	}
	t.Log(report.String())
}

// sound checks what holds for every message.
func sound(tb testing.TB, id string, m *mail.Message) {
	tb.Helper()
	for name, s := range map[string]string{"text": m.Text, "fullText": m.FullText, "html": m.HTML, "subject": m.Subject} {
		if !utf8.ValidString(s) {
			tb.Errorf("%s: %s is not UTF-8", id, name)
		}
		if len(s) > mail.MaxText {
			tb.Errorf("%s: %s is longer than MaxText", id, name)
		}
		for _, r := range s {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
				tb.Errorf("%s: %s has the control character %U", id, name, r)
				break
			}
		}
	}
	if strings.TrimSpace(m.FullText) != "" && m.Text == "" {
		tb.Errorf("%s: full text but no text", id)
	}
	if strings.ContainsAny(m.Subject+m.From.Name+m.From.Email, "\n\t") {
		tb.Errorf("%s: line break in subject or sender", id)
	}
	for _, a := range m.Attachments {
		if a.Name == "" || strings.ContainsAny(a.Name, "/\\\n\x00") || utf8.RuneCountInString(a.Name) > mail.MaxAttachmentName || int64(len(a.Content)) != a.Size {
			tb.Errorf("%s: attachment %q of size %d is not sound", id, a.Name, a.Size)
		}
	}
	if m.Kind != mail.Human && !m.IsAutomatic {
		tb.Errorf("%s: kind %s but not automatic", id, m.Kind)
	}
	if (m.Kind == mail.Bounced) != (m.Bounce != nil) {
		tb.Errorf("%s: kind %s, bounce %v", id, m.Kind, m.Bounce)
	}
	if m.Kind != mail.Human && len(m.KindEvidence) == 0 {
		tb.Errorf("%s: kind %s without evidence", id, m.Kind)
	}
	if safe := mail.Sanitise(m.HTML); strings.Contains(strings.ToLower(safe), "<script") || !utf8.ValidString(safe) {
		tb.Errorf("%s: sanitised HTML has a script or is not UTF-8", id)
	}
}
