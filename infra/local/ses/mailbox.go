package ses

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/disk"
)

// Mail is one sent message as the mailbox shows it.
type Mail struct {
	ID      string            `json:"id"` // SES's message id
	At      time.Time         `json:"at"`
	From    string            `json:"from"` // lower-case address
	To      []string          `json:"to"`   // lower-case addresses of the envelope, Cc and Bcc among them
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Headers map[string]string `json:"headers"` // names as written, values decoded; repeated ones joined by ", "
}

const (
	mailBucket = "ses.mail" // sequence → Mail
	idBucket   = "ses.ids"  // id → sequence
	rawBucket  = "ses.raw"  // id → message
)

// read makes the mailbox's view of a message.
func read(raw []byte) *Mail {
	fields, _ := splitHeader(raw)
	m := &Mail{Headers: map[string]string{}, Subject: decodeWords(get(fields, "Subject"))}
	for _, f := range fields {
		v := decodeWords(f.value)
		for have := range m.Headers {
			if strings.EqualFold(have, f.name) {
				f.name, v = have, m.Headers[have]+", "+v
				break
			}
		}
		m.Headers[f.name] = v
	}
	if env, err := enmime.ReadEnvelope(bytes.NewReader(raw)); err == nil {
		m.Text, m.HTML = strings.ReplaceAll(env.Text, "\r\n", "\n"), env.HTML
	} else {
		_, rest := splitHeader(raw)
		m.Text = string(bytes.TrimSpace(rest)) // not MIME that anything can read; show it as it is
	}
	return m
}

// keep stores a sent message, in one commit.
func (s *Service) keep(id string, at time.Time, from string, to []string, raw []byte) error {
	m := read(raw)
	m.ID, m.At, m.From, m.To = id, at, from, to
	return s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(mailBucket))
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		seq := binary.BigEndian.AppendUint64(nil, n)
		if err := disk.PutJSON(b, string(seq), m); err != nil {
			return err
		}
		if err := tx.Bucket([]byte(idBucket)).Put([]byte(id), seq); err != nil {
			return err
		}
		return tx.Bucket([]byte(rawBucket)).Put([]byte(id), raw)
	})
}

// each shows the mails, newest first, until f returns false.
func (s *Service) each(f func(*Mail) bool) error {
	return s.cfg.DB.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(mailBucket)).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			var m Mail
			if err := json.Unmarshal(v, &m); err != nil {
				return err
			}
			if !f(&m) {
				return nil
			}
		}
		return nil
	})
}

// Sent lists up to limit mails, newest first; to narrows it to one recipient.
func (s *Service) Sent(to string, limit int) ([]Mail, error) {
	out := []Mail{}
	to = strings.ToLower(strings.TrimSpace(to))
	err := s.each(func(m *Mail) bool {
		if to == "" || slices.Contains(m.To, to) {
			out = append(out, *m)
		}
		return len(out) < limit
	})
	return out, err
}

// Mail finds one; nil when there is none.
func (s *Service) Mail(id string) (m *Mail, raw []byte, err error) {
	err = s.cfg.DB.View(func(tx *bbolt.Tx) error {
		seq := tx.Bucket([]byte(idBucket)).Get([]byte(id))
		if seq == nil {
			return nil
		}
		m = &Mail{}
		raw = slices.Clone(tx.Bucket([]byte(rawBucket)).Get([]byte(id)))
		_, err := disk.GetJSON(tx.Bucket([]byte(mailBucket)), string(seq), m)
		return err
	})
	return m, raw, err
}

// Clear empties the mailbox.
func (s *Service) Clear() error {
	return s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{mailBucket, idBucket, rawBucket} {
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
}
