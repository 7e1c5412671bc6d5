package workflow

// The values that fields with a closed set may have.
var (
	ConversationStatuses = []string{"open", "pending", "closed"}
	Priorities           = []string{"low", "normal", "high", "urgent"}
	TicketStatuses       = []string{"open", "pending", "solved", "closed"}
	MessageKinds         = []string{"human", "auto_reply", "bounce", "list"}
	Verdicts             = []string{"pass", "fail", "gray", "unknown"}
)

var fields = []Field{
	{Path: "event.id", Type: Text, Title: "Event id"},
	{Path: "event.type", Type: Text, Title: "Event type"},
	{Path: "event.time", Type: Time, Title: "Time of the event"},
	{Path: "event.actor", Type: Text, Title: "Who caused the event", Optional: true},

	{Path: "message.id", Type: Text, Title: "Message id", Entity: EntityMessage},
	{Path: "message.subject", Type: Text, Title: "Message subject", Entity: EntityMessage},
	{Path: "message.text", Type: Text, Title: "Message text (new part)", Entity: EntityMessage},
	{Path: "message.fullText", Type: Text, Title: "Message text with quotes", Entity: EntityMessage},
	{Path: "message.from", Type: Text, Title: "Sender's address", Entity: EntityMessage},
	{Path: "message.fromName", Type: Text, Title: "Sender's name", Entity: EntityMessage, Optional: true},
	{Path: "message.fromDomain", Type: Text, Title: "Sender's domain", Entity: EntityMessage},
	{Path: "message.inbox", Type: Text, Title: "Inbox it came to", Entity: EntityMessage},
	{Path: "message.kind", Type: Text, Enum: MessageKinds, Title: "Message kind", Entity: EntityMessage},
	{Path: "message.spam", Type: Text, Enum: Verdicts, Title: "Spam verdict", Entity: EntityMessage},
	{Path: "message.virus", Type: Text, Enum: Verdicts, Title: "Virus verdict", Entity: EntityMessage},
	{Path: "message.spf", Type: Text, Enum: Verdicts, Title: "SPF verdict", Entity: EntityMessage},
	{Path: "message.dkim", Type: Text, Enum: Verdicts, Title: "DKIM verdict", Entity: EntityMessage},
	{Path: "message.dmarc", Type: Text, Enum: Verdicts, Title: "DMARC verdict", Entity: EntityMessage},
	{Path: "message.to", Type: List, Title: "Recipients", Entity: EntityMessage},
	{Path: "message.cc", Type: List, Title: "Copied to", Entity: EntityMessage},
	{Path: "message.attachments", Type: List, Title: "Attachment names", Entity: EntityMessage},
	{Path: "message.isAutomatic", Type: Bool, Title: "Is automatic mail", Entity: EntityMessage},
	{Path: "message.hasAttachments", Type: Bool, Title: "Has attachments", Entity: EntityMessage},
	{Path: "message.textTruncated", Type: Bool, Title: "Text was cut", Entity: EntityMessage},

	{Path: "conversation.id", Type: Text, Title: "Conversation id", Entity: EntityConversation},
	{Path: "conversation.subject", Type: Text, Title: "Conversation subject", Entity: EntityConversation},
	{Path: "conversation.status", Type: Text, Enum: ConversationStatuses, Title: "Conversation status", Entity: EntityConversation},
	{Path: "conversation.priority", Type: Text, Enum: Priorities, Title: "Conversation priority", Entity: EntityConversation},
	{Path: "conversation.inbox", Type: Text, Title: "Conversation inbox", Entity: EntityConversation},
	{Path: "conversation.group", Type: Text, Title: "Conversation group", Entity: EntityConversation, Optional: true},
	{Path: "conversation.assignee", Type: Text, Title: "Conversation assignee", Entity: EntityConversation, Optional: true},
	{Path: "conversation.tags", Type: List, Title: "Conversation tags", Entity: EntityConversation},
	{Path: "conversation.messageCount", Type: Number, Title: "Number of messages", Entity: EntityConversation},
	{Path: "conversation.createdAt", Type: Time, Title: "Conversation started", Entity: EntityConversation},
	{Path: "conversation.lastMessageAt", Type: Time, Title: "Last message", Entity: EntityConversation},
	{Path: "conversation.bounced", Type: Bool, Title: "Mail to the contact came back", Entity: EntityConversation, Optional: true},

	{Path: "contact.id", Type: Text, Title: "Contact id", Entity: EntityContact},
	{Path: "contact.name", Type: Text, Title: "Contact name", Entity: EntityContact, Optional: true},
	{Path: "contact.email", Type: Text, Title: "Contact address", Entity: EntityContact},
	{Path: "contact.domain", Type: Text, Title: "Contact domain", Entity: EntityContact},
	{Path: "contact.tags", Type: List, Title: "Contact tags", Entity: EntityContact},
	{Path: "contact.attributes.*", Type: Any, Title: "Contact attribute", Entity: EntityContact, Optional: true},
	{Path: "contact.createdAt", Type: Time, Title: "Contact since", Entity: EntityContact},
	{Path: "contact.isNew", Type: Bool, Title: "Contact is new", Entity: EntityContact},

	{Path: "ticket.id", Type: Text, Title: "Ticket id", Entity: EntityTicket},
	{Path: "ticket.subject", Type: Text, Title: "Ticket subject", Entity: EntityTicket},
	{Path: "ticket.status", Type: Text, Enum: TicketStatuses, Title: "Ticket status", Entity: EntityTicket},
	{Path: "ticket.previousStatus", Type: Text, Enum: TicketStatuses, Title: "Ticket status before", Entity: EntityTicket, Optional: true},
	{Path: "ticket.priority", Type: Text, Enum: Priorities, Title: "Ticket priority", Entity: EntityTicket},
	{Path: "ticket.group", Type: Text, Title: "Ticket group", Entity: EntityTicket, Optional: true},
	{Path: "ticket.createdAt", Type: Time, Title: "Ticket created", Entity: EntityTicket},
	{Path: "ticket.openedAt", Type: Time, Title: "Ticket opened", Entity: EntityTicket},
	{Path: "ticket.statusSince", Type: Time, Title: "Ticket in this status since", Entity: EntityTicket},

	{Path: "workflow.id", Type: Text, Title: "Workflow id"},
	{Path: "workflow.name", Type: Text, Title: "Workflow name"},
	{Path: "workflow.version", Type: Number, Title: "Workflow version"},
	{Path: "run.id", Type: Text, Title: "Run id"},
	{Path: "steps.*", Type: Any, Title: "Result of an earlier step"},
	{Path: "vars.*", Type: Any, Title: "Variable"},
	{Path: "detail.*", Type: Any, Title: "Detail of the event", Entity: EntityDetail, Optional: true},
}
