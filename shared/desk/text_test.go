package desk_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deskhand/deskhand/shared/desk"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		limit          int
		cut            bool
	}{
		{"as it is", "Grüße,\n\tAnna", "Grüße,\n\tAnna", 100, false},
		{"line ends", "a\r\nb\rc", "a\nb\nc", 100, false},
		{"control characters", "a\x00b\x1b[31mc\x7f", "ab[31mc", 100, false},
		{"no text", "a\xffb", "a\uFFFDb", 100, false},
		{"exactly", "abc", "abc", 3, false},
		{"too long", "abcd", "abc", 3, true},
		{"at a character's edge", "aüü", "aü", 4, true},
		{"nothing fits", "ü", "", 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, cut := desk.Plain(c.in, c.limit)
			if got != c.want || cut != c.cut {
				t.Errorf("%q, %v; want %q, %v", got, cut, c.want, c.cut)
			}
		})
	}
	long, _ := desk.Plain(strings.Repeat("ü\xff", 40_000), desk.MaxTextBytes)
	if len(long) > desk.MaxTextBytes || !utf8.ValidString(long) {
		t.Errorf("%d bytes", len(long))
	}
}

func TestMessageView(t *testing.T) {
	m := desk.Message{ID: "msg_1", Subject: "Hi", Text: "t", FullText: "f", TextTruncated: true, From: desk.Address{Name: "Anna", Email: "anna@example.com"},
		To: []desk.Address{{Email: "support@demo.test"}}, Kind: "human", Inbox: "support", Spam: "pass",
		Attachments: []desk.Attachment{{Name: "a.pdf"}, {Name: "b.png"}}}
	want := map[string]any{"id": "msg_1", "subject": "Hi", "text": "t", "fullText": "f", "textTruncated": true, "from": "anna@example.com", "fromName": "Anna",
		"fromDomain": "example.com", "to": []any{"support@demo.test"}, "cc": []any{}, "kind": "human", "isAutomatic": false, "hasAttachments": true,
		"attachments": []any{"a.pdf", "b.png"}, "inbox": "support", "spam": "pass"}
	if d := cmp.Diff(want, m.View()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for range 1000 {
		m.Attachments = append(m.Attachments, desk.Attachment{Name: strings.Repeat("n", 100)})
	}
	if n := len(m.View()["attachments"].([]any)); n < 50 || n > 100 {
		t.Errorf("%d names are shown", n)
	}
}

func TestRetag(t *testing.T) {
	for _, c := range []struct {
		name              string
		tags, add, remove []string
		want              []string
		changed           bool
	}{
		{"nothing", nil, nil, nil, []string{}, false},
		{"add, sorted, once", []string{"b"}, []string{"a", "b", " a ", ""}, nil, []string{"a", "b"}, true},
		{"as they are", []string{"b", "a"}, []string{"a"}, []string{"x"}, []string{"a", "b"}, false},
		{"removed wins", []string{"a"}, []string{"c"}, []string{"a", "c"}, []string{}, true},
		{"case counts", []string{"VIP"}, []string{"vip"}, nil, []string{"VIP", "vip"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, changed := desk.Retag(c.tags, c.add, c.remove)
			if d := cmp.Diff(c.want, got); d != "" || changed != c.changed {
				t.Errorf("changed %v (-want +got):\n%s", changed, d)
			}
		})
	}
}
