package workflow

// action fills in what all nodes have in common that call a function once.
func action(function string, k NodeKind) NodeKind {
	k.Function = function
	k.Outputs = []string{OutputNext}
	k.CanError, k.CanRetry, k.CanTimeout, k.CanDisable = true, true, true, true
	if k.DefaultTimeout == "" {
		k.DefaultTimeout = "60s"
	}
	return k
}

var conversationNodes = []NodeKind{
	action("act", NodeKind{Type: "conversation.tag", Title: "Tag", Description: "Puts tags on the conversation and takes tags off.", Group: "Conversation", Available: true,
		Params: []Param{
			{Name: "add", Title: "Add", Kind: KindTemplateList, Max: 20},
			{Name: "remove", Title: "Remove", Kind: KindTemplateList, Max: 20},
		},
		AtLeastOne: []string{"add", "remove"}, Needs: []string{EntityConversation}, Changes: []string{EntityConversation}}),
	action("act", NodeKind{Type: "conversation.assign", Title: "Assign", Description: "Moves the conversation to an inbox, or gives it to a group or a person.", Group: "Conversation", Available: true,
		Params: []Param{
			{Name: "inbox", Title: "Inbox", Kind: KindInbox},
			{Name: "group", Title: "Group", Kind: KindGroup},
			{Name: "user", Title: "Person", Kind: KindUser},
		},
		AtLeastOne: []string{"inbox", "group", "user"}, Needs: []string{EntityConversation}, Changes: []string{EntityConversation}}),
	action("act", NodeKind{Type: "conversation.update", Title: "Set status or priority", Description: "Sets the status or the priority of the conversation.", Group: "Conversation", Available: true,
		Params: []Param{
			{Name: "status", Title: "Status", Kind: KindEnum, Enum: ConversationStatuses},
			{Name: "priority", Title: "Priority", Kind: KindEnum, Enum: Priorities},
		},
		AtLeastOne: []string{"status", "priority"}, Needs: []string{EntityConversation}, Changes: []string{EntityConversation}}),
	action("act", NodeKind{Type: "conversation.note", Title: "Note", Description: "Writes a note on the conversation that customers do not see.", Group: "Conversation", Available: true,
		Params: []Param{{Name: "body", Title: "Note", Kind: KindTemplate, Required: true, Max: 4000}},
		Needs:  []string{EntityConversation}, Changes: []string{EntityConversation}}),
}

var sentValues = []Value{
	{Name: "sent", Type: Bool, Title: "Was it sent"},
	{Name: "suppressed", Type: Text, Title: "Why it was not sent"},
	{Name: "messageId", Type: Text, Title: "Id of the message"},
}

var mailNodes = []NodeKind{
	action("act", NodeKind{Type: "message.reply", Title: "Reply", Description: "Answers the customer in the thread.", Group: "Mail", Available: true,
		Params: []Param{
			{Name: "body", Title: "Text", Kind: KindMarkdown, Required: true, Max: 50_000},
			{Name: "cc", Title: "Copy to", Kind: KindAddresses, Max: 20, Header: true},
		},
		Values: sentValues, Needs: []string{EntityConversation}, Changes: []string{EntityConversation}}),
	action("act", NodeKind{Type: "message.send", Title: "Send mail", Description: "Sends a new e-mail.", Group: "Mail", Available: true,
		Params: []Param{
			{Name: "to", Title: "To", Kind: KindAddresses, Required: true, Max: 20, Header: true},
			{Name: "subject", Title: "Subject", Kind: KindTemplate, Required: true, Max: 500, Header: true},
			{Name: "body", Title: "Text", Kind: KindMarkdown, Required: true, Max: 50_000},
		},
		Values: sentValues}),
	action("act", NodeKind{Type: "notify", Title: "Notify", Description: "Sends an e-mail to a person, a group or a group's manager.", Group: "Mail", Available: true,
		Params: []Param{
			{Name: "to", Title: "Whom", Kind: KindPerson, Required: true},
			{Name: "subject", Title: "Subject", Kind: KindTemplate, Required: true, Max: 500, Header: true},
			{Name: "body", Title: "Text", Kind: KindMarkdown, Required: true, Max: 50_000},
		},
		Values: sentValues}),
}

var ticketNodes = []NodeKind{
	action("act", NodeKind{Type: "ticket.create", Title: "Create ticket", Description: "Creates a ticket, linked to the conversation if there is one.", Group: "Ticket", Available: true,
		Params: []Param{
			{Name: "subject", Title: "Subject", Kind: KindTemplate, Required: true, Max: 500, Header: true},
			{Name: "description", Title: "Description", Kind: KindTemplate, Max: 20_000},
			{Name: "priority", Title: "Priority", Kind: KindEnum, Enum: Priorities},
			{Name: "group", Title: "Group", Kind: KindGroup},
		},
		Values: []Value{{Name: "ticketId", Type: Text, Title: "Id of the ticket"}, {Name: "created", Type: Bool, Title: "Is it new, and not the conversation's own already"}}, Changes: []string{EntityTicket, EntityConversation}}),
	action("act", NodeKind{Type: "ticket.update", Title: "Update ticket", Description: "Sets status, priority or group of the ticket.", Group: "Ticket", Available: true,
		Params: []Param{
			{Name: "status", Title: "Status", Kind: KindEnum, Enum: TicketStatuses},
			{Name: "priority", Title: "Priority", Kind: KindEnum, Enum: Priorities},
			{Name: "group", Title: "Group", Kind: KindGroup},
		},
		AtLeastOne: []string{"status", "priority", "group"}, Needs: []string{EntityTicket}, Changes: []string{EntityTicket}}),
}

var peopleNodes = []NodeKind{
	action("act", NodeKind{Type: "contact.update", Title: "Update contact", Description: "Sets the contact's name, attributes or tags.", Group: "Contact", Available: true,
		Params: []Param{
			{Name: "name", Title: "Name", Kind: KindTemplate, Max: 500, Header: true},
			{Name: "attributes", Title: "Attributes", Kind: KindValueMap, Max: 50},
			{Name: "addTags", Title: "Add tags", Kind: KindTemplateList, Max: 20},
			{Name: "removeTags", Title: "Remove tags", Kind: KindTemplateList, Max: 20},
		},
		AtLeastOne: []string{"name", "attributes", "addTags", "removeTags"}, Needs: []string{EntityContact}, Changes: []string{EntityContact}}),
}
