package action

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
)

// sentResult is steps.<node>.* of a step that sends.
type sentResult struct {
	Sent       bool     `json:"sent"`
	Suppressed string   `json:"suppressed,omitempty"` // automatic or own_mail
	To         []string `json:"to,omitempty"`
	MessageID  string   `json:"messageId,omitempty"` // our id
	Subject    string   `json:"subject,omitempty"`
}

// reply is message.reply {body, cc?}: an answer in the thread of the conversation.
func (d *Desk) reply(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		Body []mail.Segment
		Cc   list
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	conv, err := d.conversation(ctx, r)
	if err != nil {
		return nil, err
	}
	msg, err := d.answered(ctx, r, conv)
	if err != nil {
		return nil, err
	}
	to := mail.Address{Email: conv.ContactEmail}
	if msg != nil && msg.Direction == "in" {
		to = mail.Address{Name: msg.From.Name, Email: msg.From.Email}
		if msg.ReplyTo != "" {
			to = mail.Address{Email: msg.ReplyTo}
		}
		if msg.IsAutomatic {
			return &Response{Result: sentResult{Suppressed: "automatic"}}, nil
		}
	}
	if own, err := d.isOwn(ctx, to.Email); err != nil || own {
		return &Response{Result: sentResult{Suppressed: "own_mail"}}, err
	}
	in, err := d.from(ctx, conv)
	if err != nil {
		return nil, err
	}
	back, err := d.threadAddress(ctx, in, conv)
	if err != nil {
		return nil, err
	}
	text, html := mail.Render(p.Body)
	out := mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, To: []mail.Address{to}, ReplyTo: []mail.Address{back},
		Subject: mail.ReplySubject(conv.Subject), Text: text, HTML: html, Auto: "auto-replied", Date: d.Now()}
	for _, c := range p.Cc {
		email, err := mail.NormaliseAddress(c)
		if err != nil {
			return nil, fault.Named(fault.Invalid, "bad_address", "cc %q is not an e-mail address", c)
		}
		out.Cc = append(out.Cc, mail.Address{Email: email})
	}
	if msg != nil && msg.MessageID != "" {
		out.InReplyTo = msg.MessageID
		out.References = append(slices.Clone(msg.References), msg.MessageID)
	}
	return d.deliver(ctx, r, r.Node, letter{out: out, sent: func(ctx context.Context, messageID string) (*desk.Change, *Response, error) {
		return d.intoConversation(ctx, r, in, out, messageID, "replied to "+to.Email)
	}})
}

// answered is the message that a reply answers: the trigger's, else the newest one.
func (d *Desk) answered(ctx context.Context, r *Request, conv *desk.Conversation) (*desk.Message, error) {
	id := r.Refs.Message
	if id == "" {
		id = conv.LastMessageID
	}
	if id == "" {
		return nil, nil
	}
	return maybe(d.Store.Message(ctx, conv.ID, id))
}

// isOwn tells whether an address is one of the desk's inboxes.
func (d *Desk) isOwn(ctx context.Context, address string) (bool, error) {
	all, err := d.Store.Inboxes(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(in desk.Inbox) bool { return in.Address == address }), nil
}

// intoConversation is the change that puts a sent mail into the run's conversation.
func (d *Desk) intoConversation(ctx context.Context, r *Request, in desk.Inbox, out mail.Outgoing, messageID, what string) (*desk.Change, *Response, error) {
	conv, err := d.conversation(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	now := d.Now()
	m := d.outgoing(r, conv, in, out, messageID)
	conv.Send(now, recipients(out))
	conv.LastMessageID = m.ID
	subject := r.Refs.Subject()
	subject.MessageID = m.ID
	detail, err := json.Marshal(map[string]any{"to": recipients(out), "subject": out.Subject})
	if err != nil {
		return nil, nil, err
	}
	change := &desk.Change{Conversation: conv, Messages: []desk.Message{m},
		Events:   []event.Event{{ID: d.NewID("evt_"), Type: event.MessageSent, Time: now, Actor: r.Actor(), CausedBy: r.Cause(), Subject: subject, Detail: detail}},
		Timeline: []desk.Entry{d.line(r, what)},
	}
	if err := d.also(ctx, r, change); err != nil {
		return nil, nil, err
	}
	return change, &Response{Result: sentResult{Sent: true, To: recipients(out), MessageID: m.ID, Subject: out.Subject}, Conversation: conv}, nil
}
