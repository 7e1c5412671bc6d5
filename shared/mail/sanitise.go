package mail

import (
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// RemoteImage is the attribute in which Sanitise keeps the address of a remote image. A reader may turn it into src once
// the person asks for pictures: loading it tells the sender that the mail was read.
const RemoteImage = "data-remote-src"

// Sanitise makes the HTML of a mail safe to show in a sandboxed frame: no script, form, frame, style sheet or event
// handler, links only to http, https, mailto and tel, opened outside and without referrer, images only by cid: or small
// data: URLs. Remote images lose their src; its address moves to the attribute RemoteImage.
//
// HTML that nests too deep to be parsed comes back as escaped text.
func Sanitise(source string) string {
	source = clipBytes(strings.ToValidUTF8(source, "\uFFFD"), MaxText)
	if parseHTML(source) == nil {
		return "<pre>" + html.EscapeString(textFromTokens(source)) + "</pre>"
	}
	return parkImages(policy().Sanitize(source))
}

var (
	cssLength = lazy(`^-?[0-9.]{1,8}(px|em|rem|pt|%|ex|in|cm|mm)?( -?[0-9.]{1,8}(px|em|rem|pt|%|ex|in|cm|mm)?){0,3}$`)
	cssColor  = lazy(`(?i)^(#[0-9a-f]{3,8}|[a-z]{3,30}|rgba?\([0-9., %]{1,40}\))$`)
	cssWord   = lazy(`(?i)^[a-z0-9 ,.'"#%()-]{1,200}$`)
	cidSource = lazy(`(?i)^cid:[^\s"'<>]{1,900}$`)
	dataImage = lazy(`(?i)^data:image/(png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]+$`)
)

var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "pre", "code", "tt", "kbd", "samp", "blockquote", "b", "strong", "i", "em", "u", "s", "strike",
		"del", "ins", "sub", "sup", "small", "big", "mark", "h1", "h2", "h3", "h4", "h5", "h6", "center", "font", "address", "cite", "q", "abbr",
		"dl", "dt", "dd", "figure", "figcaption", "section", "article", "header", "footer")
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)).Globally()
	p.AllowAttrs("title").Matching(bluemonday.Paragraph).Globally()
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "img")
	p.AllowAttrs("cellpadding", "cellspacing", "border").Matching(bluemonday.Integer).OnElements("table")
	p.AllowAttrs("bgcolor").Matching(cssColor.compiled()).OnElements("table", "tr", "td", "th")
	p.AllowAttrs("color").Matching(cssColor.compiled()).OnElements("font")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("table", "td", "th", "tr", "img", "hr")
	p.AllowAttrs("alt").Matching(bluemonday.Paragraph).OnElements("img")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^cite$`)).OnElements("blockquote")

	// No property that loads (background-image), covers the page (position) or hides text from the reader but not from
	// a program (display, font-size) is among these.
	p.AllowStyles("margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "padding", "padding-left", "padding-right", "padding-top",
		"padding-bottom", "width", "max-width", "text-indent", "border-spacing").Matching(cssLength.compiled()).Globally()
	p.AllowStyles("color", "background-color", "border-color", "border-left-color").Matching(cssColor.compiled()).Globally()
	p.AllowStyles("text-align", "vertical-align", "font-weight", "font-style", "text-decoration", "white-space", "list-style-type", "border-collapse",
		"border", "border-left", "border-top", "border-bottom", "border-right", "border-style", "border-width", "direction", "font-family").Matching(cssWord.compiled()).Globally()

	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.AllowAttrs("src").OnElements("img")
	p.AllowDataURIImages()
	return p
})

// parkImages works on what the policy has let through: src of an image stays for cid: and data:, else it is moved; a
// link to cid: or data: loses its address.
func parkImages(safe string) string {
	var b strings.Builder
	t := html.NewTokenizer(strings.NewReader(safe))
	for {
		kind := t.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			b.Write(t.Raw())
			continue
		}
		raw := string(t.Raw())
		tok := t.Token()
		if tok.DataAtom != atom.Img && tok.DataAtom != atom.A {
			b.WriteString(raw)
			continue
		}
		kept := tok.Attr[:0]
		for _, a := range tok.Attr {
			low := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case tok.DataAtom == atom.A && a.Key == "href" && (strings.HasPrefix(low, "cid:") || strings.HasPrefix(low, "data:")):
				continue
			case tok.DataAtom == atom.Img && a.Key == "src" && !cidSource.MatchString(a.Val) && !dataImage.MatchString(a.Val):
				if !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") {
					continue
				}
				a.Key = RemoteImage
			}
			kept = append(kept, a)
		}
		if tok.Attr = kept; tok.DataAtom == atom.Img && len(kept) == 0 {
			continue
		}
		b.WriteString(tok.String())
	}
}
