package dynamodb

import (
	"fmt"
)

// FromTemplate reads the resolved Properties of an AWS::DynamoDB::Table; name is used
// when the template gives no TableName. A property that would need something this
// package does not play is an error.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
func FromTemplate(name string, properties map[string]any) (TableSpec, error) {
	spec := TableSpec{Name: name}
	fail := func(format string, args ...any) (TableSpec, error) {
		return TableSpec{}, fmt.Errorf("table %s: "+format, append([]any{spec.Name}, args...)...)
	}
	if n, ok := properties["TableName"].(string); ok {
		spec.Name = n
	}
	types := map[string]string{}
	for _, d := range list(properties["AttributeDefinitions"]) {
		types[text(d, "AttributeName")] = text(d, "AttributeType")
	}
	var err error
	if spec.PartitionKey, spec.SortKey, err = keySchema(list(properties["KeySchema"]), types); err != nil {
		return fail("%w", err)
	}
	if len(list(properties["LocalSecondaryIndexes"])) > 0 {
		return fail("LocalSecondaryIndexes are not played locally; use a GlobalSecondaryIndex")
	}
	for _, g := range list(properties["GlobalSecondaryIndexes"]) {
		x := IndexSpec{Name: text(g, "IndexName")}
		if x.PartitionKey, x.SortKey, err = keySchema(list(g["KeySchema"]), types); err != nil {
			return fail("index %s: %w", x.Name, err)
		}
		projection, _ := g["Projection"].(map[string]any)
		x.Projection = text(projection, "ProjectionType")
		attributes, _ := projection["NonKeyAttributes"].([]any)
		for _, a := range attributes {
			x.NonKeyAttributes = append(x.NonKeyAttributes, fmt.Sprint(a))
		}
		spec.Indexes = append(spec.Indexes, x)
	}
	if ttl, ok := properties["TimeToLiveSpecification"].(map[string]any); ok && fmt.Sprint(ttl["Enabled"]) == "true" {
		spec.TTL = text(ttl, "AttributeName")
	}
	if stream, ok := properties["StreamSpecification"].(map[string]any); ok {
		spec.Stream = text(stream, "StreamViewType")
	}
	if pitr, ok := properties["PointInTimeRecoverySpecification"].(map[string]any); ok {
		spec.Recoverable = fmt.Sprint(pitr["PointInTimeRecoveryEnabled"]) == "true"
	}
	if err := spec.check(); err != nil {
		return fail("%w", err)
	}
	return spec, nil
}

func list(v any) []map[string]any {
	var out []map[string]any
	all, _ := v.([]any)
	for _, e := range all {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// keySchema reads [{AttributeName, KeyType}].
func keySchema(schema []map[string]any, types map[string]string) (partition, sort Key, err error) {
	for _, e := range schema {
		k := Key{Name: text(e, "AttributeName")}
		k.Type = types[k.Name]
		if k.Type == "" {
			return partition, sort, invalidf("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [%s]", k.Name)
		}
		switch into := map[string]*Key{"HASH": &partition, "RANGE": &sort}[text(e, "KeyType")]; {
		case into == nil:
			return partition, sort, invalidf("key attribute %s: KeyType must be HASH or RANGE, not %q", k.Name, text(e, "KeyType"))
		case into.Name != "":
			return partition, sort, invalidf("several %s attributes in one key (%s, %s) are not played locally", text(e, "KeyType"), into.Name, k.Name)
		default:
			*into = k
		}
	}
	return partition, sort, nil
}
