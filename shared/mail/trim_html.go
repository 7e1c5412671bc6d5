package mail

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TrimHTML gives the new part of an HTML reply as text: the elements in which mail programs put history are left out
// first, then Trim goes over the text of the rest. HTML that is all history gives the text of the whole.
func TrimHTML(source string) string {
	text, _ := trimHTML(source)
	return text
}

// trimHTML also tells whether a quote was found by its markup.
func trimHTML(source string) (text string, cut bool) {
	doc := parseHTML(source)
	if doc == nil {
		return Trim(textFromTokens(source)), false
	}
	whole := textFromNode(doc)
	c := &quoteCutter{}
	c.visit(doc, 0)
	rest := textFromNode(doc)
	if strings.TrimSpace(rest) == "" {
		return tidyEnds(whole), false
	}
	return Trim(rest), c.found
}

// quoteCutter removes the elements of history from a tree.
type quoteCutter struct {
	found  bool
	checks int // how often the words before a mark were looked for
	intros int // how often the words before a bare blockquote were
}

// maxMarks is how many marks of history are looked into: each look reads what stands before it. maxIntros is how many bare
// blockquotes are.
const (
	maxMarks  = 50
	maxIntros = 500
)

var (
	quoteClass = lazy(`(?i)(?:^|\s)(?:gmail_quote(?:_container)?|gmail_extra|yahoo_quoted|moz-cite-prefix|protonmail_quote|tutanota_quote|zmail_extra|` +
		`WordSection1_quote|OutlookMessageHeader|front-blockquote|freebirdFormviewer|acss-quote|alimail-quote|freshdesk_quote|zendesk_quote|mail_quote|airmail_ext_on|quote|gmail_attr|ymail_quoted|history_container|mcntmcntcontent_quote|sh-quoted|elided-text)(?:\s|$)`)
	quoteID = lazy(`(?i)^(?:divRplyFwdMsg|x_divRplyFwdMsg|appendonsend|x_appendonsend|OLK_SRC_BODY_SECTION|replySplit|reply-intro|yahoo_quoted.*|mail-editor-reference-message-container|` +
		`isForwardContent|isReplyContent|ymail_android_signature_quote|zwchr|mailcontent_quote|AOLMsgPart.*|lineBreakAtBeginningOfMessage_quote|tutanota_quote|ms-outlook-mobile-reply|3D"?divRplyFwdMsg)$`)
	signatureClass = lazy(`(?i)(?:^|\s)(?:gmail_signature|gmail_signature_prefix|moz-signature|protonmail_signature_block|mobile-signature|AppleMailSignature|ms-outlook-mobile-signature|ms-outlook-ios-signature|tutanota_signature|ymail_android_signature)(?:\s|$)`)
	signatureID    = lazy(`(?i)^(?:AppleMailSignature|ms-outlook-mobile-signature|ms-outlook-ios-signature|ymail_android_signature|x_Signature|Signature|composer_signature|lineBreakAtBeginningOfSignature)$`)
	outlookRule    = lazy(`(?i)border:\s*none;\s*border-top:\s*solid\s*#(?:E1E1E1|B5C4DF|ADADAD)`)
)

// visit walks in document order. It returns true when everything from here to the end is history: the elements that
// only mark where history begins have it as their followers.
func (c *quoteCutter) visit(n *html.Node, depth int) bool {
	if depth > 1000 {
		return false
	}
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if child.Type == html.ElementNode {
			switch c.sort(child) {
			case cutRest:
				if c.checks++; c.checks > maxMarks || !ownWordsBefore(child) {
					break
				}
				c.found = true
				removeFrom(child)
				return true
			case cutSelf:
				if c.inlineAnswers(child) {
					break
				}
				c.found = true
				n.RemoveChild(child)
				child = next
				continue
			case cutQuietly:
				n.RemoveChild(child)
				child = next
				continue
			}
		}
		if c.visit(child, depth+1) {
			for next != nil {
				after := next.NextSibling
				n.RemoveChild(next)
				next = after
			}
			return true
		}
		child = next
	}
	return false
}

type cut int

const (
	keep       cut = iota
	cutSelf        // this element is history
	cutRest        // history begins here
	cutQuietly     // signature
)

func (c *quoteCutter) sort(n *html.Node) cut {
	class, id, style := attr(n, "class"), attr(n, "id"), attr(n, "style")
	switch {
	case id != "" && quoteID.MatchString(id):
		return cutRest
	case strings.Contains(class, "OutlookMessageHeader"):
		return cutRest
	case n.DataAtom == atom.Div && style != "" && outlookRule.MatchString(style) && strings.Contains(style, "padding:"):
		return cutRest
	case n.DataAtom == atom.Hr && (id == "stopSpelling" || id == "zwchr" || strings.Contains(attr(n, "tabindex"), "-1")):
		return cutRest
	case class != "" && quoteClass.MatchString(class):
		if strings.Contains(class, "gmail_extra") {
			return keep
		}
		return cutSelf
	case n.DataAtom == atom.Blockquote && (attr(n, "type") == "cite" || attr(n, "cite") != "" || strings.Contains(style, "border-left") || c.introduced(n)):
		return cutSelf
	case class != "" && signatureClass.MatchString(class), id != "" && signatureID.MatchString(id):
		return cutQuietly
	}
	return keep
}

// introduced tells whether the text just before a bare blockquote is "On … wrote:".
func (c *quoteCutter) introduced(n *html.Node) bool {
	if c.intros++; c.intros > maxIntros {
		return false
	}
	for p, i := n.PrevSibling, 0; p != nil && i < 4; p, i = p.PrevSibling, i+1 {
		t := strings.TrimSpace(textFromNode(p))
		if p.Type == html.TextNode {
			t = strings.TrimSpace(p.Data)
		}
		if t == "" {
			continue
		}
		lines := strings.Split(t, "\n")
		for k := range lines {
			if n := introduces(lines[k:]); n > 0 && k+n >= len(lines) {
				return true
			}
		}
		return false
	}
	return false
}

// inlineAnswers tells whether a container of history (not a blockquote) has text after a quote in it: Gmail puts what is
// typed below or between the quoted lines there. Its quotes are then removed one by one.
func (c *quoteCutter) inlineAnswers(n *html.Node) bool {
	if n.DataAtom == atom.Blockquote || !strings.Contains(attr(n, "class"), "gmail_quote") {
		return false
	}
	quoted, answered := false, false
	var walk func(*html.Node, int)
	walk = func(n *html.Node, depth int) {
		for child := n.FirstChild; child != nil && !answered && depth < 1000; child = child.NextSibling {
			switch {
			case child.Type == html.ElementNode && child.DataAtom == atom.Blockquote:
				quoted = true
			case child.Type == html.TextNode:
				answered = answered || quoted && strings.Trim(child.Data, " \t\r\n\u00a0") != ""
			default:
				walk(child, depth+1)
			}
		}
	}
	walk(n, 0)
	return answered
}

// removeFrom removes n and what follows it beside it.
func removeFrom(n *html.Node) {
	parent := n.Parent
	for n != nil {
		next := n.NextSibling
		parent.RemoveChild(n)
		n = next
	}
}

// ownWordsBefore tells whether there is text before n in the document.
func ownWordsBefore(n *html.Node) bool {
	for at, depth := n, 0; at != nil && depth < 1000; at, depth = at.Parent, depth+1 {
		for s := at.PrevSibling; s != nil; s = s.PrevSibling {
			if s.Type == html.TextNode && strings.Trim(s.Data, " \t\r\n\u00a0") != "" && !hiddenParent(s) {
				return true
			}
			if s.Type == html.ElementNode && s.DataAtom != atom.Head && strings.Trim(textFromNode(s), " \t\r\n\u00a0") != "" {
				return true
			}
		}
	}
	return false
}

func hiddenParent(n *html.Node) bool {
	return n.Parent != nil && (n.Parent.DataAtom == atom.Style || n.Parent.DataAtom == atom.Script || n.Parent.DataAtom == atom.Title)
}
