package rest

import "net/http"

// route is one row of the table: who may call what.
type route struct {
	method, path string
	role         int
	handle       handler
	action       string // in the audit log, kind.verb; "" when nothing changes
}

func (s *Server) routes() []route {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/v1/healthz", public, s.healthz, ""},
		{get, "/v1/config", public, s.config, ""},
		{get, "/v1/openapi.json", public, s.openapi, ""},
		{get, "/v1/me", viewer, s.me, ""},
		{get, "/v1/templates", viewer, s.templates, ""},
		{get, "/v1/catalog", viewer, s.catalog, ""},

		{get, "/v1/workflows", viewer, s.listWorkflows, ""},
		{post, "/v1/workflows", editor, s.createWorkflow, "workflow.create"},
		{get, "/v1/workflows/{id}", viewer, s.getWorkflow, ""},
		{patch, "/v1/workflows/{id}", editor, s.patchWorkflow, "workflow.update"},
		{del, "/v1/workflows/{id}", editor, s.archiveWorkflow, "workflow.archive"},
		{put, "/v1/workflows/{id}/draft", editor, s.putDraft, "workflow.draft"},
		{post, "/v1/workflows/{id}/validate", viewer, s.validate, ""},
		{post, "/v1/workflows/{id}/test", viewer, s.test, ""},
		{post, "/v1/workflows/{id}/enable", editor, s.enable, "workflow.enable"},
		{post, "/v1/workflows/{id}/disable", editor, s.disable, "workflow.disable"},
		{post, "/v1/workflows/{id}/publish", editor, s.publish, "workflow.publish"},
		{get, "/v1/workflows/{id}/versions", viewer, s.listVersions, ""},
		{get, "/v1/workflows/{id}/versions/{n}", viewer, s.getVersion, ""},
		{get, "/v1/workflows/{id}/versions/{n}/diff", viewer, s.diff, ""},
		{post, "/v1/workflows/{id}/versions/{n}/activate", editor, s.activate, "workflow.activate"},
		{post, "/v1/workflows/{id}/hook", editor, s.newHook, hookAction},
		{get, "/v1/workflows/{id}/runs", viewer, s.workflowRuns, ""},
		{post, "/v1/workflows/{id}/runs", editor, s.startByHand, "workflow.start"},

		{get, "/v1/runs", viewer, s.listRuns, ""},
		{get, "/v1/runs/{id}", viewer, s.getRun, ""},
		{get, "/v1/runs/{id}/history", viewer, s.history, ""},
		{post, "/v1/runs/{id}/stop", editor, s.stop, "run.stop"},
		{post, "/v1/runs/{id}/retry", editor, s.retry, "run.retry"},

		{get, "/v1/events", viewer, s.listEvents, ""},
		{post, "/v1/events", editor, s.postEvent, "event.emit"},
		{get, "/v1/events/{id}", viewer, s.getEvent, ""},

		{get, "/v1/approvals", viewer, s.listApprovals, ""},
		{get, "/v1/approvals/{id}", viewer, s.getApproval, ""},
		{post, "/v1/approvals/{id}/decision", approver, s.decide, "approval.decide"},

		{get, "/v1/conversations", viewer, s.listConversations, ""},
		{get, "/v1/conversations/{id}", viewer, s.getConversation, ""},
		{patch, "/v1/conversations/{id}", editor, s.patchConversation, "conversation.update"},
		{post, "/v1/conversations/{id}/messages", editor, s.postMessage, "conversation.reply"},
		{get, "/v1/messages/{id}/raw", viewer, s.rawMessage, ""},
		{get, "/v1/messages/{id}/attachments/{a}", viewer, s.attachment, ""},

		{get, "/v1/inbound/failed", viewer, s.listFailedMail, ""},
		{post, "/v1/inbound/failed/{id}/reprocess", editor, s.reprocess, "mail.reprocess"},

		{get, "/v1/tickets", viewer, s.listTickets, ""},
		{post, "/v1/tickets", editor, s.createTicket, "ticket.create"},
		{get, "/v1/tickets/{id}", viewer, s.getTicket, ""},
		{patch, "/v1/tickets/{id}", editor, s.patchTicket, "ticket.update"},

		{get, "/v1/contacts", viewer, s.listContacts, ""},
		{post, "/v1/contacts", editor, s.createContact, "contact.create"},
		{get, "/v1/contacts/{id}", viewer, s.getContact, ""},
		{patch, "/v1/contacts/{id}", editor, s.patchContact, "contact.update"},
		{del, "/v1/contacts/{id}", admin, s.eraseContact, "contact.erase"},

		{get, "/v1/inboxes", viewer, s.listInboxes, ""},
		{get, "/v1/inboxes/{slug}", viewer, s.getInbox, ""},
		{put, "/v1/inboxes/{slug}", admin, s.putInbox, "inbox.put"},
		{del, "/v1/inboxes/{slug}", admin, s.deleteInbox, "inbox.delete"},
		{get, "/v1/groups", viewer, s.listGroups, ""},
		{get, "/v1/groups/{slug}", viewer, s.getGroup, ""},
		{put, "/v1/groups/{slug}", admin, s.putGroup, "group.put"},
		{del, "/v1/groups/{slug}", admin, s.deleteGroup, "group.delete"},
		{get, "/v1/settings", viewer, s.getSettings, ""},
		{put, "/v1/settings", admin, s.putSettings, "settings.put"},
		{get, "/v1/audit", viewer, s.listAudit, ""},

		{post, hookPath, public, s.hook, ""},
	}
}
