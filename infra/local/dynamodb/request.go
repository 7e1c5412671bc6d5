package dynamodb

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/deskhand/deskhand/infra/local/awshttp"
	"github.com/deskhand/deskhand/infra/local/dynamodb/attribute"
	"github.com/deskhand/deskhand/infra/local/dynamodb/expression"
)

// request has the members of every call on items; which of them count depends on the call.
type request struct {
	TableName string
	Key       attribute.Item
	Item      attribute.Item

	ConditionExpression       *string
	UpdateExpression          *string
	KeyConditionExpression    *string
	FilterExpression          *string
	ProjectionExpression      *string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues placeholderValues

	IndexName         *string
	Select            string
	Limit             *int
	ScanIndexForward  *bool
	ExclusiveStartKey attribute.Item
	Segment           *int
	TotalSegments     *int
	ConsistentRead    bool

	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
	ReturnConsumedCapacity              string
	ReturnItemCollectionMetrics         string

	legacy
}

// legacy are the parameters from before expressions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
type legacy struct {
	AttributesToGet     json.RawMessage
	AttributeUpdates    json.RawMessage
	Expected            json.RawMessage
	ConditionalOperator json.RawMessage
	KeyConditions       json.RawMessage
	QueryFilter         json.RawMessage
	ScanFilter          json.RawMessage
}

func (l legacy) refuse() error {
	for _, p := range []struct {
		name, instead string
		given         json.RawMessage
	}{
		{"AttributesToGet", "ProjectionExpression", l.AttributesToGet},
		{"AttributeUpdates", "UpdateExpression", l.AttributeUpdates},
		{"Expected", "ConditionExpression", l.Expected},
		{"ConditionalOperator", "an expression", l.ConditionalOperator},
		{"KeyConditions", "KeyConditionExpression", l.KeyConditions},
		{"QueryFilter", "FilterExpression", l.QueryFilter},
		{"ScanFilter", "FilterExpression", l.ScanFilter},
	} {
		if len(p.given) > 0 && string(p.given) != "null" {
			return invalidf("The local DynamoDB does not support the legacy parameter %s; use %s", p.name, p.instead)
		}
	}
	return nil
}

// placeholderValues are ExpressionAttributeValues; a bad value is reported with its key.
type placeholderValues attribute.Item

func (p *placeholderValues) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	if raw == nil {
		return nil
	}
	*p = placeholderValues{}
	for _, k := range slices.Sorted(maps.Keys(raw)) {
		var v attribute.Value
		err := v.UnmarshalJSON(raw[k])
		var invalid attribute.Invalid
		if errors.As(err, &invalid) {
			return invalidf("ExpressionAttributeValues contains invalid value: %s for key %s", invalid, k)
		}
		if err != nil {
			return err
		}
		(*p)[k] = v
	}
	return nil
}

// placeholders checks them against the named members, of which one must be given.
func (r *request) placeholders(t *table, members map[string]*string) (*expression.Placeholders, error) {
	p := &expression.Placeholders{Names: r.ExpressionAttributeNames, Values: attribute.Item(r.ExpressionAttributeValues), Keys: t.keys}
	present := false
	for _, m := range members {
		present = present || m != nil
	}
	names := slices.SortedFunc(maps.Keys(members), func(a, b string) int { return strings.Compare(b, a) })
	return p, p.Check(names, present)
}

func oneOf(value, member string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return constraint(value, member, "Member must satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}

// name strips a table's ARN to its name; both may be given.
func (s *Service) name(table string) string {
	if rest, ok := strings.CutPrefix(table, "arn:aws:dynamodb:"+s.region+":"+s.account+":table/"); ok {
		return rest
	}
	return table
}

// table finds a table for an item call; s.mu is held.
func (s *Service) table(name string) (*table, error) {
	if name == "" {
		return nil, missing("tableName")
	}
	t := s.tables[s.name(name)]
	if t == nil {
		return nil, &awshttp.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found"}
	}
	return t, nil
}

// allow asks IAM about an action on a table, or one of its indexes, whether it exists or not. item, when
// given, tells the partition key for the condition dynamodb:LeadingKeys; s.mu is held.
func (s *Service) allow(c *awshttp.Call, action, table, index string, item attribute.Item) error {
	if c.Caller.Admin {
		return nil
	}
	name := s.name(table)
	arn := "arn:aws:dynamodb:" + s.region + ":" + s.account + ":table/" + name
	if index != "" {
		arn += "/index/" + index
	}
	var context map[string]string
	if t := s.tables[name]; t != nil && item != nil {
		if v, ok := item[t.key.partition.Name]; ok && v.Kind != attribute.B {
			context = map[string]string{"dynamodb:LeadingKeys": v.Text}
		}
	}
	return c.Allow("dynamodb:"+action, arn, context)
}

// wireItem is an item in an answer.
type wireItem attribute.Item

// MarshalJSON writes it in one go.
func (i wireItem) MarshalJSON() ([]byte, error) {
	return attribute.AppendItemJSON(nil, attribute.Item(i)), nil
}

func wireItems(items []attribute.Item) []wireItem {
	out := make([]wireItem, len(items))
	for i, item := range items {
		out[i] = wireItem(item)
	}
	return out
}
