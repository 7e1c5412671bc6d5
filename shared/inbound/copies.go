package inbound

import (
	"context"
	"errors"
	"log/slog"

	"github.com/deskhand/deskhand/shared/desk"
	"github.com/deskhand/deskhand/shared/mail"
)

// attachmentKey is where an attachment of a message is kept.
func attachmentKey(messageID, id string) string { return "message/" + messageID + "/" + id }

// dropCopies removes what a delivery brought of a mail that the desk has already: its
// raw text, which nothing would ever lead to, and the attachments that were kept before
// that was known. The delivery is marked first, so that it is known when it comes again.
// The delivery that the message came with is left as it is.
func (r *Receiver) dropCopies(ctx context.Context, d Delivery, msg *mail.Message) error {
	if err := r.dropAttachments(ctx, d, msg); err != nil {
		return err
	}
	if msg.MessageID == "" {
		return nil // the delivery itself came again
	}
	refs, err := r.Store.FindByMessageID(ctx, msg.MessageID)
	if err != nil {
		return err
	}
	from := sender(msg, d.From).Email
	for _, ref := range refs {
		if ref.Sender != from || ref.ConversationID == "" {
			continue
		}
		m, err := r.Store.Message(ctx, ref.ConversationID, ref.MessageID)
		if err != nil || m.RawKey == d.Key {
			return err
		}
		err = r.Store.Commit(ctx, desk.Change{Mail: &desk.MailMark{SESID: d.ID}})
		if err != nil && !errors.Is(err, desk.ErrDelivered) {
			return err
		}
		return r.Blobs.Delete(ctx, d.Key)
	}
	return nil
}

// dropAttachments removes those of a message that did not come to be.
func (r *Receiver) dropAttachments(ctx context.Context, d Delivery, msg *mail.Message) error {
	for i := range msg.Attachments {
		if err := r.Blobs.Delete(ctx, attachmentKey(d.messageID, attachmentID(i))); err != nil {
			return err
		}
	}
	return nil
}

// forget is dropAttachments for whoever has an error of its own to tell.
func (r *Receiver) forget(ctx context.Context, d Delivery, msg *mail.Message) {
	if err := r.dropAttachments(ctx, d, msg); err != nil {
		slog.WarnContext(ctx, "attachments of a mail that was not taken in stay in the bucket", "error", err)
	}
}
