package workflow

var triggerKinds = []TriggerKind{
	{Type: "message.received", Title: "Message received", Description: "A customer's e-mail has arrived.", Available: true,
		Gives: gives("message", Always, "conversation", Always, "contact", Always, "ticket", Sometimes), When: linked("ticket")},
	{Type: "conversation.tagged", Title: "Conversation tagged", Description: "A tag was put on a conversation, or taken off.", Available: true,
		Gives: gives("message", Always, "conversation", Always, "contact", Always, "ticket", Sometimes), When: linked("ticket")},
	{Type: "conversation.assigned", Title: "Conversation assigned", Description: "A conversation went to another inbox, group or person.", Available: true,
		Gives: gives("message", Always, "conversation", Always, "contact", Always, "ticket", Sometimes), When: linked("ticket")},
	{Type: "conversation.closed", Title: "Conversation closed", Description: "A conversation was closed.", Available: true,
		Gives: gives("message", Always, "conversation", Always, "contact", Always, "ticket", Sometimes), When: linked("ticket")},
	{Type: "ticket.created", Title: "Ticket created", Description: "A ticket was created.", Available: true,
		Gives: gives("ticket", Always, "conversation", Sometimes, "contact", Sometimes), When: linked("conversation", "contact")},
	{Type: "ticket.status_changed", Title: "Ticket status changed", Description: "A ticket has another status; a new ticket counts.", Available: true,
		Gives: gives("ticket", Always, "conversation", Sometimes, "contact", Sometimes), When: linked("conversation", "contact")},
	{Type: "contact.created", Title: "Contact created", Description: "A person is seen for the first time.", Available: true,
		Gives: gives("contact", Always, "message", Sometimes, "conversation", Sometimes),
		When:  map[string]string{"message": "if the contact came by mail", "conversation": "if the contact came by mail"}},
	{Type: "schedule", Title: "Schedule", Description: "At set times; with each, once for every entity that meets the conditions.", Available: true,
		Params: []Param{
			{Name: "schedule", Title: "Schedule", Kind: KindSchedule, Required: true, Help: "rate(1 hour), cron(0 9 ? * MON-FRI *) or at(2026-12-01T09:00:00)"},
			{Name: "timezone", Title: "Time zone", Kind: KindTimezone, Required: true, Help: "like Europe/Berlin"},
			{Name: "each", Title: "For each", Kind: KindEnum, Enum: []string{"ticket", "conversation", "contact"}},
		},
		Gives: gives("conversation", Sometimes, "contact", Sometimes, "ticket", Sometimes),
		When:  map[string]string{"conversation": "if each is conversation, or the ticket has one", "contact": "if each is contact, or the conversation or ticket has one", "ticket": "if each is ticket, or the conversation has one"}},
	{Type: "webhook", Title: "Webhook", Description: "Another system calls this workflow's own address; the body is detail.", Available: true,
		Gives: gives("detail", Always)},
	{Type: "manual", Title: "By hand", Description: "A person or a script starts it, on a conversation, a ticket or a contact.", Available: true,
		Gives: gives("message", Sometimes, "conversation", Sometimes, "contact", Sometimes, "ticket", Sometimes, "detail", Sometimes),
		When: map[string]string{"message": "if the start names a conversation", "conversation": "if the start names one", "contact": "if the start names one",
			"ticket": "if the start names one", "detail": "if the start gives it"}},
	{Type: "event", Title: "Custom event", Description: "An event of another system on the bus, or one posted to /v1/events.", Available: true,
		Params: []Param{{Name: "detailType", Title: "Detail type", Kind: KindText, Required: true, Max: 128}},
		Gives:  gives("detail", Always)},
}

func init() {
	for i := range triggerKinds {
		if triggerKinds[i].Params == nil {
			triggerKinds[i].Params = []Param{}
		}
		if triggerKinds[i].When == nil {
			triggerKinds[i].When = map[string]string{}
		}
	}
}

// With is the trigger as its params make it: a schedule gives what it is for each of.
func (k *TriggerKind) With(params map[string]any) *TriggerKind {
	if k.Type != "schedule" {
		return k
	}
	out := *k
	out.When = linked(EntityConversation, EntityContact, EntityTicket)
	switch params["each"] {
	case EntityTicket:
		out.Gives = gives("ticket", Always, "conversation", Sometimes, "contact", Sometimes)
	case EntityConversation:
		out.Gives = gives("conversation", Always, "contact", Always, "ticket", Sometimes)
	case EntityContact:
		out.Gives = gives("contact", Always)
	default:
		out.Gives = gives()
	}
	return &out
}

func gives(pairs ...any) map[string]Presence {
	m := map[string]Presence{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(Presence)
	}
	return m
}

func linked(entities ...string) map[string]string {
	m := map[string]string{}
	for _, e := range entities {
		m[e] = "if one is linked"
	}
	return m
}
