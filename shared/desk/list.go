package desk

// Page asks for one page of a list.
type Page struct {
	Limit  int    // 1–100; 0 means 25
	Cursor string // what the page before gave; "" is the first page
}

// ContactFilter narrows the list of contacts; empty members do not.
type ContactFilter struct {
	Q   string // part of name or address, in any case
	Tag string
}

// ConversationFilter narrows the list of conversations; empty members do not.
type ConversationFilter struct {
	Contact, Tag, Inbox, Group, Status string
}

// TicketFilter narrows the list of tickets; empty members do not.
type TicketFilter struct {
	Status, Group, Contact, Conversation string
}
