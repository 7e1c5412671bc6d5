package rest

import (
	"net/http"
	"strings"

	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/fault"
)

func (s *Server) listApprovals(r *http.Request) (*answer, error) {
	q := queryOf(r, "status", "approver", "conversation", "limit", "cursor")
	f := approval.Filter{Status: approval.Status(q.oneOf("status", string(approval.Pending), string(approval.Approved), string(approval.Rejected), string(approval.TimedOut), string(approval.Withdrawn))),
		Approver: strings.ToLower(q.text("approver")), Conversation: q.text("conversation")}
	p := q.page()
	if q.err != nil {
		return nil, q.err
	}
	items, next, err := s.Store.Approvals(r.Context(), f, p)
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []approval.Request{}
	}
	return ok(listOf(items, next))
}

func (s *Server) getApproval(r *http.Request) (*answer, error) {
	req, err := s.Store.Approval(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return ok(req)
}

// Decision is what somebody signed in decides.
type Decision struct {
	Decision string  `json:"decision"` // approve or reject
	Comment  string  `json:"comment,omitempty"`
	Text     *string `json:"text,omitempty"` // the draft as edited
}

// decide is a decision by somebody signed in: an approver of the request, or an admin
// on their behalf, whose name it then carries.
func (s *Server) decide(r *http.Request) (*answer, error) {
	var in Decision
	if err := read(r, &in); err != nil {
		return nil, err
	}
	c := callerOf(r)
	req, err := s.Approvals.Decide(r.Context(), r.PathValue("id"), approval.Decision{By: c.who, OnBehalf: c.rank >= admin,
		Decision: in.Decision, Comment: in.Comment, Text: in.Text, Via: "rest"})
	if err != nil {
		if fault.Is(err, fault.Unprocessable) && in.Decision != "approve" && in.Decision != "reject" {
			return nil, fault.New(fault.Invalid, "%s", fault.Message(err))
		}
		return nil, err
	}
	return ok(req)
}
