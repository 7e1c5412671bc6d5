// Package event is the envelope of everything that happens on the desk, and the
// context that conditions and templates see of it. An event exists once it is in the
// table, written in one transaction with the change that it reports; the stream
// carries it to the bus. It is pure.
package event

import (
	"encoding/json"
	"strings"
	"time"
)

// Source is the EventBridge source of our own events.
const Source = "deskhand"

// Types of our own events. Other names are custom events.
const (
	MessageReceived      = "message.received"
	MessageSent          = "message.sent"
	ConversationTagged   = "conversation.tagged"
	ConversationAssigned = "conversation.assigned"
	ConversationClosed   = "conversation.closed"
	TicketCreated        = "ticket.created"
	TicketStatusChanged  = "ticket.status_changed"
	ContactCreated       = "contact.created"
	Manual               = "manual"
	Schedule             = "schedule"
	Webhook              = "webhook"
	ApprovalRequested    = "approval.requested"
	ApprovalDecided      = "approval.decided"
	RunStarted           = "run.started"
	RunWaiting           = "run.waiting"
	RunSucceeded         = "run.succeeded"
	RunFailed            = "run.failed"
	RunStopped           = "run.stopped"
)

// Event is the envelope, the same in the table, on the bus and in an execution's input.
type Event struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Time     time.Time       `json:"time"`
	Actor    string          `json:"actor,omitempty"` // who did it: an e-mail address, or run:<id>, or machine:<client>
	CausedBy *Cause          `json:"causedBy,omitempty"`
	Subject  Subject         `json:"subject"`
	Detail   json.RawMessage `json:"detail,omitempty"`

	// WorkflowID is the one workflow that the event is for: a webhook's, a schedule's.
	WorkflowID string `json:"workflowId,omitempty"`
	// DetailOmitted tells, on the bus only, that the detail is too large to be carried
	// there; GET /v1/events/{id} has it.
	DetailOmitted bool `json:"detailOmitted,omitempty"`
}

// Cause says that a run made the event; depth counts runs since the outside world.
type Cause struct {
	RunID string `json:"runId"`
	Depth int    `json:"depth"`
}

// Subject says which entities it is about.
type Subject struct {
	MessageID      string `json:"messageId,omitempty"`
	ConversationID string `json:"conversationId,omitempty"`
	ContactID      string `json:"contactId,omitempty"`
	TicketID       string `json:"ticketId,omitempty"`
}

// Entities lists the ids that a wait can be registered on.
func (s Subject) Entities() []string {
	var out []string
	for _, id := range []string{s.ConversationID, s.TicketID, s.ContactID} {
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}

// Snapshot is the state of the entities just after the change that the event reports.
// The message is not in it: messages never change and are read by their id.
type Snapshot struct {
	Conversation json.RawMessage `json:"conversation,omitempty"`
	Contact      json.RawMessage `json:"contact,omitempty"`
	Ticket       json.RawMessage `json:"ticket,omitempty"`
}

// Stored is an event as the table keeps it.
type Stored struct {
	Event
	Source     string    `json:"source"` // Source, or the foreign source on the bus
	Snapshot   Snapshot  `json:"snapshot"`
	Dispatched bool      `json:"dispatched"`
	Matched    bool      `json:"matched"`
	Matches    []Match   `json:"matches"` // one per published workflow of the trigger type, when dispatched
	ExpiresAt  time.Time `json:"-"`
}

// Reasons of a Match, in the order in which they are looked at.
const (
	ReasonMatched    = "matched"
	ReasonDisabled   = "disabled"
	ReasonConditions = "conditions"
	ReasonDuplicate  = "duplicate"
	ReasonOwnMail    = "own_mail"
	ReasonDepth      = "depth"
	ReasonRateCap    = "rate_cap"
)

// Match is the verdict of one workflow on one event.
type Match struct {
	WorkflowID   string          `json:"workflowId"`
	WorkflowName string          `json:"workflowName,omitempty"`
	Version      int             `json:"version"`
	Matched      bool            `json:"matched"`
	Reason       string          `json:"reason"`
	Detail       string          `json:"detail,omitempty"`     // the reason in words
	Failed       *Failed         `json:"failed,omitempty"`     // first blocking condition
	Conditions   json.RawMessage `json:"conditions,omitempty"` // every condition with its actual value (condition.Explanation)
	RunID        string          `json:"runId,omitempty"`
}

// Failed is the first condition that did not hold.
type Failed struct {
	Field  string `json:"field"`
	Op     string `json:"op"`
	Value  any    `json:"value,omitempty"`
	Actual any    `json:"actual"` // null when the field is missing
}

// Own tells whether the type is one of ours, which POST /events may not send.
func Own(typ string) bool {
	for _, p := range []string{"message.", "conversation.", "ticket.", "contact.", "approval.", "run.", "workflow."} {
		if strings.HasPrefix(typ, p) {
			return true
		}
	}
	return typ == Manual || typ == Schedule || typ == Webhook || typ == "event"
}

// Silent tells whether nothing can be triggered by the type, so that the dispatch rule
// of the bus leaves it out.
func Silent(typ string) bool {
	for _, p := range silentPrefixes {
		if strings.HasPrefix(typ, p) {
			return true
		}
	}
	return false
}

var silentPrefixes = [...]string{"run.", "approval."}

// SilentPrefixes are what the types that Silent tells of begin with.
func SilentPrefixes() []string { return silentPrefixes[:] }

// MessageID is the message that conditions and runs of the event see: the one it is
// about, and for events about a conversation its newest one.
func (s *Stored) MessageID() string {
	if s.Subject.MessageID != "" || s.Source != Source || !strings.HasPrefix(s.Type, "conversation.") {
		return s.Subject.MessageID
	}
	var c struct {
		LastMessageID string `json:"lastMessageId"`
	}
	if len(s.Snapshot.Conversation) == 0 || json.Unmarshal(s.Snapshot.Conversation, &c) != nil {
		return ""
	}
	return c.LastMessageID
}
