package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

// Parse reads one raw message. The error is not nil only when there is nothing to make a message of: no bytes, no header
// and no text, a message over MaxMessageSize, or a reader that fails. Everything else becomes a Message, with what had
// to be forgiven in Problems.
func Parse(r io.Reader, env Envelope) (*Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxMessageSize+1))
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if len(raw) > MaxMessageSize {
		return nil, fmt.Errorf("message is larger than %d MiB: ask the sender to send less", MaxMessageSize>>20)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("message is empty: there is nothing to read")
	}
	raw = plainLineEnds(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	fields, body, problems := readFields(raw)
	if len(fields) == 0 && bytes.IndexByte(raw, 0) >= 0 {
		return nil, errors.New("message has no header field and is not text: it is not e-mail")
	}
	m := &Message{Headers: fields}
	for _, p := range problems {
		m.problem(p)
	}
	m.readHeader(fields)
	root := m.parts(raw, body, fields)
	reports := m.collect(root)
	m.classify(fields, reports, env)
	return m, nil
}

// readHeader fills the fields that stand in the header.
func (m *Message) readHeader(fields fieldsOf) {
	_, params := mediaType(fields.firstRaw("Content-Type"))
	guess := params["charset"]
	list := func(name string) []Address {
		var all []Address
		for _, raw := range fields.allRaw(name) {
			some, more := parseAddresses(raw, guess)
			if len(all)+len(some) > MaxAddresses {
				more = true
				some = some[:MaxAddresses-len(all)]
			}
			all = append(all, some...)
			if more {
				m.problem(fmt.Sprintf("%s: more than %d addresses: the rest is ignored", name, MaxAddresses))
				break
			}
		}
		return all
	}
	one := func(name string) Address {
		if l := list(name); len(l) > 0 {
			return l[0]
		}
		return Address{}
	}
	m.From = one("From")
	m.Sender = one("Sender")
	if !strings.Contains(m.From.Email, "@") {
		if fields.has("From") {
			m.problem("From: no address")
		} else {
			m.problem("From: missing")
		}
		if m.From.Email == "" && m.From.Name == "" {
			m.From = m.Sender
		}
	}
	m.ReplyTo = list("Reply-To")
	m.To = list("To")
	m.Cc = list("Cc")
	m.Subject = clip(fields.first("Subject"), MaxSubject)
	if ids := messageIDs(fields.firstRaw("Message-ID")); len(ids) > 0 {
		m.MessageID = ids[0]
	} else if id := strings.Trim(fields.first("Message-ID"), "<> \t"); id != "" && !strings.Contains(id, " ") {
		m.MessageID = clip(id, MaxMessageID)
	}
	m.InReplyTo = messageIDs(strings.Join(fields.allRaw("In-Reply-To"), " "))
	m.References = messageIDs(strings.Join(fields.allRaw("References"), " "))
	if v := fields.first("Date"); v != "" {
		if t, ok := parseDate(v); ok {
			m.Date = t
		} else {
			m.problem("Date: not a date")
		}
	}
}

// plainLineEnds turns the lone carriage returns of old Macs into line feeds: the parser knows no others.
func plainLineEnds(raw []byte) []byte {
	head := raw[:min(len(raw), 64<<10)]
	if cr := bytes.Count(head, []byte("\r")); cr == 0 || bytes.IndexByte(head, '\n') >= 0 {
		return raw
	}
	return bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
}

// parseDate reads an RFC 5322 date and what is often sent for one.
func parseDate(v string) (time.Time, bool) {
	if t, err := netmail.ParseDate(v); err == nil {
		return saneDate(t)
	}
	v, _ = cutComments(v)
	v = strings.ReplaceAll(strings.ReplaceAll(strings.Join(strings.Fields(v), " "), " :", ":"), ": ", ":")
	for zone, offset := range dateZones {
		if strings.HasSuffix(v, " "+zone) {
			v = strings.TrimSuffix(v, zone) + offset
			break
		}
	}
	if t, err := netmail.ParseDate(v); err == nil {
		return saneDate(t)
	}
	if _, rest, ok := strings.Cut(v, ","); ok {
		v = strings.TrimSpace(rest)
	} else if day, rest, ok := strings.Cut(v, " "); ok && len(day) == 3 && day[0] >= 'A' {
		v = rest
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			return saneDate(t)
		}
	}
	return time.Time{}, false
}

// saneDate refuses years that JSON cannot carry and no mail has.
func saneDate(t time.Time) (time.Time, bool) {
	return t, t.Year() >= 1900 && t.Year() <= 9999
}

// dateZones are the zone names of RFC 5322, 4.3; others mean UTC there.
var dateZones = map[string]string{
	"UT": "+0000", "GMT": "+0000", "UTC": "+0000", "Z": "+0000", "EST": "-0500", "EDT": "-0400", "CST": "-0600",
	"CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700", "CET": "+0100", "CEST": "+0200",
	"JST": "+0900", "BST": "+0100", "MSK": "+0300",
}

var dateLayouts = []string{
	"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04 -0700", "2 Jan 06 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
	"2 Jan 2006 15:04:05 -07:00", "2 January 2006 15:04:05 -0700", "Jan 2 15:04:05 2006", "Jan 2 15:04:05 2006 -0700", "Jan 2 15:04:05 MST 2006",
	"2-Jan-2006 15:04:05 -0700", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006/01/02 15:04:05",
	"2 Jan 2006", "Jan 2, 2006 15:04:05", "Jan 2 2006 15:04:05 -0700", "02/01/2006 15:04:05",
}

// parts parses the MIME structure. Transfer encodings and charsets are left to this package, which forgives more. A
// message the parser refuses is read as one text.
func (m *Message) parts(raw []byte, body int, fields fieldsOf) *enmime.Part {
	o := &opener{raw: raw, seen: map[string]bool{}, sniffed: map[string]string{}}
	parser := enmime.NewParser(
		enmime.RawContent(true),
		enmime.SkipMalformedParts(true),
		enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.MaxStoredPartErrors(MaxProblems),
		enmime.SetCustomParseMediaType(o.parse),
		enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }),
	)
	// The header is written anew: what was forgiven in it must not be fatal to the parser.
	var head bytes.Buffer
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"} {
		if v := fields.firstRaw(name); v != "" {
			fmt.Fprintf(&head, "%s: %s\r\n", name, strings.NewReplacer("\r", " ", "\n", " ").Replace(v))
		}
	}
	head.WriteString("\r\n")
	root, err := parser.ReadParts(io.MultiReader(&head, bytes.NewReader(raw[body:])))
	if err != nil || root == nil {
		m.problem("MIME structure: " + errorText(err))
		root = enmime.NewPart("text/plain")
		root.Content = bytes.Clone(raw[body:])
	}
	if o.refused {
		m.problem(fmt.Sprintf("more than %d multiparts or %d parts: the rest is kept as it stands", MaxMultiparts, MaxParts))
	}
	return root
}

func errorText(err error) string {
	if err == nil {
		return "nothing found"
	}
	return clip(err.Error(), 200)
}
