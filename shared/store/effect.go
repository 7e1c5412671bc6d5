package store

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/desk"
)

var (
	sending       = equals("state", str(desk.Sending))
	errNotSending = errors.New("not sending")
)

// Effect is the recorded effect of a step; done is false when it has had none, or is a
// mail that was claimed and not sent.
func (s *Store) Effect(ctx context.Context, runID, node string) (result []byte, done bool, err error) {
	it, err := s.get(ctx, effectKey(runID, node))
	if err != nil || it == nil || text(it, "state") != desk.Sent {
		return nil, false, err
	}
	result, err = unpack(it, "result")
	return result, err == nil, err
}

// PutEffect records the effect of a step that changes nothing else in the table;
// desk.ErrDone when it has had one.
func (s *Store) PutEffect(ctx context.Context, e desk.Effect) error {
	w, err := effectWrite(e)
	if err != nil {
		return err
	}
	return s.write(ctx, w)
}

// effectWrite records an effect, once; it takes the place of the step's own claim.
func effectWrite(e desk.Effect) (write, error) {
	result, err := pack(e.Result)
	if err != nil {
		return write{}, err
	}
	it := with(newItem(effectKey(e.RunID, e.Node), "effect"), columns{"state": str(desk.Sent), "result": result})
	return put(it).onlyIf(absent.Or(sending), always(desk.ErrDone)), nil
}

// BeginSend claims the right to send the mail of a step. When somebody has claimed it
// before, claimed is false and send is that claim: Sent with its result, or Sending,
// when nobody knows whether the mail left. The claim ends with Commit of a Change with
// the Effect, or with AbandonSend.
func (s *Store) BeginSend(ctx context.Context, runID, node string, redrive int) (send desk.Send, claimed bool, err error) {
	var old item
	it := with(newItem(effectKey(runID, node), "effect"), columns{"state": str(desk.Sending), "redrive": num(redrive)})
	err = s.write(ctx, put(it).onlyIf(absent, func(there item) error {
		old = there
		return errTaken
	}))
	if err == nil {
		return desk.Send{State: desk.Sending, Redrive: redrive}, true, nil
	}
	if !errors.Is(err, errTaken) {
		return desk.Send{}, false, err
	}
	send = desk.Send{State: text(old, "state"), Redrive: number(old, "redrive")}
	send.Result, err = unpack(old, "result")
	return send, false, err
}

// ReclaimSend takes over a claim of an earlier redrive that was never finished, when a
// person redrove the run knowing that; false when there is none.
func (s *Store) ReclaimSend(ctx context.Context, runID, node string, redrive int) (claimed bool, err error) {
	earlier := expression.Name("redrive").LessThan(expression.Value(redrive))
	err = s.write(ctx, update(effectKey(runID, node), columns{"redrive": num(redrive)}).onlyIf(sending.And(earlier), always(errNotSending)))
	if errors.Is(err, errNotSending) {
		return false, nil
	}
	return err == nil, err
}

// AbandonSend gives up a claim when it is certain that no mail left.
func (s *Store) AbandonSend(ctx context.Context, runID, node string) error {
	err := s.write(ctx, remove(effectKey(runID, node)).onlyIf(sending, always(errNotSending)))
	if errors.Is(err, errNotSending) {
		return nil
	}
	return err
}
