package mail

import (
	"html"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

// report is a machine-readable part of a multipart/report, or the returned mail itself.
type report struct {
	kind    string // media type
	content []byte // transfer-decoded
}

// piece is one stretch of the body, in one or both forms.
type piece struct {
	text, html string
}

// collector walks the parts of one message.
type collector struct {
	m       *Message
	reports []report
	budget  int   // bytes of text still taken
	named   piece // the first inline text that is an attachment
}

// collect fills the bodies and the attachments from the parts and gives what is of use to classify.
func (m *Message) collect(root *enmime.Part) []report {
	c := &collector{m: m, budget: MaxText}
	pieces := c.walk(root, "", true)
	if len(pieces) == 0 && c.named.text != "" {
		// Nothing but a text file shown inline: it is the body, too.
		pieces = []piece{c.named}
	}
	var text, htm strings.Builder
	rich := false
	for _, p := range pieces {
		rich = rich || p.html != ""
	}
	for _, p := range pieces {
		t := p.text
		if strings.TrimSpace(t) == "" && p.html != "" {
			t = TextFromHTML(p.html)
		}
		if text.Len() > 0 && !strings.HasSuffix(text.String(), "\n") {
			text.WriteByte('\n')
		}
		text.WriteString(t)
		if rich {
			if p.html != "" {
				htm.WriteString(p.html)
			} else if strings.TrimSpace(p.text) != "" {
				htm.WriteString(`<pre style="white-space:pre-wrap">` + html.EscapeString(p.text) + "</pre>")
			}
		}
	}
	m.FullText = clipBytes(text.String(), MaxText)
	m.HTML = clipBytes(htm.String(), MaxText)
	m.Text = newText(m.FullText, m.HTML, pieces)
	walkErrors(root, func(e *enmime.Error) {
		if e.Severe || e.Name == enmime.ErrorMissingBoundary {
			m.problem(e.Name + ": " + clip(e.Detail, 200))
		}
	})
	return c.reports
}

func walkErrors(p *enmime.Part, f func(*enmime.Error)) {
	for ; p != nil; p = p.NextSibling {
		for _, e := range p.Errors {
			f(e)
		}
		walkErrors(p.FirstChild, f)
	}
}

// walk gives the body pieces under p and notes attachments. Nesting is bounded by MaxMultiparts.
func (c *collector) walk(p *enmime.Part, parent string, first bool) []piece {
	kind := p.ContentType
	if strings.HasPrefix(kind, "multipart/") && (p.FirstChild != nil || p.Boundary != "") {
		var pieces []piece
		var forms [][]piece
		for child := p.FirstChild; child != nil; child = child.NextSibling {
			form := c.walk(child, kind, child == p.FirstChild)
			forms = append(forms, form)
			pieces = append(pieces, form...)
		}
		if kind == "multipart/alternative" && len(pieces) > 1 {
			pieces = alternatives(forms)
		}
		if p.FirstChild == nil {
			// A multipart without parts: what stands there is text, if anything.
			return c.leaf(p, parent, first)
		}
		return pieces
	}
	return c.leaf(p, parent, first)
}

// alternatives makes one piece of several forms of the same text: the first that has plain text, the last that has
// HTML, which is the richest (RFC 2046, 5.1.4).
func alternatives(forms [][]piece) []piece {
	var one piece
	for _, form := range forms {
		var text, htm string
		for _, p := range form {
			if p.text != "" && text != "" {
				text += "\n"
			}
			text += p.text
			htm += p.html
		}
		if one.text == "" {
			one.text = text
		}
		if htm != "" {
			one.html = htm
		}
	}
	return []piece{one}
}

func (c *collector) leaf(p *enmime.Part, parent string, first bool) []piece {
	content := decodeTransfer(p.Content, p.Header.Get("Content-Transfer-Encoding"))
	if len(content) == 0 && len(p.Epilogue) > 0 && p.FirstChild == nil {
		content = p.Epilogue
	}
	kind := p.ContentType
	if kind == "" {
		kind = "text/plain"
		if parent == "multipart/digest" {
			kind = "message/rfc822"
		}
	}
	switch kind {
	case "message/delivery-status", "message/feedback-report", "message/disposition-notification", "message/rfc822", "text/rfc822-headers", "message/global-delivery-status":
		c.reports = append(c.reports, report{kind, content})
	}
	if !isBody(p, kind, parent, first) {
		c.attach(p, kind, parent, content)
		if kind == "text/plain" && p.Disposition == "inline" && c.named.text == "" {
			text, _ := toUTF8(content[:min(len(content), c.budget)], p.Charset)
			c.named.text = cleanText(text)
		}
		return nil
	}
	if kind == "text" || strings.HasPrefix(kind, "multipart/") {
		kind = "text/plain"
	}
	charset := p.Charset
	if charset == "" && kind == "text/html" {
		charset = metaCharset(content)
	}
	if len(content) > c.budget {
		c.m.problem("body longer than 2 MiB: the rest is cut")
		content = content[:c.budget]
	}
	text, problem := toUTF8(content, charset)
	if problem != "" {
		c.m.problem(problem)
	}
	text = cleanText(text)
	c.budget -= min(len(text), c.budget)
	switch kind {
	case "text/html":
		return []piece{{html: text}}
	case "text/enriched", "text/richtext":
		return []piece{{text: plainEnriched(text)}}
	}
	if p.Header.Get("Content-Type") != "" {
		if _, params := mediaType(p.Header.Get("Content-Type")); strings.EqualFold(params["format"], "flowed") {
			text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
		}
	}
	return []piece{{text: text}}
}

// isBody tells body text from an attachment.
func isBody(p *enmime.Part, kind, parent string, first bool) bool {
	switch kind {
	case "text/plain", "text/html", "text/enriched", "text/richtext", "text", "text/x-markdown", "text/markdown", "text/x-amp-html":
	default:
		return strings.HasPrefix(kind, "multipart/") && p.Boundary == "" && p.Parent == nil
	}
	if kind == "text/x-amp-html" {
		return false
	}
	if p.Disposition == "attachment" {
		return false
	}
	if p.FileName == "" {
		return true
	}
	// A named text: the body of some senders ("Content-Disposition: inline; filename=…") when it stands first.
	return first && p.Disposition != "attachment" && (parent == "multipart/alternative" || parent == "")
}

// cleanText leaves valid UTF-8 with "\n" line ends and no control character but "\n" and "\t".
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xc2 {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	s = strings.ReplaceAll(s, "\r\r\n", "\n")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r', r == '\v', r == '\f':
			return '\n'
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return -1
		}
		return r
	}, s)
}

// unflow joins the soft-broken lines of format=flowed (RFC 3676): a line that ends in a blank goes on in the next one of
// the same quote depth. The signature line "-- " is never joined.
func unflow(text string, delsp bool) string {
	var out []string
	open := false
	depth := 0
	for _, line := range strings.Split(text, "\n") {
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		body := strings.TrimPrefix(line[d:], " ")
		soft := strings.HasSuffix(body, " ") && body != "-- "
		if open && d == depth && body != "-- " {
			last := out[len(out)-1]
			if delsp {
				last = strings.TrimSuffix(last, " ")
			}
			out[len(out)-1] = last + body
		} else {
			prefix := strings.Repeat(">", d)
			if d > 0 {
				prefix += " "
			}
			out = append(out, prefix+body)
		}
		open, depth = soft, d
	}
	return strings.Join(out, "\n")
}

// plainEnriched takes the <commands> out of text/enriched (RFC 1896).
func plainEnriched(s string) string {
	var b strings.Builder
	for s != "" {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:at])
		s = s[at:]
		if strings.HasPrefix(s, "<<") {
			b.WriteByte('<')
			s = s[2:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		if strings.EqualFold(s[:end+1], "<param>") {
			if close := strings.Index(strings.ToLower(s), "</param>"); close > 0 {
				end = close + len("</param>") - 1
			}
		}
		s = s[end+1:]
	}
	return b.String()
}
