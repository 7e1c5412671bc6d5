// Package desk is the support desk itself: inboxes, groups, contacts, conversations,
// messages, tickets and the settings, with the rules of how each may change, and the
// Store that keeps them. A change and the events that report it are one Change,
// committed in one transaction. It knows nothing of workflows, runs or AWS.
package desk

// Enumerations of the contract.
var (
	ConversationStatuses = []string{"open", "pending", "closed"}
	TicketStatuses       = []string{"open", "pending", "solved", "closed"}
	Priorities           = []string{"low", "normal", "high", "urgent"}
)

// Limits of the desk.
const (
	MaxTags           = 100
	MaxTagLength      = 80
	MaxTextBytes      = 32 << 10 // of message text that conditions and templates see, and that an item keeps
	MaxAttributes     = 100
	MaxAttributeBytes = 16 << 10 // of all attributes of a contact
	MaxGroupSize      = 200
	MaxSubjectText    = 998
)

// Address is a mailbox with its display name.
type Address struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email"`
}
