package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/event"
	"github.com/deskhand/deskhand/shared/run"
)

// The lists for whoever removes what is old: the oldest first, up to a time. They are
// parts of the lists of everything, which are in the order of time: nothing else is read.

// OldConversations lists conversations without a message since a time.
func (s *Store) OldConversations(ctx context.Context, before time.Time, p Page) ([]desk.Conversation, string, error) {
	return page(ctx, s, span{index: indexList, pk: listConversations, high: stampOf(before)}, "old", p, each(conversationOf))
}

// OldFailedMails lists mail that could not be processed before a time.
func (s *Store) OldFailedMails(ctx context.Context, before time.Time, p Page) ([]desk.FailedMail, string, error) {
	return page(ctx, s, span{index: indexList, pk: listFailed, high: stampOf(before)}, "old", p, each(failedOf))
}

// OldRuns lists runs that began before a time.
func (s *Store) OldRuns(ctx context.Context, before time.Time, p Page) ([]run.Run, string, error) {
	return page(ctx, s, span{index: indexList, pk: listRuns, high: runFloor(before)}, "old", p, each(runOf))
}

// OldEvents lists events of before a time; silent ones are those that are only listed
// by type.
func (s *Store) OldEvents(ctx context.Context, silent bool, before time.Time, p Page) ([]event.Stored, string, error) {
	list := listEvents
	if silent {
		list = listSilent
	}
	return page(ctx, s, span{index: indexList, pk: list, high: eventFloor(before)}, "old", p, each(eventOf))
}

// Aging is how far the pass over what is too old has come.
func (s *Store) Aging(ctx context.Context) (a desk.Aging, err error) {
	it, err := s.get(ctx, retentionKey())
	if err != nil || it == nil {
		return a, err
	}
	err = decode(it, "doc", &a)
	a.Revision = number(it, "revision")
	return a, err
}

// SaveAging keeps how far the pass has come, and when the sweep goes on with it; never
// when next is zero. saved is false when the settings began it anew meanwhile.
func (s *Store) SaveAging(ctx context.Context, a *desk.Aging, next time.Time) (saved bool, err error) {
	c, err := agingColumns(*a)
	if err != nil {
		return false, err
	}
	c["revision"] = num(a.Revision + 1)
	err = s.write(ctx, update(retentionKey(), c.dueAt(next)).onlyIf(revisionIs(a.Revision), always(errGone)))
	if errors.Is(err, errGone) {
		return false, nil
	}
	if err == nil {
		a.Revision++
	}
	return err == nil, err
}

func agingColumns(a desk.Aging) (columns, error) {
	doc, err := encode(a)
	return columns{"kind": str("retention"), "v": num(version("retention")), "doc": doc}, err
}

// RemoveRun removes a run that has ended, with its input, what its steps did, its waits
// and its approvals. The marks that its event started it go by their own time; the
// counters stay. The run itself goes last, so that one that is half gone is found again.
func (s *Store) RemoveRun(ctx context.Context, r run.Run) error {
	items, err := s.all(ctx, span{pk: runKey(r.ID).pk}, 0)
	if err != nil {
		return err
	}
	self := runKey(r.ID)
	var writes []write
	for _, it := range items {
		k := key{text(it, "pk"), text(it, "sk")}
		if a := text(it, "approval"); a != "" && strings.HasPrefix(k.sk, approvalPrefix) {
			writes = append(writes, remove(approvalKey(a)), remove(tokenKey(a)))
		}
		if k != self {
			writes = append(writes, remove(k))
		}
	}
	if r.ConversationID != "" {
		writes = append(writes, remove(runOfConversationKey(r.ConversationID, r.ID)))
	}
	if err := s.inBatches(ctx, writes); err != nil {
		return err
	}
	return s.write(ctx, remove(self))
}
