package desk

import "time"

// Conversation is a thread of messages with one contact.
type Conversation struct {
	ID            string    `json:"id"`
	Subject       string    `json:"subject"`
	Status        string    `json:"status"`
	Priority      string    `json:"priority"`
	Inbox         string    `json:"inbox,omitempty"`    // slug
	Group         string    `json:"group,omitempty"`    // slug
	Assignee      string    `json:"assignee,omitempty"` // address
	Tags          []string  `json:"tags"`
	MessageCount  int       `json:"messageCount"`
	ContactID     string    `json:"contactId"`
	ContactEmail  string    `json:"contactEmail"`
	TicketID      string    `json:"ticketId,omitempty"`
	Participants  []string  `json:"participants,omitempty"` // every address that wrote, or was written to, in it (bounded)
	CreatedAt     time.Time `json:"createdAt"`
	LastMessageAt time.Time `json:"lastMessageAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	LastMessageID string    `json:"lastMessageId,omitempty"` // our id of the newest message
	Waits         int       `json:"-"`
	LastEvent     string    `json:"-"`
	Revision      int       `json:"-"`
}
