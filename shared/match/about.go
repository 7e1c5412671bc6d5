package match

import (
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/id"
	"github.com/deskhand/deskhand/shared/run"
)

// about tells whether an event is about what the wait is about: the same conversation,
// ticket or contact. What happens to a ticket or a conversation itself counts for a run
// of that one only: a customer's second ticket does not end the wait of the first. A
// message counts for all that its sender waits with.
func about(w run.Wait, e *event.Stored) bool {
	var prefix, entity string
	switch kind, _, _ := strings.Cut(e.Type, "."); kind {
	case "ticket":
		prefix, entity = id.Ticket, e.Subject.TicketID
	case "conversation":
		prefix, entity = id.Conversation, e.Subject.ConversationID
	}
	if prefix != "" && slices.ContainsFunc(w.Entities, func(of string) bool { return strings.HasPrefix(of, prefix) }) {
		return slices.Contains(w.Entities, entity)
	}
	return slices.ContainsFunc(e.Subject.Entities(), func(of string) bool { return slices.Contains(w.Entities, of) })
}
