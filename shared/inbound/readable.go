package inbound

import (
	"bytes"
	"errors"
	"strings"

	"github.com/deskhand/deskhand/shared/mail"
)

// parse reads the raw mail. SES writes header fields of its own on top of whatever came
// in, so that even bytes that are no mail have a header: what its sender did not begin
// with one single field, and what holds nothing to read, is no mail.
func parse(raw []byte, env mail.Envelope) (*mail.Message, error) {
	msg, err := mail.Parse(bytes.NewReader(raw), env)
	if err != nil {
		return nil, err
	}
	if msg.From.Email != "" || msg.Sender.Email != "" || len(msg.To)+len(msg.Cc)+len(msg.ReplyTo) > 0 ||
		msg.Subject != "" || msg.MessageID != "" || !msg.Date.IsZero() {
		return msg, nil
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, errors.New("it has no header and is not text")
	}
	if strings.TrimSpace(msg.FullText+msg.HTML) == "" && len(msg.Attachments) == 0 {
		return nil, errors.New("it is empty")
	}
	return msg, nil
}
