package action

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/mail"
	"github.com/deskhand/deskhand/shared/outbox"
)

// ErrUnknown is what a Mailer's error wraps when the mail may have left all the same.
var ErrUnknown = errors.New("whether the mail left is not known")

// letter is a mail to be sent by a step.
type letter struct {
	out mail.Outgoing
	// sent builds what the desk remembers of it; it is called again when the desk
	// changes meanwhile, but the mail is not sent again.
	sent func(ctx context.Context, messageID string) (*desk.Change, *Response, error)
	// again allows a second copy rather than none when a crash left it open whether
	// the first one left: right for notices to the team, wrong for customers.
	again bool
}

// deliver sends a letter once per (run, key) and records it: claim, send, record. A
// claim that was never finished stops the step with send_unknown, so that a person
// looks before anybody gets a mail twice; redriving the run then sends.
func (d *Desk) deliver(ctx context.Context, r *Request, key string, l letter) (*Response, error) {
	send, claimed, err := d.Store.BeginSend(ctx, r.RunID, key, r.Redrive)
	if err != nil {
		return nil, err
	}
	if !claimed {
		if send.State == desk.Sent {
			resp := &Response{}
			return resp, json.Unmarshal(send.Result, resp)
		}
		if !l.again && r.Redrive <= send.Redrive {
			return nil, fault.Named(fault.Conflict, "send_unknown",
				"an earlier try broke off while sending: the mail may have left or not. Look at the conversation, then retry the run to send it, or stop it")
		}
		if claimed, err = d.Store.ReclaimSend(ctx, r.RunID, key, r.Redrive); err != nil {
			return nil, err
		}
		if !claimed && !l.again {
			return nil, fault.New(fault.Unavailable, "another try of this step is sending at this moment")
		}
	}
	raw, err := mail.Compose(l.out)
	if err != nil {
		return nil, errors.Join(&fault.Error{Code: fault.Invalid, Message: "the mail cannot be composed: " + err.Error(), Cause: err}, d.Store.AbandonSend(ctx, r.RunID, key))
	}
	messageID, err := d.Mailer.Send(ctx, l.out.From.Email, outbox.Recipients(l.out), raw)
	if errors.Is(err, ErrUnknown) && l.again {
		return nil, &fault.Error{Code: fault.Unavailable, Message: "the connection broke while sending: the notice is sent again", Cause: err}
	}
	if errors.Is(err, ErrUnknown) {
		return nil, &fault.Error{Code: fault.Conflict, Name: "send_unknown", Message: "the connection broke while sending: the mail may have left or not", Cause: err}
	}
	if err != nil {
		if abandon := d.Store.AbandonSend(ctx, r.RunID, key); abandon != nil {
			return nil, errors.Join(err, abandon)
		}
		return nil, err
	}
	return d.record(ctx, r, key, messageID, l)
}

func (d *Desk) record(ctx context.Context, r *Request, key, messageID string, l letter) (*Response, error) {
	for try := 1; ; try++ {
		change, resp, err := l.sent(ctx, messageID)
		if fault.Is(err, fault.NotFound) { // the conversation was erased meanwhile
			return d.noted(ctx, r, key, l)
		}
		if err != nil {
			return nil, err
		}
		data, err := json.Marshal(resp)
		if err != nil {
			return nil, err
		}
		change.Effect = &desk.Effect{RunID: r.RunID, Node: key, Result: data}
		err = d.Store.Commit(ctx, *change)
		switch {
		case errors.Is(err, desk.ErrDone):
			return resp, nil
		case fault.Is(err, fault.Stale) && try < maxTries:
			continue
		case fault.Is(err, fault.Stale), fault.Is(err, fault.NotFound), fault.Is(err, fault.Unprocessable):
			return d.noted(ctx, r, key, l)
		}
		return resp, err
	}
}

// noted records only that the mail was sent, when the desk cannot take it in: a retry
// must not send it again.
func (d *Desk) noted(ctx context.Context, r *Request, key string, l letter) (*Response, error) {
	resp := &Response{Result: sentResult{Sent: true, To: outbox.Recipients(l.out), Subject: l.out.Subject}}
	data, err := json.Marshal(resp)
	if err != nil {
		return nil, err
	}
	err = d.Store.Commit(ctx, desk.Change{Effect: &desk.Effect{RunID: r.RunID, Node: key, Result: data}})
	if errors.Is(err, desk.ErrDone) {
		err = nil
	}
	return resp, err
}
