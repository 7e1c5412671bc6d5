package store

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/deskhand/deskhand/shared/fault"
)

// An Idempotency-Key holds a day. A request that was begun and is not finished blocks
// its key for a minute, which is longer than any request may take.
const (
	idempotencyHours = 24
	requestLease     = time.Minute
)

// Answer is what a request with an Idempotency-Key was answered.
type Answer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header,omitempty"`
	Body   []byte            `json:"body,omitempty"`
}

// BeginIdempotent claims a key of a caller for a route. answer is what the same request
// was answered before, nil when it is to be done now; the claim ends with
// FinishIdempotent or AbandonIdempotent. A key that was used with another body is
// fault.Unprocessable, one whose request is still being done fault.Conflict.
func (s *Store) BeginIdempotent(ctx context.Context, caller, route, key, bodyHash string) (answer *Answer, err error) {
	now := s.now()
	k := idempotencyKey(caller, route, key)
	it := with(newItem(k, "idempotency"), columns{"body": str(bodyHash), "begun": epoch(now), "done": flag(false),
		"ttl": epoch(now.Add(idempotencyHours * time.Hour))})
	before := func(name string, t time.Time) expression.ConditionBuilder {
		return expression.Name(name).LessThanEqual(expression.Value(epoch(t)))
	}
	stuck := equals("done", flag(false)).And(equals("body", str(bodyHash)), before("begun", now.Add(-requestLease)))
	var old item
	err = s.write(ctx, put(it).onlyIf(absent.Or(before("ttl", now), stuck), func(there item) error {
		old = there
		return errTaken
	}))
	switch {
	case err == nil:
		return nil, nil
	case !errors.Is(err, errTaken):
		return nil, err
	case text(old, "body") != bodyHash:
		return nil, fault.New(fault.Unprocessable, "the Idempotency-Key was used with another request; use a new key")
	case !yes(old, "done"):
		return nil, fault.New(fault.Conflict, "the request with this Idempotency-Key is still being done; try again in a moment")
	}
	answer = &Answer{}
	return answer, decode(old, "doc", answer)
}

// FinishIdempotent keeps the answer of a request for whoever repeats it.
func (s *Store) FinishIdempotent(ctx context.Context, caller, route, key string, a Answer) error {
	doc, err := encode(a)
	if err != nil {
		return err
	}
	return s.write(ctx, update(idempotencyKey(caller, route, key), columns{"v": num(version("idempotency")), "doc": doc, "done": flag(true)}).
		onlyIf(present, always(missing("request with the Idempotency-Key", key))))
}

// AbandonIdempotent gives the key of a request free that failed without effect.
func (s *Store) AbandonIdempotent(ctx context.Context, caller, route, key string) error {
	err := s.write(ctx, remove(idempotencyKey(caller, route, key)).onlyIf(equals("done", flag(false)), always(errGone)))
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}
