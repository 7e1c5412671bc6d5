// Package approval is a question to people that a run waits for: the request, its
// personal links, decisions, expiry and withdrawal. A decision is one conditional
// write; only then is Step Functions told. GET never decides anything. It does not
// send mail (action) and does not draw pages (functions/approve).
package approval

import "time"

// Status of a request.
type Status string

// The statuses of a request.
const (
	Pending   Status = "pending"
	Approved  Status = "approved"
	Rejected  Status = "rejected"
	TimedOut  Status = "timed_out"
	Withdrawn Status = "withdrawn" // the run ended before anybody decided
)

// Request is one approval: one per (run, node, redrive).
type Request struct {
	ID             string      `json:"id"`
	RunID          string      `json:"runId"`
	Node           string      `json:"node"`
	Redrive        int         `json:"redrive"`
	WorkflowID     string      `json:"workflowId"`
	WorkflowName   string      `json:"workflowName"`
	Version        int         `json:"version"`
	Status         Status      `json:"status"`
	Approvers      []string    `json:"approvers"`
	Quorum         int         `json:"quorum"`
	Subject        string      `json:"subject"`
	Message        string      `json:"message,omitempty"`     // the author's text, rendered plain
	MessageHTML    string      `json:"messageHtml,omitempty"` // the same as an HTML fragment of no script or style, values escaped; "" when it is long
	Draft          string      `json:"draft,omitempty"`
	HasDraft       bool        `json:"hasDraft"`
	ConversationID string      `json:"conversationId,omitempty"`
	MessageID      string      `json:"messageId,omitempty"`
	TicketID       string      `json:"ticketId,omitempty"`
	CreatedAt      time.Time   `json:"createdAt"`
	ExpiresAt      time.Time   `json:"expiresAt"`
	Votes          []Vote      `json:"votes"`
	DecidedAt      *time.Time  `json:"decidedAt,omitempty"`
	DecidedBy      string      `json:"decidedBy,omitempty"`
	Text           string      `json:"text,omitempty"` // the draft as it was decided on
	Edited         bool        `json:"edited"`
	Comment        string      `json:"comment,omitempty"`
	RemindAt       []time.Time `json:"remindAt,omitempty"`   // still to come, in order
	EscalateTo     []string    `json:"escalateTo,omitempty"` // asked too from EscalateAt on; then they are among Approvers
	EscalateAt     *time.Time  `json:"escalateAt,omitempty"` // still to come
	Delivered      bool        `json:"-"`                    // Step Functions has been told, or need not be
	Revision       int         `json:"-"`
}

// Vote is what one person said.
type Vote struct {
	By       string    `json:"by"`
	Decision string    `json:"decision"` // approve or reject
	Comment  string    `json:"comment,omitempty"`
	Text     string    `json:"text,omitempty"`
	Edited   bool      `json:"edited"`
	At       time.Time `json:"at"`
	Via      string    `json:"via"` // link or rest
}

// Link leads one person to one request. Only the hash of its random id is kept.
type Link struct {
	Hash       string // SHA-256 of the random id, hex
	ApprovalID string
	Approver   string
	ExpiresAt  time.Time
}
