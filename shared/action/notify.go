package action

import (
	"context"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// notify is notify {to: person, subject, body}: a mail to people of the team.
func (d *Desk) notify(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		To      people
		Subject string
		Body    []mail.Segment
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	to, err := d.addresses(ctx, p.To)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 {
		return nil, fault.Named(fault.Unprocessable, "no_recipient", "nobody is behind the person in to: a group without members, or an empty address")
	}
	conv, err := d.maybeConversation(ctx, r)
	if err != nil {
		return nil, err
	}
	in, err := outbox.Inbox(ctx, d.Store, conv)
	if err != nil {
		return nil, err
	}
	text, html := mail.Render(p.Body)
	out := mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, Subject: p.Subject, Text: text, HTML: html, Auto: "auto-generated", Date: d.Now()}
	for _, a := range to {
		out.To = append(out.To, mail.Address{Email: a})
	}
	return d.deliver(ctx, r, r.Node, letter{out: out, again: true, sent: func(ctx context.Context, _ string) (*desk.Change, *Response, error) {
		change := &desk.Change{}
		if conv != nil {
			change.Timeline = []desk.Entry{d.line(r, "notified "+joined(to))}
			change.AlsoConversation = conv
		}
		return change, &Response{Result: sentResult{Sent: true, To: to, Subject: p.Subject}}, nil
	}})
}
