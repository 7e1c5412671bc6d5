package store

import (
	"context"
	"strings"
	"time"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/fault"
	"github.com/deskhand/deskhand/shared/run"
)

// erasureDays is for how long it is known that a contact was erased.
const erasureDays = 30

// erasure is desk.Erasure as it is kept; without the address once it is done.
type erasure struct {
	Email  string    `json:"email,omitempty"`
	Stage  string    `json:"stage"`
	Cursor string    `json:"cursor,omitempty"`
	Since  time.Time `json:"since"`
	Done   bool      `json:"done"`
}

// BeginErasure is the erasure of a contact, begun now or before; fault.NotFound when there
// is neither the contact nor an erasure of it.
func (s *Store) BeginErasure(ctx context.Context, contactID string) (desk.Erasure, error) {
	it, err := s.get(ctx, erasureKey(contactID))
	if err != nil {
		return desk.Erasure{}, err
	}
	var e erasure
	if it != nil {
		err := decode(it, "doc", &e)
		return desk.Erasure{ContactID: contactID, Email: e.Email, Stage: e.Stage, Cursor: e.Cursor, Since: e.Since, Done: e.Done}, err
	}
	c, err := s.Contact(ctx, contactID)
	if err != nil {
		return desk.Erasure{}, err
	}
	begun := desk.Erasure{ContactID: c.ID, Email: c.Email, Since: s.now().UTC()}
	return begun, s.SaveErasure(ctx, begun)
}

// SaveErasure keeps how far an erasure has come. Of one that is done the address is not
// kept any more, and all of it only for some weeks.
func (s *Store) SaveErasure(ctx context.Context, e desk.Erasure) error {
	kept := erasure{Email: e.Email, Stage: e.Stage, Cursor: e.Cursor, Since: e.Since, Done: e.Done}
	c := columns{}
	if e.Done {
		kept.Email = ""
		c["ttl"] = s.inDays(erasureDays)
	}
	var err error
	if c["doc"], err = encode(kept); err != nil {
		return err
	}
	return s.write(ctx, put(with(newItem(erasureKey(e.ContactID), "erasure"), c)))
}

// RunsOfEvent are the ids of the runs that an event started, restarts too.
func (s *Store) RunsOfEvent(ctx context.Context, eventID string) ([]string, error) {
	items, err := s.all(ctx, span{pk: eventKey(eventID).pk, prefix: runPrefix}, 0)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, it := range items {
		out = append(out, text(it, "run"))
	}
	return out, nil
}

// EraseEvent removes an event with its match records; blob names the object in which
// those are when the table has no room for them. The marks that it started runs stay.
func (s *Store) EraseEvent(ctx context.Context, eventID string) (blob string, err error) {
	rec, err := s.get(ctx, matchesKey(eventID))
	if err != nil {
		return "", err
	}
	return text(rec, "blob"), s.write(ctx, remove(eventKey(eventID)), remove(matchesKey(eventID)))
}

// EraseRun removes what a run knew of people: its input, the results of its steps, the
// texts of its approvals and the reason of its end. The record stays, for the counters.
func (s *Store) EraseRun(ctx context.Context, runID string) error {
	items, err := s.all(ctx, span{pk: runKey(runID).pk}, 0)
	if err != nil {
		return err
	}
	var writes []write
	for _, it := range items {
		k := key{text(it, "pk"), text(it, "sk")}
		switch {
		case k == inputKey(runID):
			writes = append(writes, remove(k))
		case text(it, "kind") == "effect":
			writes = append(writes, update(k, columns{"v": num(version("effect")), "result": str("{}")}))
		case strings.HasPrefix(k.sk, approvalPrefix):
			if err := s.eraseApproval(ctx, text(it, "approval")); err != nil {
				return err
			}
		}
	}
	if err := s.inBatches(ctx, writes); err != nil {
		return err
	}
	_, _, err = s.changeRun(ctx, runID, func(r *run.Run) ([]write, error) {
		if r.Erased {
			return nil, errGone
		}
		r.Reason, r.Erased = "", true
		self, err := runWrite(*r, s.now())
		return []write{self}, err
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (s *Store) eraseApproval(ctx context.Context, approvalID string) error {
	return s.again(ctx, func() error {
		r, err := s.Approval(ctx, approvalID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Subject, r.Message, r.MessageHTML, r.Draft, r.Text, r.Comment = "(erased)", "", "", "", "", ""
		for i := range r.Votes {
			r.Votes[i].Text, r.Votes[i].Comment = "", ""
		}
		w, err := s.approvalWrite(*r, revisionIs(r.Revision), always(errTaken))
		if err != nil {
			return err
		}
		return s.write(ctx, w)
	})
}

// EraseMessage removes a message, and where its Message-ID leads to it.
func (s *Store) EraseMessage(ctx context.Context, m desk.Message) error {
	writes := []write{remove(messageKey(m.ConversationID, m.ID))}
	if m.MessageID != "" {
		refs, err := s.all(ctx, span{pk: mailPartition(m.MessageID)}, 0)
		if err != nil {
			return err
		}
		for _, it := range refs {
			if text(it, "message") == m.ID || text(it, "sender") == m.From.Email {
				writes = append(writes, remove(key{text(it, "pk"), text(it, "sk")}))
			}
		}
	}
	return s.inBatches(ctx, writes)
}

// EraseConversation removes a conversation with its timeline; its messages must be gone.
// The conversation itself goes last, so that one that is half gone is found again.
func (s *Store) EraseConversation(ctx context.Context, convID string) error {
	items, err := s.all(ctx, span{pk: conversationPartition(convID)}, 0)
	if err != nil {
		return err
	}
	self := conversationKey(convID)
	var writes []write
	for _, it := range items {
		k := key{text(it, "pk"), text(it, "sk")}
		if strings.HasPrefix(k.sk, messagePrefix) {
			return fault.New(fault.Internal, "conversation %s still has messages", convID)
		}
		if k != self {
			writes = append(writes, remove(k))
		}
	}
	if err := s.inBatches(ctx, writes); err != nil {
		return err
	}
	return s.write(ctx, remove(self))
}

// EraseFailedMail removes a mail that could not be processed.
func (s *Store) EraseFailedMail(ctx context.Context, sesID string) error {
	return s.write(ctx, remove(failedKey(sesID)))
}

// EraseContact removes a contact with its address. One that changed since is read again.
func (s *Store) EraseContact(ctx context.Context, contactID string) error {
	return s.again(ctx, func() error {
		it, err := s.get(ctx, contactKey(contactID))
		if err != nil || it == nil {
			return err
		}
		c, err := contactOf(it)
		if err != nil {
			return err
		}
		writes := []write{remove(contactKey(contactID)).onlyIf(revisionIs(c.Revision), always(errTaken))}
		mine, err := s.get(ctx, emailKey(c.Email))
		if err != nil {
			return err
		}
		if text(mine, "id") == contactID {
			writes = append(writes, remove(emailKey(c.Email)).onlyIf(equals("id", str(contactID)), always(errTaken)), remove(bounceKey(c.Email)))
		}
		return s.write(ctx, writes...)
	})
}

// inBatches does writes that need not happen together.
func (s *Store) inBatches(ctx context.Context, writes []write) error {
	for len(writes) > 0 {
		n := min(len(writes), maxWrites)
		if err := s.write(ctx, writes[:n]...); err != nil {
			return err
		}
		writes = writes[n:]
	}
	return nil
}
