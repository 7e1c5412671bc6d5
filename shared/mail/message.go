// Package mail turns raw Internet mail into a Message and a reply into raw Internet mail.
//
// Reading: Parse decodes MIME (RFC 5322, 2045–2049, 2231) tolerantly, separates the new text of a reply from its quoted
// history and signature, tells people's mail from automatic mail (RFC 3834 and its relatives), reads bounces (RFC 3464
// and the common home-made ones) and feedback reports (RFC 5965). Writing: Render makes the two bodies of a Markdown
// template, Compose the message; ReplyAddress and ParseReplyAddress carry a conversation in a signed address.
//
// The package is pure: no network, no storage, no clock, no AWS. It does not judge spam, verify DKIM, or decide which
// inbox a mail belongs to: the caller knows the envelope. Sending is the caller's, too.
//
// Input is hostile. Nothing here panics, every size is bounded by a constant of limits.go, and what was tolerated or
// cut is told in Message.Problems. HTML taken from mail is unsafe until Sanitise has been over it.
package mail

import (
	"strings"
	"time"
)

// Kind says what sort of mail a message is.
type Kind string

// The kinds, in the order in which they are tried: a bounce that comes through a list is a bounce.
const (
	Bounced   Kind = "bounce"     // delivery report, or complaint about mail sent earlier
	AutoReply Kind = "auto_reply" // out of office, receipts, ticket robots
	List      Kind = "list"       // mailing list, newsletter, bulk mail
	Human     Kind = "human"      // everything else
)

// Attachment is one part that is not body text. Content is decoded; Size is its length in bytes.
type Attachment struct {
	Name      string `json:"name"` // cleaned: no path, no control characters, never empty
	Type      string `json:"type"` // media type, lower case, without parameters
	ContentID string `json:"contentId,omitempty"`
	Inline    bool   `json:"inline"` // shown inside the HTML body (cid:), or meant to be
	Size      int64  `json:"size"`
	Content   []byte `json:"-"`
}

// Field is one header field as it stood in the message, unfolded, with encoded words decoded.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	raw   string // unfolded, not decoded: structured fields are split before their words are decoded
}

// Envelope is what SMTP said: From is MAIL FROM ("" is the null path <>), Recipients are the RCPT TO addresses.
// The zero Envelope means that the envelope is not known; with recipients an empty From means the null path.
type Envelope struct {
	From       string
	Recipients []string
}

// Message is a mail as Deskhand sees it.
type Message struct {
	MessageID  string    `json:"messageId"`  // without angle brackets; "" if there is none
	InReplyTo  []string  `json:"inReplyTo"`  // ids without angle brackets
	References []string  `json:"references"` // oldest first
	From       Address   `json:"from"`
	Sender     Address   `json:"sender"`
	ReplyTo    []Address `json:"replyTo"`
	To         []Address `json:"to"`
	Cc         []Address `json:"cc"`
	Subject    string    `json:"subject"`
	Date       time.Time `json:"date"` // zero if missing or unreadable

	Text     string `json:"text"`     // new text: no quoted history, no signature
	FullText string `json:"fullText"` // the whole text body
	HTML     string `json:"html"`     // the HTML body as sent, in UTF-8, not sanitised

	Kind         Kind     `json:"kind"`
	KindEvidence []string `json:"kindEvidence"` // the header lines or reasons that decided Kind and IsAutomatic
	IsAutomatic  bool     `json:"isAutomatic"`  // an automatic answer must not be sent
	Bounce       *Bounce  `json:"bounce,omitempty"`

	Attachments []Attachment `json:"attachments"`
	Headers     []Field      `json:"headers"`
	Problems    []string     `json:"problems"` // defects that were tolerated
}

// Header gives the decoded value of the first field of that name, "" if there is none. Names compare without case.
func (m *Message) Header(name string) string { return fieldsOf(m.Headers).first(name) }

// HeaderValues gives the decoded values of all fields of that name, in their order.
func (m *Message) HeaderValues(name string) []string { return fieldsOf(m.Headers).all(name) }

// problem notes a defect once.
func (m *Message) problem(text string) {
	text = cleanLine(text)
	for _, p := range m.Problems {
		if p == text {
			return
		}
	}
	if len(m.Problems) < MaxProblems {
		m.Problems = append(m.Problems, text)
	}
}

// addressee tells whether one of the lists holds the address.
func addressee(email string, lists ...[]Address) bool {
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Email, email) {
				return true
			}
		}
	}
	return false
}
