package mail

import (
	"strings"
)

// Bounce is what a delivery report or complaint says. Recipients are the addresses it is about; Status, Action and
// Diagnostic are those of the first.
type Bounce struct {
	Recipients   []FailedRecipient `json:"recipients"`
	Status       string            `json:"status,omitempty"`       // RFC 3463, such as 5.1.1; "" if not told
	Action       string            `json:"action,omitempty"`       // failed delayed delivered relayed expanded; "" if not told
	Diagnostic   string            `json:"diagnostic,omitempty"`   // the remote server's words
	Complaint    bool              `json:"complaint,omitempty"`    // feedback report (RFC 5965), not a bounce
	FeedbackType string            `json:"feedbackType,omitempty"` // abuse, opt-out, fraud, …
	MessageID    string            `json:"messageId,omitempty"`    // of the mail that came back
	Subject      string            `json:"subject,omitempty"`      // of the mail that came back
	From         string            `json:"from,omitempty"`         // of the mail that came back
}

// FailedRecipient is one recipient of a delivery report.
type FailedRecipient struct {
	Email      string `json:"email"`
	Status     string `json:"status,omitempty"`
	Action     string `json:"action,omitempty"`
	Diagnostic string `json:"diagnostic,omitempty"`
}

// Permanent tells whether trying again is of no use.
func (b *Bounce) Permanent() bool {
	return !b.Complaint && (strings.HasPrefix(b.Status, "5") || b.Status == "" && b.Action == "failed")
}

// readBounce reads the reports of a bounce, and its text where there are none.
func readBounce(m *Message, fields fieldsOf, reports []report) *Bounce {
	b := &Bounce{Recipients: []FailedRecipient{}}
	for _, r := range reports {
		switch r.kind {
		case "message/delivery-status", "message/global-delivery-status":
			b.readStatus(r.content)
		case "message/feedback-report":
			b.readFeedback(r.content)
		case "message/rfc822", "text/rfc822-headers":
			b.readReturned(r.content)
		}
	}
	if complaintSubject.MatchString(m.Subject) {
		b.Complaint, b.FeedbackType = true, "abuse"
		for _, r := range reports {
			f, _, _ := readFields(r.content[:min(len(r.content), MaxHeaderBytes)])
			b.add(FailedRecipient{Email: recipientOf(f.first("X-HmXmrOriginalRecipient"))})
		}
	}
	if fields.has("X-Apple-Unsubscribe") {
		b.Complaint, b.FeedbackType = true, "opt-out"
		b.add(FailedRecipient{Email: m.From.Email})
	}
	b.readText(m, fields)
	for i := range b.Recipients {
		r := &b.Recipients[i]
		if r.Status == "" || strings.HasSuffix(r.Status, ".0.0") {
			if s := statusIn(r.Diagnostic); s != "" {
				r.Status = s
			}
		}
	}
	if len(b.Recipients) > 0 {
		first := b.Recipients[0]
		b.Status, b.Action, b.Diagnostic = or(first.Status, b.Status), or(first.Action, b.Action), or(first.Diagnostic, b.Diagnostic)
	}
	if b.Action == "" && !b.Complaint {
		switch {
		case strings.HasPrefix(b.Status, "4") || delayedWords.MatchString(m.Subject):
			b.Action = "delayed"
		case b.Status != "" || len(b.Recipients) > 0:
			b.Action = "failed"
		}
	}
	return b
}

var delayedWords = lazy(`(?i)\bdelay(?:ed)?\b|could not send message for past|still being retried`)

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// add notes a recipient once; what a later mention adds is filled in.
func (b *Bounce) add(r FailedRecipient) {
	if r.Email == "" {
		return
	}
	for i := range b.Recipients {
		if have := &b.Recipients[i]; have.Email == r.Email {
			have.Status, have.Action, have.Diagnostic = or(have.Status, r.Status), or(have.Action, r.Action), or(have.Diagnostic, r.Diagnostic)
			return
		}
	}
	if len(b.Recipients) < MaxBounceRecipients {
		b.Recipients = append(b.Recipients, r)
	}
}

// readStatus reads message/delivery-status (RFC 3464): blocks of fields, the first about the message, each other about
// one recipient.
func (b *Bounce) readStatus(content []byte) {
	text := strings.TrimSpace(cleanText(guessUTF8(content[:min(len(content), 1<<20)])))
	for _, block := range blankLines.Split(text, MaxBounceRecipients*4) {
		fields, _, _ := readFields([]byte(block))
		r := FailedRecipient{
			Email:      recipientOf(fields.first("Final-Recipient")),
			Action:     strings.ToLower(firstWord(fields.first("Action"))),
			Status:     statusIn(fields.first("Status")),
			Diagnostic: clip(fields.first("Diagnostic-Code"), 1000),
		}
		if original := recipientOf(fields.first("Original-Recipient")); original != "" && (r.Email == "" || !strings.Contains(r.Email, "@")) {
			r.Email = original
		}
		if r.Email == "" {
			r.Email = recipientOf(fields.first("X-Actual-Recipient"))
		}
		if r.Email == "" {
			b.Status, b.Action, b.Diagnostic = or(b.Status, r.Status), or(b.Action, r.Action), or(b.Diagnostic, r.Diagnostic)
			continue
		}
		b.add(r)
	}
}

var blankLines = lazy(`\n(?:[ \t]*\n)+`)

func (b *Bounce) readFeedback(content []byte) {
	b.Complaint = true
	fields, _, _ := readFields(content[:min(len(content), 64<<10)])
	b.FeedbackType = strings.ToLower(firstWord(fields.first("Feedback-Type")))
	for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient", "Final-Recipient"} {
		for _, v := range fields.all(name) {
			b.add(FailedRecipient{Email: recipientOf(v)})
		}
	}
}

// readReturned reads the header of the mail that came back.
func (b *Bounce) readReturned(content []byte) {
	if b.MessageID != "" || b.Subject != "" {
		return
	}
	fields, _, _ := readFields(content[:min(len(content), MaxHeaderBytes)])
	if ids := messageIDs(fields.firstRaw("Message-ID")); len(ids) > 0 {
		b.MessageID = ids[0]
	}
	b.Subject = clip(fields.first("Subject"), MaxSubject)
	if list, _ := parseAddresses(fields.firstRaw("From"), ""); len(list) > 0 {
		b.From = list[0].Email
	}
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return strings.Trim(f[0], ";,()")
	}
	return ""
}

// recipientOf reads "rfc822; <a@b>" and the like.
func recipientOf(v string) string {
	if _, after, ok := strings.Cut(v, ";"); ok && !strings.Contains(v[:strings.IndexByte(v, ';')], "@") {
		v = after
	}
	v = strings.TrimSpace(v)
	if v == "" {
		return ""
	}
	if list, _ := parseAddresses(v, ""); len(list) > 0 {
		return clip(list[0].Email, 320)
	}
	return ""
}

var statusPattern = lazy(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.?$|\.\s)`)

// statusIn finds an enhanced status code (RFC 3463).
func statusIn(s string) string {
	if m := statusPattern.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
