package store

import (
	"context"
	"errors"

	"github.com/deskhand/deskhand/shared/desk"
)

// How long a mark of a delivery and a done failed mail are kept. SES delivers again
// within hours.
const (
	deliveryDays = 30
	doneDays     = 30
)

// errGone says that there is nothing to change any more.
var errGone = errors.New("gone")

// markWrites are what makes a change happen once: the delivery, the mail and the effect
// of the step, and where mail with a Message-ID is to be found.
func (s *Store) markWrites(c desk.Change) ([]write, error) {
	var out []write
	filed := map[key]bool{}
	if m := c.Mail; m != nil {
		if m.SESID != "" {
			it := with(newItem(deliveryKey(m.SESID), "delivery"), columns{"ttl": s.inDays(deliveryDays)})
			out = append(out, put(it).onlyIf(absent, always(desk.ErrDelivered)))
		}
		if m.MessageID != "" {
			k := mailKey(m.MessageID, m.Sender)
			filed[k] = true
			ref := desk.MailRef{Sender: m.Sender}
			for _, msg := range c.Messages {
				if msg.MessageID == m.MessageID {
					ref.ConversationID, ref.MessageID = msg.ConversationID, msg.ID
				}
			}
			out = append(out, put(refItem(k, ref)).onlyIf(absent, always(desk.ErrDuplicateMail)))
		}
	}
	if e := c.Effect; e != nil {
		w, err := effectWrite(*e)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	for _, m := range c.Messages {
		k := mailKey(m.MessageID, m.From.Email)
		if m.MessageID != "" && !filed[k] {
			filed[k] = true
			out = append(out, put(refItem(k, desk.MailRef{ConversationID: m.ConversationID, MessageID: m.ID, Sender: m.From.Email})))
		}
	}
	return out, nil
}

// Delivered tells whether the SES delivery was taken in, or was a copy, in the last weeks.
func (s *Store) Delivered(ctx context.Context, sesID string) (bool, error) {
	it, err := s.get(ctx, deliveryKey(sesID))
	return it != nil, err
}

func refItem(k key, ref desk.MailRef) item {
	return with(newItem(k, "mail"), columns{"conversation": opt(ref.ConversationID), "message": opt(ref.MessageID), "sender": opt(ref.Sender)})
}

// FindByMessageID says where mail with the Message-ID (without <>) was filed, once per
// sender; none is no error.
func (s *Store) FindByMessageID(ctx context.Context, messageID string) ([]MailRef, error) {
	items, err := s.all(ctx, span{pk: mailPartition(messageID)}, 0)
	if err != nil {
		return nil, err
	}
	return decodeAll(items, func(it item) (MailRef, error) {
		return MailRef{ConversationID: text(it, "conversation"), MessageID: text(it, "message"), Sender: text(it, "sender")}, nil
	})
}

// PutFailedMail keeps a mail that could not be processed; the same delivery again
// replaces it.
func (s *Store) PutFailedMail(ctx context.Context, m desk.FailedMail) error {
	if m.Recipients == nil {
		m.Recipients = []string{}
	}
	doc, err := encode(m)
	if err != nil {
		return err
	}
	return s.write(ctx, put(with(newItem(failedKey(m.ID), "failed"),
		columns{"doc": doc}.listed(place{listFailed, timed(m.At, m.ID)}, place{}))))
}

// FailedMails lists mail that could not be processed, newest first.
func (s *Store) FailedMails(ctx context.Context, p Page) ([]desk.FailedMail, string, error) {
	return page(ctx, s, span{index: indexList, pk: listFailed, newestFirst: true}, nil, p, each(failedOf))
}

// FailedMail is the mail of the SES delivery.
func (s *Store) FailedMail(ctx context.Context, sesID string) (desk.FailedMail, error) {
	it, err := s.find(ctx, failedKey(sesID), "failed mail", sesID)
	if err != nil {
		return desk.FailedMail{}, err
	}
	if yes(it, "done") {
		return desk.FailedMail{}, missing("failed mail", sesID)
	}
	return failedOf(it)
}

// DeleteFailedMail takes a mail out of the failed ones; that it is none is no error. The
// item goes later, by its TTL: whoever takes mail in may change items and not delete any.
func (s *Store) DeleteFailedMail(ctx context.Context, sesID string) error {
	gone := columns{"done": flag(true), "ttl": s.inDays(doneDays)}.listed(place{}, place{})
	err := s.write(ctx, update(failedKey(sesID), gone).onlyIf(present, always(errGone)))
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

func failedOf(it item) (m desk.FailedMail, err error) {
	err = decode(it, "doc", &m)
	return m, err
}
