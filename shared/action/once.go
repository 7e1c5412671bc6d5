package action

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
)

// maxTries bounds the attempts to commit against concurrent changes.
const maxTries = 8

// plan builds the change of a step for the desk as it is now. A nil change has nothing
// to do: then nothing is written, and a retry would find the same.
type plan func(ctx context.Context) (*desk.Change, *Response, error)

// once gives a step one effect: the change and the record of it are one transaction,
// and whoever comes second gets the first one's answer.
func (d *Desk) once(ctx context.Context, r *Request, p plan) (*Response, error) {
	if stored, done, err := d.stored(ctx, r); err != nil || done {
		return stored, err
	}
	for try := 1; ; try++ {
		change, resp, err := p(ctx)
		if err != nil {
			return nil, err
		}
		if change == nil {
			return resp, nil
		}
		data, err := json.Marshal(resp)
		if err != nil {
			return nil, err
		}
		change.Effect = &desk.Effect{RunID: r.RunID, Node: r.Node, Result: data}
		err = d.Store.Commit(ctx, *change)
		switch {
		case err == nil:
			return resp, nil
		case errors.Is(err, desk.ErrDone):
			stored, _, err := d.stored(ctx, r)
			return stored, err
		case fault.Is(err, fault.Stale) && try < maxTries:
			continue
		case fault.Is(err, fault.Stale):
			return nil, &fault.Error{Code: fault.Unavailable, Message: "the conversation is changing too fast: try again", Cause: err}
		default:
			return nil, err
		}
	}
}

func (d *Desk) stored(ctx context.Context, r *Request) (*Response, bool, error) {
	data, done, err := d.Store.Effect(ctx, r.RunID, r.Node)
	if err != nil || !done {
		return nil, false, err
	}
	resp := &Response{}
	if err := json.Unmarshal(data, resp); err != nil {
		return nil, false, fault.Wrap(err, "effect of %s %s", r.RunID, r.Node)
	}
	return resp, true, nil
}

// conversation reads the run's conversation.
func (d *Desk) conversation(ctx context.Context, r *Request) (*desk.Conversation, error) {
	if r.Refs.Conversation == "" {
		return nil, fault.Named(fault.Unprocessable, "no_conversation", "this run has no conversation: %s needs one", r.Type)
	}
	return d.Store.Conversation(ctx, r.Refs.Conversation)
}
