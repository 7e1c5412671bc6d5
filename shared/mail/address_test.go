package mail_test

import (
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/mail"
)

func TestNormaliseAddress(t *testing.T) {
	for in, want := range map[string]string{
		" Bob@X.Test ":          "bob@x.test",
		"Bob Ray <Bob@X.test>":  "bob@x.test",
		`"Ray, Bob" <b@x.test>`: "b@x.test",
		"b+tag.x@x.test.":       "b+tag.x@x.test",
		"bob@bücher.test":       "bob@xn--bcher-kva.test",
		"o'neil@x.test":         "o'neil@x.test",
	} {
		t.Run(in, func(t *testing.T) {
			got, err := mail.NormaliseAddress(in)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "address", want, got)
		})
	}
	for _, in := range []string{"", "bob", "bob@", "@x.test", "a@b@c", "a@x.test, b@x.test", "a b@x.test", "a@x.test\r\nBcc: b@x.test", "a@-x.test", "a@x..test",
		"a@x_y z", "<script>@x.test", strings.Repeat("a", 65) + "@x.test", "a@" + strings.Repeat("b.", 130) + "test", "a\x00@x.test"} {
		t.Run("refuses "+in, func(t *testing.T) {
			if got, err := mail.NormaliseAddress(in); err == nil {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestParseAddressForms(t *testing.T) {
	for in, want := range map[string][]mail.Address{
		"a@x.test":                                         {{Email: "a@x.test"}},
		"A B <a@x.test>, c@x.test":                         {{Name: "A B", Email: "a@x.test"}, {Email: "c@x.test"}},
		`"B, A" <a@x.test>; c@x.test`:                      {{Name: "B, A", Email: "a@x.test"}, {Email: "c@x.test"}},
		"a@x.test (A B)":                                   {{Name: "A B", Email: "a@x.test"}},
		"Team: a@x.test, B <b@x.test>;":                    {{Email: "a@x.test"}, {Name: "B", Email: "b@x.test"}},
		"undisclosed-recipients:;":                         nil,
		"A <a@x.test> B <b@x.test>":                        {{Name: "A", Email: "a@x.test"}, {Name: "B", Email: "b@x.test"}},
		"=?utf-8?q?M=C3=BCller=2C_K=C3=A4the?= <k@x.test>": {{Name: "Müller, Käthe", Email: "k@x.test"}},
		`"=?utf-8?q?M=C3=BCller?=" <k@x.test>`:             {{Name: "Müller", Email: "k@x.test"}},
		"<mailto:a@x.test>":                                {{Email: "a@x.test"}},
		"a@x.test <b@y.test>":                              {{Name: "a@x.test", Email: "b@y.test"}},
		`"a@x.test" <b@y.test>`:                            {{Name: "a@x.test", Email: "b@y.test"}},
		"<@relay.test:a@x.test>":                           {{Email: "a@x.test"}},
		"A. B. <a@x.test":                                  {{Name: "A. B.", Email: "a@x.test"}},
		"<a@x.test>, <>":                                   {{Email: "a@x.test"}},
	} {
		t.Run(in, func(t *testing.T) {
			m := mustParseText(t, "From: z@x.test\nTo: "+in+"\n\nhi", mail.Envelope{})
			equal(t, "to", want, m.To)
		})
	}
}

func TestReplyAddress(t *testing.T) {
	const id = "conv_01HZX3C9V8K2M4N6P7Q8R9STVW"
	key, other := []byte("a key of some length"), []byte("another key")
	addr := mail.ReplyAddress("Support@Demo.test", id, key)
	t.Run("round trip", func(t *testing.T) {
		for _, a := range []string{addr, strings.ToLower(addr), strings.ToUpper(addr), " <" + addr + "> "} {
			inbox, conversation, ok := mail.ParseReplyAddress(a, key)
			equal(t, "inbox", "support@demo.test", inbox)
			equal(t, "conversation", id, conversation)
			equal(t, "ok", true, ok)
		}
	})
	t.Run("an address that can be written to", func(t *testing.T) {
		if _, err := mail.NormaliseAddress(addr); err != nil {
			t.Error(err)
		}
		if local, _, _ := strings.Cut(addr, "@"); len(local) > 64 {
			t.Errorf("local part of %d characters", len(local))
		}
	})
	forged := strings.Replace(addr, "01hzx3", "01hzx4", 1)
	for name, a := range map[string]string{
		"other conversation": forged,
		"other inbox":        strings.Replace(strings.ToLower(addr), "support", "billing", 1),
		"other domain":       strings.Replace(strings.ToLower(addr), "demo.test", "evil.test", 1),
		"short mac":          strings.Replace(addr, "@", "x@", 1),
		"no mac":             "support+01hzx3c9v8k2m4n6p7q8r9stvw@demo.test",
		"other tag":          "support+news@demo.test",
		"plain":              "support@demo.test",
		"nothing":            "",
		"only at":            "@",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, ok := mail.ParseReplyAddress(a, key); ok {
				t.Errorf("%q is taken", a)
			}
		})
	}
	t.Run("other key", func(t *testing.T) {
		if _, _, ok := mail.ParseReplyAddress(addr, other); ok {
			t.Error("taken with another key")
		}
		if _, _, ok := mail.ParseReplyAddress(addr, nil); ok {
			t.Error("taken without a key")
		}
	})
	t.Run("no tag possible", func(t *testing.T) {
		long := strings.Repeat("a", 30) + "@demo.test"
		equal(t, "long local part", long, mail.ReplyAddress(long, id, key))
		equal(t, "not a ulid", "support@demo.test", mail.ReplyAddress("support@demo.test", "conv_1", key))
		equal(t, "no key", "support@demo.test", mail.ReplyAddress("support@demo.test", id, nil))
	})
	t.Run("inbox with a plus", func(t *testing.T) {
		inbox, _, ok := mail.ParseReplyAddress(mail.ReplyAddress("a+b@demo.test", id, key), key)
		equal(t, "ok", true, ok)
		equal(t, "inbox", "a+b@demo.test", inbox)
	})
}
