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

// Line tells the conversation of it.
func (b Bounce) Line(at time.Time, actor string) Entry {
	what := "mail to " + b.Email + " could not be delivered: " + b.Reason
	if b.Complaint {
		what = b.Email + " complained about our mail (" + b.Reason + ")"
	}
	return Entry{At: at.Format(time.RFC3339Nano), Actor: actor, What: what + "; automatic mail to this address stops until it writes"}
}
