package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
)

// LoopHeader marks every mail Deskhand composes. Mail that carries it on arrival is our own coming back.
const LoopHeader = "X-Deskhand-Loop"

// Outgoing is a mail to be composed. Auto is "auto-replied" for an automatic answer, "auto-generated" for a notice, ""
// for what a person wrote. Date and MessageID may be left out: SES sets both
// (https://docs.aws.amazon.com/ses/latest/dg/header-fields.html). Ids stand without angle brackets.
type Outgoing struct {
	From        Address
	To, Cc      []Address
	ReplyTo     []Address
	Subject     string
	Text, HTML  string
	InReplyTo   string
	References  []string // oldest first; the middle is dropped when the header would exceed 995 characters
	Auto        string
	Headers     map[string]string // further fields; those Compose writes itself are refused, LoopHeader may be set
	Attachments []Attachment
	Date        time.Time
	MessageID   string
}

// Compose makes the message (RFC 5322, MIME): lines end in CRLF and are under 998 bytes, all bytes are ASCII. The
// same Outgoing gives the same bytes. It refuses addresses NormaliseAddress refuses, no recipient or more than 50, a
// header of its own in Headers, an unknown Auto, and a message without text.
func Compose(o Outgoing) ([]byte, error) {
	if o.Auto != "" && o.Auto != "auto-replied" && o.Auto != "auto-generated" {
		return nil, fmt.Errorf("auto is %q: use auto-replied, auto-generated or nothing", clip(o.Auto, 40))
	}
	if n := len(o.To) + len(o.Cc); n == 0 {
		return nil, errors.New("mail has no recipient: give at least one address in to")
	} else if n > MaxRecipients {
		return nil, fmt.Errorf("mail has %d recipients: at most %d are allowed", n, MaxRecipients)
	}
	if strings.TrimSpace(o.Text) == "" && strings.TrimSpace(o.HTML) == "" && len(o.Attachments) == 0 {
		return nil, errors.New("mail has no body: give it some text")
	}
	w := &headerWriter{}
	w.addresses("From", []Address{o.From})
	w.addresses("To", o.To)
	w.addresses("Cc", o.Cc)
	w.addresses("Reply-To", o.ReplyTo)
	w.text("Subject", clip(cleanLine(o.Subject), MaxSubject))
	if !o.Date.IsZero() {
		w.line("Date", o.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	}
	w.ids("Message-ID", []string{o.MessageID})
	w.ids("In-Reply-To", []string{o.InReplyTo})
	w.ids("References", trimReferences(o.References))
	if o.Auto != "" {
		w.line("Auto-Submitted", o.Auto)
		// Exchange heeds this one only: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail
		w.line("X-Auto-Response-Suppress", "All")
	}
	w.extra(o.Headers)
	if w.err != nil {
		return nil, w.err
	}
	w.line("MIME-Version", "1.0")
	body := bodyPart(o)
	w.buf.Write(body.bytes())
	return w.buf.Bytes(), nil
}

// headerWriter writes folded header fields and keeps the first error.
type headerWriter struct {
	buf bytes.Buffer
	err error
}

// line writes words separated by blanks, folded at 76 columns where there are blanks.
func (w *headerWriter) line(name, value string) {
	value = cleanLine(value)
	w.buf.WriteString(name + ":")
	column := len(name) + 1
	for _, word := range strings.Fields(value) {
		if column+1+len(word) > 76 && column > len(name)+1 {
			w.buf.WriteString("\r\n")
			column = 0
		}
		w.buf.WriteString(" " + word)
		column += 1 + len(word)
	}
	w.buf.WriteString("\r\n")
}

// text writes an unstructured field, as encoded words if it needs them.
func (w *headerWriter) text(name, value string) {
	value = cleanLine(value)
	encode := strings.Contains(value, "=?")
	for _, word := range strings.Fields(value) {
		encode = encode || len(word) > 900
	}
	if encoded := mime.QEncoding.Encode("utf-8", value); encoded != value {
		value = encoded
	} else if encode {
		value = mime.BEncoding.Encode("utf-8", value+"\u200b")
		value = strings.TrimSpace(forceWords(cleanLine(strings.TrimSuffix(decodeWords(value, ""), "\u200b"))))
	}
	w.line(name, value)
}

// forceWords encodes ASCII text as encoded words of at most 75 characters: it looks like an encoded word itself, or has
// no blank to fold at.
func forceWords(s string) string {
	var words []string
	for s != "" {
		n := min(len(s), 42)
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}

func (w *headerWriter) addresses(name string, list []Address) {
	if len(list) == 0 || w.err != nil {
		return
	}
	var items []string
	for _, a := range list {
		email, err := NormaliseAddress(a.Email)
		if err != nil {
			w.err = fmt.Errorf("%s: %w", strings.ToLower(name), err)
			return
		}
		display := cleanLine(clip(a.Name, MaxNameLength))
		if strings.Contains(display, "=?") {
			items = append(items, forceWords(display)+" <"+email+">")
			continue
		}
		if display == "" {
			items = append(items, email)
		} else {
			items = append(items, (&netmail.Address{Name: display, Address: email}).String())
		}
	}
	w.line(name, strings.Join(items, ", "))
}

func (w *headerWriter) ids(name string, ids []string) {
	var words []string
	for _, id := range ids {
		if id = cleanID(id); id != "" {
			words = append(words, "<"+id+">")
		}
	}
	if len(words) > 0 {
		w.line(name, strings.Join(words, " "))
	}
}

// cleanID gives a message id without brackets, or nothing if it cannot stand in a header.
func cleanID(id string) string {
	id = strings.Trim(id, "<> \t\r\n")
	if len(id) > MaxHeaderValue-2 || !isASCII(id) || strings.ContainsAny(id, "<> \t\r\n\x00") {
		return ""
	}
	return id
}

// trimReferences drops ids after the first until the value fits MaxHeaderValue: a reader finds the thread by its root or
// by its newest ids.
func trimReferences(ids []string) []string {
	var clean []string
	for _, id := range ids {
		if id = cleanID(id); id != "" && !slices.Contains(clean, id) {
			clean = append(clean, id)
		}
	}
	total := -1
	for _, id := range clean {
		total += len(id) + 3
	}
	for total > MaxHeaderValue && len(clean) > 2 {
		total -= len(clean[1]) + 3
		clean = slices.Delete(clean, 1, 2)
	}
	if total > MaxHeaderValue && len(clean) == 2 {
		clean = clean[1:]
	}
	return clean
}

// ownFields are written by Compose or by the transport.
var ownFields = []string{"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
	"auto-submitted", "x-auto-response-suppress", "return-path", "received", "dkim-signature"}

func (w *headerWriter) extra(headers map[string]string) {
	names := make([]string, 0, len(headers))
	loop := "1"
	for name, value := range headers {
		if strings.EqualFold(name, LoopHeader) {
			loop = value
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	w.line(LoopHeader, clip(cleanLine(loop), 200))
	for _, name := range names {
		low := strings.ToLower(name)
		switch {
		case w.err != nil:
			return
		case !validFieldName(name):
			w.err = fmt.Errorf("header %q is not a field name: letters, digits and dashes only", clip(name, 60))
		case slices.Contains(ownFields, low) || strings.HasPrefix(low, "content-") || strings.HasPrefix(low, "resent-"):
			w.err = fmt.Errorf("header %s is set by the mail itself: leave it out", name)
		case len(headers[name]) > MaxHeaderValue:
			w.err = fmt.Errorf("header %s is longer than %d characters", name, MaxHeaderValue)
		default:
			w.text(name, headers[name])
		}
	}
}

func validFieldName(name string) bool {
	if name == "" || len(name) > 126 {
		return false
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// outPart is a finished part: its header lines and its body, or its children.
type outPart struct {
	header   []string
	body     []byte
	kind     string // multipart type, if it has children
	children []outPart
}

func bodyPart(o Outgoing) outPart {
	var body outPart
	text := strings.TrimRight(o.Text, " \t\r\n") + "\n"
	switch {
	case o.HTML == "":
		body = textPart("text/plain", text)
	case strings.TrimSpace(o.Text) == "":
		body = textPart("text/html", wrapHTML(o.HTML))
	default:
		body = outPart{kind: "multipart/alternative", children: []outPart{textPart("text/plain", text), textPart("text/html", wrapHTML(o.HTML))}}
	}
	var inline, attached []outPart
	for _, a := range o.Attachments {
		if a.Inline && a.ContentID != "" && o.HTML != "" {
			inline = append(inline, filePart(a))
		} else {
			attached = append(attached, filePart(a))
		}
	}
	if len(inline) > 0 {
		body = outPart{kind: "multipart/related", children: append([]outPart{body}, inline...)}
	}
	if len(attached) > 0 {
		body = outPart{kind: "multipart/mixed", children: append([]outPart{body}, attached...)}
	}
	return body
}

func wrapHTML(fragment string) string {
	if strings.Contains(strings.ToLower(fragment[:min(len(fragment), 500)]), "<html") {
		return fragment
	}
	return "<!doctype html>\n<html><head><meta charset=\"utf-8\"></head><body>\n" + strings.TrimRight(fragment, "\n") + "\n</body></html>\n"
}

func textPart(kind, text string) outPart {
	text = cleanText(text)
	var b bytes.Buffer
	q := quotedprintable.NewWriter(&b)
	// A buffer takes everything.
	_, _ = q.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	_ = q.Close()
	return outPart{header: []string{"Content-Type: " + kind + "; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"}, body: b.Bytes()}
}

func filePart(a Attachment) outPart {
	name := cleanFileName(a.Name)
	kind := strings.ToLower(cleanLine(a.Type))
	if !validType(kind) {
		kind = "application/octet-stream"
	}
	disposition := "attachment"
	if a.Inline && a.ContentID != "" {
		disposition = "inline"
	}
	header := []string{
		"Content-Type: " + foldParams(typeParams(kind, map[string]string{"name": name})),
		"Content-Disposition: " + foldParams(typeParams(disposition, map[string]string{"filename": name})),
		"Content-Transfer-Encoding: base64",
	}
	if id := cleanID(a.ContentID); id != "" {
		header = append(header, "Content-ID: <"+id+">")
	}
	encoded := base64.StdEncoding.EncodeToString(a.Content)
	var b bytes.Buffer
	b.Grow(len(encoded) + len(encoded)/38 + 2)
	for encoded != "" {
		n := min(76, len(encoded))
		b.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	return outPart{header: header, body: b.Bytes()}
}

// validType refuses what would not survive as a leaf: parts with a structure of their own are sent as plain bytes.
func validType(kind string) bool {
	major, minor, ok := strings.Cut(kind, "/")
	return ok && major != "multipart" && major != "message" && validFieldName(major) && minor != "" && len(minor) < 100 &&
		strings.Trim(minor, "abcdefghijklmnopqrstuvwxyz0123456789.+-_") == ""
}

func foldParams(value string) string { return strings.ReplaceAll(value, "; ", ";\r\n ") }

func (p outPart) bytes() []byte {
	var b bytes.Buffer
	if len(p.children) == 0 {
		for _, h := range p.header {
			b.WriteString(h + "\r\n")
		}
		b.WriteString("\r\n")
		b.Write(p.body)
		return b.Bytes()
	}
	sum := sha256.New()
	var parts [][]byte
	for _, c := range p.children {
		part := c.bytes()
		parts = append(parts, part)
		sum.Write(part)
	}
	// The boundary comes from the content, so that the same mail has the same bytes; no content can hold its own hash.
	boundary := "=_" + hex.EncodeToString(sum.Sum(nil)[:16])
	b.WriteString("Content-Type: " + p.kind + ";\r\n boundary=\"" + boundary + "\"\r\n\r\n")
	for _, part := range parts {
		b.WriteString("--" + boundary + "\r\n")
		b.Write(part)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}
