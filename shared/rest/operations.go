package rest

import (
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/audit"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/gallery"
	"github.com/deskhand/deskhand/shared/inbound"
	"github.com/deskhand/deskhand/shared/run"
	"github.com/deskhand/deskhand/shared/workflow"
)

// operation is what the OpenAPI document tells of a route besides method, path and role.
type operation struct {
	summary  string
	query    []string // names of parameters, see parameters; limit and cursor make it a list
	ifMatch  bool
	body     any    // a value of the type that the handler reads; nil: none
	needs    bool   // the body may not be left out
	example  string // of the body
	answer   int
	gives    any   // a value of the type that it answers; nil: no body
	also     []int // further answers that are no errors
	problems []int // statuses of errors besides 400 (where something is read), 403 and 404 (where the path names a thing)
}

var paging = []string{"limit", "cursor"}

func with(names ...string) []string { return append(names, paging...) }

// operations leads from "METHOD path" to what is told of it.
var operations = map[string]operation{
	"GET /v1/healthz":      {summary: "Does the API answer", answer: 200, gives: Health{}},
	"GET /v1/config":       {summary: "What clients need to sign in", answer: 200, gives: Config{}},
	"GET /v1/openapi.json": {summary: "This document", answer: 200, gives: map[string]any{}},
	"GET /v1/me":           {summary: "Who asks", answer: 200, gives: Me{}},
	"GET /v1/templates":    {summary: "Ready-made workflows", query: paging, answer: 200, gives: page{gallery.Template{}}},
	"GET /v1/catalog":      {summary: "Triggers, nodes, operators, fields and filters", answer: 200, gives: workflow.Catalog{}},

	"GET /v1/workflows": {summary: "Workflows, newest first, with the totals of all", query: with("q", "trigger", "enabled"), answer: 200, gives: WorkflowList{}},
	"POST /v1/workflows": {summary: "Make a workflow, from nothing, a definition or a template", body: NewWorkflow{}, answer: 201, gives: Workflow{}, problems: []int{422},
		example: `{"name":"Refunds","definition":{"trigger":{"type":"message.received"},"nodes":[{"id":"tag","type":"conversation.tag","params":{"add":["refund"]}}],"edges":[{"from":"trigger","to":"tag"}]}}`},
	"GET /v1/workflows/{id}":    {summary: "A workflow with its draft and the draft's problems", answer: 200, gives: Workflow{}},
	"PATCH /v1/workflows/{id}":  {summary: "Rename, describe, or say what happens when it fails", body: WorkflowPatch{}, answer: 200, gives: Workflow{}, example: `{"name":"Refunds and returns","failures":{"notify":{"group":"support"},"switchOffAfter":5}}`},
	"DELETE /v1/workflows/{id}": {summary: "Archive: it starts no more, its history stays", answer: 204},
	"PUT /v1/workflows/{id}/draft": {summary: "Replace the draft", ifMatch: true, body: DraftEdit{}, needs: true, answer: 200, gives: DraftSaved{},
		example: `{"definition":{"trigger":{"type":"manual"},"nodes":[],"edges":[]}}`},
	"POST /v1/workflows/{id}/validate": {summary: "Problems of a definition, or of the draft", body: ValidationOrder{}, answer: 200, gives: Validation{}, example: `{}`},
	"POST /v1/workflows/{id}/test": {summary: "Dry run on an event, without any effect", body: TestOrder{}, needs: true, answer: 200, gives: TestReport{}, problems: []int{422},
		example: `{"event":{"message":{"text":"I want a refund","from":"anna@example.com"},"conversation":{"id":"conv_1","tags":[]}},"steps":{"ok":{"output":"rejected"}}}`},
	"POST /v1/workflows/{id}/enable":  {summary: "Let it answer its trigger", answer: 200, gives: Summary{}, problems: []int{409}},
	"POST /v1/workflows/{id}/disable": {summary: "Stop it from starting; open runs go on", answer: 200, gives: Summary{}},
	"POST /v1/workflows/{id}/publish": {summary: "Make a version of the draft", ifMatch: true, body: PublishOrder{}, answer: 201, gives: Version{}, problems: []int{422, 503},
		example: `{"note":"asks billing first","activate":true}`},
	"GET /v1/workflows/{id}/versions":               {summary: "Published versions, newest first", query: paging, answer: 200, gives: page{Version{}}},
	"GET /v1/workflows/{id}/versions/{n}":           {summary: "A version with its definition and what it was compiled to", answer: 200, gives: Version{}},
	"GET /v1/workflows/{id}/versions/{n}/diff":      {summary: "What changed between two versions, from the older to the newer", query: []string{"with"}, answer: 200, gives: workflow.Diff{}},
	"POST /v1/workflows/{id}/versions/{n}/activate": {summary: "Make it the version that events start", answer: 200, gives: Summary{}, problems: []int{409}},
	"GET /v1/workflows/{id}/runs":                   {summary: "Runs of a workflow, newest first", query: runQuery, answer: 200, gives: page{Run{}}},
	"POST /v1/workflows/{id}/runs":                  {summary: "Start by hand", body: StartOrder{}, answer: 202, gives: Run{}, problems: []int{409, 422}, example: `{"detail":{"reason":"a customer called"}}`},
	"POST /v1/workflows/{id}/hook":                  {summary: "Give the workflow's webhook a new secret, shown this once", answer: 201, gives: HookSecret{}},
	"POST /hooks/{id}/{secret}":                     {summary: "Webhook: the body, at most 256 KB, becomes detail", answer: 202, gives: HookAccepted{}, problems: []int{400, 409, 413, 415}},
	"GET /v1/runs":                                  {summary: "Runs, newest first", query: runQuery, answer: 200, gives: page{Run{}}},
	"GET /v1/runs/{id}":                             {summary: "A run with its steps", answer: 200, gives: RunWhole{}},
	"GET /v1/runs/{id}/history":                     {summary: "The history events of Step Functions", query: with("order"), answer: 200, gives: page{run.HistoryEvent{}}},
	"POST /v1/runs/{id}/stop":                       {summary: "Stop an open run", answer: 200, gives: Run{}, problems: []int{409}},
	"POST /v1/runs/{id}/retry":                      {summary: "Run a failed or stopped run again", body: RetryOrder{}, needs: true, answer: 202, gives: Run{}, problems: []int{409}, example: `{"mode":"redrive"}`},
	"GET /v1/events":                                {summary: "What happened, newest first, with the verdict of every workflow; run.* and approval.* only by type", query: with("type", "workflow", "conversation", "matched", "from", "to"), answer: 200, gives: page{event.Stored{}}},
	"POST /v1/events":                               {summary: "Send a custom event", body: NewEvent{}, needs: true, answer: 202, gives: Accepted{}, problems: []int{422}, example: `{"type":"order.shipped","detail":{"order":"A-17"}}`},
	"GET /v1/events/{id}":                           {summary: "An event", answer: 200, gives: event.Stored{}},
	"GET /v1/approvals":                             {summary: "Approvals, newest first", query: with("status", "approver", "conversation"), answer: 200, gives: page{approval.Request{}}},
	"GET /v1/approvals/{id}":                        {summary: "An approval", answer: 200, gives: approval.Request{}},
	"POST /v1/approvals/{id}/decision":              {summary: "Decide; an admin for the approvers", body: Decision{}, needs: true, answer: 200, gives: approval.Request{}, problems: []int{409, 422}, example: `{"decision":"approve","comment":"fine"}`},
	"GET /v1/conversations":                         {summary: "Conversations, the newest message first; contact is an id or an address", query: with("contact", "tag", "inbox", "group", "status"), answer: 200, gives: page{desk.Conversation{}}},
	"GET /v1/conversations/{id}":                    {summary: "A conversation with its messages and what was done", answer: 200, gives: ConversationWhole{}},
	"PATCH /v1/conversations/{id}":                  {summary: "Change a conversation", body: desk.ConversationEdit{}, answer: 200, gives: ConversationWhole{}, problems: []int{422}, example: `{"status":"closed","tags":["refund"]}`},
	"POST /v1/conversations/{id}/messages":          {summary: "Reply", body: NewMessage{}, needs: true, answer: 201, gives: Message{}, problems: []int{422}, example: `{"body":"Dear Anna, …"}`},
	"GET /v1/messages/{id}/raw":                     {summary: "To a short-lived link to the raw mail", query: []string{"redirect"}, answer: 302, also: []int{200}, gives: Link{}},
	"GET /v1/messages/{id}/attachments/{a}":         {summary: "To a short-lived link to the attachment", query: []string{"redirect"}, answer: 302, also: []int{200}, gives: Link{}},
	"GET /v1/inbound/failed":                        {summary: "Mail that could not be processed, newest first", query: paging, answer: 200, gives: page{desk.FailedMail{}}},
	"POST /v1/inbound/failed/{id}/reprocess":        {summary: "Take the mail in again", answer: 200, gives: inbound.Outcome{}},
	"GET /v1/tickets":                               {summary: "Tickets, newest first", query: with("status", "group", "contact", "conversation"), answer: 200, gives: page{desk.Ticket{}}},
	"POST /v1/tickets":                              {summary: "Make a ticket", body: NewTicket{}, needs: true, answer: 201, gives: desk.Ticket{}, problems: []int{409, 422}, example: `{"subject":"Invoice is wrong","group":"billing","contactEmail":"anna@example.com"}`},
	"GET /v1/tickets/{id}":                          {summary: "A ticket", answer: 200, gives: desk.Ticket{}},
	"PATCH /v1/tickets/{id}":                        {summary: "Change a ticket", body: TicketPatch{}, answer: 200, gives: desk.Ticket{}, problems: []int{409, 422}, example: `{"status":"solved"}`},
	"GET /v1/contacts":                              {summary: "Contacts, newest first; q is part of name or address", query: with("q", "tag"), answer: 200, gives: page{desk.Contact{}}},
	"POST /v1/contacts":                             {summary: "Make a contact; email is needed", body: ContactEdit{}, needs: true, answer: 201, gives: desk.Contact{}, problems: []int{409}, example: `{"email":"anna@example.com","name":"Anna","tags":["vip"]}`},
	"GET /v1/contacts/{id}":                         {summary: "A contact", answer: 200, gives: desk.Contact{}},
	"PATCH /v1/contacts/{id}":                       {summary: "Change a contact", body: ContactEdit{}, answer: 200, gives: desk.Contact{}, problems: []int{409}, example: `{"attributes":{"plan":"gold","trial":null}}`},
	"DELETE /v1/contacts/{id}":                      {summary: "Erase the person's data: 204 when nothing is left, 202 when the same request has to be made again to go on", answer: 204, also: []int{202}, gives: desk.Erasure{}},
	"GET /v1/inboxes":                               {summary: "Inboxes by slug", query: paging, answer: 200, gives: page{desk.Inbox{}}},
	"GET /v1/inboxes/{slug}":                        {summary: "An inbox", answer: 200, gives: desk.Inbox{}},
	"PUT /v1/inboxes/{slug}":                        {summary: "Make or replace an inbox; warnings say what keeps it from sending mail", body: InboxPut{}, needs: true, answer: 200, gives: InboxSaved{}, problems: []int{409}, example: `{"name":"Support","address":"support@example.com"}`},
	"DELETE /v1/inboxes/{slug}":                     {summary: "Remove an inbox; its conversations stay", answer: 204},
	"GET /v1/groups":                                {summary: "Groups by slug", query: paging, answer: 200, gives: page{desk.Group{}}},
	"GET /v1/groups/{slug}":                         {summary: "A group", answer: 200, gives: desk.Group{}},
	"PUT /v1/groups/{slug}":                         {summary: "Make or replace a group", body: GroupPut{}, answer: 200, gives: desk.Group{}, example: `{"name":"Billing","members":["bea@example.com"],"manager":"max@example.com"}`},
	"DELETE /v1/groups/{slug}":                      {summary: "Remove a group; what is assigned to it stays so", answer: 204},
	"GET /v1/settings":                              {summary: "Settings of the desk", answer: 200, gives: desk.Settings{}},
	"PUT /v1/settings":                              {summary: "Replace what is named of the settings", body: SettingsEdit{}, answer: 200, gives: desk.Settings{}, problems: []int{412}, example: `{"timezone":"Europe/Berlin","automation":"on","failures":{"notify":{"group":"support"},"switchOffAfter":10}}`},
	"GET /v1/audit":                                 {summary: "Who changed what, newest first; kept for 400 days", query: with("who", "action", "kind", "id", "from", "to"), answer: 200, gives: page{audit.Entry{}}},
}

var runQuery = with("workflow", "version", "status", "conversation", "from", "to")

// parameters of queries: their schemas and what they mean.
var parameters = map[string]obj{
	"limit":        {"schema": obj{"type": "integer", "minimum": 1, "maximum": 100, "default": defaultLimit}, "description": "Items per page."},
	"cursor":       {"schema": obj{"type": "string"}, "description": "nextCursor of the page before, with the same filters."},
	"from":         {"schema": obj{"type": "string", "format": "date-time"}, "description": "Inclusive; RFC 3339, or a date."},
	"to":           {"schema": obj{"type": "string", "format": "date-time"}, "description": "Exclusive; RFC 3339, or a date."},
	"q":            {"schema": obj{"type": "string"}, "description": "Part of the name and such, in any case."},
	"trigger":      {"schema": obj{"type": "string"}, "description": "Trigger type."},
	"enabled":      {"schema": obj{"type": "boolean"}},
	"matched":      {"schema": obj{"type": "boolean"}, "description": "Started a run: of workflow, or of any."},
	"redirect":     {"schema": obj{"type": "boolean", "default": true}, "description": "false answers 200 with the link instead of leading to it."},
	"with":         {"schema": obj{"type": "integer", "minimum": 1}, "description": "The other version.", "required": true},
	"version":      {"schema": obj{"type": "integer", "minimum": 1}},
	"status":       {"schema": obj{"type": "string"}},
	"type":         {"schema": obj{"type": "string"}, "description": "Event type."},
	"workflow":     {"schema": obj{"type": "string"}, "description": "Workflow id."},
	"conversation": {"schema": obj{"type": "string"}, "description": "Conversation id."},
	"contact":      {"schema": obj{"type": "string"}, "description": "Contact id."},
	"order":        {"schema": obj{"type": "string", "enum": []any{"oldest", "newest"}, "default": "oldest"}, "description": "What comes first."},
	"approver":     {"schema": obj{"type": "string"}, "description": "Address."},
	"tag":          {"schema": obj{"type": "string"}},
	"inbox":        {"schema": obj{"type": "string"}, "description": "Slug."},
	"group":        {"schema": obj{"type": "string"}, "description": "Slug."},
	"who":          {"schema": obj{"type": "string"}, "description": "Address, or machine:<client>."},
	"action":       {"schema": obj{"type": "string"}, "description": "As workflow.publish."},
	"kind":         {"schema": obj{"type": "string"}, "description": "As workflow."},
	"id":           {"schema": obj{"type": "string"}, "description": "Of what was changed; goes with kind."},
}
