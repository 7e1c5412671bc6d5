package dynamodb

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// TTL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
const (
	sweepEvery  = time.Hour                // items go at the first full hour after their expiry
	sweepBatch  = 500                      // removed in one transaction
	maxOverdue  = 5 * 365 * 24 * time.Hour // what expired longer ago is left alone
	lastSecond  = int64(253402300799)      // 9999-12-31: beyond, a number is no time
	ttlDisabled = "DISABLED"
	ttlEnabled  = "ENABLED"
)

// expiry is when an item expires, in epoch seconds.
func (t *table) expiry(item attribute.Item) (int64, bool) {
	if t.spec.TTL == "" {
		return 0, false
	}
	v, ok := item[t.spec.TTL]
	if !ok || v.Kind != attribute.N {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || f <= 0 || f > float64(lastSecond) {
		return 0, false
	}
	return int64(math.Ceil(f)), true
}

func expiryKey(at int64, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(key)), uint64(at)), key...)
}

// applyExpiry keeps the order of expiry in line with a change.
func (w *writer) applyExpiry(data *bbolt.Bucket, c change) error {
	if c.t.spec.TTL == "" {
		return nil
	}
	was, had := c.t.expiry(c.old)
	is, has := c.t.expiry(c.new)
	if had == has && was == is {
		return nil
	}
	b := data.Bucket([]byte(expiryBucket))
	if had {
		if err := b.Delete(expiryKey(was, c.key)); err != nil {
			return err
		}
	}
	if !has {
		return nil
	}
	if at := time.Unix(is, 0); w.expiry.IsZero() || at.Before(w.expiry) {
		w.expiry = at
	}
	return b.Put(expiryKey(is, c.key), nil)
}

// sweepBy makes sure that the timer fires within the hour after at.
func (s *Service) sweepBy(at time.Time) {
	if at.Before(s.clock.Now().Add(-maxOverdue)) {
		return
	}
	due := at.Truncate(sweepEvery).Add(sweepEvery)
	if now := s.clock.Now(); !due.After(now) {
		due = now.Truncate(sweepEvery).Add(sweepEvery)
	}
	s.sweepMu.Lock()
	defer s.sweepMu.Unlock()
	if !s.sweepAt.IsZero() && !due.Before(s.sweepAt) {
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.sweepAt = due
	s.timer = s.clock.At(due, "dynamodb ttl", s.sweep)
}

// scheduleSweep sets the timer for the earliest expiry on file.
func (s *Service) scheduleSweep() error {
	var earliest time.Time
	floor := expiryKey(max(s.clock.Now().Add(-maxOverdue).Unix(), 0), nil)
	err := s.view(func(root *bbolt.Bucket) error {
		for _, t := range s.tables {
			k, _ := t.data(root).Bucket([]byte(expiryBucket)).Cursor().Seek(floor)
			if k == nil || t.spec.TTL == "" {
				continue
			}
			if at := time.Unix(int64(binary.BigEndian.Uint64(k)), 0); earliest.IsZero() || at.Before(earliest) {
				earliest = at
			}
		}
		return nil
	})
	if err == nil && !earliest.IsZero() {
		s.sweepBy(earliest)
	}
	return err
}

// sweep removes what has expired and sets the timer for what comes next.
func (s *Service) sweep() {
	s.sweepMu.Lock()
	s.sweepAt, s.timer = time.Time{}, nil
	s.sweepMu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range s.tables {
		for t.spec.TTL != "" {
			n, err := s.removeExpired(t)
			if err != nil {
				_ = awshttp.AsError(err) // logged there; the next sweep tries again
				break
			}
			if n < sweepBatch {
				break
			}
		}
	}
	if err := s.scheduleSweep(); err != nil {
		_ = awshttp.AsError(err)
	}
}

func (s *Service) removeExpired(t *table) (removed int, err error) {
	err = s.update(func(w *writer) error {
		removed = 0
		data := t.data(w.root)
		floor := expiryKey(max(w.now.Add(-maxOverdue).Unix(), 0), nil)
		limit := expiryKey(w.now.Unix(), nil) // expired means before now
		var keys [][]byte
		c := data.Bucket([]byte(expiryBucket)).Cursor()
		for k, _ := c.Seek(floor); k != nil && bytes.Compare(k[:8], limit) < 0 && len(keys) < sweepBatch; k, _ = c.Next() {
			keys = append(keys, bytes.Clone(k))
		}
		for _, k := range keys {
			key := k[8:]
			old, size, err := t.read(w.root, key)
			if err != nil {
				return err
			}
			if _, err := w.apply(change{t: t, key: key, old: old, oldSize: size, expired: true}); err != nil {
				return err
			}
			if err := data.Bucket([]byte(expiryBucket)).Delete(k); err != nil {
				return err
			}
			removed++
		}
		return nil
	})
	return removed, err
}

func (s *Service) updateTimeToLive(c *awshttp.Call) (any, error) {
	type specification struct {
		AttributeName string
		Enabled       *bool
	}
	var in struct {
		TableName               string
		TimeToLiveSpecification *specification
	}
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.allow(c, "UpdateTimeToLive", in.TableName, "", nil); err != nil {
		return nil, err
	}
	t, err := s.tableNamed(in.TableName)
	if err != nil {
		return nil, err
	}
	spec := in.TimeToLiveSpecification
	if spec == nil || spec.Enabled == nil || spec.AttributeName == "" {
		return nil, missing("timeToLiveSpecification")
	}
	d := t.stored()
	switch {
	case *spec.Enabled && t.spec.TTL != "":
		return nil, invalidf("TimeToLive is already enabled")
	case !*spec.Enabled && t.spec.TTL == "":
		return nil, invalidf("TimeToLive is already disabled")
	case *spec.Enabled:
		d.Spec.TTL = spec.AttributeName
	case spec.AttributeName != t.spec.TTL:
		return nil, invalidf("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.spec.TTL)
	default:
		d.Spec.TTL = ""
	}
	changed := s.newTable(d)
	if err := s.db.Update(func(tx *bbolt.Tx) error { return changed.alter(tx.Bucket([]byte(rootBucket)), t) }); err != nil {
		return nil, err
	}
	s.tables[t.spec.Name] = changed
	return map[string]any{"TimeToLiveSpecification": spec}, s.scheduleSweep()
}

func (s *Service) describeTimeToLive(c *awshttp.Call) (any, error) {
	var in struct{ TableName string }
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.allow(c, "DescribeTimeToLive", in.TableName, "", nil); err != nil {
		return nil, err
	}
	t, err := s.tableNamed(in.TableName)
	if err != nil {
		return nil, err
	}
	d := map[string]any{"TimeToLiveStatus": ttlDisabled}
	if t.spec.TTL != "" {
		d = map[string]any{"TimeToLiveStatus": ttlEnabled, "AttributeName": t.spec.TTL}
	}
	return map[string]any{"TimeToLiveDescription": d}, nil
}
