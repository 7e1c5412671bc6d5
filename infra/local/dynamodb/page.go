package dynamodb

import (
	"bytes"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// page is what one call reads.
type page struct {
	items   []attribute.Item
	count   int
	scanned int
	bytes   int
	last    attribute.Item // nil at the end
}

// read reads one page.
func (l *listing) read(root *bbolt.Bucket) (page, error) {
	var out page
	b := l.t.data(root)
	if l.index != nil {
		b = b.Bucket(l.index.bucket)
	} else {
		b = b.Bucket([]byte(itemsBucket))
	}
	cursor := b.Cursor()
	step := cursor.Next
	var key, stored []byte
	if l.reverse {
		step = cursor.Prev
		if l.high == nil {
			key, stored = cursor.Last()
		} else if key, _ = cursor.Seek(l.high); key == nil {
			key, stored = cursor.Last()
		} else {
			key, stored = cursor.Prev()
		}
	} else {
		key, stored = cursor.Seek(l.low)
	}
	var previous attribute.Item
	for ; key != nil; key, stored = step() {
		if bytes.Compare(key, l.low) < 0 || l.high != nil && bytes.Compare(key, l.high) >= 0 {
			break
		}
		item, size, err := decodeItem(stored)
		if err != nil {
			return out, err
		}
		if out.scanned > 0 && out.bytes+size > maxPageBytes {
			out.last = l.lastKey(previous)
			return out, nil
		}
		out.bytes += size
		out.scanned++
		previous = item
		if l.filter.Holds(item) {
			out.count++
			if !l.count {
				if l.projection != nil {
					item = l.projection.Apply(item)
				}
				out.items = append(out.items, item)
			}
		}
		if out.scanned == l.limit {
			out.last = l.lastKey(previous)
			return out, nil
		}
	}
	return out, nil
}

func (l *listing) lastKey(item attribute.Item) attribute.Item {
	out := maps.Clone(item)
	names := l.names()
	maps.DeleteFunc(out, func(n string, _ attribute.Value) bool { return !slices.Contains(names, n) })
	return out
}
