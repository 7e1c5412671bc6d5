package dynamodb

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// maxPageBytes is how much one Query or Scan reads.
const maxPageBytes = 1 << 20

// listing is a Query or a Scan: a stretch of a table or an index, read in order.
type listing struct {
	in         *request
	t          *table
	index      *index // nil for the table
	key        primaryKey
	low, high  []byte // from low, before high; nil is open
	reverse    bool
	limit      int
	filter     *expression.Condition
	projection *expression.Projection
	count      bool // Select COUNT
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
	m, err := newMeter(c, in.ReturnConsumedCapacity, "")
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
	p, err := in.placeholders(t, members)
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
		if action == "Query" && l.index != nil && l.index.keep != nil {
			if lacking := slices.DeleteFunc(l.filter.Roots(), func(n string) bool { return l.index.keep[n] }); len(lacking) > 0 {
				return invalidf("One or more parameter values were invalid: Secondary index %s does not project one or more filter attributes: [%s]", l.index.spec.Name, strings.Join(lacking, ", "))
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
