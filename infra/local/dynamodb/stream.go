package dynamodb

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// StreamLabel is the label in the stream ARNs of the tables of Config: fixed, so that
// a template's GetAtt StreamArn can be resolved without asking. Tables made by
// CreateTable have their time of creation, as in AWS.
const StreamLabel = "2024-01-01T00:00:00.000"

// StreamARN is the ARN of the stream of a table of Config.
func StreamARN(region, account, table string) string {
	return "arn:aws:dynamodb:" + region + ":" + account + ":table/" + table + "/stream/" + StreamLabel
}

// streamLife is how long records are kept; trimBatch how many old ones a new one clears away.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const (
	streamLife = 24 * time.Hour
	trimBatch  = 50
)

// Identity is set on what TTL removed.
type Identity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

// StreamChange is what happened to one item.
type StreamChange struct {
	ApproximateCreationDateTime int64 // epoch seconds
	Keys                        attribute.Item
	NewImage                    attribute.Item `json:",omitempty"`
	OldImage                    attribute.Item `json:",omitempty"`
	SequenceNumber              string
	SizeBytes                   int
	StreamViewType              string
}

// StreamRecord is one record; it marshals as an entry of the Lambda event's Records.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type StreamRecord struct {
	EventID        string       `json:"eventID"`
	EventName      string       `json:"eventName"` // INSERT, MODIFY or REMOVE
	EventVersion   string       `json:"eventVersion"`
	EventSource    string       `json:"eventSource"`
	AWSRegion      string       `json:"awsRegion"`
	DynamoDB       StreamChange `json:"dynamodb"`
	UserIdentity   *Identity    `json:"userIdentity,omitempty"`
	EventSourceARN string       `json:"eventSourceARN"`
}

// OnStream calls f after every commit that added records to the stream, before the
// call that caused them answers. f starts its work elsewhere and returns; it does not
// call the Service itself.
func (s *Service) OnStream(streamARN string, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[streamARN] = append(s.watchers[streamARN], f)
}

// notify runs under s.mu, which a call on items holds for reading.
func (s *Service) notify(streamARN string) {
	for _, f := range s.watchers[streamARN] {
		f()
	}
}

// StreamRecords reads at most max records that follow afterSequence ("": from the
// oldest kept), in order. It is an error only when there is no such stream.
func (s *Service) StreamRecords(streamARN, afterSequence string, max int) ([]StreamRecord, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.streamTable(streamARN)
	if t == nil {
		return nil, fmt.Errorf("dynamodb: no stream %s", streamARN)
	}
	after := uint64(0)
	if afterSequence != "" {
		var err error
		if after, err = parseSequence(afterSequence); err != nil {
			return nil, err
		}
	}
	return s.records(t, after, max)
}

func (s *Service) streamTable(streamARN string) *table {
	for _, t := range s.tables {
		if t.streamARN == streamARN && streamARN != "" {
			return t
		}
	}
	return nil
}

// A sequence number is 21 digits, so that it orders as text too.
const sequenceBase = "1"

func formatSequence(n uint64) string { return fmt.Sprintf(sequenceBase+"%020d", n) }

func parseSequence(text string) (uint64, error) {
	digits, ok := strings.CutPrefix(text, sequenceBase)
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || len(digits) != 20 || err != nil {
		return 0, invalidf("Invalid sequence number %s", text)
	}
	return n, nil
}

// A stored record is 8 bytes of epoch milliseconds, a byte of event name, a byte that
// is 1 for TTL, then keys, new and old image, each with its length (0: none).
const (
	insertEvent = iota
	modifyEvent
	removeEvent
)

var eventNames = []string{"INSERT", "MODIFY", "REMOVE"}

// record appends a change to its table's stream.
func (w *writer) record(data *bbolt.Bucket, c change) error {
	b := data.Bucket([]byte(streamBucket))
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	event, source := byte(modifyEvent), c.new
	switch {
	case c.old == nil:
		event = insertEvent
	case c.new == nil:
		event, source = removeEvent, c.old
	}
	out := binary.BigEndian.AppendUint64(nil, uint64(w.now.UnixMilli()))
	out = append(out, event, 0)
	if c.expired {
		out[len(out)-1] = 1
	}
	view := c.t.spec.Stream
	part := func(item attribute.Item, wanted bool) {
		if item == nil || !wanted {
			out = binary.AppendUvarint(out, 0)
			return
		}
		encoded := attribute.AppendItem(nil, item)
		out = append(binary.AppendUvarint(out, uint64(len(encoded))), encoded...)
	}
	part(c.t.key.pick(source), true)
	part(c.new, view == "NEW_IMAGE" || view == "NEW_AND_OLD_IMAGES")
	part(c.old, view == "OLD_IMAGE" || view == "NEW_AND_OLD_IMAGES")
	if err := b.Put(binary.BigEndian.AppendUint64(nil, n), out); err != nil {
		return err
	}
	return trim(b, w.now)
}

// trim drops some records that are past their time.
func trim(b *bbolt.Bucket, now time.Time) error {
	var old [][]byte
	c := b.Cursor()
	for k, v := c.First(); k != nil && len(old) < trimBatch && stale(v, now); k, v = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func stale(record []byte, now time.Time) bool {
	return len(record) < 8 || now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(record)))) > streamLife
}

// records reads the stream of a table from after a number on.
func (s *Service) records(t *table, after uint64, max int) ([]StreamRecord, error) {
	now := s.clock.Now()
	var out []StreamRecord
	err := s.view(func(root *bbolt.Bucket) error {
		c := t.data(root).Bucket([]byte(streamBucket)).Cursor()
		for k, v := c.Seek(binary.BigEndian.AppendUint64(nil, after+1)); k != nil && len(out) < max; k, v = c.Next() {
			if stale(v, now) {
				continue
			}
			r, err := s.decodeRecord(t, binary.BigEndian.Uint64(k), v)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

func (s *Service) decodeRecord(t *table, n uint64, data []byte) (StreamRecord, error) {
	sum := md5.Sum(fmt.Appendf(nil, "%s %d", t.streamARN, n))
	r := StreamRecord{
		EventID: hex.EncodeToString(sum[:]), EventName: eventNames[data[8]], EventVersion: "1.1",
		EventSource: "aws:dynamodb", AWSRegion: s.region, EventSourceARN: t.streamARN,
	}
	if data[9] == 1 {
		r.UserIdentity = &Identity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}
	}
	d := &r.DynamoDB
	d.ApproximateCreationDateTime = int64(binary.BigEndian.Uint64(data)) / 1000
	d.SequenceNumber, d.StreamViewType = formatSequence(n), t.spec.Stream
	rest := data[10:]
	for _, into := range []*attribute.Item{&d.Keys, &d.NewImage, &d.OldImage} {
		size, w := binary.Uvarint(rest)
		if w <= 0 || size > uint64(len(rest)-w) {
			return r, fmt.Errorf("stream record %s is damaged", d.SequenceNumber)
		}
		part := rest[w : w+int(size)]
		rest = rest[w+int(size):]
		if size == 0 {
			continue
		}
		item, err := attribute.DecodeItem(part)
		if err != nil {
			return r, err
		}
		*into = item
		d.SizeBytes += attribute.ItemSize(item)
	}
	return r, nil
}

// MarshalJSON writes the change with its values in wire form.
func (c StreamChange) MarshalJSON() ([]byte, error) {
	type plain struct {
		ApproximateCreationDateTime int64
		Keys                        wireItem
		NewImage                    wireItem `json:",omitempty"`
		OldImage                    wireItem `json:",omitempty"`
		SequenceNumber              string
		SizeBytes                   int
		StreamViewType              string
	}
	return json.Marshal(plain{c.ApproximateCreationDateTime, c.Keys, c.NewImage, c.OldImage, c.SequenceNumber, c.SizeBytes, c.StreamViewType})
}
