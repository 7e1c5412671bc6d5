package mail

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TextFromHTML gives the readable text of an HTML body: paragraphs and line breaks kept, lists with dashes, links with
// their address behind, quotes with "> ", scripts and styles left out. The result has no markup to escape: it is text.
func TextFromHTML(source string) string {
	doc := parseHTML(source)
	if doc == nil {
		return textFromTokens(source)
	}
	return textFromNode(doc)
}

// parseHTML gives nil when the source nests too deep for the parser.
func parseHTML(source string) *html.Node {
	doc, err := html.Parse(strings.NewReader(clipBytes(source, MaxText)))
	if err != nil {
		return nil
	}
	return doc
}

func textFromNode(n *html.Node) string {
	w := &textWriter{}
	w.node(n, 0, false)
	return tidyText(w.out.String())
}

// tidyText takes white space off line ends and more than two line ends in a row.
func tidyText(s string) string {
	lines := strings.Split(cleanText(s), "\n")
	out := lines[:0]
	blank := 0
	for _, line := range lines {
		line = strings.TrimRight(strings.ReplaceAll(line, "\u00a0", " "), " \t")
		if line == "" {
			if blank++; blank > 1 {
				continue
			}
		} else {
			blank = 0
		}
		out = append(out, line)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}

// textWriter writes text with pending line ends, so that nested blocks do not pile up blank lines.
type textWriter struct {
	out     strings.Builder
	breaks  int  // line ends owed before the next text
	space   bool // a blank owed before the next text
	started bool
	line    bool // the current line has text
	quote   int  // depth of quotes here
	quoted  int  // depth where the last text stood
}

func (w *textWriter) block(n int) {
	if w.started && w.breaks < n {
		w.breaks = n
	}
	w.space = false
}

func (w *textWriter) newline() {
	if w.started {
		if w.breaks == 0 {
			w.breaks = 1
		} else {
			w.breaks++
		}
	}
	w.space = false
}

func (w *textWriter) flush() {
	if w.breaks > 0 {
		n := min(w.breaks, 2)
		for i := 0; i < n; i++ {
			w.out.WriteByte('\n')
			if between := min(w.quote, w.quoted); i+1 < n && between > 0 {
				w.out.WriteString(strings.Repeat(">", between))
			}
		}
		w.breaks = 0
		w.line = false
		w.space = false
	}
	if !w.line && w.quote > 0 {
		w.out.WriteString(strings.Repeat("> ", w.quote))
	}
	if w.space && w.line {
		w.out.WriteByte(' ')
	}
	w.space = false
	w.started, w.line, w.quoted = true, true, w.quote
}

func (w *textWriter) text(s string, pre bool) {
	if pre {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.newline()
			}
			if line != "" {
				w.flush()
				w.out.WriteString(line)
			}
		}
		return
	}
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return !isHTMLSpace(r) })
		if i != 0 {
			w.space = true
			if i < 0 {
				return
			}
			s = s[i:]
		}
		end := strings.IndexFunc(s, isHTMLSpace)
		if end < 0 {
			end = len(s)
		}
		w.flush()
		w.out.WriteString(s[:end])
		s = s[end:]
	}
}

func isHTMLSpace(r rune) bool {
	return r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == '\f'
}

func (w *textWriter) node(n *html.Node, depth int, pre bool) {
	if n == nil || depth > 2000 {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.text(n.Data, pre)
		return
	case html.ElementNode:
	case html.DocumentNode:
	default:
		return
	}
	children := func(pre bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			w.node(c, depth+1, pre)
		}
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Noscript, atom.Template, atom.Object, atom.Iframe, atom.Select, atom.Textarea:
		return
	case atom.Br:
		w.newline()
	case atom.Hr:
		w.block(1)
		w.flush()
		w.out.WriteString("----------")
		w.block(1)
	case atom.Img:
		if alt := strings.TrimSpace(attr(n, "alt")); alt != "" && len(alt) < 200 {
			w.text(alt, false)
		}
	case atom.A:
		start := w.out.Len()
		children(pre)
		if href := strings.TrimSpace(attr(n, "href")); linkShown(w.out.String()[start:], href) {
			w.text(" <"+href+">", false)
		}
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		gap := 2
		if inside(n, atom.Li) || n.DataAtom == atom.P && strings.Contains(attr(n, "class"), "MsoNormal") && blankParagraph(n) {
			gap = 1
		}
		w.block(gap)
		children(pre)
		w.block(gap)
	case atom.Pre:
		w.block(2)
		children(true)
		w.block(2)
	case atom.Blockquote:
		w.block(2)
		w.quote++
		children(pre)
		w.block(2)
		w.quote--
	case atom.Li:
		w.block(1)
		w.flush()
		w.out.WriteString("- ")
		children(pre)
		w.block(1)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Form, atom.Address, atom.Dt, atom.Dd, atom.Center, atom.Body, atom.Main, atom.Fieldset, atom.Figure, atom.Caption:
		w.block(1)
		children(pre)
		w.block(1)
	case atom.Td, atom.Th:
		w.space = true
		children(pre)
		w.space = true
	default:
		children(pre)
	}
}

// linkShown tells whether a link's address says more than its text.
func linkShown(text, href string) bool {
	lower := strings.ToLower(href)
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") || len(href) > 500 {
		return false
	}
	text = strings.Join(strings.Fields(text), "")
	strip := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "http://"), "https://")
		return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	}
	return text != "" && strip(text) != strip(href) && !strings.Contains(text, href)
}

func blankParagraph(n *html.Node) bool {
	var b strings.Builder
	var walk func(*html.Node, int)
	walk = func(n *html.Node, depth int) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil && depth < 50 && b.Len() < 100; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(n, 0)
	return strings.Trim(b.String(), " \t\r\n\u00a0") == ""
}

func inside(n *html.Node, a atom.Atom) bool {
	for p, i := n.Parent, 0; p != nil && i < 50; p, i = p.Parent, i+1 {
		if p.DataAtom == a {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textFromTokens is the plain way for HTML that cannot be parsed into a tree.
func textFromTokens(source string) string {
	var b strings.Builder
	skip := 0
	t := html.NewTokenizer(strings.NewReader(clipBytes(source, MaxText)))
	for {
		switch t.Next() {
		case html.ErrorToken:
			return tidyText(b.String())
		case html.TextToken:
			if skip == 0 {
				b.WriteString(strings.Join(strings.Fields(html.UnescapeString(string(t.Raw()))), " "))
				b.WriteByte(' ')
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			tok := t.Token()
			switch tok.DataAtom {
			case atom.Script, atom.Style, atom.Title:
				if tok.Type == html.StartTagToken {
					skip++
				} else if skip > 0 {
					skip--
				}
			case atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.H1, atom.H2, atom.H3, atom.Blockquote:
				b.WriteByte('\n')
			}
		}
	}
}

var metaCharsetPattern = lazy(`(?i)<meta[^>]{0,200}charset\s*=\s*["']?([a-z0-9_:.+-]{2,40})`)

// metaCharset reads the charset an HTML body declares itself.
func metaCharset(content []byte) string {
	if m := metaCharsetPattern.FindSubmatch(content[:min(len(content), 4096)]); m != nil {
		label := string(m[1])
		// A body that can be read for its meta element is not UTF-16, whatever it says.
		if !bytes.HasPrefix(bytes.ToLower(m[1]), []byte("utf-16")) {
			return label
		}
	}
	return ""
}
