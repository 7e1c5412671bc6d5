package desk

import (
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// Change is one transaction: the entities as they are to be, the events that report
// it, and the marks that make it happen once. Every entity carries the Revision it was
// read at (0: it must not exist yet); Commit checks and raises it.
//
// Commit fails with fault.Stale when an entity changed since it was read (read again
// and decide again), and with ErrDone when a mark is already there.
type Change struct {
	Contact      *Contact
	Conversation *Conversation
	Ticket       *Ticket
	Messages     []Message // new ones
	Events       []event.Event
	Effect       *Effect // the effect of one step, when a run makes the change
	Mail         *MailMark
	Timeline     []Entry // of the conversation

	// Entities that do not change but that the events are about, for their snapshots.
	// They learn the newest event's id; their Revision is not looked at.
	AlsoContact      *Contact
	AlsoConversation *Conversation
	AlsoTicket       *Ticket

	// FormerEmail is the address that Contact had until now, when it changes.
	FormerEmail string
}

// What a mark that is already there says. ErrDelivered and ErrDuplicateMail are both
// ErrDone for errors.Is.
var (
	ErrDone          = fault.New(fault.Conflict, "this was done before")
	ErrDelivered     = &fault.Error{Code: fault.Conflict, Name: "delivered", Message: "this delivery was received before", Cause: ErrDone}
	ErrDuplicateMail = &fault.Error{Code: fault.Conflict, Name: "duplicate", Message: "a mail with this Message-ID from this sender was received before", Cause: ErrDone}
)

// Effect records that a step has had its effect; a second one of the same (run, node)
// is refused with ErrDone.
type Effect struct {
	RunID  string
	Node   string
	Result []byte // JSON of the function's answer, given again to a retry
}

// States of a Send.
const (
	Sending = "sending" // claimed; whether the mail left is not known until it is Sent
	Sent    = "sent"
)

// Send is the effect of a step that sends mail. A mail cannot be taken back, so the
// step claims the right to send first, and a claim that was never finished is not
// silently sent again.
type Send struct {
	State   string
	Redrive int    // of the run when it was claimed
	Result  []byte // JSON, when sent
}

// MailMark makes one mail one message.
type MailMark struct {
	SESID     string // id that SES gave the delivery
	MessageID string // RFC 5322, "" when the mail has none
	Sender    string
}

// EntryNote is the kind of an Entry whose What is a note for the team, up to MaxNote
// bytes and several lines; the other entries tell what was done, in a line.
const (
	EntryNote = "note"
	MaxNote   = 4 << 10
)

// Entry is a line of a conversation's timeline.
type Entry struct {
	At    string `json:"at"`
	Kind  string `json:"kind,omitempty"` // "" or note
	RunID string `json:"runId,omitempty"`
	Actor string `json:"actor"`
	What  string `json:"what"`
}
