package main

import (
	"context"
	"errors"
	"slices"

	"github.com/deskhand/deskhand/shared/action"
	"github.com/deskhand/deskhand/shared/approval"
	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// remind mails the link again to who has not voted yet.
func (s *sweeper) remind(ctx context.Context, r *approval.Request, t *tally) error {
	secret, err := s.store.Secret(ctx, approval.SecretName)
	if err != nil {
		return err
	}
	in, err := s.inbox(ctx, r)
	if err != nil {
		return err
	}
	var failed error
	for _, who := range r.Approvers {
		if slices.ContainsFunc(r.Votes, func(v approval.Vote) bool { return v.By == who }) {
			continue
		}
		message := []mail.Segment{{Text: "Reminder: this still waits for your decision.\n\n"}, {Value: r.Message}}
		out := action.AskMail(r, message, in, who, s.publicURL+"/a/"+approval.LinkID(secret, r.ID, who))
		out.Subject, out.Date = "Reminder: "+out.Subject, s.now()
		raw, err := mail.Compose(out)
		if err != nil {
			return err
		}
		if _, err := s.mailer.Send(ctx, in.Address, []string{who}, raw); err != nil {
			failed = errors.Join(failed, err) // the others are reminded all the same
			continue
		}
		t.Reminded++
	}
	return failed
}

// inbox that the reminder is sent as.
func (s *sweeper) inbox(ctx context.Context, r *approval.Request) (desk.Inbox, error) {
	var conv *desk.Conversation
	if r.ConversationID != "" {
		c, err := s.store.Conversation(ctx, r.ConversationID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return desk.Inbox{}, err
		}
		conv = c
	}
	return outbox.Inbox(ctx, s.store, conv)
}
