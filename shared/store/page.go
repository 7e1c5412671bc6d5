package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/smithy-go"

	"github.com/deskhand/deskhand/shared/fault"
)

// Sizes of pages.
const (
	defaultLimit = 25
	maxLimit     = 100
	readSize     = 250 // items looked at by one Query with a filter
	maxReads     = 8   // Queries for one page; after that it is given as far as it is filled
)

// page reads one page of a span. more turns what one Query found into entries, and may
// leave some out; filter is what the caller asked for, which the cursor is bound to. The
// cursor is "" when nothing is left. A page may be short, and even empty, with a cursor:
// then a filter was read as far as is reasonable for one request.
func page[T any](ctx context.Context, s *Store, p span, filter any, ask Page, more func([]item) ([]entry[T], error)) ([]T, string, error) {
	limit := ask.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	in, err := s.queryInput(p)
	if err != nil {
		return nil, "", err
	}
	in.Limit = aws.Int32(int32(limit + 1)) // one more tells whether there is a next page
	switch {
	case p.filter != nil:
		in.Limit = aws.Int32(readSize)
	case p.sifted:
		in.Limit = aws.Int32(maxBatch)
	}
	bound, err := binding(p, filter)
	if err != nil {
		return nil, "", err
	}
	if ask.Cursor != "" {
		if in.ExclusiveStartKey, err = p.open(ask.Cursor, bound); err != nil {
			return nil, "", err
		}
	}
	found := []T{}
	var last item // of the last one found
	for range maxReads {
		out, err := s.query(ctx, in)
		if err != nil {
			var api smithy.APIError
			if ask.Cursor != "" && errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
				return nil, "", badCursor()
			}
			return nil, "", err
		}
		entries, err := more(out.Items)
		if err != nil {
			return nil, "", err
		}
		for _, e := range entries {
			if len(found) == limit {
				return found, p.seal(last, bound), nil
			}
			found, last = append(found, e.value), e.item
		}
		if len(out.LastEvaluatedKey) == 0 {
			return found, "", nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
	return found, p.seal(in.ExclusiveStartKey, bound), nil
}

// entry is one line of a page and the item of the span that led to it.
type entry[T any] struct {
	item  item
	value T
}

// each makes the entries of a list whose items are the things themselves.
func each[T any](one func(item) (T, error)) func([]item) ([]entry[T], error) {
	return func(items []item) ([]entry[T], error) {
		out := make([]entry[T], 0, len(items))
		for _, it := range items {
			v, err := one(it)
			if err != nil {
				return nil, err
			}
			out = append(out, entry[T]{it, v})
		}
		return out, nil
	}
}

// binding is a text that two requests share only when list and filter are the same.
func binding(p span, filter any) (string, error) {
	data, err := json.Marshal([]any{p.index, p.pk, p.prefix, p.low, p.high, p.newestFirst, filter})
	return string(data), err
}

// A cursor is base64url of a checksum over binding and position, then the position: the
// key of the last item as JSON. It holds nothing that its reader may not know, and
// cannot lead out of the list, since the partition is never taken from it; the checksum
// finds damage and the cursor of another list.
const sumSize = 12

func cursorSum(bound string, position []byte) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "deskhand cursor 1\n%d\n%s\n%s", len(bound), bound, position))
	return sum[:sumSize]
}

func (p span) seal(it item, bound string) string {
	_, sk := p.names()
	position, _ := json.Marshal([3]string{text(it, "pk"), text(it, "sk"), text(it, sk)}) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(append(cursorSum(bound, position), position...))
}

func (p span) open(cursor, bound string) (item, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(data) <= sumSize || string(cursorSum(bound, data[sumSize:])) != string(data[:sumSize]) {
		return nil, badCursor()
	}
	var position [3]string
	if err := json.Unmarshal(data[sumSize:], &position); err != nil {
		return nil, badCursor()
	}
	at := item{"pk": str(position[0]), "sk": str(position[1])}
	if p.index != "" {
		pk, sk := p.names()
		at[pk], at[sk] = str(p.pk), str(position[2])
	}
	return at, nil
}

func badCursor() error {
	return fault.New(fault.Invalid, "the cursor is damaged or belongs to another list or filter; ask for the first page without a cursor")
}

// both joins conditions of a filter.
func both(f *expression.ConditionBuilder, c expression.ConditionBuilder) *expression.ConditionBuilder {
	if f != nil {
		c = f.And(c)
	}
	return &c
}
