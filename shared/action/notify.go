package action

import (
	"context"
	"fmt"
	"slices"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// notify is notify {to: person, subject, body}: a mail to people of the team. Whoever
// takes part in the conversation is no such person: what message.send must not send to
// them, notify must not either.
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
	to, kept, why, err := d.strangers(ctx, r, conv, to)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 {
		return d.suppress(ctx, r, conv, kept, why)
	}
	in, err := outbox.Inbox(ctx, d.Store, conv)
	if err != nil {
		return nil, err
	}
	text, html := mail.Render(p.Body)
	outgoing := mail.Outgoing{From: mail.Address{Name: in.Name, Email: in.Address}, Subject: p.Subject, Text: text, HTML: html, Auto: "auto-generated", Date: d.Now()}
	mails := slices.Collect(slices.Chunk(to, mail.MaxRecipients))
	for i := len(mails) - 1; i > 0; i-- { // the first one, which stands for the step, comes last
		out := addressed(outgoing, mails[i])
		_, err := d.deliver(ctx, r, fmt.Sprintf("%s#part#%d", r.Node, i), letter{out: out, again: true, sent: func(context.Context, string) (*desk.Change, *Response, error) {
			return &desk.Change{}, &Response{Result: sentResult{Sent: true, To: mails[i]}}, nil
		}})
		if err != nil {
			return nil, err
		}
	}
	return d.deliver(ctx, r, r.Node, letter{out: addressed(outgoing, mails[0]), again: true, sent: func(ctx context.Context, _ string) (*desk.Change, *Response, error) {
		change := &desk.Change{}
		if conv != nil {
			change.Timeline = []desk.Entry{d.line(r, "notified "+joined(to))}
			change.AlsoConversation = conv
		}
		return change, &Response{Result: sentResult{Sent: true, To: to, Subject: p.Subject}}, nil
	}})
}

func addressed(out mail.Outgoing, to []string) mail.Outgoing {
	for _, a := range to {
		out.To = append(out.To, mail.Address{Email: a})
	}
	return out
}

// strangers leaves out of to those of the conversation whom no automatic mail may reach;
// kept says who that is, and why words it. Nothing is read for anybody else.
func (d *Desk) strangers(ctx context.Context, r *Request, conv *desk.Conversation, to []string) (rest []string, kept sentResult, why string, err error) {
	for _, email := range to {
		if conv == nil || email != conv.ContactEmail && !slices.Contains(conv.Participants, email) {
			rest = append(rest, email)
			continue
		}
		code, words, err := d.suppressed(ctx, r, conv, email)
		if err == nil && code == "" {
			code, words, err = d.held(ctx, r, email)
		}
		if err != nil {
			return nil, kept, "", err
		}
		if code == "" {
			rest = append(rest, email)
			continue
		}
		kept, why = sentResult{Suppressed: code, To: append(kept.To, email)}, words
	}
	return rest, kept, why, nil
}
