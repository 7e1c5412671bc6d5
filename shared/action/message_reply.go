package action

import (
	"context"
	"encoding/json"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// sentResult is steps.<node>.* of a step that sends.
type sentResult struct {
	Sent       bool     `json:"sent"`
	Suppressed string   `json:"suppressed,omitempty"` // automatic, spam, dmarc, own_mail, bounced or rate_cap
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
	if resp, done, err := d.stored(ctx, r); err != nil || done {
		return resp, err
	}
	conv, err := d.conversation(ctx, r)
	if err != nil {
		return nil, err
	}
	msg, err := d.answered(ctx, r, conv)
	if err != nil {
		return nil, err
	}
	to := outbox.Addressee(conv, msg)
	if code, words := unanswerable(msg); code != "" {
		return d.suppress(ctx, r, conv, sentResult{Suppressed: code, To: []string{to.Email}}, words)
	}
	if own, err := outbox.Own(ctx, d.Store, to.Email); err != nil {
		return nil, err
	} else if own {
		return d.suppress(ctx, r, conv, sentResult{Suppressed: "own_mail", To: []string{to.Email}}, "that is the desk itself")
	}
	if code, words, err := d.held(ctx, r, to.Email); err != nil {
		return nil, err
	} else if code != "" {
		return d.suppress(ctx, r, conv, sentResult{Suppressed: code, To: []string{to.Email}}, words)
	}
	out, in, err := outbox.Answer(ctx, d.Store, conv, msg, p.Body, d.Now())
	if err != nil {
		return nil, err
	}
	out.Auto = "auto-replied"
	for _, c := range p.Cc {
		email, err := mail.NormaliseAddress(c)
		if err != nil {
			return nil, fault.Named(fault.Invalid, "bad_address", "cc %q is not an e-mail address", c)
		}
		if own, err := outbox.Own(ctx, d.Store, email); err != nil {
			return nil, err
		} else if own {
			continue // it is in the conversation anyway, and would come back as a new mail
		}
		out.Cc = append(out.Cc, mail.Address{Email: email})
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

// intoConversation is the change that puts a sent mail into the run's conversation.
func (d *Desk) intoConversation(ctx context.Context, r *Request, in desk.Inbox, out mail.Outgoing, messageID, what string) (*desk.Change, *Response, error) {
	conv, err := d.conversation(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	now := d.Now()
	m := outbox.Message(d.NewID("msg_"), conv, in, out, messageID, now)
	m.RunID, m.Node = r.RunID, r.Node
	conv.Send(now, outbox.Recipients(out))
	conv.LastMessageID = m.ID
	subject := r.Refs.Subject()
	subject.MessageID = m.ID
	detail, err := json.Marshal(map[string]any{"to": outbox.Recipients(out), "subject": out.Subject})
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
	return change, &Response{Result: sentResult{Sent: true, To: outbox.Recipients(out), MessageID: m.ID, Subject: out.Subject}, Conversation: conv}, nil
}
