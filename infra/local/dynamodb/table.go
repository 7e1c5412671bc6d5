package dynamodb

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
)

// table is a table in use; it never changes once made (a changed table is a new value).
type table struct {
	spec      TableSpec
	created   time.Time
	id        string
	label     string // of the stream
	arn       string
	streamARN string // "" without a stream
	key       primaryKey
	indexes   []*index
	keys      map[string]string // every key attribute, as expression.Placeholders wants them
}

// index is a global secondary index in use.
type index struct {
	spec   IndexSpec
	key    primaryKey
	table  *table
	bucket []byte
	keep   map[string]bool // the attributes kept; nil for all
}

// primaryKey is that of a table or an index.
type primaryKey struct{ partition, sort Key }

func (k primaryKey) names() []string {
	if k.sort.Name == "" {
		return []string{k.partition.Name}
	}
	return []string{k.partition.Name, k.sort.Name}
}

func (k primaryKey) keys() []Key {
	if k.sort.Name == "" {
		return []Key{k.partition}
	}
	return []Key{k.partition, k.sort}
}

// storedTable is what is kept of a table.
type storedTable struct {
	Spec    TableSpec
	Created time.Time
	ID      string
	Label   string
}

func (s *Service) newTable(d storedTable) *table {
	t := &table{spec: d.Spec, created: d.Created, id: d.ID, label: d.Label}
	t.arn = "arn:aws:dynamodb:" + s.region + ":" + s.account + ":table/" + d.Spec.Name
	if d.Spec.Stream != "" {
		t.streamARN = t.arn + "/stream/" + d.Label
	}
	t.key = primaryKey{d.Spec.PartitionKey, d.Spec.SortKey}
	for _, x := range d.Spec.Indexes {
		ix := &index{spec: x, key: primaryKey{x.PartitionKey, x.SortKey}, table: t, bucket: []byte(indexPrefix + x.Name)}
		if x.Projection != "" && x.Projection != ProjectAll {
			ix.keep = map[string]bool{}
			for _, n := range slices.Concat(t.key.names(), ix.key.names(), x.NonKeyAttributes) {
				ix.keep[n] = true
			}
		}
		t.indexes = append(t.indexes, ix)
	}
	t.keys = map[string]string{}
	for _, x := range t.indexes {
		for _, n := range x.key.names() {
			t.keys[n] = "IndexKey: " + n
		}
	}
	for _, n := range t.key.names() {
		t.keys[n] = "Key: " + n
	}
	return t
}

func (t *table) stored() storedTable {
	return storedTable{Spec: t.spec, Created: t.created, ID: t.id, Label: t.label}
}

func (t *table) index(name string) *index {
	for _, x := range t.indexes {
		if x.spec.Name == name {
			return x
		}
	}
	return nil
}

// partitionPrefix is how every item of a partition begins: a hash, which spreads
// partitions as AWS does and is what Scan's segments divide, and the value.
func partitionPrefix(v attribute.Value) []byte {
	key := attribute.AppendKey(make([]byte, 4, 64), v)
	h := fnv.New32a()
	_, _ = h.Write(key[4:])
	x := h.Sum32()
	x = (x ^ x>>16) * 0x85ebca6b // spread the high bits too
	x = (x ^ x>>13) * 0xc2b2ae35
	binary.BigEndian.PutUint32(key, x^x>>16)
	return key
}

// of is the place of an item under this key.
func (k primaryKey) of(item attribute.Item) []byte {
	key := partitionPrefix(item[k.partition.Name])
	if k.sort.Name != "" {
		key = attribute.AppendKey(key, item[k.sort.Name])
	}
	return key
}

// pick is the key attributes of an item.
func (k primaryKey) pick(item attribute.Item) attribute.Item {
	out := make(attribute.Item, 2)
	for _, n := range k.names() {
		out[n] = item[n]
	}
	return out
}

// entry is an item's place and content in the index; ok is false when the item lacks
// a key attribute and so is not in it.
func (x *index) entry(item attribute.Item) (key []byte, content attribute.Item, ok bool) {
	for _, k := range x.key.keys() {
		if v, has := item[k.Name]; !has || v.Kind != k.kind() {
			return nil, nil, false
		}
	}
	return x.place(item), x.project(item), true
}

// place is where an item with all of the index's and the table's keys stands.
func (x *index) place(item attribute.Item) []byte {
	return append(x.key.of(item), x.table.key.of(item)...)
}

func (x *index) project(item attribute.Item) attribute.Item {
	if x.keep == nil {
		return item
	}
	out := maps.Clone(item)
	maps.DeleteFunc(out, func(name string, _ attribute.Value) bool { return !x.keep[name] })
	return out
}

const emptyKey = "One or more parameter values are not valid. "

// checkKey refuses a Key that is not exactly the table's.
func (t *table) checkKey(key attribute.Item) error {
	keys := t.key.keys()
	if len(key) != len(keys) {
		return invalidf("The provided key element does not match the schema")
	}
	for _, k := range keys {
		v, ok := key[k.Name]
		if !ok || v.Kind != k.kind() {
			return invalidf("The provided key element does not match the schema")
		}
	}
	return t.checkKeyValues(key)
}

// checkItemKeys refuses an item without a proper primary key.
func (t *table) checkItemKeys(item attribute.Item) error {
	for _, k := range t.key.keys() {
		v, ok := item[k.Name]
		if !ok {
			return invalidf("One or more parameter values were invalid: Missing the key %s in the item", k.Name)
		}
		if v.Kind != k.kind() {
			return invalidf("One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", k.Name, k.Type, v.Kind)
		}
	}
	return t.checkKeyValues(item)
}

func (t *table) checkKeyValues(item attribute.Item) error {
	for i, k := range t.key.keys() {
		v := item[k.Name]
		if v.Text == "" {
			return invalidf(emptyKey+"The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyWord(v.Kind), k.Name)
		}
		if i == 0 && v.Size() > attribute.MaxPartitionKeyBytes {
			return invalidf("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of%d bytes", attribute.MaxPartitionKeyBytes)
		}
		if i == 1 && v.Size() > attribute.MaxSortKeyBytes {
			return invalidf("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of %d bytes", attribute.MaxSortKeyBytes)
		}
	}
	return nil
}

func emptyWord(k attribute.Kind) string {
	if k == attribute.B {
		return "binary"
	}
	return "string"
}

// checkIndexKeys refuses values that an index could not take for its key. byUpdate
// words the error as UpdateItem does.
func (t *table) checkIndexKeys(item attribute.Item, byUpdate bool) error {
	for _, x := range t.indexes {
		for i, k := range x.key.keys() {
			v, ok := item[k.Name]
			if !ok {
				continue
			}
			if v.Kind != k.kind() {
				if byUpdate {
					return invalidf("The update expression attempted to update the secondary index key to unsupported type")
				}
				return invalidf("One or more parameter values were invalid: Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", k.Name, k.Type, v.Kind, x.spec.Name)
			}
			if v.Text == "" {
				if byUpdate {
					return invalidf(emptyKey+"The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty %s value.", emptyWord(v.Kind))
				}
				return invalidf(emptyKey+"A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s", emptyWord(v.Kind), x.spec.Name, k.Name)
			}
			limit := attribute.MaxPartitionKeyBytes
			if i == 1 {
				limit = attribute.MaxSortKeyBytes
			}
			if v.Size() > limit && byUpdate {
				return invalidf("The update expression attempted to update the secondary index key beyond allowed size limits")
			}
			if v.Size() > limit {
				return invalidf("One or more parameter values were invalid: Size of secondary index key has exceeded the maximum size limit of %d bytes. IndexName: %s, IndexKey: %s", limit, x.spec.Name, k.Name)
			}
		}
	}
	return nil
}
