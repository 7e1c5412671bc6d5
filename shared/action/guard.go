package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
)

// Why a step did not send, besides own_mail.
const (
	automatic   = "automatic" // it would answer an automatic message
	doubtSpam   = "spam"      // the message is spam, SES says
	doubtSender = "dmarc"     // the message's sender may be forged
	heldBounced = "bounced"   // mail to the address came back, and it has not written since
	heldRateCap = "rate_cap"  // it has had as much automatic mail as it may
)

// unanswerable says why nothing may be sent because of a message that came in, as a code
// and in words; "" when it may. Mail to a forged sender would go to somebody who never
// wrote, and mail to spammers tells them that the address is read.
func unanswerable(msg *desk.Message) (code, words string) {
	switch {
	case msg == nil || msg.Direction != "in":
		return "", ""
	case msg.Spam == "fail":
		return doubtSpam, "it would answer what the spam scan calls spam"
	case msg.DMARC == "fail" && (msg.DMARCPolicy == "reject" || msg.DMARCPolicy == "quarantine"):
		return doubtSender, "the sender may be forged: DMARC failed, and the sender's domain asks not to trust such mail"
	case msg.IsAutomatic:
		return automatic, "it would answer an automatic message"
	}
	return "", ""
}

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
