package desk

import (
	"slices"
	"time"
)

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
	Bounced       bool      `json:"bounced,omitempty"`       // mail to somebody in it came back, and nobody has written since
	Waits         int       `json:"-"`
	LastEvent     string    `json:"-"`
	Revision      int       `json:"-"`
}

// MaxParticipants bounds how many addresses a conversation remembers.
const MaxParticipants = 50

// Receive notes that a message came in from outside: it reopens a closed conversation
// and remembers who takes part.
func (c *Conversation) Receive(now time.Time, people []string) {
	if c.Status == "closed" {
		c.Status = "open"
	}
	c.note(now, people)
}

// Send notes that a message went out.
func (c *Conversation) Send(now time.Time, people []string) { c.note(now, people) }

func (c *Conversation) note(now time.Time, people []string) {
	c.MessageCount++
	c.LastMessageAt, c.UpdatedAt = now, now
	for _, p := range people {
		if p != "" && len(c.Participants) < MaxParticipants && !slices.Contains(c.Participants, p) {
			c.Participants = append(c.Participants, p)
		}
	}
}
