package desk

import (
	"encoding/json"
	"strings"
	"time"
)

// Message is one mail of a conversation; it never changes.
type Message struct {
	ID             string       `json:"id"`
	ConversationID string       `json:"conversationId"`
	Direction      string       `json:"direction"` // "in" or "out"
	From           Address      `json:"from"`
	To             []Address    `json:"to"`
	Cc             []Address    `json:"cc,omitempty"`
	Subject        string       `json:"subject"`
	At             time.Time    `json:"at"`
	Text           string       `json:"text"`           // new text, ≤ MaxTextBytes
	FullText       string       `json:"fullText"`       // with quoted history, ≤ MaxTextBytes
	TextTruncated  bool         `json:"textTruncated"`  // one of the two was cut
	HTML           string       `json:"html,omitempty"` // sanitised; left out when too large for an item
	Kind           string       `json:"kind"`           // human auto_reply bounce list
	IsAutomatic    bool         `json:"isAutomatic"`
	Inbox          string       `json:"inbox,omitempty"`
	Spam           string       `json:"spam,omitempty"` // pass fail gray unknown
	Virus          string       `json:"virus,omitempty"`
	SPF            string       `json:"spf,omitempty"`
	DKIM           string       `json:"dkim,omitempty"`
	DMARC          string       `json:"dmarc,omitempty"`
	DMARCPolicy    string       `json:"dmarcPolicy,omitempty"` // what the sender's domain asks for when DMARC fails: none quarantine reject
	Attachments    []Attachment `json:"attachments"`
	RunID          string       `json:"runId,omitempty"` // of the run that sent it
	Node           string       `json:"node,omitempty"`

	MessageID  string   `json:"messageId,omitempty"` // RFC 5322, without <>
	InReplyTo  string   `json:"inReplyTo,omitempty"`
	References []string `json:"references,omitempty"`
	ReplyTo    string   `json:"replyTo,omitempty"`    // where an answer goes, when not From
	ReturnPath string   `json:"returnPath,omitempty"` // envelope sender; "<>" when null
	RawKey     string   `json:"rawKey,omitempty"`     // of the raw mail in the bucket
}

// Attachment is kept in the bucket under Key.
type Attachment struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Inline bool   `json:"inline,omitempty"`
	Key    string `json:"key,omitempty"`
}

// View is what conditions, templates and the execution's input see of a message: the
// field names of the contract. Lists that are very long are cut to their beginning.
func (m Message) View() map[string]any {
	var names []string
	for _, a := range m.Attachments {
		names = append(names, a.Name)
	}
	v := map[string]any{
		"id": m.ID, "subject": line(m.Subject), "text": m.Text, "fullText": m.FullText, "textTruncated": m.TextTruncated,
		"from": line(m.From.Email), "fromName": line(m.From.Name), "fromDomain": domainOf(line(m.From.Email)),
		"to": shown(emails(m.To)), "cc": shown(emails(m.Cc)), "kind": m.Kind, "isAutomatic": m.IsAutomatic,
		"hasAttachments": len(m.Attachments) > 0, "attachments": shown(names),
	}
	for k, s := range map[string]string{"inbox": m.Inbox, "spam": m.Spam, "virus": m.Virus, "spf": m.SPF, "dkim": m.DKIM, "dmarc": m.DMARC} {
		if s != "" {
			v[k] = s
		}
	}
	return v
}

// ViewOf is the same for the entities whose JSON is already what the contract names.
func ViewOf(entity any) (map[string]any, error) {
	data, err := json.Marshal(entity)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	return v, json.Unmarshal(data, &v)
}

func emails(list []Address) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Email
	}
	return out
}

func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return domain
}
