package desk

import "time"

// Ticket is a piece of work with a status of its own; it may belong to a conversation.
type Ticket struct {
	ID             string    `json:"id"`
	Subject        string    `json:"subject"`
	Description    string    `json:"description,omitempty"`
	Status         string    `json:"status"`
	PreviousStatus string    `json:"previousStatus,omitempty"`
	Priority       string    `json:"priority"`
	Group          string    `json:"group,omitempty"`
	ContactID      string    `json:"contactId,omitempty"`
	ContactEmail   string    `json:"contactEmail,omitempty"`
	ConversationID string    `json:"conversationId,omitempty"`
	CreatedAt      time.Time `json:"createdAt"`
	OpenedAt       time.Time `json:"openedAt"`    // when it last became open
	StatusSince    time.Time `json:"statusSince"` // when it got the status that it has
	UpdatedAt      time.Time `json:"updatedAt"`
	Waits          int       `json:"-"`
	LastEvent      string    `json:"-"`
	Revision       int       `json:"-"`
}
