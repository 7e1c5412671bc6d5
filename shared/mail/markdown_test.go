package mail_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/deskhand/deskhand/shared/mail"
)

func TestRender(t *testing.T) {
	for name, c := range map[string]struct {
		in         []mail.Segment
		text, html string
	}{
		"markdown":                {[]mail.Segment{{Text: "Hello **you**,\nnext line\n\n- a\n- b"}}, "Hello **you**,\nnext line\n\n- a\n- b", "<p>Hello <strong>you</strong>,<br>\nnext line</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
		"value":                   {[]mail.Segment{{Text: "Hello ", Value: "Ann"}, {Text: "!"}}, "Hello Ann!", "<p>Hello Ann!</p>\n"},
		"value with markup":       {[]mail.Segment{{Text: "Hello ", Value: "**Ann** <b>x</b> [l](http://y.test) &amp; `c`"}}, "Hello **Ann** <b>x</b> [l](http://y.test) &amp; `c`", "<p>Hello **Ann** &lt;b&gt;x&lt;/b&gt; [l](http://y.test) &amp;amp; `c`</p>\n"},
		"value with lines":        {[]mail.Segment{{Value: "# one\n- two\n\n    three"}}, "# one\n- two\n\n    three", "<p># one<br>\n- two<br>\n<br>\n    three</p>\n"},
		"value in bold":           {[]mail.Segment{{Text: "**", Value: "a*b"}, {Text: "**"}}, "**a*b**", "<p><strong>a*b</strong></p>\n"},
		"value in code":           {[]mail.Segment{{Text: "`", Value: "a`b"}, {Text: "`"}}, "`a`b`", "<p><code>a`b</code></p>\n"},
		"value as heading":        {[]mail.Segment{{Value: "1. x"}, {Text: "\n---"}}, "1. x\n---", "<h2>1. x</h2>\n"},
		"value as link":           {[]mail.Segment{{Text: "[open](", Value: "https://x.test/?a=1&b=\"2\""}, {Text: ")"}}, "[open](https://x.test/?a=1&b=\"2\")", "<p><a href=\"https://x.test/?a=1&amp;b=&#34;2&#34;\">open</a></p>\n"},
		"value as script link":    {[]mail.Segment{{Text: "[open](", Value: "javascript:alert(1)"}, {Text: ")"}}, "[open](javascript:alert(1))", "<p><a href=\"\">open</a></p>\n"},
		"value inside a link":     {[]mail.Segment{{Text: "[open](https://x.test/", Value: "a b\"><script>"}, {Text: ")"}}, "[open](https://x.test/a b\"><script>)", "<p><a href=\"https://x.test/a%20b&#34;&gt;&lt;script&gt;\">open</a></p>\n"},
		"author's html":           {[]mail.Segment{{Text: "a <b>c</b> <script>x</script>"}}, "a <b>c</b> <script>x</script>", "<p>a &lt;b&gt;c&lt;/b&gt; &lt;script&gt;x&lt;/script&gt;</p>\n"},
		"author's script link":    {[]mail.Segment{{Text: "[a](javascript:x)"}}, "[a](javascript:x)", "<p><a href=\"\">a</a></p>\n"},
		"two values side by side": {[]mail.Segment{{Value: "a"}, {Value: "b"}}, "ab", "<p>ab</p>\n"},
		"author writes the token": {[]mail.Segment{{Text: "xvalue0z ", Value: "v"}}, "xvalue0z v", "<p>xvalue0z v</p>\n"},
		"crlf":                    {[]mail.Segment{{Text: "a\r\nb\r\n", Value: "c\r\nd"}}, "a\nb\nc\nd", "<p>a<br>\nb<br>\nc<br>\nd</p>\n"},
		"liquid":                  {[]mail.Segment{{Text: "{% if x %}"}}, "{% if x %}", "<p>{% if x %}</p>\n"},
		"nothing":                 {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, htm := mail.Render(c.in)
			equal(t, "text", c.text, text)
			equal(t, "html", c.html, htm)
		})
	}
}

// FuzzRenderValue puts any value into every place an author can: the elements of the result are those of a harmless
// value.
func FuzzRenderValue(f *testing.F) {
	for _, v := range []string{"<img src=x onerror=y>", "](javascript:x)", "\n\n# x\n", "xvalue0z", "```\nx", "|a|b|\n|-|-|", "\x00", "&lt;", "![a](b)", "<http://x.test>"} {
		f.Add(v)
	}
	places := [][2]string{{"a ", " b"}, {"**", "**"}, {"`", "`"}, {"- ", "\n- x"}, {"# ", "\n"}, {"> ", "\n"}, {"|a|\n|-|\n|", "|"}, {"```\n", "\n```"}, {"    ", ""}}
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" {
			return
		}
		for _, p := range places {
			_, got := mail.Render([]mail.Segment{{Text: p[0], Value: value}, {Text: p[1]}})
			_, want := mail.Render([]mail.Segment{{Text: p[0], Value: "harmless"}, {Text: p[1]}})
			if g, w := elements(got), elements(want); g != w {
				t.Fatalf("value %q after %q makes %q, elements %s, want %s", value, p[0], got, g, w)
			}
		}
	})
}

// elements lists the tags of a fragment but for line breaks.
func elements(fragment string) string {
	var names []string
	for z := html.NewTokenizer(strings.NewReader(fragment)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(names, " ")
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if tok := z.Token(); tok.Data != "br" {
				names = append(names, tok.String())
			}
		case html.CommentToken, html.DoctypeToken:
			names = append(names, "comment")
		}
	}
}
