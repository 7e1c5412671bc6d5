package rest

import "net/http"

// route is one row of the table: who may call what.
type route struct {
	method, path string
	role         int
	handle       handler
}

func (s *Server) routes() []route {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/v1/healthz", public, s.healthz},
		{get, "/v1/config", public, s.config},
		{get, "/v1/me", viewer, s.me},
		{get, "/v1/templates", viewer, s.templates},
		{get, "/v1/catalog", viewer, s.catalog},

		{get, "/v1/workflows", viewer, s.listWorkflows},
		{post, "/v1/workflows", editor, s.createWorkflow},
		{get, "/v1/workflows/{id}", viewer, s.getWorkflow},
		{patch, "/v1/workflows/{id}", editor, s.patchWorkflow},
		{del, "/v1/workflows/{id}", editor, s.archiveWorkflow},
		{put, "/v1/workflows/{id}/draft", editor, s.putDraft},
		{post, "/v1/workflows/{id}/validate", viewer, s.validate},
		{post, "/v1/workflows/{id}/enable", editor, s.enable},
		{post, "/v1/workflows/{id}/disable", editor, s.disable},
		{post, "/v1/workflows/{id}/publish", editor, s.publish},
		{get, "/v1/workflows/{id}/versions", viewer, s.listVersions},
		{get, "/v1/workflows/{id}/versions/{n}", viewer, s.getVersion},
		{post, "/v1/workflows/{id}/versions/{n}/activate", editor, s.activate},
		{get, "/v1/workflows/{id}/runs", viewer, s.workflowRuns},
		{post, "/v1/workflows/{id}/runs", editor, s.startByHand},

		{get, "/v1/runs", viewer, s.listRuns},
		{get, "/v1/runs/{id}", viewer, s.getRun},
		{get, "/v1/runs/{id}/history", viewer, s.history},
		{post, "/v1/runs/{id}/stop", editor, s.stop},
		{post, "/v1/runs/{id}/retry", editor, s.retry},

		{get, "/v1/events", viewer, s.listEvents},
		{post, "/v1/events", editor, s.postEvent},
		{get, "/v1/events/{id}", viewer, s.getEvent},

		{get, "/v1/approvals", viewer, s.listApprovals},
		{get, "/v1/approvals/{id}", viewer, s.getApproval},
		{post, "/v1/approvals/{id}/decision", approver, s.decide},

		{get, "/v1/conversations", viewer, s.listConversations},
		{get, "/v1/conversations/{id}", viewer, s.getConversation},
		{patch, "/v1/conversations/{id}", editor, s.patchConversation},
		{post, "/v1/conversations/{id}/messages", editor, s.postMessage},
		{get, "/v1/messages/{id}/raw", viewer, s.rawMessage},
		{get, "/v1/messages/{id}/attachments/{a}", viewer, s.attachment},

		{get, "/v1/inbound/failed", viewer, s.listFailedMail},
		{post, "/v1/inbound/failed/{id}/reprocess", editor, s.reprocess},

		{get, "/v1/tickets", viewer, s.listTickets},
		{post, "/v1/tickets", editor, s.createTicket},
		{get, "/v1/tickets/{id}", viewer, s.getTicket},
		{patch, "/v1/tickets/{id}", editor, s.patchTicket},

		{get, "/v1/contacts", viewer, s.listContacts},
		{post, "/v1/contacts", editor, s.createContact},
		{get, "/v1/contacts/{id}", viewer, s.getContact},
		{patch, "/v1/contacts/{id}", editor, s.patchContact},

		{get, "/v1/inboxes", viewer, s.listInboxes},
		{get, "/v1/inboxes/{slug}", viewer, s.getInbox},
		{put, "/v1/inboxes/{slug}", admin, s.putInbox},
		{del, "/v1/inboxes/{slug}", admin, s.deleteInbox},
		{get, "/v1/groups", viewer, s.listGroups},
		{get, "/v1/groups/{slug}", viewer, s.getGroup},
		{put, "/v1/groups/{slug}", admin, s.putGroup},
		{del, "/v1/groups/{slug}", admin, s.deleteGroup},
		{get, "/v1/settings", viewer, s.getSettings},
		{put, "/v1/settings", admin, s.putSettings},
	}
}
