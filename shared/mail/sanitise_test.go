package mail_test

import (
	"strings"
	"testing"

	"github.com/deskhand/deskhand/shared/mail"
)

func TestSanitise(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"text":           {`<p>Hello <b>you</b></p>`, `<p>Hello <b>you</b></p>`},
		"script":         {`a<script>alert(1)</script>b`, `ab`},
		"event":          {`<p onclick="x()">a</p>`, `<p>a</p>`},
		"style element":  {`<style>p{display:none}</style><p>a</p>`, `<p>a</p>`},
		"style kept":     {`<p style="color:#ff0000;text-align:center">a</p>`, `<p style="color: #ff0000; text-align: center">a</p>`},
		"style loads":    {`<p style="background-image:url(http://x.test/a)">a</p>`, `<p>a</p>`},
		"style covers":   {`<div style="position:fixed;top:0">a</div>`, `<div>a</div>`},
		"remote image":   {`<img src="https://x.test/pixel.gif" alt="x" width="1">`, `<img data-remote-src="https://x.test/pixel.gif" alt="x" width="1">`},
		"cid image":      {`<img src="cid:logo@x">`, `<img src="cid:logo@x">`},
		"data image":     {`<img src="data:image/png;base64,iVBORw0KGgo=">`, `<img src="data:image/png;base64,iVBORw0KGgo=">`},
		"svg data image": {`<img src="data:image/svg+xml;base64,PHN2Zz4=">`, ``},
		"link":           {`<a href="https://x.test/">a</a>`, `<a href="https://x.test/" rel="nofollow noreferrer noopener" target="_blank">a</a>`},
		"script link":    {`<a href="javascript:x()">a</a>`, `a`},
		"data link":      {`<a href="data:text/html,x">a</a>`, `a`},
		"vbscript link":  {`<a href=" vbscript:x">a</a>`, `a`},
		"frame":          {`<iframe src="https://x.test"></iframe>a`, `a`},
		"form":           {`<form action="https://x.test"><input name=a><button>b</button></form>`, `b`},
		"meta":           {`<meta http-equiv="refresh" content="0;url=https://x.test">a`, `a`},
		"base":           {`<base href="https://x.test/">a`, `a`},
		"svg":            {`<svg><script>x</script></svg>a`, `a`},
		"comment":        {`<!--[if mso]>x<![endif]-->a`, `a`},
		"id and class":   {`<p id="root" class="x">a</p>`, `<p>a</p>`},
		"table":          {`<table border="1"><tr><td bgcolor="#fff">a</td></tr></table>`, `<table border="1"><tr><td bgcolor="#fff">a</td></tr></table>`},
		"relative image": {`<img src="/logout">`, ``},
		"protocol-less":  {`<img src="//x.test/a.gif">`, ``},
		"unclosed":       {`<p>a<b>b`, `<p>a<b>b`},
		"broken tag":     {`<<script>alert(1)//<</script>a`, `&lt;a`},
	} {
		t.Run(name, func(t *testing.T) {
			equal(t, "safe", c.want, mail.Sanitise(c.in))
		})
	}
	t.Run("deep nesting", func(t *testing.T) {
		if got := mail.Sanitise(strings.Repeat("<div>", 5000) + "<script>x</script>text"); got != "<pre>text</pre>" {
			t.Errorf("got %.200q", got)
		}
	})
}
