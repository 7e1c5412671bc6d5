package action

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/fault"
)

// MaxDetail is how large an event's detail may be, in bytes of JSON, so that the input
// of a run that it starts stays under Step Functions' 256 KiB.
const MaxDetail = 96 << 10

// MaxDetailType is EventBridge's limit.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
const MaxDetailType = 128

// emit is event.emit {detailType, detail} → eventId. Like every event it is written to
// the table, and the stream carries it to the bus.
func (d *Desk) emit(ctx context.Context, r *Request) (*Response, error) {
	var p struct {
		DetailType string
		Detail     json.RawMessage
	}
	if err := r.decode(&p); err != nil {
		return nil, err
	}
	p.DetailType = strings.TrimSpace(p.DetailType)
	switch {
	case p.DetailType == "" || len(p.DetailType) > MaxDetailType:
		return nil, fault.New(fault.Invalid, "detailType has %d bytes: it has 1 to %d", len(p.DetailType), MaxDetailType)
	case event.Own(p.DetailType):
		return nil, fault.Named(fault.Unprocessable, "own_type", "%q is a type that Deskhand itself reports: choose another name, as in order.shipped", p.DetailType)
	}
	if err := checkDetail(&p.Detail); err != nil {
		return nil, err
	}
	return d.once(ctx, r, func(ctx context.Context) (*desk.Change, *Response, error) {
		e, err := d.happened(r, p.DetailType, r.Refs.Subject(), d.Now(), p.Detail)
		if err != nil {
			return nil, nil, err
		}
		change := &desk.Change{Events: []event.Event{e}}
		if change.AlsoConversation, err = d.maybeConversation(ctx, r); err != nil {
			return nil, nil, err
		}
		if change.AlsoConversation != nil {
			change.Timeline = []desk.Entry{d.line(r, "event "+p.DetailType)}
		}
		return change, &Response{Result: map[string]string{"eventId": e.ID}}, nil
	})
}

// checkDetail makes sure that a detail is an object of a size that can be carried.
func checkDetail(detail *json.RawMessage) error {
	if s := strings.TrimSpace(string(*detail)); s == "" || s == "null" {
		*detail = json.RawMessage("{}")
	}
	if (*detail)[0] != '{' {
		return fault.New(fault.Invalid, "detail must be an object of names and values")
	}
	if len(*detail) > MaxDetail {
		return fault.New(fault.Invalid, "detail has %d bytes; at most %d are carried", len(*detail), MaxDetail)
	}
	return nil
}
