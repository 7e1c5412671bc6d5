package desk

import "time"

// FailedMail is mail that could not be taken in. The raw mail stays in the bucket.
type FailedMail struct {
	ID         string    `json:"id"` // of the delivery, given by SES
	Key        string    `json:"key"`
	From       string    `json:"from"`
	Envelope   string    `json:"envelopeFrom"` // MAIL FROM; "" is the null path
	Recipients []string  `json:"recipients"`
	Subject    string    `json:"subject,omitempty"`
	Error      string    `json:"error"`
	At         time.Time `json:"at"`
	Spam       string    `json:"spam,omitempty"`
	Virus      string    `json:"virus,omitempty"`
	SPF        string    `json:"spf,omitempty"`
	DKIM       string    `json:"dkim,omitempty"`
	DMARC      string    `json:"dmarc,omitempty"`

	DMARCPolicy string `json:"dmarcPolicy,omitempty"`
}

// MailRef is a message of ours that carries a Message-ID.
type MailRef struct {
	ConversationID string
	MessageID      string // our id
	Sender         string
}
