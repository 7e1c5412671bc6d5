package dynamodb

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// The file: one bucket of the service, in it one for the tables' descriptions, one
// for idempotency tokens, and one per table with its items, its index entries, its
// expiries and its stream.
const (
	rootBucket   = "dynamodb"
	tablesBucket = "tables"
	tokensBucket = "tokens"
	dataPrefix   = "table:"
	itemsBucket  = "items"
	indexPrefix  = "index:"
	expiryBucket = "expiry" // 8 bytes of epoch seconds, then the item's key
	streamBucket = "stream" // 8 bytes of sequence number → record
)

// data is a table's bucket.
func (t *table) data(root *bbolt.Bucket) *bbolt.Bucket {
	return root.Bucket([]byte(dataPrefix + t.spec.Name))
}

// A stored item is its size as AWS counts it, then its stored form.
func encodeItem(item attribute.Item) (data []byte, size int) {
	size = attribute.ItemSize(item)
	data = binary.AppendUvarint(make([]byte, 0, size+32), uint64(size))
	return attribute.AppendItem(data, item), size
}

func decodeItem(data []byte) (attribute.Item, int, error) {
	if data == nil {
		return nil, 0, nil
	}
	size, w := binary.Uvarint(data)
	if w <= 0 {
		return nil, 0, fmt.Errorf("stored item has no size")
	}
	item, err := attribute.DecodeItem(data[w:])
	return item, int(size), err
}

// read finds an item by its place; nil when there is none.
func (t *table) read(root *bbolt.Bucket, key []byte) (attribute.Item, int, error) {
	return decodeItem(t.data(root).Bucket([]byte(itemsBucket)).Get(key))
}

// writer is one write transaction.
type writer struct {
	root    *bbolt.Bucket
	now     time.Time
	streams []string  // ARNs that got records
	expiry  time.Time // the earliest expiry set
}

// change is one item's before and after; nil is no item.
type change struct {
	t        *table
	key      []byte
	old, new attribute.Item
	oldSize  int
	expired  bool // removed by TTL
}

// apply stores a change everywhere it shows and returns what it costs.
func (w *writer) apply(c change) (units, error) {
	data := c.t.data(w.root)
	items := data.Bucket([]byte(itemsBucket))
	newSize := 0
	if c.new != nil {
		var encoded []byte
		encoded, newSize = encodeItem(c.new)
		if err := items.Put(c.key, encoded); err != nil {
			return units{}, err
		}
	} else if c.old != nil {
		if err := items.Delete(c.key); err != nil {
			return units{}, err
		}
	}
	cost := units{table: writeUnits(max(c.oldSize, newSize))}
	for _, x := range c.t.indexes {
		n, err := x.apply(data, c)
		if err != nil {
			return cost, err
		}
		cost.onIndex(x.spec.Name, n)
	}
	if err := w.applyExpiry(data, c); err != nil {
		return cost, err
	}
	if c.t.streamARN != "" && !attribute.EqualItems(c.old, c.new) {
		if err := w.record(data, c); err != nil {
			return cost, err
		}
		if !slices.Contains(w.streams, c.t.streamARN) {
			w.streams = append(w.streams, c.t.streamARN)
		}
	}
	return cost, nil
}

// apply brings an index in line with a change and counts its write units.
func (x *index) apply(data *bbolt.Bucket, c change) (float64, error) {
	b := data.Bucket(x.bucket)
	oldKey, oldEntry, had := x.entry(c.old)
	newKey, newEntry, has := x.entry(c.new)
	cost := 0.0
	moved := had && has && !bytes.Equal(oldKey, newKey)
	if had && (!has || moved) {
		if err := b.Delete(oldKey); err != nil {
			return 0, err
		}
		cost += writeUnits(attribute.ItemSize(oldEntry))
	}
	if !has || had && !moved && attribute.EqualItems(oldEntry, newEntry) {
		return cost, nil
	}
	encoded, size := encodeItem(newEntry)
	if had && !moved {
		size = max(size, attribute.ItemSize(oldEntry))
	}
	return cost + writeUnits(size), b.Put(newKey, encoded)
}

// open loads the tables on file and brings them in line with the wanted ones.
func (s *Service) open(want []TableSpec) error {
	now := s.clock.Now()
	return s.db.Update(func(tx *bbolt.Tx) error {
		root := tx.Bucket([]byte(rootBucket))
		for _, n := range []string{tablesBucket, tokensBucket} {
			if _, err := root.CreateBucketIfNotExists([]byte(n)); err != nil {
				return err
			}
		}
		err := root.Bucket([]byte(tablesBucket)).ForEach(func(name, data []byte) error {
			var d storedTable
			if err := json.Unmarshal(data, &d); err != nil {
				return fmt.Errorf("dynamodb table %s on file: %w", name, err)
			}
			s.tables[string(name)] = s.newTable(d)
			return nil
		})
		if err != nil {
			return err
		}
		for _, spec := range want {
			if err := s.ensure(root, spec, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// ensure makes the table, or changes the one there is.
func (s *Service) ensure(root *bbolt.Bucket, spec TableSpec, now time.Time) error {
	if err := spec.check(); err != nil {
		return fmt.Errorf("dynamodb table %s: %w", spec.Name, err)
	}
	was := s.tables[spec.Name]
	if was == nil {
		t := s.newTable(storedTable{Spec: spec, Created: now, ID: tableID(now, spec.Name), Label: StreamLabel})
		s.tables[spec.Name] = t
		return t.create(root)
	}
	if was.spec.PartitionKey != spec.PartitionKey || was.spec.SortKey != spec.SortKey {
		return fmt.Errorf("dynamodb table %s: its primary key on file is %v %v and shall be %v %v; rename the table or delete the data folder",
			spec.Name, was.spec.PartitionKey, was.spec.SortKey, spec.PartitionKey, spec.SortKey)
	}
	d := was.stored()
	d.Spec = spec
	t := s.newTable(d)
	s.tables[spec.Name] = t
	return t.alter(root, was)
}

// alter makes the buckets of a table fit it that were made for another form of it.
func (t *table) alter(root *bbolt.Bucket, was *table) error {
	data := t.data(root)
	same := func(x, y *index) bool { return x != nil && y != nil && reflect.DeepEqual(x.spec, y.spec) }
	for _, x := range was.indexes {
		if !same(x, t.index(x.spec.Name)) {
			if err := data.DeleteBucket(x.bucket); err != nil {
				return err
			}
		}
	}
	var fill []*index
	for _, x := range t.indexes {
		if !same(x, was.index(x.spec.Name)) {
			if _, err := data.CreateBucket(x.bucket); err != nil {
				return err
			}
			fill = append(fill, x)
		}
	}
	retime := t.spec.TTL != was.spec.TTL
	if retime {
		if err := data.DeleteBucket([]byte(expiryBucket)); err != nil {
			return err
		}
		if _, err := data.CreateBucket([]byte(expiryBucket)); err != nil {
			return err
		}
	}
	if retime && t.spec.TTL != "" || len(fill) > 0 {
		err := data.Bucket([]byte(itemsBucket)).ForEach(func(key, stored []byte) error {
			item, _, err := decodeItem(stored)
			if err != nil {
				return err
			}
			c := change{t: t, key: key, new: item}
			for _, x := range fill {
				if _, err := x.apply(data, c); err != nil {
					return err
				}
			}
			if at, ok := t.expiry(item); ok && retime {
				return data.Bucket([]byte(expiryBucket)).Put(expiryKey(at, key), nil)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return t.keep(root)
}

// create makes the table's buckets and keeps its description.
func (t *table) create(root *bbolt.Bucket) error {
	data, err := root.CreateBucket([]byte(dataPrefix + t.spec.Name))
	if err != nil {
		return err
	}
	for _, n := range []string{itemsBucket, expiryBucket, streamBucket} {
		if _, err := data.CreateBucket([]byte(n)); err != nil {
			return err
		}
	}
	for _, x := range t.indexes {
		if _, err := data.CreateBucket(x.bucket); err != nil {
			return err
		}
	}
	return t.keep(root)
}

// keep stores the description.
func (t *table) keep(root *bbolt.Bucket) error {
	d, err := json.Marshal(t.stored())
	if err != nil {
		return err
	}
	return root.Bucket([]byte(tablesBucket)).Put([]byte(t.spec.Name), d)
}
