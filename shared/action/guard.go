package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
)

// Why a step did not send, besides automatic and own_mail.
const (
	heldBounced = "bounced"  // mail to the address came back, and it has not written since
	heldRateCap = "rate_cap" // it has had as much automatic mail as it may
)

// held says why automatic mail to an address must not go out now, as a code and in words;
// "" when it may. A step counts against the cap once, however often it is tried.
func (d *Desk) held(ctx context.Context, r *Request, email string) (code, words string, err error) {
	email = strings.ToLower(email)
	b, err := d.Store.Bounce(ctx, email)
	if err != nil {
		return "", "", err
	}
	if b != nil {
		return heldBounced, "earlier mail came back: " + b.Reason, nil
	}
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return "", "", err
	}
	past, err := d.Store.Allow(ctx, desk.CapMail, email, r.RunID+" "+r.Node, settings.Limits().Mail()...)
	if err != nil || past == nil {
		return "", "", err
	}
	return heldRateCap, fmt.Sprintf("it has had as many automatic mails as it may, %s", past), nil
}

// suppress ends a step that must not send: it succeeds, its result says why, and so does
// the conversation. A retry gets the same answer.
func (d *Desk) suppress(ctx context.Context, r *Request, conv *desk.Conversation, result sentResult, words string) (*Response, error) {
	resp := &Response{Result: result}
	data, err := json.Marshal(resp)
	if err != nil {
		return nil, err
	}
	change := desk.Change{Effect: &desk.Effect{RunID: r.RunID, Node: r.Node, Result: data}}
	if conv != nil {
		change.AlsoConversation = conv
		change.Timeline = []desk.Entry{d.line(r, "no mail to "+joined(result.To)+": "+words)}
	}
	if err := d.Store.Commit(ctx, change); err != nil && !errors.Is(err, desk.ErrDone) {
		return nil, err
	}
	return resp, nil
}
