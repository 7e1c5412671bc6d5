package workflow

var everyEntity = []string{EntityConversation, EntityContact, EntityTicket}

var flowNodes = []NodeKind{
	{Type: "approval", Title: "Approval", Description: "Asks people by e-mail and waits for their decision.", Group: "Flow", Available: true, Function: "act",
		Params: []Param{
			{Name: "approvers", Title: "Approvers", Kind: KindPersonList, Required: true, Max: 20},
			{Name: "subject", Title: "Subject", Kind: KindTemplate, Required: true, Max: 500, Header: true},
			{Name: "message", Title: "Message", Kind: KindMarkdown, Max: 50_000},
			{Name: "draft", Title: "Draft", Kind: KindTemplate, Max: 50_000, Help: "text that approvers may edit before they approve"},
			{Name: "timeout", Title: "Time to decide", Kind: KindDuration, Required: true},
			{Name: "reminders", Title: "Reminders", Kind: KindDurationList, Max: 10, Help: "how long after the request"},
			{Name: "escalateTo", Title: "Escalate", Kind: KindEscalation},
			{Name: "quorum", Title: "Approvals needed", Kind: KindInteger, Min: 1, Max: 20, Default: 1},
			{Name: "allowSelf", Title: "May approve their own", Kind: KindBool, Default: false},
		},
		Outputs: []string{"approved", "rejected", "timed_out"}, EdgeRequired: true,
		Values: []Value{
			{Name: "decision", Type: Text, Title: "Decision"}, {Name: "by", Type: Text, Title: "Who decided"}, {Name: "comment", Type: Text, Title: "Comment"},
			{Name: "text", Type: Text, Title: "Text as approved"}, {Name: "edited", Type: Bool, Title: "Was it edited"},
		},
		Changes: everyEntity},
	{Type: "branch", Title: "Branch", Description: "Takes the way of the first case that is met.", Group: "Flow", Available: true,
		Params:  []Param{{Name: "cases", Title: "Cases", Kind: KindCases, Required: true, Min: 1, Max: MaxCases}},
		Outputs: []string{OutputOtherwise}},
	{Type: "wait", Title: "Wait", Description: "Waits for a time, or until something happens.", Group: "Flow", Available: true, Function: "act",
		Params: []Param{
			{Name: "for", Title: "For", Kind: KindDuration},
			{Name: "until", Title: "Until", Kind: KindTime, Help: "RFC 3339 with offset, or a template that gives it"},
			{Name: "cancelOn", Title: "Unless", Kind: KindCancelOn, Max: 10},
		},
		ExactlyOne: []string{"for", "until"}, Outputs: []string{"elapsed", "cancelled"}, Changes: everyEntity},
	{Type: "set", Title: "Set variables", Description: "Keeps values for later steps, as vars.*.", Group: "Flow", Available: true,
		Params:  []Param{{Name: "values", Title: "Values", Kind: KindValueMap, Required: true, Min: 1, Max: 50}},
		Outputs: []string{OutputNext}, CanDisable: true},
	{Type: "end", Title: "End", Description: "Ends the run.", Group: "Flow", Available: true,
		Params: []Param{
			{Name: "result", Title: "Result", Kind: KindEnum, Required: true, Enum: []string{"succeeded", "failed"}},
			{Name: "reason", Title: "Reason", Kind: KindTemplate, Max: 1000},
		}, CanDisable: true},
}

var outsideNodes = []NodeKind{
	action("reach", NodeKind{Type: "http.request", Title: "HTTP request", Description: "Calls another system.", Group: "Other systems", Available: true,
		DefaultTimeout: "10s", MaxTimeout: "30s",
		Params: []Param{
			{Name: "method", Title: "Method", Kind: KindEnum, Required: true, Enum: []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}},
			{Name: "url", Title: "URL", Kind: KindTemplate, Required: true, Max: 2000, URL: true, Help: "values in it are encoded, but for one that it begins with"},
			{Name: "headers", Title: "Headers", Kind: KindValueMap, Max: 30},
			{Name: "body", Title: "Body", Kind: KindJSON},
		},
		Values: []Value{{Name: "status", Type: Number, Title: "Status"}, {Name: "headers", Type: Any, Title: "Headers"}, {Name: "body", Type: Any, Title: "Body"},
			{Name: "truncated", Type: Bool, Title: "Was the body cut"}}}),
	action("act", NodeKind{Type: "event.emit", Title: "Emit event", Description: "Puts an event on the bus.", Group: "Other systems", Available: true,
		Params: []Param{
			{Name: "detailType", Title: "Detail type", Kind: KindText, Required: true, Max: 128},
			{Name: "detail", Title: "Detail", Kind: KindValueMap, Required: true, Max: 50},
		},
		Values: []Value{{Name: "eventId", Type: Text, Title: "Id of the event"}}}),
	action("act", NodeKind{Type: "workflow.start", Title: "Start workflow", Description: "Starts another workflow.", Group: "Other systems", Available: true,
		Params: []Param{
			{Name: "workflow", Title: "Workflow", Kind: KindWorkflow, Required: true},
			{Name: "detail", Title: "Detail", Kind: KindValueMap, Max: 50},
		},
		Values: []Value{{Name: "runId", Type: Text, Title: "Id of the run"}}}),
}
