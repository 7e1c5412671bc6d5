package action

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// send is message.send {to, subject, body}: a new mail, not an answer. With a
// conversation in the run it is kept there, and answers to it come back there.
func (d *Desk) send(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		To      list
		Subject string
		Body    []mail.Segment
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	if resp, done, err := d.stored(ctx, r); err != nil || done {
		return resp, err
	}
	conv, err := d.maybeConversation(ctx, r)
	if err != nil {
		return nil, err
	}
	out := mail.Outgoing{Subject: p.Subject, Auto: "auto-generated", Date: d.Now()}
	var kept sentResult // who is left out, and why
	var why string
	for _, to := range splitAddresses(p.To) {
		email, err := mail.NormaliseAddress(to)
		if err != nil {
			return nil, fault.Named(fault.Invalid, "bad_address", "to %q is not an e-mail address", to)
		}
		code, words, err := d.suppressed(ctx, r, conv, email)
		if err == nil && code == "" {
			code, words, err = d.held(ctx, r, email)
		}
		if err != nil {
			return nil, err
		}
		if code != "" {
			kept, why = sentResult{Suppressed: code, To: append(kept.To, email)}, words
			continue
		}
		out.To = append(out.To, mail.Address{Email: email})
	}
	if len(out.To) == 0 && kept.Suppressed != "" {
		return d.suppress(ctx, r, conv, kept, why)
	}
	if len(out.To) == 0 {
		return nil, fault.Named(fault.Unprocessable, "no_recipient", "to is empty: the template gave no address")
	}
	in, err := outbox.Inbox(ctx, d.Store, conv)
	if err != nil {
		return nil, err
	}
	out.From = mail.Address{Name: in.Name, Email: in.Address}
	out.Text, out.HTML = mail.Render(p.Body)
	if conv != nil {
		back, err := outbox.ThreadAddress(ctx, d.Store, in, conv)
		if err != nil {
			return nil, err
		}
		out.ReplyTo = []mail.Address{back}
	}
	return d.deliver(ctx, r, r.Node, letter{out: out, sent: func(ctx context.Context, messageID string) (*desk.Change, *Response, error) {
		if conv != nil {
			return d.intoConversation(ctx, r, in, out, messageID, "mail to "+strings.Join(outbox.Recipients(out), ", "))
		}
		return d.withoutConversation(ctx, r, out, messageID)
	}})
}

// withoutConversation only reports that a mail was sent, and remembers its Message-ID, so
// that a bounce of it is known to be about mail of ours.
func (d *Desk) withoutConversation(ctx context.Context, r *Request, out mail.Outgoing, messageID string) (*desk.Change, *Response, error) {
	detail, err := json.Marshal(map[string]any{"to": outbox.Recipients(out), "subject": out.Subject})
	if err != nil {
		return nil, nil, err
	}
	change := &desk.Change{Mail: &desk.MailMark{MessageID: messageID, Sender: out.From.Email}, Events: []event.Event{{ID: d.NewID("evt_"), Type: event.MessageSent, Time: d.Now(), Actor: r.Actor(),
		CausedBy: r.Cause(), Subject: r.Refs.Subject(), Detail: detail}}}
	if err := d.also(ctx, r, change); err != nil {
		return nil, nil, err
	}
	return change, &Response{Result: sentResult{Sent: true, To: outbox.Recipients(out), Subject: out.Subject}}, nil
}

// suppressed says why a mail to the address must not be sent: it is where an automatic
// message of this run came from, it is the desk itself, or the run's message is one that
// nothing may go out for.
func (d *Desk) suppressed(ctx context.Context, r *Request, conv *desk.Conversation, email string) (code, words string, err error) {
	own, err := outbox.Own(ctx, d.Store, email)
	if err != nil {
		return "", "", err
	}
	if own {
		return "own_mail", "that is the desk itself", nil
	}
	if conv == nil || r.Refs.Message == "" {
		return "", "", nil
	}
	msg, err := maybe(d.Store.Message(ctx, conv.ID, r.Refs.Message))
	if err != nil {
		return "", "", err
	}
	code, words = unanswerable(msg)
	if code == automatic && email != msg.From.Email && email != msg.ReplyTo && email != msg.ReturnPath && email != conv.ContactEmail {
		return "", "", nil // somebody else may be told of it
	}
	return code, words, nil
}

func (d *Desk) maybeConversation(ctx context.Context, r *Request) (*desk.Conversation, error) {
	if r.Refs.Conversation == "" {
		return nil, nil
	}
	return maybe(d.Store.Conversation(ctx, r.Refs.Conversation))
}

// splitAddresses takes "a@x, b@y" apart, as a list that a template joined looks.
func splitAddresses(in list) (out []string) {
	for _, s := range in {
		for _, part := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' }) {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
