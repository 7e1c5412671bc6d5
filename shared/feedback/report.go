package feedback

import (
	"strings"
	"time"
)

// Report is the detail of an event that SES publishes about a mail it was given.
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
type Report struct {
	EventType     string     `json:"eventType"` // Bounce, Complaint, DeliveryDelay, Reject
	Mail          Mail       `json:"mail"`
	Bounce        *Bounce    `json:"bounce"`
	Complaint     *Complaint `json:"complaint"`
	DeliveryDelay *Delay     `json:"deliveryDelay"`
	Reject        *Reject    `json:"reject"`
}

// Mail is the one that it is about.
type Mail struct {
	MessageID   string   `json:"messageId"` // as SES gave it, without the domain
	Destination []string `json:"destination"`
	Headers     []Header `json:"headers"`
}

// Header is one of the mail's own.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Bounce is a mail that a mail system did not take, or that SES did not give to it.
type Bounce struct {
	Type       string      `json:"bounceType"`    // Permanent, Transient, Undetermined
	SubType    string      `json:"bounceSubType"` // General, NoEmail, Suppressed, OnAccountSuppressionList, MailboxFull, …
	Recipients []Recipient `json:"bouncedRecipients"`
	At         time.Time   `json:"timestamp"`
	ID         string      `json:"feedbackId"`
}

// Complaint is a recipient's, about mail that is not wanted.
type Complaint struct {
	Type       string      `json:"complaintFeedbackType"` // abuse, fraud, not-spam, …; often none
	SubType    string      `json:"complaintSubType"`      // OnAccountSuppressionList
	Recipients []Recipient `json:"complainedRecipients"`
	At         time.Time   `json:"timestamp"`
	ID         string      `json:"feedbackId"`
}

// Delay is a mail that SES goes on trying to deliver.
type Delay struct {
	Type       string      `json:"delayType"`
	Recipients []Recipient `json:"delayedRecipients"`
	At         time.Time   `json:"timestamp"`
	Until      time.Time   `json:"expirationTime"`
}

// Reject is a mail that SES took and did not send.
type Reject struct {
	Reason string `json:"reason"`
}

// Recipient is one that it did not reach.
type Recipient struct {
	Email      string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

const maxReason = 300 // characters of a mail system's words

// words are a mail system's, or SES's where it never asked one.
func (b *Bounce) words(r Recipient) string {
	switch b.SubType {
	case "Suppressed":
		return "SES has had a bounce of this address lately and does not try (its global suppression list)"
	case "OnAccountSuppressionList":
		return "the address is on the account's suppression list in SES; it stays there after it has written, until it is taken off"
	}
	return r.words(strings.ToLower(b.Type + " " + b.SubType))
}

func (r Recipient) words(fallback string) string {
	text := strings.Join(strings.Fields(strings.TrimPrefix(r.Diagnostic, "smtp;")), " ")
	if r.Status != "" && !strings.Contains(text, r.Status) {
		text = strings.TrimSpace(r.Status + " " + text)
	}
	if text == "" {
		text = fallback
	}
	if all := []rune(text); len(all) > maxReason {
		text = string(all[:maxReason]) + "…"
	}
	return text
}
