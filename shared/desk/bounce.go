package desk

import "time"

// Bounce says that mail to an address came back for good, or that its owner complained:
// automatic mail to it stops until it writes again.
type Bounce struct {
	Email          string    `json:"email"`
	At             time.Time `json:"at"`
	Reason         string    `json:"reason"` // in words, as the report has it
	Complaint      bool      `json:"complaint,omitempty"`
	ConversationID string    `json:"conversationId,omitempty"`
}
