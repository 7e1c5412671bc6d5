package dynamodb

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// maxPageBytes is how much one Query or Scan reads.
const maxPageBytes = 1 << 20

// list is a Query or a Scan: a stretch of a table or an index, read in order.
type listing struct {
	in         *request
	t          *table
	index      *index // nil for the table
	key        keySchemaOf
	low, high  []byte // from low, before high; nil is open
	reverse    bool
	limit      int
	filter     *expression.Condition
	projection *expression.Projection
	count      bool // Select COUNT
}

// page is what one call reads.
type page struct {
	items   []attribute.Item
	count   int
	scanned int
	bytes   int
	last    attribute.Item // nil at the end
}

func (s *Service) query(c *awshttp.Call) (any, error) {
	return s.answerListing(c, func(l *listing, p *expression.Placeholders) error {
		if l.in.KeyConditionExpression == nil {
			return invalidf("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
		}
		terms, err := p.KeyCondition(*l.in.KeyConditionExpression)
		if err != nil {
			return err
		}
		l.reverse = l.in.ScanIndexForward != nil && !*l.in.ScanIndexForward
		return l.narrow(terms)
	})
}

func (s *Service) scan(c *awshttp.Call) (any, error) {
	return s.answerListing(c, func(l *listing, _ *expression.Placeholders) error {
		in := l.in
		switch {
		case in.Segment == nil && in.TotalSegments == nil:
			return nil
		case in.TotalSegments == nil:
			return invalidf("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
		case in.Segment == nil:
			return invalidf("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
		case *in.TotalSegments < 1 || *in.TotalSegments > 1000000:
			return constraint(strconv.Itoa(*in.TotalSegments), "totalSegments", "Member must have value between 1 and 1000000")
		case *in.Segment < 0 || *in.Segment >= *in.TotalSegments:
			return invalidf("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *in.Segment, *in.TotalSegments)
		}
		bound := func(i int) []byte {
			at := (uint64(i) << 32) / uint64(*in.TotalSegments)
			return binary.BigEndian.AppendUint32(nil, uint32(at))
		}
		l.low = bound(*in.Segment)
		if *in.Segment+1 < *in.TotalSegments {
			l.high = bound(*in.Segment + 1)
		}
		return nil
	})
}

// answerListing does what Query and Scan share; bounds sets where to read.
func (s *Service) answerListing(c *awshttp.Call, bounds func(*listing, *expression.Placeholders) error) (any, error) {
	var in request
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	name := ""
	if in.IndexName != nil {
		name = *in.IndexName
	}
	if err := s.allow(c, c.Action, in.TableName, name, nil); err != nil {
		return nil, err
	}
	l, p, err := s.newListing(&in, c.Action)
	if err != nil {
		return nil, err
	}
	if err := bounds(l, p); err != nil {
		return nil, err
	}
	if err := l.filterAndProject(p, c.Action); err != nil {
		return nil, err
	}
	if err := p.Unused(); err != nil {
		return nil, err
	}
	if in.ExclusiveStartKey != nil {
		if err := l.startAfter(in.ExclusiveStartKey); err != nil {
			return nil, err
		}
	}
	m, err := newMeter(in.ReturnConsumedCapacity, "")
	if err != nil {
		return nil, err
	}
	var got page
	if err := s.view(func(root *bbolt.Bucket) error { got, err = l.read(root); return err }); err != nil {
		return nil, err
	}
	cost := units{}
	if l.index != nil {
		cost.onIndex(l.index.spec.Name, readUnits(got.bytes, false))
	} else {
		cost.table = readUnits(got.bytes, in.ConsistentRead)
	}
	m.add(l.t.spec.Name, cost, 1)
	var out struct {
		Items            *[]wireItem `json:",omitempty"`
		Count            int
		ScannedCount     int
		LastEvaluatedKey wireItem  `json:",omitempty"`
		ConsumedCapacity *consumed `json:",omitempty"`
	}
	if !l.count {
		items := wireItems(got.items)
		out.Items = &items
	}
	out.Count, out.ScannedCount, out.LastEvaluatedKey = got.count, got.scanned, wireItem(got.last)
	out.ConsumedCapacity = m.single()
	return out, nil
}

func (s *Service) newListing(in *request, action string) (*listing, *expression.Placeholders, error) {
	if err := in.refuse(); err != nil {
		return nil, nil, err
	}
	t, err := s.table(in.TableName)
	if err != nil {
		return nil, nil, err
	}
	l := &listing{in: in, t: t, key: t.key}
	if in.IndexName != nil {
		if l.index = t.index(*in.IndexName); l.index == nil {
			return nil, nil, invalidf("The table does not have the specified index: %s", *in.IndexName)
		}
		l.key = l.index.key
		if in.ConsistentRead {
			return nil, nil, invalidf("Consistent reads are not supported on global secondary indexes")
		}
	}
	if in.Limit != nil {
		if *in.Limit < 1 {
			return nil, nil, constraint(strconv.Itoa(*in.Limit), "limit", "Member must have value greater than or equal to 1")
		}
		l.limit = *in.Limit
	}
	members := map[string]*string{"FilterExpression": in.FilterExpression, "ProjectionExpression": in.ProjectionExpression}
	if action == "Query" {
		members["KeyConditionExpression"] = in.KeyConditionExpression
	}
	p, err := in.placeholders(members)
	return l, p, err
}

func (l *listing) filterAndProject(p *expression.Placeholders, action string) error {
	in := l.in
	var err error
	if in.FilterExpression != nil {
		if l.filter, err = p.Condition("FilterExpression", *in.FilterExpression); err != nil {
			return err
		}
		for _, name := range l.filter.Roots() {
			if action == "Query" && slices.Contains(l.key.names(), name) {
				return invalidf("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
			}
		}
	}
	if err := oneOf(in.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	l.count = in.Select == "COUNT"
	switch {
	case in.ProjectionExpression != nil && in.Select != "" && in.Select != "SPECIFIC_ATTRIBUTES":
		return invalidf("Cannot specify the ProjectionExpression when choosing to get %s", in.Select)
	case in.ProjectionExpression == nil && in.Select == "SPECIFIC_ATTRIBUTES":
		return invalidf("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case in.Select == "ALL_PROJECTED_ATTRIBUTES" && l.index == nil:
		return invalidf("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	case in.Select == "ALL_ATTRIBUTES" && l.index != nil && l.index.keep != nil:
		return invalidf("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index %s because its projection type is not ALL", l.index.spec.Name)
	}
	if in.ProjectionExpression == nil {
		return nil
	}
	if l.projection, err = p.Projection(*in.ProjectionExpression); err != nil {
		return err
	}
	if l.index == nil || l.index.keep == nil {
		return nil
	}
	lacking := slices.DeleteFunc(l.projection.Roots(), func(n string) bool { return l.index.keep[n] })
	if len(lacking) > 0 {
		return invalidf("One or more parameter values were invalid: Global secondary index %s does not project [%s]", l.index.spec.Name, strings.Join(lacking, ", "))
	}
	return nil
}

// narrow sets the bounds that a key condition gives.
func (l *listing) narrow(terms []expression.KeyTerm) error {
	byName := map[string]expression.KeyTerm{}
	for _, t := range terms {
		byName[t.Name] = t
	}
	pk, ok := byName[l.key.partition.Name]
	if !ok {
		return invalidf("Query condition missed key schema element: %s", l.key.partition.Name)
	}
	if pk.Op != "=" {
		return invalidf("Query key condition not supported")
	}
	sk, hasSort := byName[l.key.sort.Name]
	hasSort = hasSort && l.key.sort.Name != ""
	if len(terms) > 2 {
		return invalidf("Conditions can be of length 1 or 2 only")
	}
	if len(terms) == 2 && !hasSort {
		if l.key.sort.Name == "" {
			return invalidf("Query key condition not supported")
		}
		return invalidf("Query condition missed key schema element: %s", l.key.sort.Name)
	}
	if err := checkTerm(pk, l.key.partition); err != nil {
		return err
	}
	prefix := partitionPrefix(pk.Values[0])
	l.low, l.high = prefix, attribute.Successor(prefix)
	if !hasSort {
		return nil
	}
	if err := checkTerm(sk, l.key.sort); err != nil {
		return err
	}
	at := func(i int) []byte { return attribute.AppendKey(slices.Clone(prefix), sk.Values[i]) }
	switch sk.Op {
	case "=":
		l.low, l.high = at(0), attribute.Successor(at(0))
	case "<":
		l.high = at(0)
	case "<=":
		l.high = attribute.Successor(at(0))
	case ">":
		l.low = attribute.Successor(at(0))
	case ">=":
		l.low = at(0)
	case "BETWEEN":
		l.low, l.high = at(0), attribute.Successor(at(1))
	case "begins_with":
		if l.key.sort.kind() == attribute.N {
			return invalidf("Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")
		}
		l.low = attribute.AppendKeyPrefix(slices.Clone(prefix), sk.Values[0])
		l.high = attribute.Successor(l.low)
	}
	return nil
}

func checkTerm(t expression.KeyTerm, k Key) error {
	for _, v := range t.Values {
		if v.Kind != k.kind() {
			return invalidf("One or more parameter values were invalid: Condition parameter type does not match schema type")
		}
		if v.Text == "" && t.Op != "begins_with" {
			return invalidf(emptyKey+"The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", emptyWord(v.Kind), k.Name)
		}
	}
	return nil
}

// names are the attributes of a LastEvaluatedKey: the key read by, and the table's.
func (l *listing) names() []string {
	out := l.key.names()
	for _, n := range l.t.key.names() {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// startAfter narrows the bounds to what comes after the place of a LastEvaluatedKey.
func (l *listing) startAfter(key attribute.Item) error {
	bad := invalidf("The provided starting key is invalid: The provided key element does not match the schema")
	types := map[string]attribute.Kind{}
	for _, k := range slices.Concat(l.key.keys(), l.t.key.keys()) {
		types[k.Name] = k.kind()
	}
	if len(key) != len(types) {
		return bad
	}
	for name, kind := range types {
		if v, ok := key[name]; !ok || v.Kind != kind || v.Text == "" {
			return bad
		}
	}
	at := l.key.of(key)
	if l.index != nil {
		at = l.index.place(key)
	}
	if bytes.Compare(at, l.low) < 0 || l.high != nil && bytes.Compare(at, l.high) >= 0 {
		if l.in.TotalSegments != nil {
			return invalidf("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d", *l.in.TotalSegments, *l.in.Segment)
		}
		return invalidf("The provided starting key is outside query boundaries based on provided conditions")
	}
	if l.reverse {
		l.high = at
	} else {
		l.low = append(at, 0)
	}
	return nil
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
		} else if key, stored = cursor.Seek(l.high); key == nil {
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
