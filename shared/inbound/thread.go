package inbound

import (
	"context"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// maxLookups bounds how many ids of a References header are looked up, and how many mails of one id.
const maxLookups = 8

// thread finds the conversation that a mail belongs to: by our signed Reply-To address,
// from its participants only; then by In-Reply-To and References, newest first. A
// subject alone never joins two mails. nil means a new conversation.
func (r *Receiver) thread(ctx context.Context, d Delivery, msg *mail.Message, from string) (*desk.Conversation, error) {
	key, err := r.Store.Secret(ctx, SecretName)
	if err != nil {
		return nil, err
	}
	for _, to := range d.Recipients {
		_, id, ok := mail.ParseReplyAddress(to, key)
		if !ok {
			continue
		}
		conv, err := r.Store.Conversation(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if takesPart(conv, from) || msg.Kind == mail.Bounced {
			return conv, nil
		}
	}
	for _, ref := range references(msg) {
		found, err := r.Store.FindByMessageID(ctx, ref)
		if err != nil {
			return nil, err
		}
		conv, err := r.among(ctx, found, from)
		if err != nil || conv != nil {
			return conv, err
		}
	}
	return nil, nil
}

// among is the conversation that one Message-ID means. Anybody can write a mail with the
// id of another: where several have it, that of a conversation in which the sender takes
// part counts, so that nobody draws the answers of others to themselves.
func (r *Receiver) among(ctx context.Context, found []desk.MailRef, from string) (*desk.Conversation, error) {
	slices.SortStableFunc(found, func(a, b desk.MailRef) int { return rank(a, from) - rank(b, from) })
	var first *desk.Conversation
	for _, f := range found[:min(len(found), maxLookups)] {
		conv, err := r.Store.Conversation(ctx, f.ConversationID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(found) == 1 || takesPart(conv, from) {
			return conv, nil
		}
		if first == nil {
			first = conv
		}
	}
	return first, nil
}

// rank puts the sender's own mail first.
func rank(f desk.MailRef, from string) int {
	if f.Sender == from {
		return 0
	}
	return 1
}

func takesPart(conv *desk.Conversation, email string) bool {
	return conv.ContactEmail == email || slices.Contains(conv.Participants, email)
}

// references lists the ids that a mail answers, the likeliest first, each once.
func references(msg *mail.Message) []string {
	all := slices.Clone(msg.InReplyTo)
	for i := len(msg.References) - 1; i >= 0; i-- {
		all = append(all, msg.References[i])
	}
	if msg.Bounce != nil && msg.Bounce.MessageID != "" {
		all = append(all, msg.Bounce.MessageID)
	}
	var out []string
	for _, id := range all {
		if id != "" && !slices.Contains(out, id) && len(out) < maxLookups {
			out = append(out, id)
		}
	}
	return out
}

// match finds the first inbox that a recipient of the envelope names; an address with a
// tag (local+tag@domain) names the inbox without it.
func match(inboxes []desk.Inbox, recipients []string, msg *mail.Message) (desk.Inbox, bool) {
	for _, to := range recipients {
		to = untag(strings.ToLower(strings.TrimSpace(to)))
		for _, in := range inboxes {
			if untag(in.Address) == to {
				return in, true
			}
		}
	}
	return desk.Inbox{}, false
}

func untag(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, _, _ := strings.Cut(address[:at], "+")
	return local + address[at:]
}

// own tells whether the address is one of the desk's.
func own(inboxes []desk.Inbox, address string) bool {
	_, ok := match(inboxes, []string{address}, nil)
	return ok
}

// people are who wrote and who was written to, but for the desk itself.
func people(inboxes []desk.Inbox, msg *mail.Message) []string {
	var out []string
	for _, list := range [][]mail.Address{msg.To, msg.Cc, msg.ReplyTo} {
		for _, a := range list {
			if a.Email != "" && !own(inboxes, a.Email) {
				out = append(out, a.Email)
			}
		}
	}
	return out
}
